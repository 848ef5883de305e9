import { describe, expect, it } from 'vitest';
import { withFact } from '../../src/core/facts.ts';
import { type EventTime, justAfter } from '../../src/core/instant.ts';
import { emptyTagState, record, withoutSent } from '../../src/core/tag-state.ts';
import { announcementOf, arrival, at, deletion, digestB, eastus, eventAt, tagState, westus } from '../builders.ts';

describe('record', () => {
  const facts = [arrival({ seconds: 10 }), arrival({ region: eastus, seconds: 20 })];

  it.for([
    { name: 'a fact that is new', fact: arrival({ seconds: 15 }), expected: 'recorded' },
    {
      name: 'the same event time and region with another digest',
      fact: arrival({ seconds: 10, digest: digestB }),
      expected: 'recorded',
    },
    {
      name: 'the same event time and digest from another region',
      fact: arrival({ seconds: 10, region: eastus }),
      expected: 'recorded',
    },
    { name: 'a deletion at the moment of an arrival', fact: deletion({ seconds: 10 }), expected: 'recorded' },
    { name: 'a repeated delivery', fact: arrival({ seconds: 10, receivedAt: at(99) }), expected: 'duplicate' },
    {
      name: 'a reconciled fact that was announced',
      fact: arrival({ seconds: 20, region: eastus, source: 'reconciled' }),
      expected: 'duplicate',
    },
  ])('$name is $expected', ({ fact, expected }) => {
    const before = tagState(facts);
    const after = record(before, fact);
    expect(after.outcome).toBe(expected);
    expect(after.state === before).toBe(expected === 'duplicate');
    expect(after.state.facts).toHaveLength(expected === 'recorded' ? 3 : 2);
  });

  const precise = '2026-08-21T12:00:10.123456789Z' as EventTime;
  const cut = '2026-08-21T12:00:10.123000000Z' as EventTime;
  it.for([
    { name: 'told again with its time cut to milliseconds', kept: precise, told: cut, expected: 'duplicate' },
    { name: 'told again with all digits of its time', kept: cut, told: precise, expected: 'duplicate' },
    { name: 'of the next nanosecond', kept: precise, told: justAfter(precise), expected: 'recorded' },
  ])('a reconciled fact $name is $expected', ({ kept, told, expected }) => {
    const before = tagState([arrival({ eventAt: kept }), arrival({ seconds: 20, region: eastus })]);
    const after = record(before, arrival({ eventAt: told, source: 'reconciled' }));
    expect(after.outcome).toBe(expected);
    expect(after.state === before).toBe(expected === 'duplicate');
  });

  it.for([
    { name: 'another region', fact: arrival({ eventAt: cut, region: eastus }) },
    { name: 'another digest', fact: arrival({ eventAt: cut, digest: digestB }) },
    { name: 'a deletion', fact: deletion({ eventAt: cut }) },
  ])('what differs by more than the digits of its time is recorded: $name', ({ fact }) => {
    expect(record(tagState([arrival({ eventAt: precise })]), fact).outcome).toBe('recorded');
  });

  it.for([
    { name: 'before the horizon', seconds: 4, expected: 'stale' },
    { name: 'at the horizon', seconds: 5, expected: 'stale' },
    { name: 'after the horizon', seconds: 6, expected: 'recorded' },
    { name: 'kept although it lies before a horizon that came later', seconds: 3, kept: 3, expected: 'duplicate' },
  ])('a fact $name is $expected', ({ seconds, kept, expected }) => {
    const before = { ...tagState(kept === undefined ? [] : [arrival({ seconds: kept })]), horizon: eventAt(5) };
    const after = record(before, arrival({ seconds }));
    expect(after.outcome).toBe(expected);
    expect(after.state === before).toBe(expected !== 'recorded');
  });

  it('keeps the first delivery of a fact as it is', () => {
    const first = arrival({ seconds: 10, receivedAt: at(11) });
    const { state } = record(tagState([first]), arrival({ seconds: 10, receivedAt: at(5), mediaType: 'other' }));
    expect(state.facts).toEqual([first]);
  });

  it('starts with nothing known and nothing said', () => {
    expect(emptyTagState('k3')).toEqual({
      idPrefix: 'k3',
      facts: [],
      forgotten: {},
      said: {},
      sequence: 0,
      outbox: [],
    });
  });
});

describe('withFact', () => {
  const [first, second, third] = [arrival({ seconds: 1 }), arrival({ seconds: 2 }), arrival({ seconds: 3 })];

  it.for([
    { name: 'the first place', facts: [second, third], fact: first },
    { name: 'a place in the middle', facts: [first, third], fact: second },
    { name: 'the last place', facts: [first, second], fact: third },
  ])('puts a fact into $name', ({ facts, fact }) => {
    expect(withFact(facts, fact)).toEqual([first, second, third]);
  });

  it.for([
    { name: 'first', fact: { ...first } },
    { name: 'in the middle', fact: { ...second } },
    { name: 'last', fact: { ...third } },
  ])('finds a fact that is there $name', ({ fact }) => {
    const facts = [first, second, third];
    expect(withFact(facts, fact)).toBe(facts);
  });
});

describe('withoutSent', () => {
  const outbox = [1, 2, 3].map((sequence) => announcementOf({ id: `web-${sequence}`, sequence }));
  const state = tagState([arrival({ region: westus })], { outbox, sequence: 3 });

  it('takes what was sent and leaves the rest in order', () => {
    const left = withoutSent(state, new Set(['web-1', 'web-3']));
    expect(left).toEqual({ ...state, outbox: [outbox[1]] });
  });

  it('is the same state when nothing of it is there', () => {
    expect(withoutSent(state, new Set(['web-4']))).toBe(state);
    expect(withoutSent(state, new Set())).toBe(state);
  });
});
