import type { Message } from 'rhea';
import { describe, expect, it } from 'vitest';
import { Topic, type TopicOptions } from '../../../src/local/broker/topic.ts';

const START = 1_000_000;

function setUp(options: Partial<TopicOptions> = {}) {
  let now = START;
  const subscriptions = [{ name: 'all' }];
  const topic = new Topic({ name: 't', duplicateDetectionSeconds: 60, subscriptions, ...options }, () => now);
  const advance = (ms: number) => {
    now += ms;
    topic.sweep();
  };
  const contents = (subscription = 'all') =>
    topic
      .subscription(subscription)
      ?.queue.peek(0, 99)
      .map(({ content }) => content.body) ?? [];
  return { topic, advance, contents };
}

const scheduled = (body: string, at: number, id = body): Message => ({
  body,
  message_id: id,
  message_annotations: { 'x-opt-scheduled-enqueue-time': new Date(at) },
});

describe('a message', () => {
  it('goes to every subscription whose rule matches', () => {
    const { topic, contents } = setUp({
      subscriptions: [
        { name: 'all' },
        { name: 'completed', rule: { sql: "type = 'replication.completed'" } },
        { name: 'lagging', rule: { correlation: { properties: { type: 'replica.lagging' } } } },
      ],
    });
    topic.publish({ body: 'a', application_properties: { type: 'replication.completed' } });
    topic.publish({ body: 'b', application_properties: { type: 'replica.lagging' } });
    topic.publish({ body: 'c' });
    expect(contents('all')).toEqual(['a', 'b', 'c']);
    expect(contents('completed')).toEqual(['a']);
    expect(contents('lagging')).toEqual(['b']);
  });

  it('does not go to a subscription that is added later', () => {
    const { topic, contents } = setUp();
    topic.publish({ body: 'a' });
    topic.addSubscription({ name: 'late' });
    topic.publish({ body: 'b' });
    expect(contents('late')).toEqual(['b']);
  });

  it('does not come back to a subscription that was removed and added anew', () => {
    const { topic, contents } = setUp();
    topic.publish({ body: 'a' });
    topic.removeSubscription('ALL');
    expect(topic.subscriptions).toEqual([]);
    topic.addSubscription({ name: 'all' });
    expect(contents()).toEqual([]);
  });

  it('gets an id if it has none', () => {
    const { topic } = setUp();
    topic.publish({ body: 'a' });
    topic.publish({ body: 'b' });
    const ids =
      topic
        .subscription('all')
        ?.queue.peek(0, 9)
        .map(({ content }) => content.message_id) ?? [];
    expect(ids.map((id) => typeof id)).toEqual(['string', 'string']);
    expect(new Set(ids).size).toBe(2);
  });
});

describe('a message id that comes again', () => {
  it.for([
    { name: 'within the window is dropped', afterMs: 59_999, expected: ['a'] },
    { name: 'at the end of the window is new', afterMs: 60_000, expected: ['a', 'b'] },
    { name: 'after the window is new', afterMs: 60_001, expected: ['a', 'b'] },
  ])('$name', ({ afterMs, expected }) => {
    const { topic, advance, contents } = setUp();
    topic.publish({ body: 'a', message_id: 'm-1' });
    advance(afterMs);
    topic.publish({ body: 'b', message_id: 'm-1' });
    expect(contents()).toEqual(expected);
    expect(topic.stats).toEqual({ sent: 2, duplicates: 2 - expected.length });
  });

  it('does not make the window longer', () => {
    const { topic, advance, contents } = setUp();
    for (const body of ['a', 'b', 'c']) {
      topic.publish({ body, message_id: 'm-1' });
      advance(30_000);
    }
    expect(contents()).toEqual(['a', 'c']);
  });

  it('is new while the detection is switched off', () => {
    const { topic, contents } = setUp({ duplicateDetectionSeconds: 0 });
    topic.publish({ body: 'a', message_id: 'm-1' });
    topic.publish({ body: 'b', message_id: 'm-1' });
    expect(contents()).toEqual(['a', 'b']);
  });
});

describe('a scheduled message', () => {
  it.for([
    { name: 'is not there just before its time', afterMs: 4_999, expected: [] },
    { name: 'is there at its time', afterMs: 5_000, expected: ['a'] },
    { name: 'is there later', afterMs: 5_001, expected: ['a'] },
  ])('$name', ({ afterMs, expected }) => {
    const { topic, advance, contents } = setUp();
    topic.publish(scheduled('a', START + 5_000));
    advance(afterMs);
    expect(contents()).toEqual(expected);
  });

  it('for the past is published at once', () => {
    const { topic, contents } = setUp();
    topic.publish(scheduled('a', START));
    expect(contents()).toEqual(['a']);
  });

  it('comes in order of its time', () => {
    const { topic, advance, contents } = setUp();
    topic.schedule(scheduled('later', START + 2_000));
    topic.schedule(scheduled('sooner', START + 1_000));
    advance(2_000);
    expect(contents()).toEqual(['sooner', 'later']);
  });

  it('can be cancelled until then, once', () => {
    const { topic, advance, contents } = setUp();
    const numbers = [topic.schedule(scheduled('a', START + 1_000)), topic.schedule(scheduled('b', START + 1_000))];
    expect(topic.cancel(numbers[0] ?? 0)).toBe(true);
    expect(topic.cancel(numbers[0] ?? 0)).toBe(false);
    advance(1_000);
    expect(contents()).toEqual(['b']);
    expect(topic.cancel(numbers[1] ?? 0)).toBe(false);
  });

  it('counts for duplicate detection from when it was sent', () => {
    const { topic, advance, contents } = setUp();
    topic.schedule(scheduled('a', START + 1_000, 'm-1'));
    topic.schedule(scheduled('b', START + 1_000, 'm-1'));
    topic.publish({ body: 'c', message_id: 'm-1' });
    advance(1_000);
    expect(contents()).toEqual(['a']);
  });

  it('begins to expire when it is published', () => {
    const { topic, advance, contents } = setUp();
    topic.publish({ ...scheduled('a', START + 10_000), ttl: 5_000 });
    advance(10_000);
    expect(contents()).toEqual(['a']);
    advance(5_000);
    expect(contents()).toEqual([]);
  });
});

describe('options that can not be used are refused', () => {
  const subscription = (options: object) => ({ subscriptions: [{ name: 's', ...options }] });

  it.for([
    { name: 'an invalid rule', options: subscription({ rule: { sql: 'tag =' } }), expected: 'at position 6' },
    {
      name: 'two of one name',
      options: { subscriptions: [{ name: 's' }, { name: 'S' }] },
      expected: '"S", which exists',
    },
    { name: 'a name with a slash', options: subscription({ name: 'a/b' }), expected: 'Expected a name of letters' },
    { name: 'a lock of no time', options: subscription({ lockSeconds: 0 }), expected: 'above 0, got 0' },
    { name: 'no deliveries', options: subscription({ maxDeliveryCount: 0 }), expected: 'from 1 up, got 0' },
    { name: 'half a delivery', options: subscription({ maxDeliveryCount: 1.5 }), expected: 'from 1 up, got 1.5' },
    { name: 'a negative window', options: { duplicateDetectionSeconds: -1 }, expected: 'from 0 up, got -1' },
    { name: 'a topic without a name', options: { name: '' }, expected: 'Expected a name of letters' },
  ])('$name', ({ options, expected }) => {
    expect(() => setUp(options)).toThrow(expected);
  });

  it('a subscription that is not there can not be removed', () => {
    expect(() => setUp().topic.removeSubscription('none')).toThrow('got "none", which does not exist');
  });
});
