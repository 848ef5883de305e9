// Apps as they are really loaded: by Node alone, each in a process of its own.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const apps = path.join(import.meta.dirname, 'apps');
let directory = '';
let bundle = '';

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'landfall-host-'));
  bundle = path.join(directory, 'small.mjs');
  await build({
    entryPoints: [path.join(apps, 'small.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['@azure/functions-core'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  });
});
afterAll(() => rm(directory, { recursive: true }));

/** Runs the app; `onUrl` is called when it is up, and SIGTERM sent when that is done. */
async function serve(entry: string, onUrl: (url: string) => Promise<void>, ...more: readonly string[]) {
  const script = path.join(import.meta.dirname, 'serve.ts');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, entry, ...more]);
  let [output, errors] = ['', ''];
  let asked: Promise<void> | undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    const url = /^(http:.*)\n/m.exec(output)?.[1];
    if (url !== undefined) {
      asked ??= onUrl(url).finally(() => child.kill('SIGTERM'));
    }
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
  await asked;
  return { exitCode, output, errors, wasUp: asked !== undefined };
}

describe('an app is hosted', () => {
  it.for([
    { name: 'as TypeScript, by type stripping', entry: () => path.join(apps, 'small.ts') },
    { name: 'as CommonJS', entry: () => path.join(apps, 'small.cjs') },
    { name: 'as an ESM bundle with only @azure/functions-core external', entry: () => bundle },
  ])('$name', async ({ entry }) => {
    let answer: unknown;
    const { exitCode, errors } = await serve(entry(), async (url) => {
      const response = await fetch(`${url}/api/hello/you`, { headers: { 'x-functions-key': 'the-host-key' } });
      answer = await response.json();
    });
    expect(answer).toEqual({ hello: 'you' });
    // The process ends by itself after close(), so nothing of the host keeps it alive.
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' });
  });
});

describe('an app is refused, and its process fails,', () => {
  it.for([
    {
      name: 'with all that it asks for and does not get',
      entry: 'refused.ts',
      expected: [
        /AppRefused: The local host cannot run this app:/,
        /function "from-queue": expected an httpTrigger, a timerTrigger, an eventGridTrigger or a serviceBusTrigger, got "queueTrigger"/,
        /function "odd-route": expected a literal.*got "x-\{a\}"/,
        /function "hourly": expected six fields.*got "hourly"/,
      ],
    },
    { name: 'with HTTP streaming', entry: 'streaming.ts', expected: [/expected HTTP streaming to be off/] },
    { name: 'with a log hook', entry: 'log-hook.ts', expected: [/expected a hook of appStart.*got "log"/] },
    { name: 'without any function', entry: 'stage.ts', expected: [/stage\.ts to register functions.*got none/] },
  ])('$name', async ({ entry, expected }) => {
    const { exitCode, errors, wasUp } = await serve(path.join(apps, entry), () => Promise.resolve());
    expect({ exitCode, wasUp }).toEqual({ exitCode: 1, wasUp: false });
    for (const message of expected) {
      expect(errors).toMatch(message);
    }
  });

  it.for([
    { name: 'events', entry: 'events.ts', type: 'eventGridTrigger' },
    { name: 'messages', entry: 'messages.ts', type: 'serviceBusTrigger' },
  ])('with $name, and no bundle of extensions in its host.json', async ({ entry, type }) => {
    const hostJson = path.join(directory, 'host.json');
    await writeFile(hostJson, '{ "version": "2.0" }');
    Object.assign(process.env, { BUS: 'Endpoint=sb://127.0.0.1:1', TOPIC: 'messages' });
    const { exitCode, errors } = await serve(path.join(apps, entry), () => Promise.resolve(), hostJson);
    expect(exitCode).toBe(1);
    expect(errors).toContain(`host.json: expected an extensionBundle with id and version, for ${type}`);
  });
});
