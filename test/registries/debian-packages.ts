// The real registry and the real client that tests of verification need. They are no npm packages: on a machine that has
// only Node and npm these tests are skipped, with a word of what is missing; a build server has to have them.
import { existsSync } from 'node:fs';
import path from 'node:path';

export const REGISTRY_COMMAND = 'docker-registry';
export const CLIENT_COMMAND = 'skopeo';

type Environment = Readonly<Record<string, string | undefined>>;

/** The Debian packages, named as their commands are, that are not installed. */
export function missingPackages(environment: Environment = process.env): readonly string[] {
  const folders = (environment['PATH'] ?? '').split(path.delimiter);
  return [REGISTRY_COMMAND, CLIENT_COMMAND].filter(
    (command) => !folders.some((folder) => existsSync(path.join(folder, command))),
  );
}

/** @returns why these tests are skipped here, undefined when they are to run. Throws where they must not be skipped. */
export function reasonToSkip(environment: Environment = process.env): string | undefined {
  const missing = missingPackages(environment);
  if (missing.length === 0) {
    return undefined;
  }
  const needed = `needs ${missing.join(' and ')} (apt-get install ${missing.join(' ')})`;
  if (environment['CI'] === 'true') {
    throw new Error(`Expected every test to run where CI=true, got one that ${needed}`);
  }
  return needed;
}
