// infra/ by its syntax tree: every rule holds, and each of them bites when what it guards is broken.
import { describe, expect, it } from 'vitest';
import { startBroker } from '../../src/local/broker/broker.ts';
import * as app from './app-rules.ts';
import { readAzureTypes } from './azure-types.ts';
import { appBreaks } from './breaks/app.ts';
import { languageBreaks } from './breaks/language.ts';
import { resourceBreaks } from './breaks/resources.ts';
import { type Infra, type Rule, readInfra, readSources } from './infra.ts';
import * as language from './language-rules.ts';
import * as posture from './posture-rules.ts';
import * as roles from './role-rules.ts';

const sources = readSources();
const infra = readInfra(sources);

const rules: Readonly<Record<string, Rule>> = {
  'has no syntax error': language.syntax,
  'sets every required property of its resources, and none that their types do not have': language.types,
  'describes every parameter, property and output': language.descriptions,
  'gives every module a name of its own and what it requires': language.modules,
  'declares nothing that it does not use': language.unused,
  'keeps secrets out of outputs, defaults and plain parameters': language.secrets,
  'has no shared key and nothing public, and dead-letters what is not taken': posture.postures,
  'publishes with no password': posture.publishing,
  'detects duplicates for a day or more': posture.duplicateDetection,
  'keeps an instance ready at least': posture.alwaysReady,
  'sets nothing that Flex Consumption refuses': posture.flex,
  'makes one webhook per replica, like the command does': posture.webhooks,
  'grants exactly what is needed': roles.grants,
  'names role assignments by scope, principal and role': roles.assignmentNames,
  'knows the built-in roles by their ids': roles.builtInRoles,
  'lets the app ask a registry for what it asks for, no more and no less': roles.registryRole,
  'sets every setting of the app that it should, and none that it does not know': app.appSettings,
  'tells the defaults that the app has': app.settingDefaults,
  'asks in its alerts for what the app measures': app.alertQueries,
  'tells of dead letters': app.deadLetterAlert,
  'filters what the app announces': app.filters,
};

const faultsOf = (of: Infra): readonly string[] => Object.values(rules).flatMap((rule) => rule(of));

describe('infra', () => {
  it.for(Object.entries(rules).map(([name, rule]) => ({ name, rule })))('$name', ({ rule }) => {
    expect(rule(infra)).toEqual([]);
  });

  it('is checked against the types that it uses, and keeps no others', () => {
    const used = [...infra.values()].flatMap(({ resources }) => resources.map(({ type }) => type));
    expect([...readAzureTypes().keys()].sort()).toEqual([...new Set(used)].sort());
  });

  it('filters by SQL that a broker takes', async () => {
    const subscriptions = app.filtersOf(infra).map((sql, index) => ({ name: `s${index}`, rule: { sql } }));
    expect(subscriptions).toHaveLength(3);
    const broker = await startBroker({ topics: [{ name: 't', duplicateDetectionSeconds: 60, subscriptions }] });
    await broker.close();
  });
});

describe('a broken copy of infra', () => {
  it.for([...languageBreaks, ...resourceBreaks, ...appBreaks])(
    'is found out: $name',
    ({ file, from, to, expected }) => {
      const source = sources.get(file) ?? '';
      expect(source).toContain(from);
      const broken = readInfra(new Map([...sources, [file, source.replace(from, () => to)]]));
      expect(faultsOf(broken).join('\n')).toMatch(expected);
    },
  );
});
