// The timer `reconcile`: looks for webhooks that were lost.
import type { TimerHandler } from '@azure/functions';
import type { Timing } from '../usecases/ports.ts';
import type { Reconcile } from '../usecases/reconcile.ts';

/** Well below the host's limit of ten minutes, and below the usual schedule. */
const BUDGET_MS = 4 * 60_000;

export function reconcile(useCase: Reconcile, timing: Timing): TimerHandler {
  return async (_timer, context) => {
    const report = await useCase.run(timing.now() + BUDGET_MS);
    const line = JSON.stringify({ event: 'reconcile', ...report });
    // Why something failed is logged where it did, once.
    context.info(line);
  };
}
