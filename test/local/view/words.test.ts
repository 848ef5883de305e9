import { describe, expect, it } from 'vitest';
import { newContoso } from '../../../src/local/registry/contoso.ts';
import { clock, curlStatus, duration, regionNames, shortDigest } from '../../../src/local/view/words.ts';

describe('duration', () => {
  it.for([
    { milliseconds: 0, expected: '0.0 s' },
    { milliseconds: 849, expected: '0.8 s' },
    { milliseconds: 9_949, expected: '9.9 s' },
    { milliseconds: 9_950, expected: '10 s' },
    { milliseconds: 72_400, expected: '72 s' },
    { milliseconds: 119_499, expected: '119 s' },
    { milliseconds: 119_500, expected: '2 min 00 s' },
    { milliseconds: 185_000, expected: '3 min 05 s' },
  ])('$milliseconds ms is $expected', ({ milliseconds, expected }) => {
    expect(duration(milliseconds)).toBe(expected);
  });
});

describe('words', () => {
  it('shortens a digest of either algorithm', () => {
    expect(shortDigest(`sha256:80f0d5c8${'0'.repeat(56)}`)).toBe('sha256:80f0d5c8');
    expect(shortDigest(`sha512:80f0d5c8${'0'.repeat(120)}`)).toBe('sha512:80f0d5c8');
  });

  it('gives the time of the place', () => {
    expect(clock('UTC')('2026-11-17T23:52:01.343Z')).toBe('23:52:01');
    expect(clock('America/New_York')('2026-11-17T23:52:01.343Z')).toBe('18:52:01');
  });

  it('names a region as people do, and one that is not known as it is', () => {
    const name = regionNames(newContoso().replicas);
    expect(name('canadacentral')).toBe('Canada Central');
    expect(name('uksouth')).toBe('uksouth');
  });

  it('gives a command that can be pasted', () => {
    const stack = { url: 'http://127.0.0.1:7071', key: 'k', registry: 'contoso' };
    expect(curlStatus(stack, 'public/products/web:1.3', 30)).toBe(
      "curl -H 'x-functions-key: k' 'http://127.0.0.1:7071/api/replications/contoso/public/products/web:1.3?wait=30'",
    );
  });
});
