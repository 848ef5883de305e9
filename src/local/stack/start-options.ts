import path from 'node:path';
import { shown } from '../../core/names.ts';
import { type CommandSpec, invalid, numberWithin, readCommandLine, wholeNumberWithin } from './command-line.ts';

export const ROOT = path.resolve(import.meta.dirname, '../../..');
/** Shown as it is written, relative to the project's folder. */
export const DEFAULT_DATA = '.local';

export interface StartOptions {
  readonly port: number;
  readonly isFresh: boolean;
  readonly hasPushes: boolean;
  readonly isJson: boolean;
  readonly lagAfterSeconds: number;
  readonly appInstances: number;
  /** Absolute path. */
  readonly data: string;
}

const DEFAULT_PORT = 7071;
const DEFAULT_LAG_SECONDS = 60;
/** The app abandons a push after a day: a threshold beyond that would never be reached. */
const MOST_LAG_SECONDS = 86_399;
const MOST_INSTANCES = 16;

export const DATA_OPTION = {
  name: 'data',
  value: 'DIR',
  meaning: `Where tables, keys and logs are kept, from the project's folder (default ${DEFAULT_DATA}).`,
};

const spec: CommandSpec = {
  command: 'npm start --',
  summary:
    'Runs Landfall on this machine: Table Storage, a broker, the app, and a simulated registry with four regions that\n' +
    'pushes images. For programs: npm start --silent -- --json (without --silent, npm prints lines of its own first).',
  options: [
    { name: 'port', value: 'N', meaning: `Port of the app (default ${DEFAULT_PORT}); 0 takes any free one.` },
    { name: 'fresh', meaning: 'Starts with empty tables. Without it, what was stored before is still there.' },
    { name: 'no-pushes', meaning: 'The registry pushes on command only (npm run push).' },
    { name: 'json', meaning: 'One JSON object per line instead of the view; the first says how to reach everything.' },
    {
      name: 'lag-after',
      value: 'SECONDS',
      meaning: `A region missing this long is lagging (default ${DEFAULT_LAG_SECONDS}; where deployed, 600). Seen after 60 at the earliest.`,
    },
    { name: 'app-instances', value: 'N', meaning: 'Processes that serve the app behind the one port (default 1).' },
    DATA_OPTION,
  ],
};

export type ParsedOptions<T> =
  | { readonly type: 'run'; readonly options: T }
  | { readonly type: 'help'; readonly text: string }
  | { readonly type: 'invalid'; readonly message: string };

export function parseStartOptions(args: readonly string[]): ParsedOptions<StartOptions> {
  const line = readCommandLine(args, spec);
  if (line.type !== 'given') {
    return line;
  }
  const { values, switches } = line;
  const last = (name: string, otherwise: number | string): string => values.get(name)?.at(-1) ?? String(otherwise);
  const port = wholeNumberWithin(last('port', DEFAULT_PORT), 0, 65_535);
  if (port === undefined) {
    return invalid(`expected --port to be a whole number from 0 to 65535, got ${shown(last('port', ''))}`);
  }
  const lagAfterSeconds = numberWithin(last('lag-after', DEFAULT_LAG_SECONDS), 1, MOST_LAG_SECONDS);
  if (lagAfterSeconds === undefined) {
    const got = shown(last('lag-after', ''));
    return invalid(`expected --lag-after to be seconds from 1 to ${MOST_LAG_SECONDS}, got ${got}`);
  }
  const appInstances = wholeNumberWithin(last('app-instances', 1), 1, MOST_INSTANCES);
  if (appInstances === undefined) {
    const got = shown(last('app-instances', ''));
    return invalid(`expected --app-instances to be a whole number from 1 to ${MOST_INSTANCES}, got ${got}`);
  }
  const options = {
    ...{ port, lagAfterSeconds, appInstances },
    isFresh: switches.has('fresh'),
    hasPushes: !switches.has('no-pushes'),
    isJson: switches.has('json'),
    data: dataFolderOf(values),
  };
  return { type: 'run', options };
}

export function dataFolderOf(values: ReadonlyMap<string, readonly string[]>): string {
  return path.resolve(ROOT, values.get('data')?.at(-1) ?? DEFAULT_DATA);
}
