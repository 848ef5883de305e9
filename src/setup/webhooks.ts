// npm run webhooks: shows, creates and repairs the webhooks by which a registry tells the app of every region.
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseWebhooksOptions, type WebhooksOptions } from './options.ts';
import { openAccess } from './registry-access.ts';
import { type Console, faultLine, run } from './run.ts';

const print = (line: string) => process.stdout.write(`${line}\n`);
const warn = (line: string) => process.stderr.write(`landfall: ${line}\n`);

const terminal: Console = { print, warn, confirm: process.stdin.isTTY ? confirm : undefined };

/** Whoever leaves by Ctrl-C or Ctrl-D has said no. */
async function confirm(question: string): Promise<boolean> {
  const reader = createInterface({ input: process.stdin, output: process.stdout });
  const left = once(reader, 'close').then(() => '');
  const asked = reader.question(`${question} [y/N] `).catch(() => '');
  const answer = await Promise.race([asked, left]);
  reader.close();
  return /^y(?:es)?$/i.test(answer.trim());
}

/** Of Azure, which takes its time to list what was delivered; signing in takes some too. */
const PACE = {
  sleep: (ms: number) => sleep(ms),
  timeout: () => AbortSignal.timeout(60_000),
  lookEveryMs: 2_000,
  looks: 30,
};

async function start({ where, ...options }: WebhooksOptions): Promise<number> {
  try {
    return await run(options, await openAccess(where), PACE, terminal);
  } catch (error) {
    warn(faultLine(error));
    return 2;
  }
}

const parsed = parseWebhooksOptions(process.argv.slice(2), process.env);
if (parsed.type === 'run') {
  process.exitCode = await start(parsed.options);
} else if (parsed.type === 'help') {
  print(parsed.text);
} else {
  warn(`${parsed.message} (npm run webhooks -- --help explains the options)`);
  process.exitCode = 2;
}
