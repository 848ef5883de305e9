import { describe, expect, it } from 'vitest';
import { type CompletedPush, isFor, toPushNotification, verdictOf } from '../../src/core/forward.ts';
import { matchesPattern } from '../../src/core/repository-pattern.ts';
import { digestA, MANIFEST_MEDIA_TYPE } from '../builders.ts';

const push: CompletedPush = {
  id: 'web-1',
  completedAt: '2026-08-21T12:00:03.000Z',
  loginServer: 'contoso.azurecr.io',
  repository: 'public/products/web',
  tag: '1.2',
  digest: digestA,
  mediaType: MANIFEST_MEDIA_TYPE,
};

describe('a completed push', () => {
  it('reads as the registry would tell of it', () => {
    expect(toPushNotification(push)).toEqual({
      id: 'web-1',
      timestamp: '2026-08-21T12:00:03.000Z',
      action: 'push',
      target: { mediaType: MANIFEST_MEDIA_TYPE, digest: digestA, repository: 'public/products/web', tag: '1.2' },
      request: { id: 'web-1', host: 'contoso.azurecr.io', method: 'PUT', useragent: 'Landfall' },
    });
  });

  it('of an unknown media type says nothing of it', () => {
    const { mediaType: _, ...unknown } = push;
    expect(Object.keys(toPushNotification(unknown).target)).toEqual(['digest', 'repository', 'tag']);
  });
});

describe('a target', () => {
  it.for([
    { name: 'without patterns hears of every repository', repositories: [], expected: true },
    { name: 'with a pattern that matches hears of it', repositories: ['internal/*', 'public/*'], expected: true },
    { name: 'with none that matches does not', repositories: ['internal/*', 'public/products'], expected: false },
  ])('$name', ({ repositories, expected }) => {
    expect(isFor({ name: 'flux', repositories }, 'public/products/web')).toBe(expected);
  });
});

describe('a pattern', () => {
  it.for([
    { pattern: 'team/web', repository: 'team/web', expected: true },
    { pattern: 'team/web', repository: 'team/webs', expected: false },
    { pattern: 'team/*', repository: 'team/web', expected: true },
    { pattern: 'team/*', repository: 'team', expected: false },
    { pattern: 'team*', repository: 'teams/web', expected: true },
    { pattern: '*', repository: 'team/web', expected: true },
  ])('$pattern matches $repository: $expected', ({ pattern, repository, expected }) => {
    expect(matchesPattern(pattern, repository)).toBe(expected);
  });
});

describe('an answer', () => {
  it.for([
    { status: 199, expected: 'refused' },
    { status: 200, expected: 'accepted' },
    { status: 299, expected: 'accepted' },
    { status: 300, expected: 'refused' },
    { status: 400, expected: 'refused' },
    { status: 404, expected: 'refused' },
    { status: 408, expected: 'later' },
    { status: 425, expected: 'later' },
    { status: 429, expected: 'later' },
    { status: 499, expected: 'refused' },
    { status: 500, expected: 'later' },
    { status: 503, expected: 'later' },
  ])('of $status is $expected', ({ status, expected }) => {
    expect(verdictOf(status)).toBe(expected);
  });
});
