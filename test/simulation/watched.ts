// Watches what has to hold at every single moment: an alarm that a stored state names exists, and what was said of a
// replication is not unsaid, unless a late fact shows that the replication never was.
import { type Digest, type TagName, tagKey } from '../../src/core/names.ts';
import { replicationKey, replications } from '../../src/core/replications.ts';
import type { TagState } from '../../src/core/tag-state.ts';
import type { AlarmStore, TagStore } from '../../src/usecases/ports.ts';

export function watched(
  tags: TagStore,
  alarms: AlarmStore,
  complain: (text: string) => void,
): {
  readonly tags: TagStore;
  readonly alarms: AlarmStore;
  /** How often a replication that something was said of turned out never to have been. */
  readonly vanished: (tag: TagName, replication: { digest: Digest; ordinal: number }) => number;
} {
  const rows = new Set<string>();
  const namedBy = new Map<string, string>();
  const saidBefore = new Map<string, readonly string[]>();
  const vanished = new Map<string, number>();
  const watchSaid = (key: string, { facts, forgotten, said }: TagState) => {
    const there = new Set<string>(replications(facts, forgotten).map(replicationKey));
    for (const name of saidBefore.get(key) ?? []) {
      if (!(name in said)) {
        vanished.set(`${key} ${name}`, (vanished.get(`${key} ${name}`) ?? 0) + 1);
        if (there.has(name)) {
          complain(`what was said of ${name} of ${key} is not known any more`);
        }
      }
    }
    saidBefore.set(key, Object.keys(said));
  };
  const check = (alarmId: string | undefined, occasion: string) => {
    if (alarmId !== undefined && !rows.has(alarmId)) {
      complain(`a stored state names the alarm ${alarmId}, which does not exist after ${occasion}`);
    }
  };
  return {
    vanished: (tag, replication) => vanished.get(`${tagKey(tag)} ${replicationKey(replication)}`) ?? 0,
    tags: {
      load: (tag, signal) => tags.load(tag, signal),
      async commit(tag, state, expected, signal) {
        const version = await tags.commit(tag, state, expected, signal);
        const alarmId = state.alarm?.id;
        namedBy.delete(tagKey(tag));
        if (alarmId !== undefined) {
          namedBy.set(tagKey(tag), alarmId);
        }
        check(alarmId, `the commit of ${tagKey(tag)}`);
        watchSaid(tagKey(tag), state);
        return version;
      },
    },
    alarms: {
      async add(alarm, signal) {
        rows.add(alarm.id);
        await alarms.add(alarm, signal);
      },
      async remove(alarm, signal) {
        await alarms.remove(alarm, signal);
        rows.delete(alarm.id);
        for (const [tag, alarmId] of namedBy) {
          if (alarmId === alarm.id) {
            complain(`the alarm ${alarm.id} was removed while the stored state of ${tag} names it`);
          }
        }
      },
      due: (shard, until, signal) => alarms.due(shard, until, signal),
    },
  };
}
