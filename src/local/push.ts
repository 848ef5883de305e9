// npm run push: pushes an image to the simulated registry of the running stack, and follows it region by region.

import { setTimeout as sleep } from 'node:timers/promises';
import { print, runCompanion } from './companion.ts';
import type { PushAnswer, StackDescription } from './stack/control-actions.ts';
import { requestOf } from './stack/control-client.ts';
import { type PushOptions, parsePushOptions } from './stack/push-options.ts';
import { StackFault } from './stack/stack-fault.ts';
import { paintFor } from './view/paint.ts';
import { followPush, type ReplicationBody } from './view/push-lines.ts';
import { curlStatus, regionNames, shortDigest } from './view/words.ts';

const POLL_MS = 500;
const REQUEST_TIMEOUT_MS = 5_000;
/** The app may be started again meanwhile. */
const SILENCE_LIMIT_MS = 30_000;
/** A push of which every webhook got lost is found by reconciliation well before, if the registry can be asked. */
const UNHEARD_LIMIT_MS = 120_000;

async function run({ request, isFollowed, data }: PushOptions): Promise<void> {
  const stack = await requestOf<StackDescription>(data, { method: 'GET', path: '/stack' });
  const pushed = await requestOf<PushAnswer>(data, { method: 'POST', path: '/push', body: request });
  const image = `${pushed.repository}:${pushed.tag}`;
  const ask = `Ask for it any time:\n  ${curlStatus(stack, image, 30)}`;
  const where = regionNames(stack.replicas)(pushed.region);
  print(`Pushed ${image} (${shortDigest(pushed.digest)}) to ${where}.`);
  if (!isFollowed) {
    print(ask);
    return;
  }
  process.on('SIGINT', () => {
    print(`\n${ask}`);
    process.exit(130);
  });
  const { hasAllArrived } = await follow(stack, pushed, image);
  if (!hasAllArrived) {
    print(ask);
  }
}

async function follow(stack: StackDescription, pushed: PushAnswer, image: string) {
  const paint = paintFor(process.stdout);
  const following = followPush({ replicas: stack.replicas, lost: pushed.lost });
  const startedAt = Date.now();
  let heardAt = startedAt;
  for (;;) {
    const body = await readStatus(stack, `${image}@${pushed.digest}`);
    if (body !== 'no answer') {
      heardAt = Date.now();
    } else if (Date.now() - heardAt > SILENCE_LIMIT_MS) {
      throw new StackFault(`the app at ${stack.url} has not answered for ${SILENCE_LIMIT_MS / 1000} s`);
    }
    const step = following(body === 'no answer' ? undefined : body, paint);
    for (const line of step.lines) {
      print(line);
    }
    if (step.isOver) {
      return step;
    }
    if (body === undefined && Date.now() - startedAt > UNHEARD_LIMIT_MS) {
      throw new StackFault(`the app has not heard of ${image} for ${UNHEARD_LIMIT_MS / 1000} s`);
    }
    await sleep(POLL_MS);
  }
}

/** @returns undefined while no region has reported the push */
async function readStatus({ url, key, registry }: StackDescription, image: string) {
  try {
    const response = await fetch(`${url}/api/replications/${registry}/${image}`, {
      headers: { 'x-functions-key': key },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const body: unknown = await response.json();
    if (response.status === 404) {
      return undefined;
    }
    return [200, 202, 409].includes(response.status) ? (body as ReplicationBody) : 'no answer';
  } catch {
    return 'no answer';
  }
}

await runCompanion('npm run push', parsePushOptions(process.argv.slice(2)), run);
