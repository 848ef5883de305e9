import { describe, expect, it } from 'vitest';
import { newContoso } from '../../../src/local/registry/contoso.ts';
import { type HeaderContent, header } from '../../../src/local/view/header.ts';
import { plainPaint } from '../../../src/local/view/paint.ts';

const { replicas } = newContoso();
const content: HeaderContent = {
  ready: {
    ...{ url: 'http://127.0.0.1:7071', key: 'the-key', masterKey: 'the-master-key', registry: 'contoso' },
    ...{ regions: replicas.map(({ region }) => region), replicas, resourceId: '/subscriptions/…' },
    ...{ managementEndpoint: 'https://127.0.0.1:7072', managementCa: '.local/management-ca.pem' },
    ...{ serviceBus: 'Endpoint=…', topic: 'replication-events', subscription: 'everything', tables: 'Account…' },
  },
  replicas,
  lagAfterSeconds: 60,
  hasPushes: true,
  logFile: '.local/app.log',
  dataOption: '',
};

describe('header', () => {
  it('says what this is, where to look and what to try', () => {
    const text = header(content, plainPaint);
    expect(text).toContain('West US (home), East US, Canada Central, West Europe');
    expect(text).toContain('missing after 60 s is lagging');
    expect(text).toContain('http://127.0.0.1:7071/api/replications/contoso/REPOSITORY:TAG');
    expect(text).toContain('http://127.0.0.1:7071/api/health?code=the-key');
    expect(text).toContain('npm run push -- public/products/web:1.3\n');
    expect(text).toContain('npm run subscribe -- --filter completed\n');
    expect(text).toMatch(/curl .*\?wait=30'\n/);
    expect(text).toContain('.local/app.log');
  });

  it('does not show the master key', () => {
    expect(header(content, plainPaint)).not.toContain('the-master-key');
  });

  it('gives commands that reach a stack with another data folder', () => {
    const text = header({ ...content, dataOption: ' --data other' }, plainPaint);
    expect(text).toContain('npm run push -- --data other public/products/web:1.3\n');
    expect(text).toContain('npm run subscribe -- --data other --filter completed\n');
    expect(text).toContain('npm run registry -- --data other show\n');
  });

  it('does not promise pushes when there are none', () => {
    expect(header({ ...content, hasPushes: false }, plainPaint)).toContain('It pushes when you tell it to');
  });
});
