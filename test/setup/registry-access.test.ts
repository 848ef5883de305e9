// How the command finds its way to the local stack: over the control endpoint, with the identity of the stack's app.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccessTokens } from '../../src/local/registry/access-tokens.ts';
import { registryId } from '../../src/local/registry/arm.ts';
import { newContoso } from '../../src/local/registry/contoso.ts';
import { startIdentityEndpoint } from '../../src/local/registry/identity-endpoint.ts';
import { startManagementApi } from '../../src/local/registry/management-api.ts';
import type { StackDescription } from '../../src/local/stack/control-actions.ts';
import { runningFile } from '../../src/local/stack/running.ts';
import { StackFault } from '../../src/local/stack/stack-fault.ts';
import { openAccess } from '../../src/setup/registry-access.ts';

let data: string;
const closers: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  data = mkdtempSync(path.join(tmpdir(), 'landfall-webhooks-'));
});

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
  rmSync(data, { recursive: true, force: true });
});

type Described = Partial<StackDescription>;

async function startStack(changed: Described = {}): Promise<void> {
  const tokens = new AccessTokens();
  const model = newContoso();
  const management = await startManagementApi({ model, onChange: () => {}, tokens });
  const identity = await startIdentityEndpoint(tokens);
  const managementCa = path.join(data, 'ca.pem');
  writeFileSync(managementCa, management.ca);
  const described: Described = {
    ...{ url: 'http://127.0.0.1:7071', key: '', resourceId: registryId(model), managementCa },
    managementEndpoint: management.url,
    identity: { url: identity.url, header: identity.header, clientId: identity.clientId },
    ...changed,
  };
  const control = createServer((request, response) => {
    const isKnown = request.url === '/stack' && request.headers.authorization === 'Bearer control-token';
    response.writeHead(isKnown ? 200 : 404).end(JSON.stringify(isKnown ? described : {}));
  });
  await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(control.address() as AddressInfo).port}`;
  writeFileSync(runningFile(data), JSON.stringify({ pid: process.pid, control: url, token: 'control-token' }));
  const closeControl = () => {
    control.closeAllConnections();
    return new Promise((resolve) => control.close(resolve));
  };
  closers.push(management.close, identity.close, closeControl);
}

const inTime = () => AbortSignal.timeout(20_000);

describe('the way to the local stack', () => {
  it('leads to its registry and its app', async () => {
    await startStack();
    const { admin, target } = await openAccess({ type: 'local', data });
    expect(target).toEqual({ registry: 'contoso', app: 'http://127.0.0.1:7071' });
    expect(await admin.replicas(inTime())).toHaveLength(4);
    expect((await admin.webhooks(inTime())).map(({ callback }) => callback.serviceUri)).toContain(
      'http://127.0.0.1:7071/api/webhooks/contoso/westus',
    );
  });

  it('is closed without the identity of its app', async () => {
    await startStack();
    const { admin } = await openAccess({ type: 'local', data });
    expect(await admin.replicas(inTime())).toHaveLength(4);
    const [, closeIdentity] = closers;
    await closeIdentity?.();
    const { admin: late } = await openAccess({ type: 'local', data });
    await expect(late.replicas(inTime())).rejects.toThrow('no token');
  });

  it.for([
    { name: 'nothing runs', expected: 'nothing is running on' },
    { name: 'what runs has no registry', changed: { resourceId: 'none' }, expected: 'expected a resource id like' },
  ])('is not there when $name', async ({ changed, expected }) => {
    if (changed !== undefined) {
      await startStack(changed);
    }
    const opening = openAccess({ type: 'local', data });
    await expect(opening).rejects.toBeInstanceOf(StackFault);
    await expect(opening).rejects.toThrow(expected);
  });
});
