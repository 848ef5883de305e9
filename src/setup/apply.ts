// Carries out a plan, region by region, and makes sure of it: a webhook works when its ping has arrived.
import type { Region } from '../core/names.ts';
import type { PastDelivery } from '../usecases/ports.ts';
import type { Plan, Step } from './plan.ts';
import type { RegistryAdmin } from './registry-admin.ts';

export interface Pace {
  sleep(milliseconds: number): Promise<void>;
  /** Ends one request to the registry. */
  timeout(): AbortSignal;
  /** Between two looks for a ping. */
  readonly lookEveryMs: number;
  /** How often a ping is looked for. */
  readonly looks: number;
}

type Say = (line: string) => void;

/** What a person is told before anything changes. */
export function stepLine(step: Step): string {
  return step.type === 'create'
    ? `${step.region}: create webhook ${step.name}, which posts to ${hostAndPath(step.serviceUri)}`
    : `${step.region}: repair webhook ${step.name} (${step.faults.join('; ')})`;
}

function hostAndPath(text: string): string {
  const { host, pathname } = new URL(text);
  return `${host}${pathname}`;
}

/** @returns what keeps the registry from taking the new webhooks; undefined if nothing does */
export async function quotaFault(admin: RegistryAdmin, { steps }: Plan, pace: Pace): Promise<string | undefined> {
  const wanted = steps.filter(({ type }) => type === 'create').length;
  const quota = wanted === 0 ? undefined : await admin.quota(pace.timeout());
  if (quota === undefined || quota.used + wanted <= quota.limit) {
    return undefined;
  }
  return `expected room for ${wanted} more webhooks, got ${quota.used} of ${quota.limit} in use; nothing was changed`;
}

export async function carryOut(admin: RegistryAdmin, { steps }: Plan, pace: Pace, say: Say): Promise<void> {
  for (const step of steps) {
    await admin.carryOut(step, pace.timeout());
    say(`${step.region}: webhook ${step.name} ${step.type === 'create' ? 'created' : 'repaired'}`);
  }
}

export interface Pinged {
  readonly region: Region;
  readonly name: string;
}

/** @returns whether every ping has arrived */
export async function pingAll(
  admin: RegistryAdmin,
  webhooks: readonly Pinged[],
  pace: Pace,
  say: Say,
): Promise<boolean> {
  const outcomes = webhooks.map(async ({ region, name }) => {
    const fault = await ping(admin, name, pace);
    say(`${region}: ${fault === undefined ? `the ping of ${name} has arrived` : `the ping of ${name}: ${fault}`}`);
    return fault === undefined;
  });
  return (await Promise.all(outcomes)).every((hasArrived) => hasArrived);
}

/** An app that was asleep may take longer for the first one than the registry waits. */
const PINGS = 2;

/** @returns what went wrong, undefined if nothing did */
async function ping(admin: RegistryAdmin, name: string, pace: Pace): Promise<string | undefined> {
  for (let number = 1; ; number += 1) {
    const id = await admin.ping(name, pace.timeout());
    const delivery = await lookFor(admin, name, id, pace);
    const fault = faultOf(delivery?.statusCode);
    if (fault === undefined || number === PINGS || (delivery?.statusCode ?? 0) < 500) {
      return fault;
    }
  }
}

async function lookFor(admin: RegistryAdmin, name: string, id: string, pace: Pace): Promise<PastDelivery | undefined> {
  for (let look = 1; look <= pace.looks; look += 1) {
    const delivery = await admin.delivery(name, id, pace.timeout());
    if (delivery !== undefined) {
      return delivery;
    }
    await pace.sleep(pace.lookEveryMs);
  }
  return undefined;
}

function faultOf(statusCode: number | undefined): string | undefined {
  switch (statusCode) {
    case undefined:
      return 'expected it to arrive, got no word of it from the registry';
    case 401:
    case 403:
      return `expected the app to take the key, got ${statusCode}`;
    case 404:
      return 'expected the app to know the registry, got 404: is it in REGISTRIES, and the URL right?';
    case 504:
      return 'expected an answer of the app within 5 s, got none (504)';
    default:
      return statusCode >= 200 && statusCode < 300 ? undefined : `expected the app to take it, got ${statusCode}`;
  }
}
