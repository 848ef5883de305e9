import { beforeEach, describe, expect, it } from 'vitest';
import type { Registry } from '../../src/core/names.ts';
import { VersionConflict, type WebhooksSight, type WebhooksStore } from '../../src/usecases/ports.ts';
import { at } from '../builders.ts';
import { expectToEndBySignal, type Open, type Opened, outcomes, patient } from './opened.ts';
import { eventfulWebhooks, largestWebhooks, webhookSightOf } from './sights.ts';

const contoso = 'contoso' as Registry;
const fabrikam = 'fabrikam' as Registry;
const RACERS = 16;

export function webhooksStoreContract(name: string, open: Open<WebhooksStore>): void {
  describe(`webhooks store: ${name}`, () => {
    let opened: Opened<WebhooksStore>;
    let store: WebhooksStore;
    beforeEach(async () => {
      opened = await open();
      store = opened.port;
    });

    it('knows nothing of a registry that nobody committed', async () => {
      expect(await store.load(contoso, patient())).toBeUndefined();
      await store.commit(contoso, eventfulWebhooks, undefined, patient());
      expect(await store.load(fabrikam, patient())).toBeUndefined();
    });

    it.for<{ name: string; value: WebhooksSight }>([
      { name: 'no webhooks', value: { webhooks: [] } },
      { name: 'one of everything', value: eventfulWebhooks },
      { name: 'as many webhooks as a registry may have', value: largestWebhooks },
    ])('gives back what was committed: $name', async ({ value }) => {
      const version = await store.commit(contoso, value, undefined, patient());
      expect(await opened.elsewhere.load(contoso, patient())).toEqual({ value, version });
    });

    it('leaves nothing of many webhooks behind when there are few', async () => {
      const version = await store.commit(contoso, largestWebhooks, undefined, patient());
      await store.commit(contoso, eventfulWebhooks, version, patient());
      expect((await store.load(contoso, patient()))?.value).toEqual(eventfulWebhooks);
    });

    it('cuts a scope that is longer than that of any tag', async () => {
      await store.commit(contoso, { webhooks: [webhookSightOf({ scope: 's'.repeat(90_000) })] }, undefined, patient());
      const scope = (await store.load(contoso, patient()))?.value.webhooks[0]?.scope;
      expect(scope).toMatch(/^s{385,}…$/);
    });

    it('refuses to write a first sight where there is one, and over one that was not read', async () => {
      const first = await store.commit(contoso, eventfulWebhooks, undefined, patient());
      await expect(store.commit(contoso, eventfulWebhooks, undefined, patient())).rejects.toThrow(VersionConflict);
      const value = { ...eventfulWebhooks, reconciledAt: at(600) };
      const version = await store.commit(contoso, value, first, patient());
      await expect(store.commit(contoso, eventfulWebhooks, first, patient())).rejects.toThrow(VersionConflict);
      expect(await store.load(contoso, patient())).toEqual({ value, version });
    });

    it('lets one of many write the first sight', async () => {
      const race = Array.from({ length: RACERS }, (_, index) =>
        store.commit(contoso, { ...eventfulWebhooks, reconciledAt: at(index) }, undefined, patient()),
      );
      expect(outcomes(await Promise.allSettled(race))).toEqual({ won: 1, VersionConflict: RACERS - 1 });
    });

    it('ends a call by its signal', async () => {
      await expectToEndBySignal(opened, (port, signal) => port.load(contoso, signal));
      await expectToEndBySignal(opened, (port, signal) => port.commit(contoso, eventfulWebhooks, undefined, signal));
    });
  });
}
