// The timer `refresh-replicas`: asks the registries which replicas they have.
import type { TimerHandler } from '@azure/functions';
import type { RefreshReplicas } from '../usecases/refresh-replicas.ts';

export function refreshReplicas(useCase: RefreshReplicas): TimerHandler {
  return async (_timer, context) => {
    const report = await useCase.run();
    const line = JSON.stringify({ event: 'refresh-replicas', ...report });
    // Why something failed is logged where it did, once.
    context.info(line);
  };
}
