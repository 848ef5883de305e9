import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { Random } from '../simulation/random.ts';
import { expectCompletedOnceEach } from './inbox.ts';
import { interleaved, makePushes } from './pushes.ts';
import {
  ALARMS_DUE_MS,
  type Delivery,
  deliver,
  lostOf,
  type ProxiedApp,
  redeliver,
  stopStorage,
  sweepUntilQuiet,
} from './stack.ts';
import type { Turns } from './turns.ts';

const SEED = 500;
const PUSHES = 500;
const IN_FLIGHT = 32;
/** The app is killed when so many webhooks of the burst were answered. */
const KILL_AT = [150, 400, 650, 900, 1150, 1400];
/** Long enough for several webhooks to be on their way. */
const HELD_BACK_MS = 300;

/** Strikes in the middle of a write or of an announcement, where there would be luck in it otherwise. */
async function strike(app: ProxiedApp, pid: number, count: number): Promise<void> {
  const held = (['nothing', 'announcements', 'writes'] as const)[count % 3];
  if (held === 'announcements') {
    app.busProxy.freeze();
  }
  const resume = held === 'writes' ? await stopStorage(app) : async () => {};
  await sleep(held === 'nothing' ? 0 : HELD_BACK_MS);
  process.kill(pid, 'SIGKILL');
  await resume();
}

/** Kills the app again and again; a strand whose webhook got no answer goes on when the app is back. */
function killer(app: ProxiedApp) {
  const killed: number[] = [];
  let answered = 0;
  const onAnswer = async ({ status }: Delivery): Promise<void> => {
    if (status === undefined) {
      await sleep(200);
      while (app.stack.appPids().length === 0) {
        await sleep(100);
      }
      return;
    }
    answered += 1;
    const [pid] = app.stack.appPids();
    const isTime = answered >= (KILL_AT[killed.length] ?? Number.POSITIVE_INFINITY);
    if (isTime && pid !== undefined && !killed.includes(pid)) {
      killed.push(pid);
      await strike(app, pid, killed.length);
    }
  };
  return { killed, onAnswer };
}

/** Images all of whose webhooks got a 202. */
function acknowledged(deliveries: readonly Delivery[]): readonly string[] {
  const images = new Map<string, number>();
  for (const { webhook, status } of deliveries) {
    images.set(webhook.image, (images.get(webhook.image) ?? 0) + (status === 202 ? 1 : 0));
  }
  return [...images].filter(([, count]) => count === 4).map(([image]) => image);
}

/** Loses nothing that the app acknowledged, and has it say nothing twice. */
export async function killInBurst(app: ProxiedApp, bursts: Turns): Promise<void> {
  const pushes = makePushes(PUSHES);
  const webhooks = interleaved(pushes, 12, new Random(SEED));
  const { killed, onAnswer } = killer(app);
  const deliveries = await bursts.take(() => deliver(app, webhooks, { inFlight: IN_FLIGHT, onAnswer }));
  expect(new Set(killed).size).toBe(KILL_AT.length);
  expect(lostOf(deliveries).length).toBeGreaterThanOrEqual(killed.length);
  expect(acknowledged(deliveries).length).toBeGreaterThan(PUSHES / 4);

  await sleep(ALARMS_DUE_MS);
  await sweepUntilQuiet(app);
  const said = app.inbox.completedImages;
  expect(said).toEqual(expect.arrayContaining([...acknowledged(deliveries)]));
  expect(new Set(said).size).toBe(said.length);

  await redeliver(app, deliveries, { inFlight: IN_FLIGHT });
  await sweepUntilQuiet(app);
  expectCompletedOnceEach(app.inbox, pushes);
}
