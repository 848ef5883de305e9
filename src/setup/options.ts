// The command line of npm run webhooks.
import { parseRegistryAddress, type RegistryAddress } from '../adapters/acr/management-address.ts';
import { type Parsed, shown } from '../core/names.ts';
import { type CommandSpec, invalid, readCommandLine } from '../local/stack/command-line.ts';
import { DATA_OPTION, dataFolderOf, type ParsedOptions } from '../local/stack/start-options.ts';

export interface WebhooksOptions {
  readonly action: 'check' | 'apply';
  readonly isSure: boolean;
  readonly where: AzureRegistry | { readonly type: 'local'; readonly data: string };
}

export interface AzureRegistry {
  readonly type: 'azure';
  readonly address: RegistryAddress;
  /** Without a slash at its end. */
  readonly app: string;
  /** What the app's host asks for; absent where nobody gave it. */
  readonly key: string | undefined;
  readonly management: string;
}

const AZURE = 'https://management.azure.com';
const KEY_VARIABLE = 'LANDFALL_KEY';

const spec: CommandSpec = {
  command: 'npm run webhooks --',
  argument: 'check|apply',
  summary:
    'Shows the replicas of a registry and the webhooks that tell the app of each; apply creates and repairs what is\n' +
    'wanting, pings each, and waits until the ping has arrived. Signs in as az login did.\n' +
    'Ends with 0 if all is well, 1 if something needs repair, 2 if it could not find out.',
  options: [
    { name: 'registry', value: 'RESOURCE_ID', meaning: 'The registry: az acr show --name NAME --query id.' },
    { name: 'app', value: 'URL', meaning: 'Where the app is, https://NAME.azurewebsites.net.' },
    {
      ...{ name: 'key', value: 'KEY' },
      meaning: `The app's function key; better in the environment, as ${KEY_VARIABLE}. check compares it if it has it.`,
    },
    { name: 'yes', meaning: 'Does not ask before it changes something.' },
    { name: 'management', value: 'URL', meaning: `The management API of another cloud (default ${AZURE}).` },
    { name: 'local', meaning: 'The registry and the app that npm start runs, in place of the options above.' },
    { ...DATA_OPTION, meaning: 'With --local: data folder of the stack, if it was started with --data.' },
  ],
};

export function parseWebhooksOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ParsedOptions<WebhooksOptions> {
  const line = readCommandLine(args, spec);
  if (line.type !== 'given') {
    return line;
  }
  const { values, switches, argument: action } = line;
  if (action !== 'check' && action !== 'apply') {
    return invalid(`expected check or apply, got ${action === undefined ? 'neither' : shown(action)}`);
  }
  const isSure = switches.has('yes');
  if (switches.has('local')) {
    const surplus = ['registry', 'app', 'key', 'management'].filter((name) => values.has(name));
    return surplus.length > 0
      ? invalid(`expected --local to be enough, as the stack knows the rest; got --${surplus.join(', --')} too`)
      : { type: 'run', options: { action, isSure, where: { type: 'local', data: dataFolderOf(values) } } };
  }
  if (values.has('data')) {
    return invalid('expected --data with --local only');
  }
  const where = parseAzure(values, environment);
  if (where.type === 'invalid') {
    return where;
  }
  if (action === 'apply' && where.value.key === undefined) {
    return invalid(`expected the app's key in ${KEY_VARIABLE} or as --key, got none`);
  }
  return { type: 'run', options: { action, isSure, where: where.value } };
}

function parseAzure(
  values: ReadonlyMap<string, readonly string[]>,
  environment: Readonly<Record<string, string | undefined>>,
): Parsed<AzureRegistry> {
  const last = (name: string) => values.get(name)?.at(-1);
  const [registry, appText] = [last('registry'), last('app')];
  if (registry === undefined || appText === undefined) {
    return invalid(`expected --${registry === undefined ? 'registry RESOURCE_ID' : 'app URL'} (or --local), got none`);
  }
  const address = parseRegistryAddress(registry);
  if (address.type === 'invalid') {
    return invalid(`--registry: ${address.message}`);
  }
  const app = parseAppUrl(appText);
  if (app.type === 'invalid') {
    return invalid(`--app: ${app.message}`);
  }
  const management = parseManagementUrl(last('management') ?? AZURE);
  if (management.type === 'invalid') {
    return invalid(`--management: ${management.message}`);
  }
  const key = parseKey(last('key') ?? environment[KEY_VARIABLE]);
  if (key.type === 'invalid') {
    return key;
  }
  return {
    type: 'valid',
    value: { type: 'azure', address: address.value, app: app.value, key: key.value, management: management.value },
  };
}

const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])$/;

/** The key goes with every notification: in clear only within this machine. */
export function parseAppUrl(text: string): Parsed<string> {
  const url = URL.parse(text);
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname));
  if (url === null || !isSafe || !isBare(url)) {
    // A key may have been pasted with it.
    const got = url === null ? 'no URL' : `one with ${[url.protocol, ...oddParts(url)].join(' and ')}`;
    return invalid(`expected a URL like "https://landfall.azurewebsites.net" (http on this machine only), got ${got}`);
  }
  return { type: 'valid', value: `${url.origin}${url.pathname.replace(/\/+$/, '')}` };
}

function parseManagementUrl(text: string): Parsed<string> {
  const url = URL.parse(text);
  return url?.protocol === 'https:' && isBare(url) && url.pathname === '/'
    ? { type: 'valid', value: url.origin }
    : invalid(`expected a URL like "${AZURE}", got ${shown(text)}`);
}

const isBare = (url: URL): boolean => oddParts(url).length === 0;

function oddParts({ search, hash, username, password }: URL): string[] {
  const parts: [string, string][] = [
    [search, 'a query'],
    [hash, 'a fragment'],
    [username + password, 'credentials'],
  ];
  return parts.filter(([text]) => text !== '').map(([, name]) => name);
}

/** What a header can hold. Not shown when it is wrong. */
function parseKey(text: string | undefined): Parsed<string | undefined> {
  if (text === undefined || text === '') {
    return { type: 'valid', value: undefined };
  }
  return /^[\x21-\x7e]{1,1000}$/.test(text)
    ? { type: 'valid', value: text }
    : invalid('expected a key without spaces and special characters, got one that no header can hold');
}
