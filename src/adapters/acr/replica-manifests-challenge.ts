// What a registry asks for when it answers 401. https://www.rfc-editor.org/rfc/rfc9110#field.www-authenticate
// and https://github.com/distribution/distribution/blob/main/docs/content/spec/auth/token.md

export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** By their names in lower case; of one that is said twice, the first. */
  readonly parameters: ReadonlyMap<string, string>;
}

export interface BearerChallenge {
  /** The URL that gives access tokens. */
  readonly realm: string;
  readonly service: string;
  readonly scope: string | undefined;
  /** What was wrong with the token that was sent, `invalid_token` or `insufficient_scope`. */
  readonly error: string | undefined;
}

const GAP = /[\s,]*/y;
const TOKEN = /[!#$%&'*+.^_`|~\w-]+/y;
const VALUE = /[ \t]*=[ \t]*(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<plain>[!#$%&'*+.^_`|~\w/:-]+))/y;
/** What `Basic` and `Negotiate` may have instead of parameters; nobody reads it here. */
const TOKEN68 = /[ \t]+[\w.~+/-]+=*(?=[ \t]*(?:,|$))/y;

/** Several may stand in one header, parted by commas, as their parameters are. What is not of this form ends the list. */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { readonly scheme: string; readonly parameters: Map<string, string> }[] = [];
  let at = 0;
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const match = pattern.exec(header);
    at += match?.[0].length ?? 0;
    return match;
  };
  for (;;) {
    take(GAP);
    const name = take(TOKEN)?.[0].toLowerCase();
    if (name === undefined) {
      return challenges;
    }
    const value = take(VALUE)?.groups;
    const current = challenges.at(-1);
    if (value === undefined) {
      challenges.push({ scheme: name, parameters: new Map() });
      take(TOKEN68);
    } else if (current !== undefined && !current.parameters.has(name)) {
      current.parameters.set(name, value['plain'] ?? value['quoted']?.replaceAll(/\\(.)/g, '$1') ?? '');
    }
  }
}

/** @returns undefined if there is none that says where a token is to be had */
export function parseBearerChallenge(header: string | undefined): BearerChallenge | undefined {
  for (const { scheme, parameters } of parseChallenges(header ?? '')) {
    const realm = parameters.get('realm');
    const service = parameters.get('service');
    if (scheme === 'bearer' && realm !== undefined && service !== undefined) {
      return { realm, service, scope: parameters.get('scope'), error: parameters.get('error') };
    }
  }
  return undefined;
}
