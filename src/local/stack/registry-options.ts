import { parseImage, parseRegion, shown } from '../../core/names.ts';
import { MANAGEMENT_MODES } from '../registry/management-faults.ts';
import { type CommandLine, type CommandSpec, invalid, readCommandLine } from './command-line.ts';
import type { RegistryRequest } from './registry-order.ts';
import { DATA_OPTION, dataFolderOf, type ParsedOptions } from './start-options.ts';

export interface RegistryOptions {
  /** Absent: it is to be shown. */
  readonly request?: RegistryRequest;
  readonly data: string;
}

const USAGE =
  'show | add REGION ["DISPLAY NAME"] | remove REGION | delete REPOSITORY:TAG | api on|off|throttled|forbidden';

const spec: CommandSpec = {
  command: 'npm run registry --',
  argument: USAGE,
  mostArguments: 3,
  summary:
    'Shows the simulated registry that npm start runs, and changes it: replicas come and go, images are deleted, and the\n' +
    'management API stops answering.',
  options: [
    { name: 'stuck', meaning: 'With add: the replica is being created for ever.' },
    { name: 'failed', meaning: 'With add: the replica could not be created.' },
    { name: 'no-webhook', meaning: 'With add: the region gets no webhook that leads to the app.' },
    { ...DATA_OPTION, meaning: 'Data folder of the stack, if it was started with --data.' },
  ],
};

type Given = Extract<CommandLine, { type: 'given' }>;
type Read = { readonly type: 'read'; readonly request?: RegistryRequest } | ReturnType<typeof invalid>;

export function parseRegistryOptions(args: readonly string[]): ParsedOptions<RegistryOptions> {
  const line = readCommandLine(args, spec);
  if (line.type !== 'given') {
    return line;
  }
  const read = readAction(line);
  if (read.type === 'invalid') {
    return read;
  }
  const { request } = read;
  const data = dataFolderOf(line.values);
  return { type: 'run', options: request === undefined ? { data } : { request, data } };
}

function readAction(line: Given): Read {
  const [action, subject, more] = line.arguments;
  const stray =
    action === 'add' ? undefined : ['stuck', 'failed', 'no-webhook'].find((name) => line.switches.has(name));
  if (stray !== undefined) {
    return invalid(`expected --${stray} with add only, got it with ${shown(action ?? 'show')}`);
  }
  if (more !== undefined && action !== 'add') {
    return invalid(`expected ${USAGE}, got ${shown(more)} as well`);
  }
  switch (action) {
    case undefined:
    case 'show':
      return subject === undefined ? { type: 'read' } : invalid(`expected nothing after show, got ${shown(subject)}`);
    case 'add':
      return readAdd(line, subject, more);
    case 'remove': {
      const region = parseRegion(subject ?? '');
      const request = { order: 'remove', region: subject ?? '' } as const;
      return region.type === 'invalid' ? region : { type: 'read', request };
    }
    case 'delete': {
      const image = parseImage(subject ?? '');
      // What deletes takes no defaults: its other tags go with an image.
      if (image.type === 'valid' && !/[:@]/.test(subject ?? '')) {
        return invalid(`expected an image with its tag, like "public/products/web:1.3", got ${shown(subject ?? '')}`);
      }
      const request = { order: 'delete', image: subject ?? '' } as const;
      return image.type === 'invalid' ? image : { type: 'read', request };
    }
    case 'api': {
      const mode = MANAGEMENT_MODES.find((known) => known === subject);
      const got = subject === undefined ? 'nothing' : shown(subject);
      return mode === undefined
        ? invalid(`expected api ${MANAGEMENT_MODES.join('|')}, got ${got}`)
        : { type: 'read', request: { order: 'management', mode } };
    }
    default:
      return invalid(`expected ${USAGE}; got ${shown(action)}`);
  }
}

function readAdd({ switches }: Given, text = '', displayName: string | undefined): Read {
  const region = parseRegion(text);
  if (region.type === 'invalid') {
    return region;
  }
  if (switches.has('stuck') && switches.has('failed')) {
    return invalid('expected --stuck or --failed, got both');
  }
  const state = switches.has('stuck') ? 'stuck' : switches.has('failed') ? 'failed' : 'creating';
  const name = displayName === undefined ? {} : { displayName };
  const request = { order: 'add', region: text, ...name, state, hasWebhook: !switches.has('no-webhook') } as const;
  return { type: 'read', request };
}
