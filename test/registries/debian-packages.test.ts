// Whether the tests with real registries run, by what is installed.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { reasonToSkip } from './debian-packages.ts';

function withCommands<T>(commands: readonly string[], use: (folder: string) => T): T {
  const folder = mkdtempSync(path.join(tmpdir(), 'landfall-commands-'));
  try {
    for (const command of commands) {
      writeFileSync(path.join(folder, command), '');
    }
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const both = ['docker-registry', 'skopeo'];

describe('tests with real registries', () => {
  it.for([
    { name: 'run with both packages', commands: both, ci: undefined },
    { name: 'run with both packages on a build server', commands: both, ci: 'true' },
  ])('$name', ({ commands, ci }) => {
    withCommands(commands, (folder) => expect(reasonToSkip({ PATH: `/nowhere:${folder}`, CI: ci })).toBe(undefined));
  });

  it.for([
    { name: 'the registry', commands: ['skopeo'], missing: 'apt-get install docker-registry' },
    { name: 'the client', commands: ['docker-registry'], missing: 'apt-get install skopeo' },
    { name: 'both', commands: [], missing: 'apt-get install docker-registry skopeo' },
  ])('are skipped without $name, and fail on a build server', ({ commands, missing }) => {
    withCommands(commands, (PATH) => {
      expect(reasonToSkip({ PATH })).toContain(missing);
      expect(() => reasonToSkip({ PATH, CI: 'true' })).toThrow(missing);
    });
  });
});
