// What stands above the log: what this is, where to look, and what to try. Pure.
import type { NamedRegion } from '../registry/model.ts';
import type { Ready } from '../stack/events.ts';
import type { Paint } from './paint.ts';
import { curlStatus } from './words.ts';

export interface HeaderContent {
  readonly ready: Ready;
  readonly replicas: readonly NamedRegion[];
  readonly lagAfterSeconds: number;
  readonly hasPushes: boolean;
  /** As a person would type it. */
  readonly logFile: string;
  /** To be added to companions' commands, like ` --data DIR`; empty for the default folder. */
  readonly dataOption: string;
}

const EXAMPLE_IMAGE = 'public/products/web:1.3';

export function header(content: HeaderContent, paint: Paint): string {
  const { ready, replicas, lagAfterSeconds, hasPushes, logFile, dataOption } = content;
  const regions = replicas.map(({ displayName, isHome }) => `${displayName}${isHome ? ' (home)' : ''}`).join(', ');
  const pushes = hasPushes ? 'It pushes an image every few seconds' : 'It pushes when you tell it to';
  const title = (text: string) => paint('bold', text);
  return [
    '',
    `${title('Landfall')}  tells when an image has landed in every region of a geo-replicated container registry.`,
    '',
    `The simulated registry ${title(ready.registry)} is in ${regions}.`,
    `${pushes}; a region that is missing after ${lagAfterSeconds} s is lagging.`,
    '',
    `  ${title('Status')}  ${paint('cyan', `${ready.url}/api/replications/${ready.registry}/REPOSITORY:TAG`)}`,
    `  ${title('Health')}  ${paint('cyan', `${ready.url}/api/health?code=${ready.key}`)}`,
    `  ${title('Key')}     ${ready.key}  (header x-functions-key, or ?code=)`,
    `  ${title('Log')}     ${logFile}`,
    '',
    'Try these in another terminal:',
    '',
    `  npm run subscribe --${dataOption} --filter completed`,
    `  npm run push --${dataOption} ${EXAMPLE_IMAGE}`,
    `  npm run registry --${dataOption} show`,
    `  ${curlStatus(ready, EXAMPLE_IMAGE, 30)}`,
    '',
    paint('dim', 'Ctrl-C stops everything.'),
    '',
    '',
  ].join('\n');
}
