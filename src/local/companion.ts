// What the commands beside npm start have in common: where they print, and what becomes of their options and faults.
import { StackFault } from './stack/stack-fault.ts';
import type { ParsedOptions } from './stack/start-options.ts';

export const say = (text: string) => process.stderr.write(`landfall: ${text}\n`);
export const print = (text: string) => process.stdout.write(`${text}\n`);

/**
 * Ends with 1 after a fault and with 2 for options that cannot be used.
 * @param command as it is typed, `npm run push`
 */
export async function runCompanion<T>(
  command: string,
  parsed: ParsedOptions<T>,
  run: (options: T) => Promise<void>,
): Promise<void> {
  if (parsed.type === 'run') {
    await run(parsed.options).catch((error: unknown) => {
      say(error instanceof StackFault ? error.message : String(error instanceof Error ? error.stack : error));
      process.exitCode = 1;
    });
  } else if (parsed.type === 'help') {
    print(parsed.text);
  } else {
    say(`${parsed.message} (${command} -- --help explains the options)`);
    process.exitCode = 2;
  }
}
