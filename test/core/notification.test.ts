import { describe, expect, it } from 'vitest';
import type { Source } from '../../src/core/facts.ts';
import { type Push, toArrival } from '../../src/core/notification.ts';
import { at, digestA, eastus, eventAt, MANIFEST_MEDIA_TYPE, webTag } from '../builders.ts';

const push: Push = { eventAt: eventAt(1), repository: webTag.repository, tag: webTag.tag, digest: digestA };

describe('a push becomes an arrival', () => {
  const plain = { type: 'arrival', eventAt: eventAt(1), region: eastus, digest: digestA };

  it.for<{ name: string; given: Push; source: Source; receivedAt?: number; expected: object }>([
    {
      name: 'with the moment when it reached us',
      ...{ given: push, source: 'announced', receivedAt: at(2) },
      expected: { ...plain, source: 'announced', receivedAt: at(2) },
    },
    {
      name: 'without a moment when no notification reached us',
      ...{ given: push, source: 'reconciled' },
      expected: { ...plain, source: 'reconciled' },
    },
    {
      name: 'with the media type that it told',
      ...{ given: { ...push, mediaType: MANIFEST_MEDIA_TYPE }, source: 'announced', receivedAt: at(2) },
      expected: { ...plain, source: 'announced', receivedAt: at(2), mediaType: MANIFEST_MEDIA_TYPE },
    },
  ])('$name', ({ given, source, receivedAt, expected }) => {
    expect(toArrival(given, eastus, source, receivedAt)).toStrictEqual(expected);
  });
});
