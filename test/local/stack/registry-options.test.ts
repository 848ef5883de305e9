import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseRegistryOptions } from '../../../src/local/stack/registry-options.ts';

describe('npm run registry', () => {
  const add = { order: 'add', region: 'Japan East', state: 'creating', hasWebhook: true };
  it.for<{ args: string[]; request: object | undefined }>([
    { args: [], request: undefined },
    { args: ['show'], request: undefined },
    { args: ['add', 'Japan East'], request: add },
    { args: ['add', 'japaneast', 'Tokyo'], request: { ...add, region: 'japaneast', displayName: 'Tokyo' } },
    { args: ['add', 'Japan East', '--stuck'], request: { ...add, state: 'stuck' } },
    { args: ['add', 'Japan East', '--failed'], request: { ...add, state: 'failed' } },
    { args: ['add', 'Japan East', '--no-webhook'], request: { ...add, hasWebhook: false } },
    { args: ['remove', 'eastus'], request: { order: 'remove', region: 'eastus' } },
    { args: ['delete', 'public/products/web:1.3'], request: { order: 'delete', image: 'public/products/web:1.3' } },
    { args: ['api', 'on'], request: { order: 'management', mode: 'on' } },
    { args: ['api', 'off'], request: { order: 'management', mode: 'off' } },
    { args: ['api', 'throttled'], request: { order: 'management', mode: 'throttled' } },
    { args: ['api', 'forbidden'], request: { order: 'management', mode: 'forbidden' } },
  ])('takes $args', ({ args, request }) => {
    const data = path.resolve('.local');
    const options = request === undefined ? { data } : { request, data };
    expect(parseRegistryOptions(args)).toEqual({ type: 'run', options });
  });

  it('reaches a stack with another data folder', () => {
    const data = path.resolve('other');
    expect(parseRegistryOptions(['show', '--data', 'other'])).toEqual({ type: 'run', options: { data } });
  });

  it.for([
    { args: ['burn'], expected: 'remove REGION | delete REPOSITORY:TAG | api on|off|throttled|forbidden; got "burn"' },
    { args: ['show', 'eastus'], expected: 'expected nothing after show, got "eastus"' },
    { args: ['add'], expected: 'expected a region like "eastus" or "East US", got ""' },
    { args: ['add', '§'], expected: 'expected a region like "eastus" or "East US", got "§"' },
    { args: ['add', 'eastus', '--stuck', '--failed'], expected: 'expected --stuck or --failed, got both' },
    { args: ['add', 'eastus', 'East US', 'more'], expected: 'got "more"' },
    { args: ['remove'], expected: 'expected a region' },
    { args: ['remove', 'East', 'US'], expected: 'got "US" as well' },
    { args: ['remove', 'eastus', '--stuck'], expected: 'expected --stuck with add only, got it with "remove"' },
    { args: ['delete'], expected: 'expected a repository' },
    { args: ['delete', 'WEB:1'], expected: 'expected a repository' },
    { args: ['delete', 'public/web'], expected: 'expected an image with its tag' },
    { args: ['api'], expected: 'expected api on|off|throttled|forbidden, got nothing' },
    { args: ['api', 'slow'], expected: 'expected api on|off|throttled|forbidden, got "slow"' },
    {
      args: ['show', '--loud'],
      expected: 'expected one of --stuck, --failed, --no-webhook, --data, --help; got "--loud"',
    },
  ])('refuses $args', ({ args, expected }) => {
    expect(parseRegistryOptions(args)).toMatchObject({
      ...{ type: 'invalid', message: expect.stringContaining(expected) },
    });
  });

  it('explains itself', () => {
    const help = parseRegistryOptions(['--help']);
    expect(help.type === 'help' && help.text).toContain('npm run registry -- show | add REGION');
  });
});
