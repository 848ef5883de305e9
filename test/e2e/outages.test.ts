// What goes away in the middle of 500 pushes to four regions: the app, the bus, storage. Each has a stack of its own. They
// run side by side because they wait for a minute until alarms are due; their bursts come one after the other, as a
// machine that is busy with another burst is no place to see whether answers come in time.
import { describe, it } from 'vitest';
import { stopBusInBurst } from './bus-stopped.ts';
import { killInBurst } from './kill.ts';
import { startApp, startAppWithProxiedBus } from './stack.ts';
import { stopStorageInBurst } from './storage-stopped.ts';
import { Turns } from './turns.ts';

const LIMIT_MS = 360_000;

const bursts = new Turns();

describe.concurrent('in a burst of pushes', { timeout: LIMIT_MS }, () => {
  it('the app is killed: nothing that it acknowledged is lost, nothing is said twice', async ({ onTestFinished }) => {
    const app = await startAppWithProxiedBus();
    onTestFinished(app.close);
    await killInBurst(app, bursts);
  });

  it('the bus is away for 30 s: webhooks are acknowledged, and all is said once when it is back', async ({
    onTestFinished,
  }) => {
    const app = await startAppWithProxiedBus();
    onTestFinished(app.close);
    await stopBusInBurst(app, bursts);
  });

  it('storage stands still for 30 s: answers come in time, and none promises what is not stored', async ({
    onTestFinished,
  }) => {
    const app = await startApp();
    onTestFinished(app.close);
    await stopStorageInBurst(app, bursts);
  });
});
