import { describe, expect, it } from 'vitest';
import { readQuery, readTarget, toNullableQuery } from '../../../src/local/host/request-target.ts';

describe('the path of a request', () => {
  it.for([
    { name: 'is decoded once', target: '/a%3A1%40b', path: '/a:1@b', encoded: '/a:1@b' },
    { name: 'keeps an encoded slash, as spelled', target: '/a%2Fb%2fc', path: '/a%2Fb%2fc', encoded: '/a%2Fb%2fc' },
    { name: 'is not decoded twice', target: '/a%252Fb', path: '/a%2Fb', encoded: '/a%2Fb' },
    { name: 'is UTF-8', target: '/%C3%BC%F0%9F%9A%80', path: '/ü🚀', encoded: '/%C3%BC%F0%9F%9A%80' },
    { name: 'keeps bytes that are not', target: '/a%ff%C3%BCb%C3', path: '/a%ffüb%C3', encoded: '/a%ff%C3%BCb%C3' },
    { name: 'keeps overlong and cut UTF-8', target: '/%C0%AF%E2%82', path: '/%C0%AF%E2%82', encoded: '/%C0%AF%E2%82' },
    { name: 'keeps what is no escape', target: '/a%zz%', path: '/a%zz%', encoded: '/a%25zz%25' },
    { name: 'has spaces encoded again', target: '/a%20b+c', path: '/a b+c', encoded: '/a%20b+c' },
    { name: 'has its dots resolved', target: '/a/./b/../c', path: '/a/c', encoded: '/a/c' },
    { name: 'has encoded dots resolved', target: '/a/%2e%2e/c', path: '/c', encoded: '/c' },
    { name: 'ends in a slash where dots end it', target: '/a/b/..', path: '/a/', encoded: '/a/' },
    { name: 'does not leave the root by dots', target: '/../../a', path: '/a', encoded: '/a' },
    { name: 'keeps other dots', target: '/a/.../.b', path: '/a/.../.b', encoded: '/a/.../.b' },
    { name: 'ends at the question mark', target: '/a?b=/../c', path: '/a', encoded: '/a' },
  ])('$name', ({ target, path, encoded }) => {
    expect(readTarget(target)).toMatchObject({ path, encodedPath: encoded });
  });

  it.for([
    { name: 'NUL', target: '/a%00b' },
    { name: 'something before the slash', target: 'http://elsewhere/a' },
    { name: 'bytes outside ASCII', target: '/\u00fc' },
    { name: 'nothing', target: '' },
  ])('is a bad request with $name', ({ target }) => {
    expect(readTarget(target)).toBeUndefined();
  });
});

describe('the query of a request', () => {
  const read = (search: string) =>
    Object.entries(toNullableQuery(readQuery(search))).map(([key, { value }]) => [key, value]);

  it.for([
    {
      name: 'has repeated keys joined by commas',
      search: '?q=1&r=2&q=3',
      expected: [
        ['q', '1,3'],
        ['r', '2'],
      ],
    },
    {
      name: 'compares keys without case, the last spelling counts',
      search: '?Code=1&code=2',
      expected: [['code', '1,2']],
    },
    {
      name: 'has keys without a value',
      search: '?a&b=',
      expected: [
        ['a', ''],
        ['b', ''],
      ],
    },
    { name: 'has values that hold an equals sign', search: '?a=b=c', expected: [['a', 'b=c']] },
    { name: 'reads + as a space', search: '?a+b=c+d', expected: [['a b', 'c d']] },
    { name: 'decodes slashes too', search: '?a=%2Fx%2B', expected: [['a', '/x+']] },
    { name: 'keeps bytes that are not UTF-8', search: '?a=%ff', expected: [['a', '%ff']] },
    { name: 'skips empty pairs', search: '?&a=1&&', expected: [['a', '1']] },
    { name: 'has keys of any name', search: '?__proto__=1', expected: [['__proto__', '1']] },
    { name: 'may be a lone question mark', search: '?', expected: [] },
  ])('$name', ({ search, expected }) => {
    expect(read(search)).toEqual(expected);
  });
});
