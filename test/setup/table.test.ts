import { describe, expect, it } from 'vitest';
import type { Region } from '../../src/core/names.ts';
import type { Finding, WebhookState } from '../../src/setup/plan.ts';
import { tableLines } from '../../src/setup/table.ts';

const webhook: WebhookState = {
  ...{ name: 'landfallwestus', region: 'westus' as Region, isEnabled: true, scope: '', actions: ['push', 'delete'] },
  callback: { serviceUri: 'https://landfall.example/api/webhooks/contoso/westus?code=secret', key: 'right' },
};
const finding: Finding = { region: webhook.region, state: 'Succeeded, Ready', webhook, ownership: 'ours', faults: [] };

describe('the table of webhooks', () => {
  it('has a column for each thing, as wide as its widest cell', () => {
    const missing: Finding = { region: 'eastus' as Region, state: 'Failed', ownership: 'ours', faults: ['a', 'b'] };
    const lines = tableLines([finding, missing]);
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ['REGION', 'REPLICA', 'WEBHOOK', 'STATUS', 'SCOPE', 'ACTIONS', 'POSTS TO', 'VERDICT'],
      [
        ...['westus', 'Succeeded, Ready', 'landfallwestus', 'enabled', 'all', 'push,delete'],
        ...['landfall.example/api/webhooks/contoso/westus', 'well'],
      ],
      ['eastus', 'Failed', '-', '-', '-', '-', '-', 'a; b'],
    ]);
    const column = lines[0]?.indexOf('VERDICT');
    expect(lines.map((line) => line.slice(column))).toEqual(['VERDICT', 'well', 'a; b']);
  });

  it('shows what is out of the ordinary', () => {
    const odd = { ...finding, webhook: { ...webhook, isEnabled: false, scope: 'web:*' } };
    expect(tableLines([odd])[1]).toMatch(/ {2}disabled {2}web:\* {2}/);
  });

  it('shows no query, and of what others set up the host alone', () => {
    const callback = { serviceUri: 'https://hooks.example/services/T1/secret', key: 'missing' } as const;
    const others: Finding = { ...finding, ownership: 'other', webhook: { ...webhook, callback } };
    const text = tableLines([finding, others]).join('\n');
    expect(text).not.toContain('secret');
    expect(text).toMatch(/hooks\.example {2,}not this app's: left alone/);
  });

  it('shows what is no URL as such', () => {
    const callback = { serviceUri: 'secret', key: 'missing' } as const;
    expect(tableLines([{ ...finding, webhook: { ...webhook, callback } }])[1]).toContain('no URL');
  });
});
