// npm run webhooks, apart from the process that it runs in.
import { Refusal, TokenFailure } from '../adapters/acr/management-errors.ts';
import { StackFault } from '../local/stack/stack-fault.ts';
import { Forbidden, Unavailable } from '../usecases/ports.ts';
import { carryOut, type Pace, pingAll, quotaFault, stepLine } from './apply.ts';
import type { WebhooksOptions } from './options.ts';
import { type Plan, planWebhooks } from './plan.ts';
import type { Access } from './registry-access.ts';
import { tableLines } from './table.ts';

export interface Console {
  /** Of what was asked for. */
  print(line: string): void;
  /** Of what goes wrong. */
  warn(line: string): void;
  /** Undefined where nobody is there to be asked. */
  readonly confirm: ((question: string) => Promise<boolean>) | undefined;
}

/** 0 all is well, 1 something needs repair, 2 it could not be found out or was not begun. */
export type ExitCode = 0 | 1 | 2;

export async function run(
  { action, isSure }: Pick<WebhooksOptions, 'action' | 'isSure'>,
  access: Access,
  pace: Pace,
  console: Console,
): Promise<ExitCode> {
  try {
    const plan = await look(access, pace);
    for (const line of tableLines(plan.findings)) {
      console.print(line);
    }
    if (action === 'apply') {
      return await apply(plan, isSure, access, pace, console);
    }
    if (!plan.isWell) {
      console.warn(
        plan.steps.length > 0
          ? 'needs repair: the same with apply does it'
          : 'needs a look: nothing that apply can repair',
      );
    }
    return plan.isWell ? 0 : 1;
  } catch (error) {
    console.warn(access.admin.hide(faultLine(error)));
    return 2;
  }
}

async function look({ admin, target }: Access, pace: Pace): Promise<Plan> {
  const replicas = await admin.replicas(pace.timeout());
  return planWebhooks(replicas, await admin.webhooks(pace.timeout()), target);
}

async function apply(plan: Plan, isSure: boolean, access: Access, pace: Pace, console: Console): Promise<ExitCode> {
  const { admin } = access;
  const { steps } = plan;
  if (steps.length === 0) {
    console.print('Nothing to change.');
  } else {
    const fault = await quotaFault(admin, plan, pace);
    if (fault !== undefined) {
      console.warn(fault);
      return 1;
    }
    console.print('To do:');
    for (const step of steps) {
      console.print(`  ${stepLine(step)}`);
    }
    if (!isSure) {
      if (console.confirm === undefined) {
        console.warn('expected --yes, as there is nobody to ask; nothing was changed');
        return 2;
      }
      if (!(await console.confirm('Go on?'))) {
        console.warn('nothing was changed');
        return 1;
      }
    }
    await carryOut(admin, plan, pace, console.print);
  }
  const after = steps.length === 0 ? plan : await look(access, pace);
  const ours = after.findings.flatMap(({ region, webhook, ownership, state }) =>
    webhook !== undefined && ownership === 'ours' && state !== 'no replica' ? [{ region, name: webhook.name }] : [],
  );
  const haveArrived = await pingAll(admin, ours, pace, console.print);
  for (const { region, faults } of after.findings.filter((finding) => finding.faults.length > 0)) {
    console.warn(`${region}: ${faults.join('; ')}`);
  }
  return haveArrived && after.isWell ? 0 : 1;
}

/** For the person who typed the command. */
export function faultLine(error: unknown): string {
  if (error instanceof StackFault) {
    return error.message;
  }
  if (error instanceof Forbidden) {
    return error.message;
  }
  if (error instanceof Unavailable) {
    const { message, cause } = error;
    if (cause instanceof TokenFailure) {
      return `${message}; sign in with az login`;
    }
    return cause instanceof Refusal && cause.detail !== '' ? `${message}: ${cause.detail}` : message;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
