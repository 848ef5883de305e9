import { describe, expect, it } from 'vitest';
import { newContoso } from '../../../src/local/registry/contoso.ts';
import { type AnyEvent, messageLines } from '../../../src/local/view/message-lines.ts';
import { plainPaint } from '../../../src/local/view/paint.ts';
import { clock, regionNames } from '../../../src/local/view/words.ts';

const look = { paint: plainPaint, clock: clock('UTC'), regionName: regionNames(newContoso().replicas) };
const image = 'contoso.azurecr.io/public/products/web@sha256:80f0';
const arrivedAt = '2026-11-17T16:52:00.000Z';
const envelope = {
  ...{ specversion: '1.0' as const, id: 'a-1', source: 'urn:landfall:registry:contoso' },
  ...{
    subject: 'public/products/web:1.2',
    time: '2026-11-17T16:52:08.100Z',
    datacontenttype: 'application/json' as const,
  },
  ...{ dataschema: 'urn:landfall:schema:replication-event:1' as const, sequence: '0000000000000001' },
};
const data = {
  ...{ registry: 'contoso', repository: 'public/products/web', tag: '1.2', digest: 'sha256:80f0', image },
  ...{ originRegion: 'westus', pushedAt: '2026-11-17T16:51:59.343145347Z', firstHeardAt: arrivedAt, durationMs: 8_100 },
  regions: [
    { region: 'westus', arrivedAt, lagMs: 0, source: 'announced' as const },
    { region: 'eastus', arrivedAt, lagMs: 8_100, source: 'announced' as const },
  ],
  missing: [] as string[],
};

describe('messageLines', () => {
  it.for<{ name: string; event: AnyEvent; expected: string[] }>([
    {
      name: 'completed: what to deploy, and where it is',
      event: { ...envelope, type: 'replication.completed', data: { ...data, completedAt: arrivedAt } },
      expected: [
        '16:52:08  completed   public/products/web:1.2',
        '          after       8.1 s',
        `          image       ${image}`,
        '          arrived     West US +0.0 s, East US +8.1 s',
      ],
    },
    {
      name: 'lagging: which region, and what is missing',
      event: {
        ...{ ...envelope, type: 'replication.lagging' },
        data: { ...data, region: 'westeurope', missing: ['westeurope'] },
      },
      expected: [
        '16:52:08  lagging     public/products/web:1.2',
        '          after       8.1 s',
        '          region      West Europe',
        `          image       ${image}`,
        '          arrived     West US +0.0 s, East US +8.1 s',
        '          missing     West Europe',
      ],
    },
    {
      name: 'superseded: by what',
      event: { ...envelope, type: 'replication.superseded', data: { ...data, supersededBy: 'sha256:91ef' } },
      expected: [
        '16:52:08  superseded  public/products/web:1.2',
        '          after       8.1 s',
        '          by          sha256:91ef',
        `          image       ${image}`,
        '          arrived     West US +0.0 s, East US +8.1 s',
      ],
    },
    {
      name: 'a replica that is not ready: which, since when, and what the registry says',
      event: {
        ...{ ...envelope, type: 'replica.not-ready', subject: 'westeurope' },
        dataschema: 'urn:landfall:schema:replica-event:1',
        data: {
          ...{ registry: 'contoso', region: 'westeurope', condition: 'Failed, Failed: why' },
          ...{ notReadySince: arrivedAt, durationMs: 8_100 },
        },
      },
      expected: [
        '16:52:08  not-ready   westeurope',
        '          after       8.1 s',
        '          registry    contoso',
        '          region      West Europe',
        '          condition   Failed, Failed: why',
      ],
    },
  ])('prints $name', ({ event, expected }) => {
    expect(messageLines(event, look)).toEqual(expected);
  });
});
