import { shown } from '../../core/names.ts';
import {
  ALL_ANNOUNCEMENT_TYPES,
  type AnyAnnouncementType,
  parseAnnouncementType,
  shortType,
} from './announcement-type.ts';
import { type CommandSpec, invalid, readCommandLine, wholeNumberWithin } from './command-line.ts';
import { DATA_OPTION, dataFolderOf, type ParsedOptions } from './start-options.ts';

export interface SubscribeOptions {
  /** Absent: all of them. */
  readonly filter?: AnyAnnouncementType;
  readonly isJson: boolean;
  /** Ends after so many messages; absent: never. */
  readonly count?: number;
  readonly data: string;
}

const MOST_MESSAGES = 1_000_000;

const spec: CommandSpec = {
  command: 'npm run subscribe --',
  summary: 'Prints the messages on the topic of the stack that npm start runs, as a pipeline would receive them.',
  options: [
    { name: 'filter', value: 'TYPE', meaning: `Only these: ${ALL_ANNOUNCEMENT_TYPES.map(shortType).join(', ')}.` },
    { name: 'count', value: 'N', meaning: 'Ends after N messages.' },
    { name: 'json', meaning: 'Prints each message as it is, a CloudEvent in one line.' },
    { ...DATA_OPTION, meaning: 'Data folder of the stack, if it was started with --data.' },
  ],
};

export function parseSubscribeOptions(args: readonly string[]): ParsedOptions<SubscribeOptions> {
  const line = readCommandLine(args, spec);
  if (line.type !== 'given') {
    return line;
  }
  const { values, switches } = line;
  const filterText = values.get('filter')?.at(-1);
  const filter = filterText === undefined ? undefined : parseAnnouncementType(filterText);
  if (filter?.type === 'invalid') {
    return invalid(`--filter: ${filter.message}`);
  }
  const countText = values.get('count')?.at(-1);
  const count = countText === undefined ? undefined : wholeNumberWithin(countText, 1, MOST_MESSAGES);
  if (countText !== undefined && count === undefined) {
    return invalid(`expected --count to be a whole number from 1 to ${MOST_MESSAGES}, got ${shown(countText)}`);
  }
  const options = {
    ...(filter === undefined ? {} : { filter: filter.value }),
    ...(count === undefined ? {} : { count }),
    isJson: switches.has('json'),
    data: dataFolderOf(values),
  };
  return { type: 'run', options };
}
