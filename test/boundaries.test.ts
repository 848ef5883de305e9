// The linter keeps the rooms apart; these deliberately bad files prove that it does.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/** Lints the code as if it stood in this file of the project. @returns the names of the rules that it breaks */
function lint(file: string, code: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'landfall-boundaries-'));
  try {
    copyFileSync('biome.json', path.join(folder, 'biome.json'));
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), `${code}\n`);
    const args = [path.resolve('node_modules/.bin/biome'), 'lint', '--colors=off', '--vcs-enabled=false', '.'];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    expect(`${stdout}${stderr}`).toContain('Checked 2 files');
    return `${stdout}${stderr}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('folder boundaries', () => {
  it.for([
    { name: 'the core imports no platform', file: 'src/core/bad.ts', code: "import 'node:crypto';" },
    { name: 'the core imports no package', file: 'src/core/bad.ts', code: "import 'zod';" },
    { name: 'the core imports no SDK', file: 'src/core/bad.ts', code: "import '@azure/data-tables';" },
    { name: 'the core imports no use case', file: 'src/core/bad.ts', code: "import '../usecases/ports.ts';" },
    { name: 'use cases import no adapter', file: 'src/usecases/bad.ts', code: "import '../adapters/table/keys.ts';" },
    { name: 'use cases import no platform', file: 'src/usecases/bad.ts', code: "import 'node:timers/promises';" },
    {
      name: 'adapters import no use case but the ports',
      file: 'src/adapters/table/bad.ts',
      code: "import '../../usecases/sweep.ts';",
    },
    {
      name: 'adapters import no function',
      file: 'src/adapters/table/bad.ts',
      code: "import '../../functions/webhook.ts';",
    },
    { name: 'functions import no store', file: 'src/functions/bad.ts', code: "import '../adapters/table/keys.ts';" },
    { name: 'functions import no composition', file: 'src/functions/bad.ts', code: "import '../compose.ts';" },
    { name: 'nothing that is deployed imports src/local', file: 'src/bad.ts', code: "import './local/start.ts';" },
    {
      name: 'commands import no use case but the ports',
      file: 'src/setup/bad.ts',
      code: "import '../usecases/sweep.ts';",
    },
    {
      name: 'commands import nothing of src/local but the running stack',
      file: 'src/setup/bad.ts',
      code: "import '../local/broker/broker.ts';",
    },
    { name: 'the app imports no command', file: 'src/bad.ts', code: "import './setup/run.ts';" },
    { name: 'use cases import no command', file: 'src/usecases/bad.ts', code: "import '../setup/run.ts';" },
    {
      name: 'functions import no management API',
      file: 'src/functions/bad.ts',
      code: "import '../adapters/acr/management-lazy.ts';",
    },
    {
      name: 'adapters import nothing of src/local',
      file: 'src/adapters/table/bad.ts',
      code: "import '../../local/start.ts';",
    },
  ])('$name', ({ file, code }) => {
    expect(lint(file, code)).toContain('noRestrictedImports');
  });

  it.for([
    { name: 'the core reads no clock', file: 'src/core/bad.ts', code: 'export const now = Date.now();' },
    { name: 'the core reads no environment', file: 'src/core/bad.ts', code: 'export const port = process.env;' },
    { name: 'the core waits for nothing', file: 'src/core/bad.ts', code: 'export const later = Promise.resolve();' },
    { name: 'use cases read no clock', file: 'src/usecases/bad.ts', code: 'export const now = Date.now();' },
  ])('$name', ({ file, code }) => {
    expect(lint(file, code)).toContain('noRestrictedGlobals');
  });

  it.for([
    {
      name: 'adapters may import the ports',
      file: 'src/adapters/table/good.ts',
      code: "import '../../usecases/ports.ts';",
    },
    { name: 'adapters may import the core', file: 'src/adapters/table/good.ts', code: "import '../../core/names.ts';" },
    {
      name: 'commands may import the running stack',
      file: 'src/setup/good.ts',
      code: "import '../local/stack/control-client.ts';",
    },
    { name: 'functions may import use cases', file: 'src/functions/good.ts', code: "import '../usecases/sweep.ts';" },
  ])('$name', ({ file, code }) => {
    expect(lint(file, code)).not.toContain('noRestricted');
  });
});
