// Watches the one promise that has to hold at every single moment: an alarm that a stored state names exists.
import { tagKey } from '../../src/core/names.ts';
import type { AlarmStore, TagStore } from '../../src/usecases/ports.ts';

export function watched(
  tags: TagStore,
  alarms: AlarmStore,
  complain: (text: string) => void,
): { readonly tags: TagStore; readonly alarms: AlarmStore } {
  const rows = new Set<string>();
  const namedBy = new Map<string, string>();
  const check = (alarmId: string | undefined, occasion: string) => {
    if (alarmId !== undefined && !rows.has(alarmId)) {
      complain(`a stored state names the alarm ${alarmId}, which does not exist after ${occasion}`);
    }
  };
  return {
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
