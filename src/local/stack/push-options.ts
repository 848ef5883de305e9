import { parseImage, shown } from '../../core/names.ts';
import { type CommandSpec, invalid, numberWithin, readCommandLine, wholeNumberWithin } from './command-line.ts';
import { LONGEST_DELAY_SECONDS, MOST_DELIVERIES, type PushRequest } from './push-order.ts';
import { DATA_OPTION, dataFolderOf, type ParsedOptions } from './start-options.ts';

export interface PushOptions {
  /** Regions are as they were typed: which ones there are, the running registry knows. */
  readonly request: PushRequest;
  readonly isFollowed: boolean;
  readonly data: string;
}

const spec: CommandSpec = {
  command: 'npm run push --',
  argument: 'REPOSITORY:TAG',
  summary: 'Pushes an image to the simulated registry that npm start runs, and follows it until it is in every region.',
  options: [
    { name: 'region', value: 'REGION', meaning: 'Where it is pushed to (default: the home region).' },
    { name: 'lose', value: 'REGION', meaning: "Loses this region's webhook on its way. May be repeated." },
    { name: 'delay', value: 'REGION=SECONDS', meaning: 'When this region gets the image. May be repeated.' },
    { name: 'repeat', value: 'N', meaning: "Delivers each region's webhook N times in all (default 1)." },
    { name: 'no-wait', meaning: 'Does not follow it.' },
    { ...DATA_OPTION, meaning: 'Data folder of the stack, if it was started with --data.' },
  ],
};

export function parsePushOptions(args: readonly string[]): ParsedOptions<PushOptions> {
  const line = readCommandLine(args, spec);
  if (line.type !== 'given') {
    return line;
  }
  const { values, switches, argument } = line;
  if (argument === undefined) {
    return invalid('expected an image like "public/products/web:1.3", got none');
  }
  const image = parseImage(argument);
  if (image.type === 'invalid') {
    return invalid(image.message);
  }
  const repeatText = values.get('repeat')?.at(-1) ?? '1';
  const deliveries = wholeNumberWithin(repeatText, 1, MOST_DELIVERIES);
  if (deliveries === undefined) {
    return invalid(`expected --repeat to be a whole number from 1 to ${MOST_DELIVERIES}, got ${shown(repeatText)}`);
  }
  const delays: { region: string; seconds: number }[] = [];
  for (const text of values.get('delay') ?? []) {
    const delay = parseDelay(text);
    if (delay === undefined) {
      const expected = `expected --delay REGION=SECONDS with 0 to ${LONGEST_DELAY_SECONDS} seconds, as in westeurope=30`;
      return invalid(`${expected}; got ${shown(text)}`);
    }
    delays.push(delay);
  }
  const region = values.get('region')?.at(-1);
  const request = {
    image: argument,
    ...(region === undefined ? {} : { region }),
    ...{ lose: [...(values.get('lose') ?? [])], delays, deliveries },
  };
  return { type: 'run', options: { request, isFollowed: !switches.has('no-wait'), data: dataFolderOf(values) } };
}

function parseDelay(text: string): { region: string; seconds: number } | undefined {
  const [region = '', secondsText = '', ...rest] = text.split('=');
  const seconds = numberWithin(secondsText, 0, LONGEST_DELAY_SECONDS);
  return region === '' || seconds === undefined || rest.length > 0 ? undefined : { region, seconds };
}
