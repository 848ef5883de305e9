import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseSchedule } from '../../../src/local/host/schedule.ts';
import { FunctionTimer, type TimerInput, type TimerOptions } from '../../../src/local/host/timers.ts';

const START = Date.parse('2026-11-20T10:00:00.250Z');
const seconds = (count: number): number => count * 1000;
const sinceStart = (): number => Date.now() - Date.parse('2026-11-20T10:00:00Z');

interface Run {
  atMs: number;
  input: TimerInput;
}

/** A timer of a function that takes `takesMs[n]` for its nth run and 0 for the rest. */
function timerOf(schedule: string, options: Partial<TimerOptions> & { takesMs?: number[] } = {}) {
  const runs: Run[] = [];
  const failures: unknown[] = [];
  let running = 0;
  let mostAtOnce = 0;
  const timer = new FunctionTimer({
    schedule: parseSchedule(schedule),
    runOnStartup: false,
    useMonitor: true,
    async run(input) {
      mostAtOnce = Math.max(mostAtOnce, ++running);
      runs.push({ atMs: sinceStart(), input });
      const takesMs = options.takesMs?.[runs.length - 1] ?? 0;
      await new Promise((resolve) => setTimeout(resolve, takesMs));
      running -= 1;
    },
    onFailure: (error) => failures.push(error),
    ...options,
  });
  return { timer, runs, failures, mostAtOnce: () => mostAtOnce, times: () => runs.map(({ atMs }) => atMs) };
}

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a timer function runs', () => {
  it('at its fire times', async () => {
    const { timer, times } = timerOf('0 * * * * *');
    timer.start();
    await vi.advanceTimersByTimeAsync(seconds(180));
    expect(times()).toEqual([seconds(60), seconds(120), seconds(180)]);
  });

  it('not at all before it is started', async () => {
    const { times } = timerOf('0 * * * * *');
    await vi.advanceTimersByTimeAsync(seconds(180));
    expect(times()).toEqual([]);
  });

  it('at start as well where that is asked for', async () => {
    const { timer, runs, times } = timerOf('0 * * * * *', { runOnStartup: true });
    timer.start();
    await vi.advanceTimersByTimeAsync(seconds(60));
    expect(times()).toEqual([250, seconds(60)]);
    expect(runs.map(({ input }) => input.IsPastDue)).toEqual([false, false]);
  });

  it('after a wait longer than a timeout can be', async () => {
    const { timer, times } = timerOf('0 0 0 1 2 *');
    timer.start();
    await vi.advanceTimersByTimeAsync(Date.parse('2027-02-01T00:00:00Z') - START - 1);
    expect(times()).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(times()).toEqual([Date.parse('2027-02-01T00:00:00Z') - Date.parse('2026-11-20T10:00:00Z')]);
  });

  it('never twice at once, and once more right after a run that took too long', async () => {
    const { timer, times, mostAtOnce } = timerOf('0 * * * * *', { takesMs: [seconds(150)] });
    timer.start();
    await vi.advanceTimersByTimeAsync(seconds(300));
    // The fire times at 120 and 180 s pass during the first run and lead to one run at 210 s.
    expect(times()).toEqual([seconds(60), seconds(210), seconds(240), seconds(300)]);
    expect(mostAtOnce()).toBe(1);
  });

  it('once for a fire time, though the clock is set back a little before it', async () => {
    const { timer, times } = timerOf('0 * * * * *');
    timer.start();
    await vi.advanceTimersByTimeAsync(seconds(50));
    vi.setSystemTime(Date.now() - 5);
    await vi.advanceTimersByTimeAsync(seconds(70));
    expect(times()).toEqual([seconds(60) - 5, seconds(120)]);
  });

  it('again after it failed', async () => {
    const { timer, failures } = timerOf('0 * * * * *', { run: () => Promise.reject(new Error('no')) });
    timer.start();
    await vi.advanceTimersByTimeAsync(seconds(120));
    expect(failures).toEqual([new Error('no'), new Error('no')]);
  });
});

describe('a run is past due', () => {
  it.for([
    { name: 'not when it starts late by a second', takesMs: seconds(61), expected: false },
    { name: 'when it starts later than that', takesMs: seconds(61) + 1, expected: true },
    { name: 'not when it starts in time', takesMs: seconds(59), expected: false },
  ])('$name', async ({ takesMs, expected }) => {
    const { timer, runs } = timerOf('0 * * * * *', { takesMs: [takesMs] });
    timer.start();
    await vi.advanceTimersByTimeAsync(seconds(180));
    expect(runs.map(({ input }) => input.IsPastDue).slice(0, 3)).toEqual([false, expected, false]);
  });
});

describe('the status of a schedule', () => {
  it('tells the last start, the next fire time and when that was worked out', async () => {
    const { timer, runs } = timerOf('0 */5 * * * *');
    timer.start();
    await vi.advanceTimersByTimeAsync(seconds(600));
    expect(runs.map(({ input }) => input)).toEqual([
      {
        Schedule: { AdjustForDST: true },
        ScheduleStatus: {
          Last: '0001-01-01T00:00:00+00:00',
          Next: '2026-11-20T10:05:00+00:00',
          LastUpdated: '2026-11-20T10:00:00.25+00:00',
        },
        IsPastDue: false,
      },
      {
        Schedule: { AdjustForDST: true },
        ScheduleStatus: {
          Last: '2026-11-20T10:05:00+00:00',
          Next: '2026-11-20T10:10:00+00:00',
          LastUpdated: '2026-11-20T10:05:00+00:00',
        },
        IsPastDue: false,
      },
    ]);
  });

  it.for([
    { name: 'below one minute', schedule: '*/10 * * * * *', useMonitor: true },
    { name: 'that is not monitored', schedule: '0 */5 * * * *', useMonitor: false },
  ])('is not there for a schedule $name', async ({ schedule, useMonitor }) => {
    const { timer, runs } = timerOf(schedule, { useMonitor });
    timer.start();
    await vi.advanceTimersByTimeAsync(seconds(300));
    expect(runs[0]?.input.ScheduleStatus).toBeNull();
  });
});

describe('a run by hand', () => {
  it('happens now, without the timer being started, and is waited for', async () => {
    const { timer, times } = timerOf('0 * * * * *', { takesMs: [seconds(5)] });
    const run = timer.runByHand().then(() => sinceStart());
    await vi.advanceTimersByTimeAsync(seconds(10));
    expect(times()).toEqual([250]);
    expect(await run).toBe(250 + seconds(5));
  });

  it('waits for the run in flight, and the schedule for it', async () => {
    const { timer, times, mostAtOnce } = timerOf('0 * * * * *', { takesMs: [seconds(50), seconds(30)] });
    timer.start();
    await vi.advanceTimersByTimeAsync(seconds(70));
    void timer.runByHand();
    await vi.advanceTimersByTimeAsync(seconds(120));
    expect(times()).toEqual([seconds(60), seconds(110), seconds(140), seconds(180)]);
    expect(mostAtOnce()).toBe(1);
  });

  it('rejects with what the function threw, and the next one runs', async () => {
    const { timer } = timerOf('0 * * * * *', { run: vi.fn().mockRejectedValueOnce(new Error('no')) });
    await expect(timer.runByHand()).rejects.toThrow('no');
    await expect(timer.runByHand()).resolves.toBeUndefined();
  });
});

describe('a timer that is stopped', () => {
  it('runs no more', async () => {
    const { timer, times } = timerOf('0 * * * * *');
    timer.start();
    await vi.advanceTimersByTimeAsync(seconds(60));
    await timer.stop();
    await vi.advanceTimersByTimeAsync(seconds(180));
    expect(times()).toEqual([seconds(60)]);
  });

  it('lets go of a scheduled run that waits for one by hand', async () => {
    const { timer, times } = timerOf('0 * * * * *', { takesMs: [seconds(90)] });
    timer.start();
    void timer.runByHand();
    await vi.advanceTimersByTimeAsync(seconds(65));
    const stopped = timer.stop();
    await vi.advanceTimersByTimeAsync(seconds(300));
    await stopped;
    expect(times()).toEqual([250]);
  });

  it('waits for the run in flight and begins none after it', async () => {
    const { timer, times } = timerOf('0 * * * * *', { takesMs: [seconds(90)] });
    timer.start();
    await vi.advanceTimersByTimeAsync(seconds(65));
    const stopped = timer.stop().then(() => sinceStart());
    await vi.advanceTimersByTimeAsync(seconds(300));
    expect(await stopped).toBe(seconds(150));
    expect(times()).toEqual([seconds(60)]);
  });
});
