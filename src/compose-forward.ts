// The forwarder's parts put together. It stands apart from the rest of the app: its only tie to it is the topic.
import { HttpNotificationPoster } from './adapters/forward/poster.ts';
import { machineTiming as timing } from './adapters/timing.ts';
import type { ForwardConfig } from './config-forward.ts';
import { Forward } from './usecases/forward.ts';

export function composeForward({ targets }: ForwardConfig): Forward {
  return new Forward({ targets, poster: new HttpNotificationPoster(targets), timing });
}
