// What a webhook posts.
import { type EventTime, toEventTime } from '../../core/instant.ts';
import type {
  DeleteNotification,
  DeletionInFlight,
  Delivery,
  InFlight,
  Notification,
  PushInFlight,
  RegistryModel,
} from './model.ts';
import { between, pick, type Random } from './random.ts';

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const PUSHERS = ['docker/28.0', 'buildkit/v0.17', 'containerd/2.1'] as const;
const DELETER = 'python-requests/2.32.3';

export function toNotification(
  model: RegistryModel,
  flight: InFlight,
  { notificationId: id, eventAt: timestamp }: Delivery,
): Notification | DeleteNotification {
  return { id, timestamp, ...(flight.type === 'push' ? ofPush(model, flight) : ofDeletion(model, flight)) };
}

function ofPush({ loginServer: host }: RegistryModel, push: PushInFlight) {
  const { id, repository, tag, digest, mediaType, sizeBytes } = push;
  const useragent = pick(() => Number.parseInt(id.slice(0, 4), 16) / 0x10000, PUSHERS);
  return {
    action: 'push',
    target: { mediaType, size: sizeBytes, digest, length: sizeBytes, repository, tag },
    request: { id, host, method: 'PUT', useragent },
  } as const;
}

function ofDeletion({ loginServer: host }: RegistryModel, deletion: DeletionInFlight) {
  const { id, repository, digest, mediaType } = deletion;
  return {
    action: 'delete',
    target: { mediaType, digest, repository },
    request: { id, host, method: 'DELETE', useragent: DELETER },
  } as const;
}

/** The registry's times have nine digits, of which a clock of milliseconds knows three. */
export function withNanoseconds(instant: number, random: Random): EventTime {
  const nanoseconds = String(between(random, 0, 999_999)).padStart(6, '0');
  return toEventTime(instant).replace(/\d{6}Z$/, `${nanoseconds}Z`) as EventTime;
}
