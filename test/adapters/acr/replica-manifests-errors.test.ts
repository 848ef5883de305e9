// Failures of the network that cannot be had on this machine alone.
import { expect, it } from 'vitest';
import { toReplicaPortError } from '../../../src/adapters/acr/replica-manifests-errors.ts';
import { Unavailable } from '../../../src/usecases/ports.ts';

const question = (signal = new AbortController().signal) => ({ expected: 'an answer', permission: 'pull', signal });

it.for([
  {
    name: 'a host that is not known hints at regional endpoints',
    error: Object.assign(new Error('getaddrinfo ENOTFOUND contoso.westeurope.geo.azurecr.io'), { code: 'ENOTFOUND' }),
    expected: 'are regional endpoints enabled on the registry',
  },
  {
    name: 'a host whose addresses all refuse is told by the code',
    error: Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }),
    expected: 'got ECONNREFUSED',
  },
  {
    name: 'anything else is told as it is',
    error: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
    expected: 'got read ECONNRESET',
  },
])('$name', ({ error, expected }) => {
  const told = toReplicaPortError(error, question());
  expect(told).toBeInstanceOf(Unavailable);
  expect(told.message).toContain(expected);
  expect(told.cause).toBe(error);
});

it('whatever happens after the time is over is no answer in time', () => {
  const error = Object.assign(new Error('getaddrinfo ENOTFOUND x'), { code: 'ENOTFOUND' });
  expect(toReplicaPortError(error, question(AbortSignal.abort())).message).toContain('got no answer in time');
});
