// The timer `sweep`: one log line each time, with what it found.
import type { TimerHandler } from '@azure/functions';
import type { Sweep } from '../usecases/sweep.ts';

export function sweep(useCase: Sweep): TimerHandler {
  return async (timer, context) => {
    const report = await useCase.run();
    const line = JSON.stringify({ event: 'sweep', isPastDue: timer.isPastDue, ...report });
    if (report.failed > 0) {
      context.error(line);
    } else {
      context.info(line);
    }
  };
}
