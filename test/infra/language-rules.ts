// What holds for every Bicep file: that it can be read, fits the resources' types, describes itself and keeps secrets.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Bicep, not JavaScript.
import path from 'node:path/posix';
import { readAzureTypes, resourceFaults } from './azure-types.ts';
import type { BicepFile, Module, Parameter, TypeProperty } from './bicep.ts';
import { valueAt } from './bicep-values.ts';
import type { Infra, Rule } from './infra.ts';

const azureTypes = readAzureTypes();

const eachFile =
  (rule: (file: BicepFile, infra: Infra) => readonly string[]): Rule =>
  (infra) =>
    [...infra.values()].flatMap((file) => rule(file, infra).map((fault) => `${file.path}: ${fault}`));

export const syntax = eachFile(({ syntaxErrors }) => syntaxErrors.map((place) => `syntax error at ${place}`));

export const types = eachFile(({ resources, variables }) =>
  resources.flatMap(({ name, type, isExisting, body }) => {
    const azureType = azureTypes.get(type);
    if (azureType === undefined) {
      return [`${name}: expected a type of azure-types.txt, got ${type}`];
    }
    const faults = resourceFaults(body, azureType, variables);
    // Of what is there already, only the name is told.
    return isExisting ? [] : faults.map((fault) => `${name}${fault}`);
  }),
);

function descriptionFault({ name, decorators }: Parameter | TypeProperty, isRequired: boolean): string[] {
  const [description] = decorators.get('description') ?? [];
  const text = description?.type === 'text' ? description.text : '';
  const expected = isRequired ? /^Required\. \S/ : /^(Optional|Conditional)\. \S.*\bDefault: /;
  return expected.test(text)
    ? []
    : [`${name}: expected a description like ${String(expected)}, got ${JSON.stringify(text)}`];
}

export const descriptions = eachFile(({ hasDescription, parameters, typeProperties, outputs }) => [
  ...(hasDescription ? [] : ['expected metadata description, got none']),
  ...parameters.flatMap((parameter) => descriptionFault(parameter, parameter.default === undefined)),
  ...[...typeProperties, ...parameters.flatMap(({ properties }) => properties)].flatMap((property) =>
    descriptionFault(property, !property.isOptional),
  ),
  ...outputs.flatMap(({ name, decorators }) =>
    decorators.has('description') ? [] : [`${name}: expected a description, got none`],
  ),
]);

/** A name of its own in the group that it is deployed into, which may be one of other deployments too. */
function moduleNameFaults({ name, body, loop }: Module): readonly string[] {
  const deployment = valueAt(body, 'name');
  const source = deployment?.type === 'expression' ? deployment.source : '';
  const isOwn = source.includes('${token}') && (loop === undefined || source.includes('${index}'));
  return isOwn ? [] : [`${name}: expected a name with the token, and the index in a loop, got "${source}"`];
}

function moduleParameterFaults({ name, body }: Module, target: BicepFile): readonly string[] {
  const params = valueAt(body, 'params');
  const given = params?.type === 'object' ? [...params.properties.keys()] : [];
  const known = target.parameters.map((parameter) => parameter.name);
  const required = target.parameters.filter((parameter) => parameter.default === undefined);
  return [
    ...given.flatMap((key) => (known.includes(key) ? [] : [`${name}: ${target.path} has no parameter ${key}`])),
    ...required.flatMap((parameter) => (given.includes(parameter.name) ? [] : [`${name}: expected ${parameter.name}`])),
  ];
}

export const modules = eachFile((file, infra) => [
  ...file.modules.flatMap((module) => {
    const target = infra.get(path.join(path.dirname(file.path), module.path));
    return target === undefined
      ? [`${module.name}: expected a file, got no ${module.path}`]
      : [...moduleNameFaults(module), ...moduleParameterFaults(module, target)];
  }),
  ...[...file.source.matchAll(/\b(\w+)\.outputs\.(\w+)/g)].flatMap(([text, name, output]) => {
    const module = file.modules.find((candidate) => candidate.name === name);
    const target = infra.get(path.join(path.dirname(file.path), module?.path ?? ''));
    return target?.outputs.some((candidate) => candidate.name === output) ? [] : [`${text}: there is no such output`];
  }),
]);

/** The compiler's linter would say so too. */
export const unused = eachFile(({ source, parameters, variables, resources }) => {
  const existing = resources.filter(({ isExisting }) => isExisting).map(({ name }) => name);
  const names = [...parameters.map(({ name }) => name), ...variables.keys(), ...existing];
  const code = source.replace(/^@description\(.*\)$/gm, '').replace(/^\s*\w+:/gm, '');
  return names.flatMap((name) => {
    const uses = code.match(new RegExp(`(?<![\\w.'])${name}\\b(?!')`, 'g')) ?? [];
    return uses.length > 1 ? [] : [`${name}: expected to be used`];
  });
});

const SOUNDS_SECRET = /key$|secret|password|token$|connectionstring|headers$|targets$/i;
/** What tells deployments apart is called a token, too. */
const NOT_SECRET = ['token'];

export const secrets = eachFile((file, infra) => [
  ...file.parameters.flatMap(({ name, decorators, default: fallback }) => {
    const isSecure = decorators.has('secure');
    const isEmpty = fallback === undefined || (fallback.type === 'text' && fallback.text === '');
    return [
      ...(!isSecure && SOUNDS_SECRET.test(name) && !NOT_SECRET.includes(name) ? [`${name}: expected @secure()`] : []),
      ...(isSecure && !isEmpty ? [`${name}: expected no default but an empty one`] : []),
    ];
  }),
  ...outputFaults(file),
  ...listFaults(file, infra),
  ...[...file.source.matchAll(/AccountKey|SharedAccessKey|listAccountSas|primaryKey|listConnectionStrings/gi)].map(
    ([text]) => `expected no shared key, got ${text}`,
  ),
]);

/** Who may read deployments sees outputs. */
function outputFaults({ parameters, outputs }: BicepFile): readonly string[] {
  const secure = parameters.filter(({ decorators }) => decorators.has('secure')).map(({ name }) => name);
  return outputs.flatMap(({ name, source }) => {
    const words = source.match(/\w+/g) ?? [];
    const leak = words.find((word) => secure.includes(word) || /^list[A-Z]|key$|connectionstring/i.test(word));
    return leak === undefined ? [] : [`output ${name}: expected nothing secret, got ${leak}`];
  });
}

/** A key that is looked up goes straight into a secure parameter, and nowhere else. */
function listFaults(file: BicepFile, infra: Infra): readonly string[] {
  const places = file.modules.flatMap(({ body, path: target }) => {
    const params = valueAt(body, 'params');
    return [...(params?.type === 'object' ? params.properties : [])].flatMap(([name, value]) => {
      const looksUp = 'source' in value && /\blist[A-Z]\w*\(/.test(value.source);
      const parameters = infra.get(path.join(path.dirname(file.path), target))?.parameters ?? [];
      const isSecure = parameters.some((parameter) => parameter.name === name && parameter.decorators.has('secure'));
      return looksUp && isSecure ? [name] : [];
    });
  });
  const all = [...file.source.matchAll(/\blist[A-Z]\w*\(/g)].length;
  return all === places.length ? [] : [`expected keys to be looked up for secure parameters only, got ${all} look-ups`];
}
