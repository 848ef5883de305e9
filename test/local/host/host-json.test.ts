import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRoutePrefix, requireExtensionBundle } from '../../../src/local/host/host-json.ts';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'landfall-host-json-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function read(http: unknown): string {
  const file = path.join(directory, 'host.json');
  writeFileSync(file, JSON.stringify({ version: '2.0', extensions: { http } }));
  return readRoutePrefix(file);
}

describe('the prefix of all routes', () => {
  it('is api without a host.json', () => {
    expect(readRoutePrefix(undefined)).toBe('api');
  });

  it('is api in the host.json of this project', () => {
    expect(readRoutePrefix(path.resolve(import.meta.dirname, '../../../host.json'))).toBe('api');
  });

  it.for([
    { name: 'is api where host.json says nothing', http: undefined, expected: 'api' },
    { name: 'is what host.json says', http: { routePrefix: 'v1/hooks' }, expected: 'v1/hooks' },
    { name: 'has no slashes around it', http: { routePrefix: '/v1/' }, expected: 'v1' },
    { name: 'may be empty', http: { routePrefix: '' }, expected: '' },
  ])('$name', ({ http, expected }) => {
    expect(read(http)).toBe(expected);
  });

  it.for([
    { name: 'if it is no text', http: { routePrefix: 1 }, expected: /expected routePrefix to be a string, got 1/ },
    {
      name: 'if a setting stands beside it that this host would not heed',
      http: { routePrefix: 'api', customHeaders: {} },
      expected: /host\.json: expected only routePrefix in extensions\.http, got "customHeaders"/,
    },
  ])('is refused $name', ({ http, expected }) => {
    expect(() => read(http)).toThrow(expected);
  });
});

describe('an extension', () => {
  const bundle = { id: 'Microsoft.Azure.Functions.ExtensionBundle', version: '[4.*, 5.0.0)' };
  const require = (extensionBundle: unknown) => {
    const file = path.join(directory, 'host.json');
    writeFileSync(file, JSON.stringify({ version: '2.0', extensionBundle }));
    requireExtensionBundle(file, 'eventGridTrigger');
  };

  it('is there where host.json names a bundle of them', () => {
    expect(() => require(bundle)).not.toThrow();
  });

  it.for([
    { name: 'without a bundle', extensionBundle: undefined },
    { name: 'in a bundle of no version', extensionBundle: { id: bundle.id } },
    { name: 'in a bundle of no name', extensionBundle: { version: bundle.version } },
    { name: 'in what is no bundle', extensionBundle: bundle.id },
  ])('is not there $name', ({ extensionBundle }) => {
    expect(() => require(extensionBundle)).toThrow(
      /host\.json: expected an extensionBundle with id and version, for eventGridTrigger, got/,
    );
  });
});
