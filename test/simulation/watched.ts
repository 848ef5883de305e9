// Watches what has to hold at every single moment: an alarm that a stored state names exists, and what was said of a
// replication is not unsaid.
import type { Announcement } from '../../src/core/announcements.ts';
import { type TagName, tagKey } from '../../src/core/names.ts';
import { type ReplicationKey, replicationKey, replications } from '../../src/core/replications.ts';
import type { TagState } from '../../src/core/tag-state.ts';
import type { AlarmStore, TagStore } from '../../src/usecases/ports.ts';

export function watched(
  tags: TagStore,
  alarms: AlarmStore,
  complain: (text: string) => void,
): {
  readonly tags: TagStore;
  readonly alarms: AlarmStore;
  /** How often what this announcement says had a reason to be said once more. */
  readonly reasons: (tag: TagName, announcement: Announcement) => number;
} {
  const rows = new Set<string>();
  const namedBy = new Map<string, string>();
  const saidBefore = new Map<string, TagState['said']>();
  const reasons = new Map<string, number>();
  const addReason = (name: string) => reasons.set(name, (reasons.get(name) ?? 0) + 1);
  const watchSaid = (key: string, { facts, forgotten, said }: TagState) => {
    const there = new Set<string>(replications(facts, forgotten).map(replicationKey));
    for (const [name, before] of Object.entries(saidBefore.get(key) ?? {})) {
      const now = said[name as ReplicationKey];
      if (now !== undefined && now.bornAt > before.bornAt) {
        // The one that something was said of never was, as a late fact showed; another one has taken its name.
        addReason(`${key} ${name}`);
      } else if (now !== undefined && before.superseded && !now.superseded) {
        // It was current again, and lagged; when it is overwritten once more, that is said once more.
        addReason(`${key} ${name} replication.superseded`);
      } else if (now === undefined && there.has(name)) {
        complain(`what was said of ${name} of ${key} is not known any more`);
      }
    }
    saidBefore.set(key, said);
  };
  const check = (alarmId: string | undefined, occasion: string) => {
    if (alarmId !== undefined && !rows.has(alarmId)) {
      complain(`a stored state names the alarm ${alarmId}, which does not exist after ${occasion}`);
    }
  };
  return {
    reasons: (tag, announcement) => {
      const name = `${tagKey(tag)} ${replicationKey(announcement)}`;
      return (reasons.get(name) ?? 0) + (reasons.get(`${name} ${announcement.type}`) ?? 0);
    },
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
