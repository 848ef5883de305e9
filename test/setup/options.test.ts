import { describe, expect, it } from 'vitest';
import { parseAppUrl, parseWebhooksOptions } from '../../src/setup/options.ts';

const ID = '/subscriptions/1/resourceGroups/web/providers/Microsoft.ContainerRegistry/registries/Contoso';
const words = (text: string) => text.split(' ').filter((word) => word !== '');
const azure = `--registry ${ID} --app https://landfall.example`;
const parse = (text: string, environment = {}) => parseWebhooksOptions(words(text), environment);

describe('npm run webhooks', () => {
  it('takes a registry and an app', () => {
    expect(parse(`check ${azure}`)).toEqual({
      type: 'run',
      options: {
        ...{ action: 'check', isSure: false },
        where: {
          type: 'azure',
          address: { subscriptionId: '1', resourceGroup: 'web', resourceName: 'Contoso', registry: 'contoso' },
          ...{ app: 'https://landfall.example', key: undefined, management: 'https://management.azure.com' },
        },
      },
    });
  });

  it.for([
    { name: 'from the command line', args: '--key abc', environment: {}, key: 'abc' },
    { name: 'from the environment', args: '', environment: { LANDFALL_KEY: 'def' }, key: 'def' },
    { name: 'from the command line first', args: '--key abc', environment: { LANDFALL_KEY: 'def' }, key: 'abc' },
  ])('takes the key $name', ({ args, environment, key }) => {
    expect(parse(`apply ${azure} ${args}`, environment)).toMatchObject({ options: { where: { key } } });
  });

  it('takes another cloud, and that nobody has to be asked', () => {
    const parsed = parse(`check ${azure} --yes --management https://management.chinacloudapi.cn/`);
    expect(parsed).toMatchObject({
      options: { isSure: true, where: { management: 'https://management.chinacloudapi.cn' } },
    });
  });

  it('takes all from the local stack', () => {
    expect(parse('apply --local --data /tmp/there')).toEqual({
      type: 'run',
      options: { action: 'apply', isSure: false, where: { type: 'local', data: '/tmp/there' } },
    });
  });

  it.for([
    { name: 'nothing to do', args: '', expected: 'expected check or apply, got neither' },
    { name: 'something else to do', args: 'repair', expected: 'expected check or apply, got "repair"' },
    {
      name: 'no registry',
      args: 'check --app https://a.example',
      expected: 'expected --registry RESOURCE_ID (or --local)',
    },
    { name: 'no app', args: `check --registry ${ID}`, expected: 'expected --app URL (or --local)' },
    {
      name: 'a registry that is none',
      args: 'check --registry contoso --app https://a.example',
      expected: '--registry: expected a resource id like',
    },
    {
      name: 'a name that no registry has',
      args: `check --registry ${ID}_ --app https://a.example`,
      expected: '--registry: expected a registry name',
    },
    {
      name: 'an app without TLS',
      args: `check --registry ${ID} --app http://a.example`,
      expected: '--app: expected a URL like',
    },
    {
      name: 'a management API without TLS',
      args: `check ${azure} --management http://127.0.0.1`,
      expected: '--management: expected a URL like',
    },
    {
      name: 'no key to change something with',
      args: `apply ${azure}`,
      expected: "expected the app's key in LANDFALL_KEY or as --key, got none",
    },
    { name: 'an empty key', args: `apply ${azure} --key=`, expected: "expected the app's key" },
    { name: 'a local stack and a registry', args: `check --local --registry ${ID}`, expected: 'got --registry too' },
    {
      name: 'a data folder without a local stack',
      args: `check ${azure} --data x`,
      expected: 'expected --data with --local only',
    },
  ])('refuses $name', ({ args, expected }) => {
    expect(parse(args)).toMatchObject({ type: 'invalid', message: expect.stringContaining(expected) });
  });

  it('refuses a key that no header can hold, and does not show it', () => {
    const parsed = parse(`apply ${azure}`, { LANDFALL_KEY: 'se cret' });
    expect(parsed).toMatchObject({
      type: 'invalid',
      message: expect.stringContaining('expected a key without spaces'),
    });
    expect(JSON.stringify(parsed)).not.toContain('cret');
  });
});

describe("the app's URL", () => {
  it.for([
    { text: 'https://landfall.example', expected: 'https://landfall.example' },
    { text: 'https://landfall.example/', expected: 'https://landfall.example' },
    { text: 'https://Landfall.Example:8443/base/', expected: 'https://landfall.example:8443/base' },
    { text: 'http://127.0.0.1:7071', expected: 'http://127.0.0.1:7071' },
    { text: 'http://localhost:7071', expected: 'http://localhost:7071' },
    { text: 'http://[::1]:7071', expected: 'http://[::1]:7071' },
  ])('may be $text', ({ text, expected }) => {
    expect(parseAppUrl(text)).toEqual({ type: 'valid', value: expected });
  });

  it.for([
    { text: 'landfall.example', got: 'no URL' },
    { text: 'http://landfall.example', got: 'one with http:' },
    { text: 'http://127.0.0.1.example', got: 'one with http:' },
    { text: 'ftp://127.0.0.1', got: 'one with ftp:' },
    { text: 'https://landfall.example?code=secret', got: 'one with https: and a query' },
    { text: 'https://landfall.example#secret', got: 'one with https: and a fragment' },
    { text: 'https://me:secret@landfall.example', got: 'one with https: and credentials' },
  ])('may not be $text, of which nothing secret is shown', ({ text, got }) => {
    const parsed = parseAppUrl(text);
    expect(parsed).toMatchObject({ type: 'invalid', message: expect.stringMatching(new RegExp(`got ${got}$`)) });
    expect(JSON.stringify(parsed)).not.toContain('secret');
  });
});
