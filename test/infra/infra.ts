// All of infra/, read once; a rule looks at it and tells every fault.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type BicepFile, type Resource, readBicep } from './bicep.ts';

export const folder = path.resolve(import.meta.dirname, '../../infra');

/** By path within infra/. */
export type Infra = ReadonlyMap<string, BicepFile>;

export type Rule = (infra: Infra) => readonly string[];

export function readSources(): ReadonlyMap<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.bicep'));
  return new Map(
    files.sort().map((file) => [file.replaceAll('\\', '/'), readFileSync(path.join(folder, file), 'utf8')]),
  );
}

export function readInfra(sources: ReadonlyMap<string, string> = readSources()): Infra {
  return new Map([...sources].map(([file, source]) => [file, readBicep(file, source)]));
}

export interface Placed extends Resource {
  readonly file: BicepFile;
}

/** Those of a type that infra/ makes. */
export function made(infra: Infra, type?: string): readonly Placed[] {
  return [...infra.values()].flatMap((file) =>
    file.resources
      .filter((resource) => !resource.isExisting && (type === undefined || resource.type.startsWith(`${type}@`)))
      .map((resource) => ({ ...resource, file })),
  );
}

export function fileOf(infra: Infra, name: string): BicepFile {
  const file = infra.get(name);
  if (file === undefined) {
    throw new Error(`Expected infra/${name}, got none`);
  }
  return file;
}

/** What differs, as one fault. */
export function expectEqual(place: string, actual: unknown, expected: unknown): readonly string[] {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)];
  return is === should ? [] : [`${place}: expected ${should}, got ${is}`];
}
