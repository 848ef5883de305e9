import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseEventTime } from '../../src/core/instant.ts';
import { Random } from '../simulation/random.ts';
import { type Garbage, garbage } from './garbage.ts';
import { expectCompletedOnceEach } from './inbox.ts';
import { makePush } from './pushes.ts';
import { type RawAnswer, sendRaw } from './raw-http.ts';
import { type App, answers, deliver, readDeletions, readRows, startApp, waitUntilAllSaid } from './stack.ts';

const SEED = Number(process.env['GARBAGE_SEED'] ?? 10_000);
const REQUESTS = 10_000;
const IN_FLIGHT = 24;
/** Far beyond what anything takes: what is not answered by then hangs. */
const HANGS_AFTER_MS = 30_000;

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app?.close());

interface Sent {
  readonly number: number;
  readonly request: Garbage;
  readonly answer: RawAnswer;
}

async function sendAll(): Promise<readonly Sent[]> {
  const random = new Random(SEED);
  const port = Number(new URL(app.stack.url).port);
  const sent: Sent[] = [];
  let next = 0;
  const strand = async () => {
    while (next < REQUESTS) {
      const number = next;
      next += 1;
      const request = garbage(number, app.stack.key, random);
      sent.push({ number, request, answer: await sendRaw(port, request, HANGS_AFTER_MS) });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, strand));
  return sent;
}

const start = ({ bytes }: Garbage): string => JSON.stringify(bytes.subarray(0, 400).toString('latin1'));

const described = ({ number, request, answer: { status, body } }: Sent): string =>
  `${number} (${request.kind}): ${status} ${body.slice(0, 200)} to ${start(request)}`;

/** Nobody has to answer what is no HTTP, but everybody has to let go of it. */
function isUnanswered({ request: { isHttp }, answer: { status } }: Sent): boolean {
  return status === 'hangs' || (isHttp && typeof status === 'string');
}

function isRecorded({ answer: { status, body } }: Sent): boolean {
  return status === 202 && (JSON.parse(body) as { outcome?: string }).outcome === 'recorded';
}

interface Recorded {
  readonly action: string;
  readonly timestamp: string;
  readonly target: { readonly repository: string; readonly tag: string; readonly digest?: string | null };
}

const recordedBody = ({ request }: Sent) => JSON.parse(new TextDecoder().decode(request.body)) as Recorded;

/** Whichever region its path named. */
const pushText = ({ timestamp, target }: Recorded): string =>
  [target.repository, target.tag, target.digest, parseEventTime(timestamp)].join(' ');

/** Without a digest the whole repository is meant. */
const deletionText = ({ timestamp, target }: Recorded): string =>
  [target.repository, target.digest || 'all', parseEventTime(timestamp)].join(' ');

async function storedDeletions(): Promise<readonly string[]> {
  const pending = await readDeletions(app);
  return pending.map(({ notice: { repository, digest, eventAt } }) => [repository, digest ?? 'all', eventAt].join(' '));
}

const unique = (texts: readonly string[]) => [...new Set(texts)].toSorted();

async function storedPushes(): Promise<readonly string[]> {
  const rows = await readRows(app);
  return rows.flatMap(({ tag: { repository, tag }, state }) =>
    state.facts
      .filter(({ type }) => type === 'arrival')
      .map(({ digest, eventAt }) => [repository, tag, digest, eventAt].join(' ')),
  );
}

it('answers 10,000 random and mutated requests, none with a 5xx, and stores what it acknowledged and nothing else', async () => {
  const pids = app.stack.appPids();
  const sent = await sendAll();
  expect(app.stack.appPids(), 'the same process as before').toEqual(pids);

  expect(sent.filter(isUnanswered).map(described)).toEqual([]);
  expect(sent.filter(({ answer }) => Number(answer.status) >= 500).map(described)).toEqual([]);
  const recorded = sent.filter(isRecorded);
  const valid = sent.filter(({ request }) => request.kind === 'valid');
  expect(valid.filter((one) => !isRecorded(one)).map(described)).toEqual([]);
  const bodies = recorded.map(recordedBody);
  const pushes = bodies.filter(({ action }) => action === 'push');
  expect((await storedPushes()).toSorted()).toEqual(pushes.map(pushText).toSorted());
  // The same deletion may be told twice; then it is looked at twice.
  const deletions = bodies.filter(({ action }) => action === 'delete');
  expect(unique(await storedDeletions())).toEqual(unique(deletions.map(deletionText)));

  const push = makePush(1, 'public/products/web', 'after-the-garbage');
  expect(answers(await deliver(app, push.webhooks, { inFlight: 1 }))).toEqual({ '202 recorded': 4 });
  await waitUntilAllSaid(app);
  expectCompletedOnceEach(app.inbox, [push]);
}, 300_000);
