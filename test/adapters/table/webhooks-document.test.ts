import { describe, expect, it } from 'vitest';
import { CorruptEntity } from '../../../src/adapters/table/storage-errors.ts';
import { fromWebhooksProperties, toWebhooksProperties } from '../../../src/adapters/table/webhooks-document.ts';
import type { Registry } from '../../../src/core/names.ts';
import { SchemaTooNew } from '../../../src/usecases/ports.ts';
import { eventfulWebhooks, largestWebhooks, webhookSightOf } from '../../contract/sights.ts';

const contoso = 'contoso' as Registry;
const decoded = (properties: Record<string, unknown>) => fromWebhooksProperties(contoso, properties);

describe('the columns of webhooks', () => {
  it('give back every sight', () => {
    for (const sight of [{ webhooks: [] }, eventfulWebhooks, largestWebhooks]) {
      expect(decoded(toWebhooksProperties(sight))).toEqual(sight);
    }
  });

  it('are each within the limit of a property, and together within that of an entity', () => {
    const sizes = Object.values(toWebhooksProperties(largestWebhooks)).map((value) => String(value).length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(32_768);
    expect(2 * sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1_000_000);
  });

  it.for([
    { name: 'keep a scope just below the limit', length: 399, expected: 's'.repeat(399) },
    { name: 'keep a scope at the limit', length: 400, expected: 's'.repeat(400) },
    { name: 'cut a scope above the limit', length: 401, expected: `${'s'.repeat(399)}…` },
  ])('$name', ({ length, expected }) => {
    const webhooks = [webhookSightOf({ scope: 's'.repeat(length) })];
    expect(decoded(toWebhooksProperties({ webhooks })).webhooks[0]?.scope).toBe(expected);
  });
});

describe('stored webhooks', () => {
  const sound = toWebhooksProperties(eventfulWebhooks);
  const without = (...names: readonly string[]) =>
    Object.fromEntries(Object.entries(sound).filter(([name]) => !names.includes(name)));

  it('of a newer release are not read', () => {
    const newer = { v: 2, webhooks0: 'whatever a newer release may write' };
    expect(() => decoded(newer)).toThrow(SchemaTooNew);
    expect(() => decoded(newer)).toThrow(/contoso.*got 2/);
  });

  it.for<{ name: string; properties: Record<string, unknown> }>([
    { name: 'have no version', properties: without('v') },
    { name: 'are missing', properties: without('webhooks0') },
    { name: 'were cut', properties: { ...sound, webhooks0: '[{"name":' } },
    { name: 'are of another form', properties: { ...sound, webhooks0: '[{"name":"landfallwestus"}]' } },
    { name: 'were reconciled at no time', properties: { ...sound, reconciledAt: 'yesterday' } },
    { name: 'fail for no reason', properties: without('failure') },
  ])('that $name are said to be corrupt, and whose', ({ properties }) => {
    expect(() => decoded(properties)).toThrow(CorruptEntity);
    expect(() => decoded(properties)).toThrow(/contoso/);
  });
});
