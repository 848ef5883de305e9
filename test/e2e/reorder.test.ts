import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Random } from '../simulation/random.ts';
import { expectCompletedOnceEach } from './inbox.ts';
import { makePushes, type TestPush, type Webhook } from './pushes.ts';
import { type App, deliver, redeliver, startApp, waitUntilAllSaid } from './stack.ts';

const SEED = 20_261_121;
const PUSHES = 1000;
const IN_FLIGHT = 64;

let app: App;
beforeAll(async () => {
  app = await startApp({ appInstances: 2 });
});
afterAll(() => app?.close());

/** All at once: any region first, every third delivery repeated, some of them long after everything else. */
function chaos(pushes: readonly TestPush[], random: Random): readonly Webhook[] {
  const due: { readonly webhook: Webhook; readonly at: number }[] = [];
  for (const [index, { webhooks }] of pushes.entries()) {
    for (const webhook of webhooks) {
      const soon = () => index + random.next() * 60;
      const late = () => PUSHES * (1 + random.next());
      due.push({ webhook, at: random.chance(0.05) ? late() : soon() });
      while (random.chance(0.33)) {
        due.push({ webhook, at: random.chance(0.2) ? late() : soon() });
      }
    }
  }
  return due.sort((a, b) => a.at - b.at).map(({ webhook }) => webhook);
}

it('announces each of 1000 pushes once, whatever the order and repetition of its webhooks', async () => {
  const pushes = makePushes(PUSHES);
  const deliveries = await deliver(app, chaos(pushes, new Random(SEED)), { inFlight: IN_FLIGHT });

  await redeliver(app, deliveries, { inFlight: IN_FLIGHT });
  const log = readFileSync(app.stack.logFile, 'utf8');
  for (const instance of [1, 2]) {
    expect(log).toContain(`app ${instance} information Function.webhook`);
  }

  await waitUntilAllSaid(app);
  expectCompletedOnceEach(app.inbox, pushes);
}, 300_000);
