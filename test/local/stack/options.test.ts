import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePushOptions } from '../../../src/local/stack/push-options.ts';
import { parseStartOptions, ROOT } from '../../../src/local/stack/start-options.ts';
import { parseSubscribeOptions } from '../../../src/local/stack/subscribe-options.ts';

const data = path.join(ROOT, '.local');
const words = (text: string) => text.split(' ').filter((word) => word !== '');

describe('npm start', () => {
  const defaults = {
    ...{ port: 7071, isFresh: false, hasPushes: true, isJson: false, lagAfterSeconds: 60, appInstances: 1, data },
  };

  it.for([
    { name: 'has defaults', args: '', expected: {} },
    { name: 'takes any free port', args: '--port 0', expected: { port: 0 } },
    { name: 'takes the highest port', args: '--port 65535', expected: { port: 65_535 } },
    { name: 'takes a value after =', args: '--port=8080', expected: { port: 8080 } },
    { name: 'takes the last one', args: '--port 1 --port 2', expected: { port: 2 } },
    {
      name: 'takes switches',
      args: '--fresh --no-pushes --json',
      expected: { isFresh: true, hasPushes: false, isJson: true },
    },
    { name: 'takes parts of seconds', args: '--lag-after 1.5', expected: { lagAfterSeconds: 1.5 } },
    { name: 'takes several instances', args: '--app-instances 3', expected: { appInstances: 3 } },
    { name: "finds data from the project's folder", args: '--data here', expected: { data: path.join(ROOT, 'here') } },
    { name: 'finds data anywhere', args: '--data /tmp/there', expected: { data: path.resolve('/tmp/there') } },
  ])('$name', ({ args, expected }) => {
    expect(parseStartOptions(words(args))).toEqual({ type: 'run', options: { ...defaults, ...expected } });
  });

  it.for([
    { name: 'a port below 0', args: '--port=-1', expected: '--port to be a whole number from 0 to 65535, got "-1"' },
    { name: 'a port too high', args: '--port 65536', expected: 'got "65536"' },
    { name: 'a port with a fraction', args: '--port 80.5', expected: 'got "80.5"' },
    { name: 'a port that is none', args: '--port http', expected: 'got "http"' },
    { name: 'no port', args: '--port', expected: 'expected --port N, got no value' },
    { name: 'an option in place of a value', args: '--port --fresh', expected: 'expected --port' },
    { name: 'a threshold below 1', args: '--lag-after 0.9', expected: '--lag-after to be seconds from 1 to 86399' },
    { name: 'a threshold of a day', args: '--lag-after 86400', expected: '--lag-after to be seconds from 1 to 86399' },
    { name: 'no instance', args: '--app-instances 0', expected: '--app-instances to be a whole number from 1 to 16' },
    { name: 'too many instances', args: '--app-instances 17', expected: 'got "17"' },
    { name: 'a value for a switch', args: '--json=yes', expected: 'expected --json without a value, got "yes"' },
    { name: 'an unknown option', args: '--prot 80', expected: '--app-instances, --data, --help; got "--prot"' },
    { name: 'an argument', args: 'now', expected: 'expected options only, got "now"' },
  ])('refuses $name', ({ args, expected }) => {
    expect(parseStartOptions(words(args))).toMatchObject({
      ...{ type: 'invalid', message: expect.stringContaining(expected) },
    });
  });

  it('explains every option, and that the threshold differs where it is deployed', () => {
    const help = parseStartOptions(['--help']);
    const names = ['port', 'fresh', 'no-pushes', 'json', 'lag-after', 'app-instances', 'data', 'help'];
    for (const name of names) {
      expect(help).toMatchObject({ type: 'help', text: expect.stringContaining(`--${name}`) });
    }
    expect(help).toMatchObject({ text: expect.stringContaining('default 60; where deployed, 600') });
  });
});

describe('npm run push', () => {
  const request = { image: 'web:1', lose: [], delays: [], deliveries: 1 };

  it.for([
    { name: 'takes an image', args: 'web:1', expected: {} },
    { name: 'leaves regions to the registry', args: 'web:1 --region mars', expected: { region: 'mars' } },
    { name: 'loses several', args: 'web:1 --lose eastus --lose westus', expected: { lose: ['eastus', 'westus'] } },
    {
      name: 'delays several',
      args: 'web:1 --delay eastus=0 --delay westus=1.5',
      expected: {
        delays: [
          { region: 'eastus', seconds: 0 },
          { region: 'westus', seconds: 1.5 },
        ],
      },
    },
    { name: 'repeats', args: '--repeat 3 web:1', expected: { deliveries: 3 } },
  ])('$name', ({ args, expected }) => {
    const options = { request: { ...request, ...expected }, isFollowed: true, data };
    expect(parsePushOptions(words(args))).toEqual({ type: 'run', options });
  });

  it('follows it unless told not to', () => {
    expect(parsePushOptions(['web:1', '--no-wait'])).toMatchObject({ options: { isFollowed: false } });
  });

  it.for([
    { name: 'no image', args: '', expected: 'expected an image like "public/products/web:1.3", got none' },
    { name: 'what is no image', args: 'Web:1', expected: 'expected a repository like' },
    { name: 'a bad tag', args: 'web:-1', expected: 'expected a tag' },
    { name: 'two images', args: 'web:1 web:2', expected: 'expected one REPOSITORY:TAG, got "web:2"' },
    { name: 'a delay without seconds', args: 'web:1 --delay eastus', expected: '--delay REGION=SECONDS' },
    { name: 'a delay without a region', args: 'web:1 --delay =5', expected: '--delay REGION=SECONDS' },
    { name: 'a negative delay', args: 'web:1 --delay eastus=-5', expected: '--delay REGION=SECONDS' },
    { name: 'no delivery', args: 'web:1 --repeat 0', expected: 'a whole number from 1 to 100, got "0"' },
    { name: 'too many deliveries', args: 'web:1 --repeat 101', expected: 'got "101"' },
  ])('refuses $name', ({ args, expected }) => {
    expect(parsePushOptions(words(args))).toMatchObject({
      ...{ type: 'invalid', message: expect.stringContaining(expected) },
    });
  });
});

describe('npm run subscribe', () => {
  it.for([
    { name: 'receives everything', args: '', expected: {} },
    { name: 'takes a type as people say it', args: '--filter lagging', expected: { filter: 'replication.lagging' } },
    { name: 'takes a full type', args: '--filter replication.lagging', expected: { filter: 'replication.lagging' } },
    { name: 'takes a type of replicas', args: '--filter not-ready', expected: { filter: 'replica.not-ready' } },
    { name: 'counts', args: '--count 3', expected: { count: 3 } },
    { name: 'prints JSON', args: '--json', expected: { isJson: true } },
  ])('$name', ({ args, expected }) => {
    const options = { isJson: false, data, ...expected };
    expect(parseSubscribeOptions(words(args))).toEqual({ type: 'run', options });
  });

  it.for([
    {
      name: 'an unknown type, with those there are',
      args: '--filter done',
      expected:
        'expected one of completed, lagging, recovered, superseded, abandoned, not-ready, ready, removed; got "done"',
    },
    { name: 'a count of none', args: '--count 0', expected: '--count to be a whole number from 1' },
  ])('refuses $name', ({ args, expected }) => {
    expect(parseSubscribeOptions(words(args))).toMatchObject({
      ...{ type: 'invalid', message: expect.stringContaining(expected) },
    });
  });
});
