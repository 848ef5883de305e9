import { describe, expect, it } from 'vitest';
import { ConfigError, type Environment, readConfig } from '../src/config.ts';

const CLIENT_ID = '0b1f6471-1bf0-4dda-aec3-cb9272f09590';
const BY_KEY: Environment = {
  REGISTRIES: '[{"name":"contoso","regions":["westus"]}]',
  TABLES: 'UseDevelopmentStorage=true',
  SERVICE_BUS: 'Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=none',
};
const { SERVICE_BUS: _, ...rest } = BY_KEY;
const BY_IDENTITY: Environment = {
  ...rest,
  SERVICE_BUS__fullyQualifiedNamespace: 'contoso.servicebus.windows.net',
  AZURE_CLIENT_ID: CLIENT_ID,
};
const flux = { name: 'flux', url: 'https://flux.example/hook/5f8c' };
const withTargets = (targets: unknown, secrets?: unknown): Environment => ({
  ...BY_KEY,
  FORWARD_TARGETS: JSON.stringify(targets),
  ...(secrets === undefined ? {} : { FORWARD_SECRETS: JSON.stringify(secrets) }),
});

function faultsOf(environment: Environment): readonly string[] {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) {
      return error.faults;
    }
    throw error;
  }
  return [];
}

describe('the forwarder', () => {
  it('is off without targets', () => {
    expect(readConfig(BY_KEY)).not.toHaveProperty('forward');
  });

  it('reads its targets, their patterns and the values of their headers', () => {
    const argo = { name: 'argo', url: 'https://iu.example/webhook?type=acr', header: 'Authorization' };
    const targets = [{ ...flux, repositories: ['public/*', 'team/web'] }, argo];
    const { forward } = readConfig({
      ...withTargets(targets, { argo: 'Basic b2s6b2s=' }),
      FORWARD_SUBSCRIPTION: 'gitops',
    });
    expect(forward).toEqual({
      subscription: 'gitops',
      targets: [
        { ...flux, repositories: ['public/*', 'team/web'] },
        { ...argo, repositories: [], header: { name: 'Authorization', value: 'Basic b2s6b2s=' } },
      ],
    });
  });

  it('reads from the subscription `forward` unless told otherwise', () => {
    expect(readConfig(withTargets([flux])).forward?.subscription).toBe('forward');
  });

  it.for([
    { url: 'https://flux.example/hook?secret=x', expected: true },
    { url: 'http://127.0.0.1:8080/hook', expected: true },
    { url: 'http://localhost/hook', expected: true },
    { url: 'http://[::1]:1/hook', expected: true },
    { url: 'http://127.0.0.1.example/hook', expected: false },
    { url: 'http://flux.example/hook', expected: false },
    { url: 'https://user:pass@flux.example/hook', expected: false },
    { url: 'https://user@flux.example/hook', expected: false },
    { url: 'https://:pass@flux.example/hook', expected: false },
    { url: 'https://flux.example/hook#part', expected: false },
    { url: 'ftp://127.0.0.1/hook', expected: false },
    { url: 'flux.example/hook', expected: false },
  ])('posts to $url: $expected', ({ url, expected }) => {
    expect(faultsOf(withTargets([{ ...flux, url }]))).toEqual(
      expected
        ? []
        : [
            `FORWARD_TARGETS[0].url: expected an https URL without a user (http on loopback only), got ${url.length} characters of something else`,
          ],
    );
  });

  it.for<{ name: string; environment: Environment; expected: readonly RegExp[] }>([
    {
      name: 'targets that are no JSON',
      environment: { ...BY_KEY, FORWARD_TARGETS: '[{"name":' },
      expected: [/^FORWARD_TARGETS: expected a JSON array of targets, got 9 characters of something else$/],
    },
    {
      name: 'no target at all',
      environment: withTargets([]),
      expected: [/^FORWARD_TARGETS: expected a JSON array/],
    },
    {
      name: 'a target without a name, and an unknown setting of it',
      environment: withTargets([{ url: flux.url, headers: {} }]),
      expected: [/^FORWARD_TARGETS\[0\].name: expected a string, got nothing$/, /known keys only, got 7 characters/],
    },
    {
      name: 'a name twice',
      environment: withTargets([flux, flux]),
      expected: [/^FORWARD_TARGETS\[1\].name: expected each name once, got flux again$/],
    },
    {
      name: 'a header that is set already',
      environment: withTargets([{ ...flux, header: 'User-Agent' }], { flux: 'x' }),
      expected: [/^FORWARD_TARGETS\[0\].header: expected a header name/],
    },
    {
      name: 'a header without its value',
      environment: withTargets([{ ...flux, header: 'Authorization' }]),
      expected: [/^FORWARD_SECRETS: expected a value for the header of target flux, got none$/],
    },
    {
      name: 'a value that breaks the header',
      environment: withTargets([{ ...flux, header: 'Authorization' }], { flux: 'a\nb' }),
      expected: [/^FORWARD_SECRETS: expected a JSON object of header values/],
    },
    {
      name: 'a value for a target without a header',
      environment: withTargets([flux], { flux: 'x' }),
      expected: [/^FORWARD_SECRETS: expected names of targets with a header, got 4 characters/],
    },
    {
      name: 'a value for nobody, by a name that every object has',
      environment: withTargets([{ ...flux, name: 'constructor', header: 'A' }], {}),
      expected: [/^FORWARD_SECRETS: expected a value for the header of target constructor, got none$/],
    },
    {
      name: 'values without targets',
      environment: { ...BY_KEY, FORWARD_SECRETS: '{"flux":"x"}' },
      expected: [/^FORWARD_SECRETS: expected FORWARD_TARGETS with it, got none$/],
    },
    {
      name: 'a subscription that cannot be',
      environment: { ...withTargets([flux]), FORWARD_SUBSCRIPTION: 'a/b' },
      expected: [/^FORWARD_SUBSCRIPTION: expected a subscription name/],
    },
  ])('is refused with $name', ({ environment, expected }) => {
    const faults = faultsOf(environment);
    expect(faults).toHaveLength(expected.length);
    for (const [index, pattern] of expected.entries()) {
      expect(faults[index]).toMatch(pattern);
    }
  });

  it('shows no secret, wherever one was put', () => {
    const secret = 'hunter2';
    const misplaced = { name: secret.toUpperCase(), url: `http://${secret}`, header: `${secret}:`, [secret]: 1 };
    const faults = faultsOf({ ...withTargets([misplaced]), FORWARD_SECRETS: `{"${secret}": ["${secret}"]}` });
    expect(faults.length).toBeGreaterThan(3);
    expect(faults.join('\n').toLowerCase()).not.toContain(secret);
  });
});

describe('the identity that the trigger connects by', () => {
  const forwarding = { ...BY_IDENTITY, FORWARD_TARGETS: JSON.stringify([flux]) };
  it.for([
    {
      name: 'is taken when it is the app’s own',
      environment: { ...forwarding, SERVICE_BUS__credential: 'managedidentity', SERVICE_BUS__clientId: CLIENT_ID },
      expected: 0,
    },
    {
      name: 'is refused when it is another one',
      environment: {
        ...forwarding,
        SERVICE_BUS__credential: 'managedidentity',
        SERVICE_BUS__clientId: CLIENT_ID.replace('0', '1'),
      },
      expected: 1,
    },
    { name: 'is refused when it is not said', environment: forwarding, expected: 1 },
    {
      name: 'is refused when how to connect is not said',
      environment: { ...forwarding, SERVICE_BUS__clientId: CLIENT_ID },
      expected: 1,
    },
    { name: 'does not matter without targets', environment: BY_IDENTITY, expected: 0 },
    {
      name: 'does not matter when there is only one, the system’s',
      environment: { ...forwarding, AZURE_CLIENT_ID: '' },
      expected: 0,
    },
  ])('$name', ({ environment, expected }) => {
    expect(faultsOf(environment)).toHaveLength(expected);
  });
});
