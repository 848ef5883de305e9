import { describe, expect, it } from 'vitest';
import { parseNotification } from '../../../src/adapters/acr/notification.ts';
import { bytesOf, deleteBody, pushBody } from './payloads.ts';

describe('what ACR would never send', () => {
  const short = 'sha256:80f0';
  const cases: { name: string; body: unknown; expected: string[] }[] = [
    { name: 'nothing', body: '', expected: ['expected JSON, got nothing'] },
    { name: 'a form', body: 'a=b', expected: ['expected JSON, got "a=b"'] },
    { name: 'half a body', body: '{"id":', expected: ['expected JSON, got "{\\"id\\":"'] },
    { name: 'an array', body: '[]', expected: ['expected an object, got an array'] },
    { name: 'null', body: 'null', expected: ['expected an object, got null'] },
    { name: 'a text', body: '"push"', expected: ['expected an object, got "push"'] },
    {
      name: 'an empty object',
      body: {},
      expected: [
        'id: expected a string, got nothing',
        'timestamp: expected a string, got nothing',
        'action: expected a string, got nothing',
      ],
    },
    {
      name: 'no action',
      body: pushBody({}, { action: undefined }),
      expected: ['action: expected a string, got nothing'],
    },
    {
      name: 'an action that is no text',
      body: pushBody({}, { action: 1 }),
      expected: ['action: expected a string, got 1'],
    },
    {
      name: 'an action that is an object',
      body: pushBody({}, { action: {} }),
      expected: ['action: expected a string, got an object'],
    },
    {
      name: 'an action that a prototype brings',
      body: '{"__proto__":{"action":"ping"},"id":"1","timestamp":"2026-11-17T16:52:01Z"}',
      expected: ['action: expected a string, got nothing'],
    },
    { name: 'no id', body: pushBody({}, { id: undefined }), expected: ['id: expected a string, got nothing'] },
    {
      name: 'no time',
      body: pushBody({}, { timestamp: undefined }),
      expected: ['timestamp: expected a string, got nothing'],
    },
    {
      name: 'a time that is none',
      body: pushBody({}, { timestamp: 'yesterday' }),
      expected: ['timestamp: expected a time like "2026-11-17T16:52:01.343145347Z", got "yesterday"'],
    },
    {
      name: 'a date that is none',
      body: pushBody({}, { timestamp: '2026-02-30T00:00:00Z' }),
      expected: ['timestamp: expected a time like "2026-11-17T16:52:01.343145347Z", got "2026-02-30T00:00:00Z"'],
    },
    {
      name: 'a target that is a text',
      body: pushBody({}, { target: 'web' }),
      expected: ['target: expected an object, got "web"'],
    },
    {
      name: 'a tag that is no text',
      body: pushBody({ tag: 1.2 }),
      expected: ['target.tag: expected a string, got 1.2'],
    },
    {
      name: 'a tag with a space',
      body: pushBody({ tag: '1 2' }),
      expected: ['target.tag: expected a tag of at most 128 letters, digits, "_", "." and "-", got "1 2"'],
    },
    {
      name: 'a tag without a digest',
      body: pushBody({ digest: undefined }),
      expected: ['target.digest: expected a string, got nothing'],
    },
    {
      name: 'a digest that is too short',
      body: pushBody({ digest: short }),
      expected: [
        `target.digest: expected a digest like "sha256:<64 hex digits>" or "sha512:<128 hex digits>", got "${short}"`,
      ],
    },
    {
      name: 'several faults at once',
      body: pushBody({ repository: 'Public/Web', digest: null }, { timestamp: '' }),
      expected: [
        'timestamp: expected a time like "2026-11-17T16:52:01.343145347Z", got ""',
        'target.repository: expected a repository like "public/products/web" of at most 256 characters, got "Public/Web"',
        'target.digest: expected a string, got null',
      ],
    },
    {
      name: 'a deletion whose target is a number',
      body: deleteBody({}, { target: 7 }),
      expected: ['target: expected an object, got 7'],
    },
    {
      name: 'a deletion whose repository is no text',
      body: deleteBody({ repository: ['web'] }),
      expected: ['target.repository: expected a string, got an array'],
    },
    {
      name: 'a deletion with nothing in it that can be read',
      body: deleteBody({ repository: 'A B', digest: short }, { timestamp: 'today' }),
      expected: [
        'timestamp: expected a time like "2026-11-17T16:52:01.343145347Z", got "today"',
        'target.repository: expected a repository like "public/products/web" of at most 256 characters, got "A B"',
        `target.digest: expected a digest like "sha256:<64 hex digits>" or "sha512:<128 hex digits>", got "${short}"`,
      ],
    },
    {
      name: 'a deletion whose digest is no text',
      body: deleteBody({ digest: 7 }),
      expected: ['target.digest: expected a string, got 7'],
    },
  ];
  it.for(cases)('says what is wrong with $name', ({ body, expected }) => {
    expect(parseNotification(bytesOf(body))).toEqual({ type: 'malformed', issues: expected });
  });

  it('says of bytes that are not UTF-8 how many there are', () => {
    const issues = ['expected JSON in UTF-8, got 3 bytes that are not UTF-8'];
    expect(parseNotification(Uint8Array.of(0x22, 0xff, 0x22))).toEqual({ type: 'malformed', issues });
  });

  it.for([
    { name: 'open brackets', body: '['.repeat(65_536) },
    { name: 'closed brackets', body: '['.repeat(32_768) + ']'.repeat(32_768) },
    {
      name: 'a deep target',
      body: `{"id":"1","timestamp":"t","action":"push","target":${'['.repeat(30_000)}${']'.repeat(30_000)}}`,
    },
    { name: 'a number of 64 Ki digits', body: '9'.repeat(65_536) },
    {
      name: 'a repository that makes a pattern try everything',
      body: pushBody({ repository: `${'a-'.repeat(30_000)}!` }),
    },
    { name: 'thousands of keys', body: `{${Array.from({ length: 5_000 }, (_, i) => `"k${i}":1`).join()}}` },
  ])('survives $name with a short answer', ({ body }) => {
    const notification = parseNotification(bytesOf(body));
    expect(notification.type).toBe('malformed');
    expect(JSON.stringify(notification).length).toBeLessThan(1_000);
  });
});
