// Which webhooks a registry should have so that the app hears of every region, which it has, and what is to be done.
// A webhook is this app's if it posts to the app; what others have set up is left alone.
import type { Region, Registry } from '../core/names.ts';
import { condition, type Replica } from '../core/replicas.ts';
import type { Webhook } from '../usecases/ports.ts';

/** Where a webhook posts to, and how its key compares with the app's. Never the key itself. */
export interface Callback {
  readonly serviceUri: string;
  /** `given`: there is one, and there was none to compare it with. */
  readonly key: 'right' | 'wrong' | 'missing' | 'given';
}

export interface WebhookState extends Webhook {
  readonly callback: Callback;
}

/** What the webhooks are to lead to. */
export interface Target {
  readonly registry: Registry;
  /** `https://landfall.example`, without a slash at its end. */
  readonly app: string;
}

export interface Finding {
  readonly region: Region;
  /** Of the replica, in the registry's words. */
  readonly state: string;
  /** Absent where there is none for the app. */
  readonly webhook?: WebhookState;
  readonly ownership: 'ours' | 'other';
  /** What is wrong, in the order of weight; none for what is well or not ours. */
  readonly faults: readonly string[];
}

export type Step =
  | { readonly type: 'create'; readonly region: Region; readonly name: string; readonly serviceUri: string }
  | {
      readonly type: 'repair';
      readonly region: Region;
      readonly name: string;
      readonly serviceUri: string;
      /** It goes on telling what it told besides. */
      readonly actions: readonly string[];
      readonly faults: readonly string[];
    };

export interface Plan {
  readonly findings: readonly Finding[];
  readonly steps: readonly Step[];
  /** Nothing is wrong, not even what no step can mend. */
  readonly isWell: boolean;
}

/** A registry tells of all else too; the app needs these two. */
export const ACTIONS = ['push', 'delete'] as const;

export function planWebhooks(replicas: readonly Replica[], webhooks: readonly WebhookState[], target: Target): Plan {
  const findings: Finding[] = [];
  const steps: Step[] = [];
  const names = new Set(webhooks.map(({ name }) => name.toLowerCase()));
  for (const replica of replicas.toSorted(homeFirst)) {
    const { region } = replica;
    const inRegion = webhooks.filter((webhook) => webhook.region === region);
    const ours = inRegion.filter(({ callback }) => leadsTo(callback.serviceUri, target.app));
    const others = inRegion.filter((webhook) => !ours.includes(webhook));
    const about = { region, state: condition(replica) };
    for (const webhook of ours) {
      const faults = faultsOf(webhook, target);
      findings.push({ ...about, webhook, ownership: 'ours', faults });
      if (faults.length > 0) {
        const actions = [...new Set([...ACTIONS, ...webhook.actions])];
        const serviceUri = addressFor(target, region);
        steps.push({ type: 'repair', region, name: webhook.name, serviceUri, actions, faults });
      }
    }
    if (ours.length === 0) {
      const canHaveOne = /^(?:succeeded|updating)$/i.test(replica.provisioningState);
      const fault = canHaveOne ? 'no webhook' : 'no webhook; the replica cannot have one before it is ready';
      findings.push({ ...about, ownership: 'ours', faults: [fault] });
      if (canHaveOne) {
        const name = freeName(region, names);
        names.add(name);
        steps.push({ type: 'create', region, name, serviceUri: addressFor(target, region) });
      }
    }
    findings.push(...others.map((webhook): Finding => ({ ...about, webhook, ownership: 'other', faults: [] })));
  }
  findings.push(...leftOver(replicas, webhooks, target));
  return { findings, steps, isWell: findings.every(({ faults }) => faults.length === 0) };
}

/** Of replicas that are gone. They tell nothing any more, so nothing is wrong with them. */
function leftOver(replicas: readonly Replica[], webhooks: readonly WebhookState[], { app }: Target): Finding[] {
  const regions = new Set(replicas.map(({ region }) => region));
  return webhooks
    .filter(({ region }) => !regions.has(region))
    .map((webhook) => {
      const ownership = leadsTo(webhook.callback.serviceUri, app) ? 'ours' : 'other';
      return { region: webhook.region, state: 'no replica', webhook, ownership, faults: [] };
    });
}

export const addressFor = ({ app, registry }: Target, region: Region): string =>
  `${app}/api/webhooks/${registry}/${region}`;

/** Whether it posts to a webhook route of the app, be it the right one or not. */
function leadsTo(serviceUri: string, app: string): boolean {
  const [uri, base] = [URL.parse(serviceUri), URL.parse(app)];
  if (uri === null || base === null) {
    return false;
  }
  return uri.host === base.host && uri.pathname.toLowerCase().startsWith(`${routesOf(base)}/`);
}

const routesOf = ({ pathname }: URL): string => `${pathname.replace(/\/+$/, '')}/api/webhooks`.toLowerCase();

function faultsOf({ region, isEnabled, scope, actions, callback }: WebhookState, target: Target): string[] {
  const { key, serviceUri } = callback;
  const lacking = ACTIONS.filter((action) => !actions.includes(action));
  const [uri, expected] = [URL.parse(serviceUri), URL.parse(addressFor(target, region))];
  const faults: [boolean, string][] = [
    [
      uri?.pathname.toLowerCase() !== expected?.pathname.toLowerCase(),
      "posts to another region's or registry's address",
    ],
    [!isEnabled, 'disabled'],
    [uri?.protocol !== expected?.protocol, `posts by ${uri?.protocol.replace(':', '') ?? 'nothing'}`],
    [key === 'missing', 'sends no key'],
    [key === 'wrong', 'sends another key'],
    // Whoever may list what it delivered sees the URL.
    [uri !== null && uri.search !== '', 'has something in its URL that may be a key'],
    [scope !== '', 'its scope hides repositories'],
    [lacking.length > 0, `does not tell of ${lacking.join(' and ')}`],
  ];
  return faults.filter(([isFaulty]) => isFaulty).map(([, fault]) => fault);
}

/** 5 to 50 letters and digits, one of its kind in the registry; `eastus2` is a region too, hence the `x`. */
function freeName(region: Region, taken: ReadonlySet<string>): string {
  let name = `landfall${region}`;
  for (let number = 2; taken.has(name); number += 1) {
    name = `landfall${region.slice(0, 38)}x${number}`;
  }
  return name;
}

function homeFirst(a: Replica, b: Replica): number {
  return Number(b.isHome) - Number(a.isHome) || (a.region < b.region ? -1 : 1);
}
