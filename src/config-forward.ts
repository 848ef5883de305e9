// The settings of the forwarder: JSON texts -> targets, with every fault that is in them. Addresses and headers hold
// secrets, so no text that came is shown.
import * as z from 'zod/mini';
import { issueLines, parsedBy } from './adapters/zod-issues.ts';
import { type Fault, parseMatch } from './config-registries.ts';
import type { Parsed } from './core/names.ts';

export interface ForwardTargetConfig {
  readonly name: string;
  readonly url: string;
  readonly header?: { readonly name: string; readonly value: string };
  /** Patterns; none at all means every repository. */
  readonly repositories: readonly string[];
}

export interface ForwardConfig {
  readonly subscription: string;
  readonly targets: readonly ForwardTargetConfig[];
}

const charactersOf = (text: string): string => `${text.length} characters`;

function refusing(expected: string, isValid: (text: string) => boolean): (text: string) => Parsed<string> {
  return (text) =>
    isValid(text)
      ? { type: 'valid', value: text }
      : { type: 'invalid', message: `expected ${expected}, got ${charactersOf(text)} of something else` };
}

const parseName = refusing('a name of up to 40 lower-case letters, digits and "-"', (text) =>
  /^[a-z0-9][a-z0-9-]{0,39}$/.test(text),
);

/** In plain text a secret would go over this machine's loopback only. */
const parseUrl = refusing('an https URL without a user (http on loopback only)', (text) => {
  const url = URL.parse(text);
  const isLoopback = url !== null && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback);
  return isSafe && url.username === '' && url.password === '' && url.hash === '';
});

/** These are the forwarder's own, or the transport's. */
const TAKEN = /^(content-.*|user-agent|host|connection|transfer-encoding|expect|te|upgrade)$/i;
const parseHeaderName = refusing(
  'a header name like "Authorization" that is not set already',
  (text) => /^[\w!#$%&'*+.^`|~-]{1,100}$/.test(text) && !TAKEN.test(text),
);
const parseHeaderValue = refusing('a header value of visible ASCII characters', (text) =>
  /^[!-~]([ -~]{0,4094}[!-~])?$/.test(text),
);

const targetSchema = z.strictObject({
  name: parsedBy(parseName),
  url: parsedBy(parseUrl),
  header: z.optional(parsedBy(parseHeaderName)),
  repositories: z.optional(z.array(parsedBy(parseMatch))),
});

export interface ForwardTexts {
  readonly targets: string | undefined;
  readonly secrets: string | undefined;
  readonly subscription: string;
}

/** Undefined without targets: there is nothing to forward to. */
export function parseForward(
  { targets: text, secrets: secretsText, subscription }: ForwardTexts,
  fault: Fault,
): ForwardConfig | undefined {
  const secrets = secretsText === undefined ? new Map() : parseSecrets(secretsText, fault);
  if (text === undefined) {
    if (secretsText !== undefined) {
      fault('FORWARD_SECRETS: expected FORWARD_TARGETS with it, got none');
    }
    return undefined;
  }
  const entries = parseTargets(text, fault);
  if (entries === undefined || secrets === undefined) {
    return undefined;
  }
  for (const name of secrets.keys()) {
    if (!entries.some((entry) => entry.name === name && entry.header !== undefined)) {
      fault(`FORWARD_SECRETS: expected names of targets with a header, got ${charactersOf(name)} of something else`);
    }
  }
  const targets = entries.map(({ name, url, header, repositories = [] }) => {
    const value = secrets.get(name);
    if (header !== undefined && value === undefined) {
      fault(`FORWARD_SECRETS: expected a value for the header of target ${name}, got none`);
    }
    return { name, url, repositories, ...(header && value ? { header: { name: header, value } } : {}) };
  });
  return { subscription, targets };
}

/** Undefined when there is a fault in any of them: what else they would bring up is no fault of its own. */
function parseTargets(text: string, fault: Fault): readonly z.output<typeof targetSchema>[] | undefined {
  const json = parseJson(text);
  if (!Array.isArray(json) || json.length === 0) {
    fault(`FORWARD_TARGETS: expected a JSON array of targets, got ${charactersOf(text)} of something else`);
    return undefined;
  }
  const names = new Set<string>();
  const targets = json.flatMap((entry, index) => {
    const place = `FORWARD_TARGETS[${index}]`;
    const parsed = targetSchema.safeParse(entry, { reportInput: true });
    if (!parsed.success) {
      issueLines(parsed.error, place, charactersOf).forEach(fault);
      return [];
    }
    if (names.has(parsed.data.name)) {
      fault(`${place}.name: expected each name once, got ${parsed.data.name} again`);
    }
    names.add(parsed.data.name);
    return [parsed.data];
  });
  return targets.length === json.length ? targets : undefined;
}

/** By name of target; undefined when there is a fault in it. */
function parseSecrets(text: string, fault: Fault): ReadonlyMap<string, string> | undefined {
  const parsed = z.record(z.string(), parsedBy(parseHeaderValue)).safeParse(parseJson(text));
  if (!parsed.success) {
    const expected = 'a JSON object of header values of visible ASCII characters, by name of target';
    fault(`FORWARD_SECRETS: expected ${expected}, got ${charactersOf(text)} of something else`);
    return undefined;
  }
  return new Map(Object.entries(parsed.data));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Its message quotes the text.
    return undefined;
  }
}
