import { describe, expect, it } from 'vitest';
import { type AuthLevel, createKeyRing, extensionKey, isAllowed } from '../../../src/local/host/keys.ts';

const keys = { host: 'host-key', master: 'master-key' };
const keyRing = createKeyRing(keys);

describe('a key', () => {
  it.for<{ name: string; key: string | undefined; expected: AuthLevel }>([
    { name: 'that is absent opens what is anonymous', key: undefined, expected: 'anonymous' },
    { name: 'that is empty opens what is anonymous', key: '', expected: 'anonymous' },
    { name: 'that is wrong opens what is anonymous', key: 'host-kez', expected: 'anonymous' },
    { name: 'that only begins right opens what is anonymous', key: 'host-key-', expected: 'anonymous' },
    { name: 'of the host opens functions', key: 'host-key', expected: 'function' },
    { name: 'of the master opens everything', key: 'master-key', expected: 'admin' },
  ])('$name', ({ key, expected }) => {
    expect(keyRing.levelOf(key)).toBe(expected);
  });

  it.for<{ required: AuthLevel; expected: AuthLevel[] }>([
    { required: 'anonymous', expected: ['anonymous', 'function', 'admin'] },
    { required: 'function', expected: ['function', 'admin'] },
    { required: 'admin', expected: ['admin'] },
  ])('of level $expected opens what requires $required', ({ required, expected }) => {
    const levels: AuthLevel[] = ['anonymous', 'function', 'admin'];
    expect(levels.filter((level) => isAllowed(required, level))).toEqual(expected);
  });

  it('that is empty cannot be set, or no key would be one', () => {
    expect(() => createKeyRing({ host: '', master: 'm' })).toThrow(
      'Expected the host key to be a non-empty string, got ""',
    );
    expect(() => createKeyRing({ host: 'h', master: '' })).toThrow('Expected the master key');
  });
});

describe('the system key of an extension', () => {
  const key = extensionKey(keys, 'EventGrid');

  it('is the same at every start, and another one under another master key', () => {
    expect(extensionKey(keys, 'eventgrid')).toBe(key);
    expect(extensionKey({ ...keys, master: 'another' }, 'eventgrid')).not.toBe(key);
    expect(encodeURIComponent(key)).toBe(key);
  });

  it.for<{ name: string; extension: string; given: string | undefined; expected: boolean }>([
    { name: 'is its key', extension: 'eventgrid', given: key, expected: true },
    { name: 'is its key, whatever the case of its name', extension: 'EventGRID', given: key, expected: true },
    { name: 'is no key of another', extension: 'blobs', given: key, expected: false },
    { name: 'is not the key of the host', extension: 'eventgrid', given: keys.host, expected: false },
    { name: 'has no beginning that is one', extension: 'eventgrid', given: key.slice(0, -1), expected: false },
    { name: 'is not to be left out', extension: 'eventgrid', given: undefined, expected: false },
  ])('$name', ({ extension, given, expected }) => {
    expect(keyRing.isExtensionKey(extension, given)).toBe(expected);
  });

  it('opens no function', () => {
    expect(keyRing.levelOf(key)).toBe('anonymous');
  });
});
