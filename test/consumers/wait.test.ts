// The GitHub Action, run as the runner does: the command of its step, with its environment made from inputs.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { imageOf, makePush, type Webhook } from '../e2e/pushes.ts';
import { type App, ask, post, startApp } from '../e2e/stack.ts';
import { type Ended, type Running, run } from './processes.ts';

const FOLDER = path.resolve('docs/consumers/wait-for-image');
const action = parse(readFileSync(path.join(FOLDER, 'action.yml'), 'utf8'));
/** What the script needs; without it nothing here can be said. */
const hasTools = ['bash', 'curl'].every((tool) => spawnSync(tool, ['--version']).status === 0);
const scratch = mkdtempSync(path.join(tmpdir(), 'landfall-wait-'));
let app: App;
let pushed = 100;

beforeAll(async () => {
  app = await startApp();
});
afterAll(async () => {
  await app?.close();
  rmSync(scratch, { recursive: true, force: true });
});

interface Inputs {
  readonly image: string;
  readonly seconds?: number;
  readonly url?: string;
  readonly key?: string;
  readonly registry?: string;
  /** Of the runner. */
  readonly env?: Readonly<Record<string, string>>;
}

function start({ image, seconds = 30, env = {}, ...given }: Inputs): Running {
  const inputs: Record<string, string> = {
    ...{ url: app.stack.url, key: app.stack.key, registry: app.stack.registry },
    ...given,
    ...{ image, 'timeout-seconds': String(seconds) },
  };
  const [step] = action.runs.steps as [{ run: string; env: Record<string, string> }];
  const filled = Object.entries(step.env).map(([name, text]) => [
    name,
    text.replace(/\$\{\{ inputs\.([\w-]+) \}\}/, (_, input: string) => inputs[input] ?? ''),
  ]);
  return run('bash', ['-c', step.run], { ...Object.fromEntries(filled), GITHUB_ACTION_PATH: FOLDER, ...env });
}
const runToEnd = (inputs: Inputs): Promise<Ended> => start(inputs).ended;

function newPush(tag = `1.${pushed + 1}`) {
  pushed += 1;
  return makePush(pushed, 'public/products/web', tag);
}
async function postAll(webhooks: readonly Webhook[]): Promise<void> {
  for (const webhook of webhooks) {
    expect(await post(app, webhook)).toMatchObject({ status: 202 });
  }
}

describe.skipIf(!hasTools)('waiting for an image', () => {
  it('ends well when the last region has it, and tells the digest', async () => {
    const push = newPush();
    await postAll(push.webhooks.slice(0, -1));
    const output = path.join(scratch, 'output');
    const waiting = start({ image: imageOf(push), env: { GITHUB_OUTPUT: output } });
    await postAll(push.webhooks.slice(-1));
    expect(await waiting.ended).toMatchObject({ code: 0, output: expect.stringContaining(push.digest) });
    expect(readFileSync(output, 'utf8')).toBe(`digest=${push.digest}\n`);
  });

  it('waits for a push that nobody has reported yet', async () => {
    const push = newPush();
    const waiting = start({ image: imageOf(push) });
    await postAll(push.webhooks);
    expect(await waiting.ended).toMatchObject({ code: 0 });
  });

  it('sets an output variable on Azure Pipelines', async () => {
    const push = newPush();
    await postAll(push.webhooks);
    const { output } = await runToEnd({ image: imageOf(push), env: { TF_BUILD: 'True' } });
    expect(output).toContain(`\n##vso[task.setvariable variable=digest;isOutput=true]${push.digest}\n`);
  });

  it('ends with 4 when time is up and a region is missing', async () => {
    const push = newPush();
    await postAll(push.webhooks.slice(0, -1));
    const ended = await runToEnd({ image: imageOf(push), seconds: 1 });
    expect(ended).toMatchObject({ code: 4, output: expect.stringContaining('it is not in every region yet') });
  });

  it('ends with 4 when time is up and nobody has reported the push', async () => {
    const ended = await runToEnd({ image: imageOf(newPush()), seconds: 1 });
    expect(ended).toMatchObject({ code: 4, output: expect.stringContaining('no region has reported it yet') });
  });

  it('ends with 4 when time is up and the app does not answer', async () => {
    const ended = await runToEnd({ image: imageOf(newPush()), seconds: 0, url: 'http://127.0.0.1:1' });
    expect(ended).toMatchObject({ code: 4, output: expect.stringContaining('the app does not answer (status 000)') });
  });

  it('ends with 3 when a newer push took the tag', async () => {
    const older = newPush('latest');
    await postAll(older.webhooks.slice(0, -1));
    await postAll(newPush('latest').webhooks.slice(0, 1));
    const ended = await runToEnd({ image: imageOf(older) });
    expect(ended).toMatchObject({ code: 3, output: expect.stringContaining('"status":"superseded"') });
  });

  it('by the tag alone is about what the tag points to now, which may be an older push', async () => {
    const older = newPush('stable');
    await postAll(older.webhooks);
    const ended = await runToEnd({ image: 'public/products/web:stable', seconds: 1 });
    expect(ended).toMatchObject({ code: 0, output: expect.stringContaining(older.digest) });
  });

  it.for([
    { name: 'a wrong key', given: { key: 'wrong' }, expected: 'Status 401' },
    { name: 'a registry that is not watched', given: { registry: 'fabrikam' }, expected: 'Unknown registry' },
    { name: 'an image that cannot be', given: { image: 'UPPER:1' }, expected: 'Status 400' },
    { name: 'no key', given: { key: '' }, expected: 'LANDFALL_KEY: is not set' },
  ])('ends with 1 at once for $name', async ({ given, expected }) => {
    const ended = await runToEnd({ image: 'public/products/web:1', ...given });
    expect(ended).toMatchObject({ code: 1, output: expect.stringContaining(expected) });
  });

  it('shows the key to nobody', async () => {
    const { output } = await runToEnd({ image: 'public/products/web:none', seconds: 0 });
    expect(output).not.toContain(app.stack.key);
  });
});

describe('the environment check of Azure Pipelines', () => {
  const check = JSON.parse(readFileSync('docs/consumers/azure-devops/environment-check.json', 'utf8'));
  const { urlSuffix, method, headers, successCriteria } = check.settings.inputs as Record<string, string>;

  /** As the service evaluates it, of the one form that is used here. */
  async function evaluate(buildId: string): Promise<{ status: number; isPassed: boolean }> {
    const [, field = '', wanted] = /^eq\(root\['(\w+)'\], '(\w+)'\)$/.exec(successCriteria ?? '') ?? [];
    const filled = JSON.parse((headers ?? '').replace('$(key)', app.stack.key)) as Record<string, string>;
    const route = (urlSuffix ?? '').replace('$(Build.BuildId)', buildId);
    const response = await ask(app, route, { method: method ?? '', headers: filled });
    const root = (await response.json()) as Record<string, unknown>;
    return { status: response.status, isPassed: root[field] === wanted };
  }

  it('passes when every region has the image, and not before', async () => {
    const push = newPush('4711');
    expect(await evaluate('4711')).toEqual({ status: 404, isPassed: false });
    await postAll(push.webhooks.slice(0, -1));
    expect(await evaluate('4711')).toEqual({ status: 202, isPassed: false });
    await postAll(push.webhooks.slice(-1));
    expect(await evaluate('4711')).toEqual({ status: 200, isPassed: true });
  });
});
