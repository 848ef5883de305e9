// Time and chance of the machine.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NewId, Timing } from '../usecases/ports.ts';

export const machineTiming: Timing = {
  now: () => Date.now(),
  sleep: (milliseconds) => sleep(milliseconds),
  timeout: (milliseconds) => AbortSignal.timeout(milliseconds),
  random: () => Math.random(),
};

export const newId: NewId = () => randomUUID().replaceAll('-', '');
