// What the README says of settings, messages and filters is what the code does.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { replicationEventSchema } from '../src/adapters/service-bus/replication-event.ts';
import { readConfig } from '../src/config.ts';
import { settings } from '../src/config-settings.ts';
import { startBroker } from '../src/local/broker/broker.ts';

const readme = readFileSync('README.md', 'utf8');
const configuration = readFileSync('docs/configuration.md', 'utf8');
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text]) => text ?? '');
const jsonBlocks = blocks('json');

describe('README', () => {
  it('lists the settings as the schema has them: name, meaning, unit, default', () => {
    const rows = settings.map(
      ({ name, meaning, unit, default: fallback }) =>
        `| \`${name}\` | ${meaning} | ${unit} | ${fallback === undefined ? '' : `\`${fallback}\``} |`,
    );
    const table = configuration.split('\n').filter((line) => /^\| `[A-Z]/.test(line));
    expect(table).toEqual(rows);
  });

  it('shows a message that is valid by the schema', () => {
    const event = JSON.parse((jsonBlocks[0] ?? '').replaceAll('80f0d5c8…', '8'.repeat(64)));
    expect(replicationEventSchema.safeParse(event).error).toBeUndefined();
  });

  it('shows registries that the app takes', () => {
    const config = readConfig({
      REGISTRIES: jsonBlocks[1],
      TABLES: 'UseDevelopmentStorage=true',
      SERVICE_BUS:
        'Endpoint=sb://127.0.0.1:5672;SharedAccessKeyName=Root;SharedAccessKey=none;UseDevelopmentEmulator=true;',
    });
    expect(config.registries[0]?.optedIn).toEqual({ regions: 'auto', exclude: ['canadacentral'] });
  });

  it('shows filters that a subscription takes', async () => {
    const filters = [...readme.matchAll(/`(type (?:=|IN) [^`]*)`/g)].map(([, sql]) => sql ?? '');
    expect(filters).toHaveLength(2);
    const subscriptions = filters.map((sql, index) => ({ name: `s${index}`, rule: { sql } }));
    const broker = await startBroker({ topics: [{ name: 't', duplicateDetectionSeconds: 60, subscriptions }] });
    await broker.close();
  });

  it('stays under three screens', () => {
    expect(readme.split('\n').length).toBeLessThan(190);
  });
});
