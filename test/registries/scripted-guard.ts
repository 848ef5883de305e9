// A replica that wants tokens, by a script: every answer can be changed, and the clock is the test's.
import type { TagName } from '../../src/core/names.ts';
import { type Answer, type Asked, HELD, inTime, ScriptedReplica, web, westEurope } from './scripted-replica.ts';

export const START = Date.UTC(2026, 0, 15, 12);
export const HOUR_S = 3_600;

/** A JSON Web Token that is good for so long, by nobody's signature. */
export function jwt(name: string, seconds: number): string {
  const claims = { name, exp: START / 1000 + seconds };
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.e30`;
}

export interface Guard {
  readonly replica: ScriptedReplica;
  /** What it answers to each question to the token service, and to a token; by default with yes. */
  answers: { exchange?: Answer; token?: Answer | undefined; manifest?: (asked: Asked) => Answer };
  readonly clock: { now: number };
  readonly ask: (of?: TagName) => Promise<unknown>;
  /** How many refresh and access tokens, and manifests, it was asked for. */
  counts(): readonly [exchanges: number, tokens: number, manifests: number];
}

type Options = Parameters<ScriptedReplica['manifests']>[0];

export async function guarded(
  answers: Guard['answers'] = {},
  challengeOf?: (host: string) => string,
  options?: Options,
) {
  const challenged = (host: string) => `Bearer realm="https://${host}/oauth2/token",service="contoso.azurecr.io"`;
  const replica = await ScriptedReplica.start((asked) => {
    if (asked.path === '/oauth2/exchange') {
      return guard.answers.exchange ?? { body: JSON.stringify({ refresh_token: jwt('refresh', 2 * HOUR_S) }) };
    }
    if (asked.path.startsWith('/oauth2/token')) {
      return guard.answers.token ?? { body: JSON.stringify({ access_token: jwt('access', HOUR_S) }) };
    }
    const challenge = { status: 401, headers: { 'www-authenticate': (challengeOf ?? challenged)(replica.host) } };
    return asked.authorization === undefined ? challenge : (guard.answers.manifest?.(asked) ?? HELD);
  });
  const clock = { now: START };
  const timing = { now: () => clock.now, timeout: (milliseconds: number) => AbortSignal.timeout(milliseconds) };
  const manifests = replica.manifests({ timing, ...options });
  const countOf = (beginning: string) => replica.questions.filter((question) => question.startsWith(beginning)).length;
  const guard: Guard = {
    ...{ replica, answers, clock },
    ask: async (of = web) => await manifests.digest(of, westEurope, inTime()),
    counts: () => [countOf('POST /oauth2/exchange'), countOf('POST /oauth2/token'), countOf('HEAD ')],
  };
  return guard;
}
