import { InvocationContext, type Timer } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { reconcile } from '../../src/functions/reconcile.ts';
import { Unavailable } from '../../src/usecases/ports.ts';
import { MINUTE_MS, westus } from '../builders.ts';
import { contoso, instance, type Outside } from '../usecases/app.ts';
import { managedOutside, pushed, setHistory } from '../usecases/past-deliveries.ts';

const timer: Timer = {
  isPastDue: false,
  schedule: { adjustForDST: false },
  scheduleStatus: { last: '', next: '', lastUpdated: '' },
};

/** What the timer logs. */
async function run(outside: Outside) {
  const logged: { level: string; line: Record<string, unknown> }[] = [];
  const context = new InvocationContext({
    functionName: 'reconcile',
    logHandler: (level, ...values) => logged.push({ level, line: JSON.parse(String(values[0])) }),
  });
  const app = instance(outside);
  await reconcile(app.reconcile, app.timing)(timer, context);
  return logged;
}

describe('the timer that reconciles', () => {
  it.for([
    { name: 'what was in order', change: () => {}, level: 'information', counts: { arrivals: 0, failed: 0 } },
    {
      name: 'a webhook that was lost',
      change: (outside: Outside) => setHistory(outside, westus, [pushed()]),
      level: 'information',
      counts: { pushes: 1, arrivals: 1, failed: 0 },
    },
    {
      name: 'a registry that does not answer',
      change: (outside: Outside) => outside.api.setWebhooks(contoso, new Unavailable('down')),
      level: 'information',
      counts: { webhooks: 0, failed: 1 },
    },
  ])('logs $name in one line, as $level', async ({ change, level, counts }) => {
    const outside = managedOutside();
    change(outside);
    const logged = await run(outside);
    expect(logged).toHaveLength(1);
    expect(logged).toMatchObject([{ level, line: { event: 'reconcile', ...counts } }]);
  });

  it('begins to read nothing after four minutes', async () => {
    const outside = managedOutside();
    const { history } = outside.api;
    Object.assign(outside.api, {
      history(...given: Parameters<typeof history>) {
        outside.now += 2 * MINUTE_MS;
        return history.apply(outside.api, given);
      },
    });
    expect(await run(outside)).toMatchObject([{ line: { webhooks: 2, failed: 0 } }]);
  });
});
