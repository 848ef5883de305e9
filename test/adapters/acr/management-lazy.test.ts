import { describe, expect, it } from 'vitest';
import * as management from '../../../src/adapters/acr/management.ts';
import { LazyManagementApi } from '../../../src/adapters/acr/management-lazy.ts';
import { Unavailable } from '../../../src/usecases/ports.ts';
import { armFixture, contoso, inTime, RESOURCE_ID, type Script, ScriptedManagement } from './scripted-management.ts';

const replications = armFixture<{ value: { name: string }[] }>('replications');
const answers: Script = ({ path }) => {
  const name = path.replace('/replications/', '');
  const bodies: Record<string, unknown> = {
    '': armFixture('registry'),
    '/replications': replications,
    '/webhooks': armFixture('webhooks'),
    '/webhooks/landfallwestus/getCallbackConfig': armFixture('callback-config'),
    '/webhooks/landfallwestus/listEvents': { ...armFixture<object>('list-events'), nextLink: null },
  };
  return { body: bodies[path] ?? replications.value.find((replication) => replication.name === name) };
};

describe('the management API that is loaded late', () => {
  it('loads nothing until the first call, then once, and asks', async () => {
    const scripted = await ScriptedManagement.start(answers);
    let loads = 0;
    const api = new LazyManagementApi({ registries: () => RESOURCE_ID, ...scripted.endpoint }, async () => {
      loads += 1;
      return management;
    });
    const history = api.history(contoso, 'landfallwestus', inTime());
    expect(loads).toBe(0);
    const [replicas, webhooks, target, newest] = await Promise.all([
      api.replicas(contoso, [], inTime()),
      api.webhooks(contoso, inTime()),
      api.target(contoso, 'landfallwestus', inTime()),
      history.next(),
    ]);
    expect([replicas.length, webhooks.length, target]).toEqual([4, 2, expect.stringContaining('/api/webhooks/')]);
    expect(newest.value?.notification).toEqual({ type: 'ping' });
    await history.return();
    expect(loads).toBe(1);
    await scripted.close();
  });

  it('loads the real one when it is not told otherwise', async () => {
    const scripted = await ScriptedManagement.start(answers);
    const api = new LazyManagementApi({ registries: () => RESOURCE_ID, ...scripted.endpoint });
    expect(await api.webhooks(contoso, inTime())).toHaveLength(2);
    await scripted.close();
  });

  it('is unavailable while loading fails, and tries again at the next call', async () => {
    const scripted = await ScriptedManagement.start(answers);
    const outcomes = [Promise.reject(new Error('disk full')), Promise.resolve(management)];
    const load = () => outcomes.shift() ?? Promise.reject(new Error('loaded too often'));
    const api = new LazyManagementApi({ registries: () => RESOURCE_ID, ...scripted.endpoint }, load);
    const refused = api.webhooks(contoso, inTime());
    await expect(refused).rejects.toBeInstanceOf(Unavailable);
    await expect(refused).rejects.toThrow('disk full');
    expect(await api.webhooks(contoso, inTime())).toHaveLength(2);
    await scripted.close();
  });

  it('ends by its signal when loading never ends', async () => {
    const scripted = await ScriptedManagement.start(answers);
    const options = { registries: () => RESOURCE_ID, ...scripted.endpoint };
    const api = new LazyManagementApi(options, () => new Promise(() => {}));
    const control = new AbortController();
    const asking = api.webhooks(contoso, control.signal);
    control.abort();
    await expect(asking).rejects.toBeInstanceOf(Unavailable);
    await scripted.close();
  });
});
