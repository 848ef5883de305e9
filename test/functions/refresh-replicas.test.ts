import { InvocationContext, type Timer } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { refreshReplicas } from '../../src/functions/refresh-replicas.ts';
import { Unavailable } from '../../src/usecases/ports.ts';
import { contoso } from '../usecases/app.ts';
import { openManaged } from '../usecases/replicas.ts';

describe('the timer refresh-replicas', () => {
  it.for([
    {
      name: 'what it did',
      api: undefined,
      expected: { level: 'information', line: { event: 'refresh-replicas', seen: 1, failed: 0, sent: 0 } },
    },
    {
      name: 'as an error that a registry did not tell',
      api: new Unavailable('got 503'),
      expected: { level: 'information', line: { event: 'refresh-replicas', seen: 0, failed: 1, sent: 0 } },
    },
  ])('says $name in one line', async ({ api, expected }) => {
    const { outside, app } = openManaged();
    if (api !== undefined) {
      outside.api.setReplicas(contoso, api);
    }
    const logged: object[] = [];
    const context = new InvocationContext({
      functionName: 'refresh-replicas',
      logHandler: (level, ...values) => logged.push({ level, line: JSON.parse(String(values[0])) }),
    });
    await refreshReplicas(app.refreshReplicas)({ isPastDue: false } as Timer, context);
    expect(logged).toEqual([expected]);
  });
});
