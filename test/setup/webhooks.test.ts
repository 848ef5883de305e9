// The command as it is typed.
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';

function type(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['src/setup/webhooks.ts', ...args], {
    ...{ encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  });
  return { status, stdout, stderr };
}

describe('npm run webhooks, as a process', () => {
  it('explains every option', () => {
    const { status, stdout } = type('--help');
    expect(status).toBe(0);
    for (const name of ['registry', 'app', 'key', 'yes', 'management', 'local', 'data', 'help']) {
      expect(stdout).toContain(`--${name}`);
    }
  });

  it.for([
    { name: 'a command line that makes no sense', args: ['look'], expected: 'expected check or apply, got "look"' },
    { name: 'no local stack', args: ['check', '--local', '--data', tmpdir()], expected: 'nothing is running on' },
  ])('ends with 2 and the reason for $name', ({ args, expected }) => {
    expect(type(...args)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(expected) });
  });
});
