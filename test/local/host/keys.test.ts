import { describe, expect, it } from 'vitest';
import { type AuthLevel, createKeyRing, isAllowed } from '../../../src/local/host/keys.ts';

const keyRing = createKeyRing({ host: 'host-key', master: 'master-key' });

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
