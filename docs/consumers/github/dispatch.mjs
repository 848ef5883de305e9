// Starts the workflow deploy-on-message.yml for every image that has landed. Settings of ../subscriber.mjs, and
//
//   GITHUB_REPOSITORY   OWNER/NAME
//   GITHUB_TOKEN        fine-grained, `contents: write` on that repository
//   GITHUB_API_URL      https://api.github.com unless given
import process from 'node:process';
import { subscribe } from '../subscriber.mjs';

const { GITHUB_REPOSITORY, GITHUB_TOKEN, GITHUB_API_URL = 'https://api.github.com' } = process.env;

/** https://docs.github.com/rest/repos/repos#create-a-repository-dispatch-event: at most ten properties in the payload. */
async function dispatch({ id, subject, sequence, data }) {
  const { registry, repository, tag, digest, image } = data;
  const response = await fetch(`${GITHUB_API_URL}/repos/${GITHUB_REPOSITORY}/dispatches`, {
    method: 'POST',
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${GITHUB_TOKEN}`,
      'content-type': 'application/json',
      'user-agent': 'landfall-dispatch',
    },
    body: JSON.stringify({
      event_type: 'image-landed',
      client_payload: { id, subject, sequence, registry, repository, tag, digest, image },
    }),
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) {
    throw new Error(`expected GitHub to take the dispatch, got ${response.status}: ${await response.text()}`);
  }
}

await subscribe(dispatch, { once: process.argv.includes('--once') });
