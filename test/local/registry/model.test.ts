import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Digest, Region, Repository, Tag } from '../../../src/core/names.ts';
import {
  newContoso,
  newestBuild,
  type PushInFlight,
  recordPush,
  recordReplica,
} from '../../../src/local/registry/model.ts';
import { loadModel, ModelFile } from '../../../src/local/registry/model-file.ts';

const repository = 'public/products/web' as Repository;
const pushOf = (tag: string, pushedAt = 0, digest = `sha256:${tag}`): PushInFlight => ({
  id: `${tag} ${pushedAt}`,
  ...{ repository, tag: tag as Tag, digest: digest as Digest, region: 'westus' as Region, pushedAt },
  ...{ mediaType: 'a/b', sizeBytes: 1, arrived: [], deliveries: [] },
});

describe('the model', () => {
  it('has a webhook for each replica, with a name that the registry would take', () => {
    const { replicas, webhooks } = newContoso();
    expect(webhooks.map(({ region }) => region)).toEqual(replicas.map(({ region }) => region));
    expect(webhooks.every(({ name }) => /^[a-zA-Z0-9]{5,50}$/.test(name))).toBe(true);
  });

  it('knows the newest build, not the newest push', () => {
    const model = newContoso();
    for (const tag of ['1.4.9', '1.4.10', 'latest', '1.4.2']) {
      recordPush(model, pushOf(tag));
    }
    expect(newestBuild(model, repository)).toBe(10);
    expect(newestBuild(model, 'other' as Repository)).toBe(0);
  });

  it('forgets the oldest tags when there are too many', () => {
    const model = newContoso();
    for (let build = 1; build <= 250; build += 1) {
      recordPush(model, pushOf(`1.4.${build}`, build));
    }
    const tags = Object.keys(model.repositories[repository] ?? {});
    expect(tags).toHaveLength(200);
    expect(tags).toContain('1.4.250');
    expect(tags).not.toContain('1.4.50');
  });

  it('does not move an overwritten tag back when a replica gets the old image late', () => {
    const model = newContoso();
    const old = pushOf('latest', 1, 'sha256:old');
    recordPush(model, old);
    recordPush(model, pushOf('latest', 2, 'sha256:new'));
    recordReplica(model, old, 'eastus' as Region);
    expect(model.repositories[repository]?.['latest']).toMatchObject({ digest: 'sha256:new', regions: ['westus'] });
  });
});

describe('the model on disk', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'landfall-model-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is what was saved', () => {
    const file = path.join(folder, 'saved.json');
    const model = newContoso();
    recordPush(model, pushOf('1.4.1'));
    new ModelFile(file, model).save();
    expect(loadModel(file)).toEqual(model);
  });

  it.for([
    { name: 'is absent', text: undefined },
    { name: 'is cut short', text: '{"version":1,"repos' },
    { name: 'was written by another version', text: '{"version":999}' },
  ])('starts anew where it $name', ({ text }) => {
    const file = path.join(folder, 'other.json');
    if (text !== undefined) {
      writeFileSync(file, text);
    }
    expect(loadModel(file)).toEqual(newContoso());
  });
});
