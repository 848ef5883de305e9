// When did a region last call? Noted for the health answer, off the webhook's path and at most once a minute.
import type { Instant } from '../core/instant.ts';
import type { Region, Registry } from '../core/names.ts';
import type { Heartbeats, Timing } from './ports.ts';

const EVERY_MS = 60_000;
const WRITE_TIMEOUT_MS = 5_000;
/** More than Azure has; a webhook may be given any region in its path. */
const MAX_REGIONS = 150;

interface Noted {
  readonly receivedAt: Map<Region, Instant>;
  writtenAt: Instant;
}

export class NoteWebhook {
  readonly #heartbeats: Heartbeats;
  readonly #timing: Timing;
  readonly #noted = new Map<Registry, Noted>();

  constructor(heartbeats: Heartbeats, timing: Timing) {
    this.#heartbeats = heartbeats;
    this.#timing = timing;
  }

  /** What this instance has seen; newer than what is written, but other instances have seen other webhooks. */
  seen(registry: Registry): ReadonlyMap<Region, Instant> {
    return this.#noted.get(registry)?.receivedAt ?? new Map();
  }

  /** Returns at once and never fails: a sign of life that is lost is followed by the next one. */
  note(registry: Registry, region: Region, receivedAt: Instant): void {
    const noted = this.#noted.get(registry) ?? { receivedAt: new Map(), writtenAt: 0 };
    this.#noted.set(registry, noted);
    if (noted.receivedAt.size < MAX_REGIONS || noted.receivedAt.has(region)) {
      noted.receivedAt.set(region, receivedAt);
    }
    if (receivedAt - noted.writtenAt < EVERY_MS) {
      return;
    }
    noted.writtenAt = receivedAt;
    const signal = this.#timing.timeout(WRITE_TIMEOUT_MS);
    this.#heartbeats.beatWebhooks(registry, new Map(noted.receivedAt), signal).catch(() => {});
  }
}
