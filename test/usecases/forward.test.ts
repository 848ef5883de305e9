import { describe, expect, it } from 'vitest';
import type { CompletedPush, ForwardTarget, PushNotification } from '../../src/core/forward.ts';
import { Forward } from '../../src/usecases/forward.ts';
import { type NotificationPoster, type Timing, Unavailable } from '../../src/usecases/ports.ts';
import { digestA, START } from '../builders.ts';

const pushOf = (id: string): CompletedPush => ({
  ...{ id, completedAt: '2026-08-21T12:00:03.000Z', loginServer: 'contoso.azurecr.io' },
  ...{ repository: 'public/products/web', tag: '1.2', digest: digestA },
});
const push = pushOf('web-1');

type Script = Readonly<Record<string, readonly (number | 'silence' | 'fault')[]>>;

/** Answers by its script, target by target; with 200 when that is at its end. */
class ScriptedPoster implements NotificationPoster {
  readonly posted: string[] = [];
  readonly notifications: PushNotification[] = [];
  readonly #script: Record<string, (number | 'silence' | 'fault')[]>;

  constructor(script: Script) {
    this.#script = Object.fromEntries(Object.entries(script).map(([target, answers]) => [target, [...answers]]));
  }

  async post(target: string, notification: PushNotification): Promise<number> {
    this.posted.push(target);
    this.notifications.push(notification);
    const answer = this.#script[target]?.shift() ?? 200;
    if (answer === 'silence') {
      throw new Unavailable('nobody answers');
    }
    if (answer === 'fault') {
      throw new TypeError('a fault of ours');
    }
    return answer;
  }
}

function open(script: Script = {}, targets: readonly ForwardTarget[] = [{ name: 'flux', repositories: [] }]) {
  const poster = new ScriptedPoster(script);
  const pauses: number[] = [];
  const limits: number[] = [];
  const timing: Timing = {
    now: () => START,
    sleep: async (milliseconds) => void pauses.push(milliseconds),
    timeout: (milliseconds) => {
      limits.push(milliseconds);
      return new AbortController().signal;
    },
    random: () => 0,
  };
  return { forward: new Forward({ targets, poster, timing }), poster, pauses, limits };
}

const threeTargets = ['argo', 'flux', 'kargo'].map((name) => ({ name, repositories: [] }));

describe('forwarding a completed push', () => {
  it('tells every target once', async () => {
    const { forward, poster, limits } = open({}, threeTargets);
    expect(await forward.run(push, 1)).toEqual([
      { target: 'argo', outcome: 'accepted', attempts: 1 },
      { target: 'flux', outcome: 'accepted', attempts: 1 },
      { target: 'kargo', outcome: 'accepted', attempts: 1 },
    ]);
    expect(poster.posted).toEqual(['argo', 'flux', 'kargo']);
    expect(poster.notifications[0]).toMatchObject({ id: 'web-1', action: 'push' });
    expect(limits).toEqual([5_000, 5_000, 5_000]);
  });

  it('leaves out targets that the repository is not for', async () => {
    const { forward, poster } = open({}, [
      { name: 'internal', repositories: ['internal/*'] },
      { name: 'public', repositories: ['public/*'] },
    ]);
    expect(await forward.run(push, 1)).toEqual([{ target: 'public', outcome: 'accepted', attempts: 1 }]);
    expect(poster.posted).toEqual(['public']);
  });

  it('tries again, with pauses, while there is no answer or one that may change', async () => {
    const { forward, pauses } = open({ flux: ['silence', 503, 429] });
    expect(await forward.run(push, 1)).toEqual([{ target: 'flux', outcome: 'accepted', attempts: 4 }]);
    expect(pauses).toEqual([1_000, 5_000, 20_000]);
  });

  it('gives up after four attempts, and says what came last', async () => {
    const { forward, poster } = open({ flux: [500, 500, 500, 'silence'] });
    expect(await forward.run(push, 1)).toEqual([
      { target: 'flux', outcome: 'later', attempts: 4, got: 'nobody answers' },
    ]);
    expect(poster.posted).toHaveLength(4);
  });

  it('does not try again what was refused', async () => {
    const { forward, pauses } = open({ flux: [401] });
    expect(await forward.run(push, 1)).toEqual([
      { target: 'flux', outcome: 'refused', attempts: 1, got: 'status 401' },
    ]);
    expect(pauses).toEqual([]);
  });

  it('lets a fault of its own through', async () => {
    await expect(open({ flux: ['fault'] }).forward.run(push, 1)).rejects.toThrow('a fault of ours');
  });
});

describe('a message that comes again', () => {
  it('is told only to targets that have not taken it', async () => {
    const { forward, poster } = open({ flux: [500, 500, 500, 500] }, threeTargets);
    await forward.run(push, 1);
    poster.posted.length = 0;
    expect(await forward.run(push, 2)).toEqual([
      { target: 'argo', outcome: 'repeated', attempts: 0 },
      { target: 'flux', outcome: 'accepted', attempts: 1 },
      { target: 'kargo', outcome: 'repeated', attempts: 0 },
    ]);
    expect(poster.posted).toEqual(['flux']);
  });

  it('is not told again to one that has refused it, and stays refused', async () => {
    const { forward, poster } = open({ flux: [400] });
    await forward.run(push, 1);
    expect(await forward.run(push, 2)).toEqual([
      { target: 'flux', outcome: 'refused', attempts: 0, got: 'status 400' },
    ]);
    expect(poster.posted).toEqual(['flux']);
  });

  it('is told again to one that has refused it when a person sent it from the dead letters', async () => {
    const { forward, poster } = open({ flux: [400] }, threeTargets);
    await forward.run(push, 1);
    poster.posted.length = 0;
    expect(await forward.run(push, 1)).toMatchObject([
      { target: 'argo', outcome: 'repeated' },
      { target: 'flux', outcome: 'accepted' },
      { target: 'kargo', outcome: 'repeated' },
    ]);
    expect(poster.posted).toEqual(['flux']);
  });

  it.for([
    { name: 'remembered while 999 others came', others: 999, expected: 'repeated' },
    { name: 'forgotten after 1000 others', others: 1000, expected: 'accepted' },
  ])('is $name', async ({ others, expected }) => {
    const { forward } = open();
    await forward.run(push, 1);
    for (let other = 0; other < others; other += 1) {
      await forward.run(pushOf(`other-${other}`), 1);
    }
    expect(await forward.run(push, 2)).toMatchObject([{ outcome: expected }]);
  });

  it('is remembered from when it came last, not from when it came first', async () => {
    const { forward } = open();
    await forward.run(push, 1);
    for (let other = 0; other < 1500; other += 1) {
      await forward.run(pushOf(`other-${other}`), 1);
      if (other === 750) {
        await forward.run(push, 2);
      }
    }
    expect(await forward.run(push, 3)).toMatchObject([{ outcome: 'repeated' }]);
  });
});
