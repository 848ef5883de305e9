import { describe, expect, it } from 'vitest';
import type { Announcement } from '../../src/core/announcements.ts';
import { emptyTagState, type TagState } from '../../src/core/tag-state.ts';
import { type Occasion, planAlarm } from '../../src/usecases/alarm-plan.ts';

const NOW = 1_000_000_000;
const MINUTE = 60_000;
const unsent = [{ id: 'x-1' } as Announcement];

interface Case {
  readonly name: string;
  readonly alarmIn?: number;
  readonly outbox?: readonly Announcement[];
  readonly lookIn?: number;
  readonly hasRung?: boolean;
  readonly isUnsent?: boolean;
  /** Milliseconds from now for a new alarm. */
  readonly expected: 'keep' | 'none' | number;
}

const cases: Case[] = [
  { name: 'nothing to look at and none named: nothing to do', expected: 'keep' },
  { name: 'nothing to look at any more: the alarm goes', alarmIn: 5 * MINUTE, expected: 'none' },
  { name: 'the first one is set for when time can change the answer', lookIn: 10 * MINUTE, expected: 10 * MINUTE },
  { name: 'never less than a minute ahead', lookIn: 5_000, expected: MINUTE },
  { name: 'never in the past', lookIn: -5_000, expected: MINUTE },
  { name: 'one that is early enough is kept', alarmIn: 3 * MINUTE, lookIn: 10 * MINUTE, expected: 'keep' },
  { name: 'one that is just in time is kept', alarmIn: 10 * MINUTE, lookIn: 10 * MINUTE, expected: 'keep' },
  { name: 'one that is too late is replaced', alarmIn: 10 * MINUTE + 1, lookIn: 10 * MINUTE, expected: 10 * MINUTE },
  {
    name: 'one that is overdue is kept: the sweep is about to come',
    alarmIn: -MINUTE,
    lookIn: MINUTE,
    expected: 'keep',
  },
  { name: 'one that rang is replaced', alarmIn: -1, lookIn: 20 * MINUTE, hasRung: true, expected: 20 * MINUTE },
  { name: 'one that rang goes when nothing is left', alarmIn: -1, hasRung: true, expected: 'none' },
  { name: 'an outbox is content with one within ten minutes', alarmIn: 10 * MINUTE, outbox: unsent, expected: 'keep' },
  { name: 'an outbox wants one nearer than a far one', alarmIn: 10 * MINUTE + 1, outbox: unsent, expected: MINUTE },
  { name: 'an outbox without any alarm gets a near one', outbox: unsent, expected: MINUTE },
  {
    name: 'after a failed sending the alarm is moved near',
    alarmIn: 2 * MINUTE,
    outbox: unsent,
    isUnsent: true,
    expected: MINUTE,
  },
  {
    name: 'after a failed sending a near one is kept',
    alarmIn: MINUTE,
    outbox: unsent,
    isUnsent: true,
    expected: 'keep',
  },
  { name: 'a sending that failed but left nothing needs none', isUnsent: true, expected: 'keep' },
];

describe('planAlarm', () => {
  it.for(cases)('$name', ({ alarmIn, outbox = [], lookIn, hasRung = false, isUnsent = false, expected }) => {
    const named = alarmIn === undefined ? {} : { alarm: { id: 'named', dueAt: NOW + alarmIn } };
    const state: TagState = { ...emptyTagState('x'), outbox, ...named };
    const lookAgainAt = lookIn === undefined ? undefined : NOW + lookIn;
    const occasion: Occasion = { now: NOW, lookAgainAt, hasRung, isUnsent };
    expect(planAlarm(state, occasion)).toBe(typeof expected === 'number' ? NOW + expected : expected);
  });
});
