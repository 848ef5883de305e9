import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { Random } from '../simulation/random.ts';
import { expectCompletedOnceEach } from './inbox.ts';
import { interleaved, makePushes, type Webhook } from './pushes.ts';
import {
  type App,
  answers,
  arrivalKey,
  type Delivery,
  deliver,
  lostOf,
  redeliver,
  stopStorage,
  storedArrivals,
  waitUntilAllSaid,
} from './stack.ts';
import type { Turns } from './turns.ts';

const SEED = 30;
const PUSHES = 500;
const IN_FLIGHT = 24;
/** Storage is stopped when so many webhooks of the burst were answered. */
const STOP_AT = 300;
const OUTAGE_MS = 30_000;
/** ACR waits this long for an answer, and so does a delivery here. */
const ACR_LIMIT_MS = 5_000;

const keyOf = ({ region, notification: { timestamp, target } }: Webhook): string =>
  arrivalKey({ ...target, registry: 'contoso', region, eventAt: timestamp });

/** @returns what came of the webhooks, and of those that were in flight at any time of the outage */
async function burst(app: App, webhooks: readonly Webhook[]) {
  const meanwhile: Delivery[] = [];
  let answered = 0;
  let isAffected = false;
  let outage: Promise<void> | undefined;
  const stopFor30s = async () => {
    isAffected = true;
    const resume = stopStorage(app);
    await sleep(OUTAGE_MS);
    resume();
    await sleep(ACR_LIMIT_MS);
    isAffected = false;
  };
  const deliveries = await deliver(app, webhooks, {
    inFlight: IN_FLIGHT,
    onAnswer: (delivery) => {
      answered += 1;
      if (isAffected) {
        meanwhile.push(delivery);
      }
      if (answered >= STOP_AT) {
        outage ??= stopFor30s();
      }
    },
  });
  await outage;
  return { deliveries, meanwhile };
}

/** Has the app answer in time, and acknowledge nothing that is not stored. */
export async function stopStorageInBurst(app: App, bursts: Turns): Promise<void> {
  const pushes = makePushes(PUSHES);
  const webhooks = interleaved(pushes, 12, new Random(SEED));
  const { deliveries, meanwhile } = await bursts.take(() => burst(app, webhooks));

  // Among them is no "no answer within 5 s", which is what a delivery says that ACR would have given up.
  expect(Object.keys(answers(meanwhile)).toSorted()).toEqual(['202 recorded', '503 Storage unavailable']);
  expect(lostOf(meanwhile).length).toBeGreaterThan(IN_FLIGHT);

  const stored = await storedArrivals(app);
  const acknowledged = deliveries.filter(({ status }) => status === 202).map(({ webhook }) => keyOf(webhook));
  expect(acknowledged.filter((key) => !stored.has(key))).toEqual([]);

  // Whatever was left over, a repetition of every webhook brings it to its end.
  const everything = pushes.flatMap(({ webhooks }) => webhooks);
  const repeated = await deliver(app, everything, { inFlight: IN_FLIGHT });
  await redeliver(app, repeated, { inFlight: IN_FLIGHT });
  await waitUntilAllSaid(app);
  expectCompletedOnceEach(app.inbox, pushes);
}
