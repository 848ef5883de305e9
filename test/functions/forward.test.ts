import { InvocationContext } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { toMessage } from '../../src/adapters/service-bus/message.ts';
import type { CompletedPush } from '../../src/core/forward.ts';
import { forward } from '../../src/functions/forward.ts';
import type { TargetOutcome } from '../../src/usecases/forward.ts';
import { announcementOfType } from '../adapters/service-bus/announcements.ts';
import { digestA, webTag } from '../builders.ts';

const registry = { loginServer: 'contoso.azurecr.io' };
const bodyOf = (type: 'replication.completed' | 'replication.lagging') =>
  toMessage(webTag, announcementOfType(type), registry).body;

function open(outcomes: readonly TargetOutcome[] = []) {
  const runs: { push: CompletedPush; delivery: number }[] = [];
  const logged: { level: string; line: Record<string, unknown> }[] = [];
  const handler = forward({
    run: async (push, delivery) => {
      runs.push({ push, delivery });
      return outcomes;
    },
  });
  const deliver = async (message: unknown, triggerMetadata: Record<string, unknown> = { deliveryCount: 1 }) => {
    const context = new InvocationContext({
      functionName: 'forward',
      triggerMetadata,
      logHandler: (level, ...values) => logged.push({ level, line: JSON.parse(String(values[0])) }),
    });
    await handler(message, context);
  };
  return { runs, logged, deliver };
}

const accepted: TargetOutcome = { target: 'flux', outcome: 'accepted', attempts: 1 };
const repeated: TargetOutcome = { target: 'argo', outcome: 'repeated', attempts: 0 };

describe('a message of the subscription', () => {
  it('is done with when every target has taken it, now or before', async () => {
    const { runs, logged, deliver } = open([accepted, repeated]);
    await deliver(bodyOf('replication.completed'), { deliveryCount: 2 });
    expect(runs).toMatchObject([{ push: { id: 'web-1', digest: digestA }, delivery: 2 }]);
    expect(logged).toMatchObject([
      {
        level: 'information',
        line: { event: 'forward', outcome: 'forwarded', id: 'web-1', delivery: 2, targets: [accepted, repeated] },
      },
    ]);
  });

  it.for(['later', 'refused'] as const)('goes back while a target has not taken it: %s', async (outcome) => {
    const { logged, deliver } = open([accepted, { target: 'kargo', outcome, attempts: 4, got: 'status 503' }]);
    await expect(deliver(bodyOf('replication.completed'))).rejects.toThrow(
      'Expected every target to take web-1, got no 2xx from kargo (status 503)',
    );
    expect(logged).toMatchObject([{ level: 'error', line: { outcome: 'failed', id: 'web-1' } }]);
  });

  it('of another type is done with, and nobody is told', async () => {
    const { runs, logged, deliver } = open();
    await deliver(bodyOf('replication.lagging'));
    expect(runs).toEqual([]);
    expect(logged).toMatchObject([{ level: 'information', line: { outcome: 'ignored', type: 'replication.lagging' } }]);
  });

  it.for([
    { name: 'no JSON object', message: 'hello', expected: 'expected an object, got "hello"' },
    { name: 'no event', message: {}, expected: 'id: expected a string, got nothing' },
    {
      name: 'an event that lacks its data',
      message: { id: '1', type: 'replication.completed', time: 'now' },
      expected: 'data: expected an object, got nothing',
    },
    {
      name: 'an event whose image is of another digest',
      message: {
        ...bodyOf('replication.completed'),
        data: { ...bodyOf('replication.completed').data, image: 'contoso.azurecr.io/public/products/web@sha256:0' },
      },
      expected: 'data.image: expected it to be a login server and',
    },
  ])('that is $name goes back, and to the dead letters in the end', async ({ message, expected }) => {
    const { runs, logged, deliver } = open();
    await expect(deliver(message)).rejects.toThrow(expected);
    expect(runs).toEqual([]);
    expect(logged).toMatchObject([{ level: 'error', line: { outcome: 'refused' } }]);
  });

  it('counts as given out for the first time where the host does not say', async () => {
    const { runs, deliver } = open([accepted]);
    await deliver(bodyOf('replication.completed'), {});
    expect(runs).toMatchObject([{ delivery: 1 }]);
  });
});
