import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { TcpProxy } from '../adapters/service-bus/tcp-proxy.ts';
import { Random } from '../simulation/random.ts';
import { expectCompletedOnceEach } from './inbox.ts';
import { interleaved, makePushes, type Webhook } from './pushes.ts';
import {
  ALARMS_DUE_MS,
  answers,
  ask,
  type Delivery,
  deliver,
  type ProxiedApp,
  redeliver,
  sweepUntilQuiet,
} from './stack.ts';
import type { Turns } from './turns.ts';

const SEED = 31;
const PUSHES = 500;
const IN_FLIGHT = 16;
/** The bus is stopped when so many webhooks of the burst were answered. */
const STOP_AT = 300;
const HALF_OUTAGE_MS = 15_000;

type Phase = 'there' | 'silent' | 'gone' | 'back';

/** First the bus says nothing any more, then it is gone; afterwards it is there again, with all that it knew. */
async function outage(busProxy: TcpProxy, enter: (phase: Phase) => void): Promise<void> {
  enter('silent');
  busProxy.isSilent = true;
  busProxy.freeze();
  await sleep(HALF_OUTAGE_MS);
  enter('gone');
  await busProxy.goDown();
  await sleep(HALF_OUTAGE_MS);
  busProxy.isSilent = false;
  await busProxy.comeBack();
  enter('back');
}

/** @returns what came of the webhooks, by the phase in which they were answered */
async function burst(app: ProxiedApp, webhooks: readonly Webhook[]) {
  const answered: Record<Phase, Delivery[]> = { there: [], silent: [], gone: [], back: [] };
  let phase: Phase = 'there';
  let away: Promise<void> | undefined;
  await deliver(app, webhooks, {
    inFlight: IN_FLIGHT,
    onAnswer: (delivery) => {
      answered[phase].push(delivery);
      if (answered.there.length >= STOP_AT) {
        away ??= outage(app.busProxy, (entered) => {
          phase = entered;
        });
      }
    },
  });
  await away;
  return answered;
}

/** Has the app go on acknowledging, and say everything once when the bus is back. */
export async function stopBusInBurst(app: ProxiedApp, bursts: Turns): Promise<void> {
  // A minute passes here anyway: time to see that nobody can make the app wait for longer.
  const patient = ask(app, '/api/replications/contoso/never/pushed:1?wait=600');
  const pushes = makePushes(PUSHES);
  const webhooks = interleaved(pushes, 12, new Random(SEED));
  const { there, silent, gone, back } = await bursts.take(() => burst(app, webhooks));
  for (const meanwhile of [silent, gone]) {
    expect(Object.keys(answers(meanwhile))).toEqual(['202 recorded']);
    expect(meanwhile.length).toBeGreaterThan(IN_FLIGHT);
  }
  await redeliver(app, [...there, ...back], { inFlight: IN_FLIGHT });
  expect(app.inbox.completed.length).toBeLessThan(PUSHES);

  await sleep(ALARMS_DUE_MS - 2 * HALF_OUTAGE_MS);
  await sweepUntilQuiet(app);
  expectCompletedOnceEach(app.inbox, pushes);
  expect((await patient).status).toBe(404);
}
