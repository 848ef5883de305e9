// What cannot be run here is held to what its readers' sources and documentation say of it.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { toMessage } from '../../src/adapters/service-bus/message.ts';
import { readConfig } from '../../src/config.ts';
import { startBroker } from '../../src/local/broker/broker.ts';
import { announcementOfType } from '../adapters/service-bus/announcements.ts';
import { webTag } from '../builders.ts';

const FOLDER = 'docs/consumers';
const read = (file: string): string => readFileSync(path.join(FOLDER, file), 'utf8');
const readYaml = (file: string) => parse(read(file));
const documents = (file: string) =>
  parseAllDocuments(read(file)).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });
const readme = read('README.md');
const message = toMessage(webTag, announcementOfType('replication.completed'), { loginServer: 'contoso.azurecr.io' });

/** What stands at `data.image` and the like. */
function at(root: unknown, place: string): unknown {
  return place.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], root);
}
const placesIn = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, place]) => place ?? '');
const keysOutside = (object: object, known: readonly string[]) =>
  Object.keys(object).filter((key) => !known.includes(key));

describe('docs/consumers/README.md', () => {
  it('names every file', () => {
    const files = readdirSync(FOLDER, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== 'README.md')
      .map((entry) => path.relative(FOLDER, path.join(entry.parentPath, entry.name)));
    expect(files.filter((file) => !readme.includes(`(${file})`))).toEqual([]);
  });

  it('links to nothing that is not there', () => {
    const links = placesIn(readme, /\]\((?!https:)([^)#]+)[^)]*\)/g);
    expect(links.length).toBeGreaterThan(10);
    for (const link of links) {
      expect(() => read(link), link).not.toThrow();
    }
  });

  it('shows filters that a subscription takes', async () => {
    const filters = placesIn(readme, /`(type = [^`]*)`/g);
    expect(filters.length).toBeGreaterThan(0);
    const subscriptions = filters.map((sql, index) => ({ name: `s${index}`, rule: { sql } }));
    const broker = await startBroker({ topics: [{ name: 't', duplicateDetectionSeconds: 60, subscriptions }] });
    await broker.close();
  });

  it('has the section that the table of settings links to', () => {
    expect(readme).toMatch(/^## Flux, Kargo, Argo CD$/m);
  });
});

describe('the GitHub workflows', () => {
  it('give the action every input that it requires, and none that it does not know', () => {
    const { inputs } = readYaml('wait-for-image/action.yml') as { inputs: Record<string, { required?: boolean }> };
    const { steps } = readYaml('github/deploy-after-push.yml').jobs.deploy;
    const step = steps.find(({ uses }: { uses?: string }) => uses?.endsWith('/wait-for-image'));
    const required = Object.entries(inputs).filter(([, { required }]) => required);
    expect(Object.keys(step.with)).toEqual(expect.arrayContaining(required.map(([name]) => name)));
    expect(keysOutside(step.with, Object.keys(inputs))).toEqual([]);
  });

  it('give the script every setting that it reads', () => {
    const [step] = readYaml('wait-for-image/action.yml').runs.steps;
    const reads = placesIn(read('wait-for-image/wait.sh'), /\$\{([A-Z_]+):[?-]/g);
    const ofTheRunner = ['GITHUB_OUTPUT', 'TF_BUILD'];
    expect(Object.keys(step.env).toSorted()).toEqual(
      [...new Set(reads)].filter((name) => !ofTheRunner.includes(name)).toSorted(),
    );
  });

  it('are started by what is dispatched, and read what is in it', () => {
    const text = read('github/deploy-on-message.yml');
    const dispatcher = read('github/dispatch.mjs');
    expect(dispatcher).toContain(`event_type: '${parse(text).on.repository_dispatch.types[0]}'`);
    const [payload = ''] = placesIn(dispatcher, /client_payload: \{ ([^}]*) \}/g);
    expect(payload.split(', ').length).toBeLessThanOrEqual(10);
    const places = placesIn(text, /client_payload\.(\w+)/g);
    expect(places).toContain('image');
    expect(places.filter((place) => !payload.split(', ').includes(place))).toEqual([]);
  });

  it.for(['deploy-after-push.yml', 'deploy-on-message.yml'])('take no more permissions than they name: %s', (file) => {
    expect(readYaml(`github/${file}`).permissions).toEqual({});
  });
});

describe('the Azure pipelines', () => {
  const pipeline = readYaml('azure-devops/deploy-on-message.yml');

  // https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/resources-webhooks-webhook
  it('have a webhook resource of the documented form', () => {
    const [webhook] = pipeline.resources.webhooks;
    expect(keysOutside(webhook, ['webhook', 'connection', 'type', 'filters'])).toEqual([]);
    expect(Object.keys(webhook)[0]).toBe('webhook');
    expect(webhook.webhook).toMatch(/^[-_A-Za-z0-9]+$/);
    for (const filter of webhook.filters) {
      expect(Object.keys(filter)).toEqual(['path', 'value']);
    }
  });

  it('are started by a message, and read what is in it', () => {
    const [{ webhook, filters }] = pipeline.resources.webhooks;
    for (const { path: place, value } of filters) {
      expect(at(message.body, place)).toBe(value);
    }
    const places = placesIn(
      read('azure-devops/deploy-on-message.yml'),
      new RegExp(`parameters\\.${webhook}\\.([\\w.]+)`, 'g'),
    );
    expect(places.map((place) => at(message.body, place))).toEqual([message.body.data.image]);
  });

  it('give the script every setting that it requires', () => {
    const { stages } = readYaml('azure-devops/deploy-after-push.yml');
    const [step] = stages[0].jobs[1].steps;
    expect(Object.keys(step.env)).toEqual(
      expect.arrayContaining(placesIn(read('wait-for-image/wait.sh'), /\$\{([A-Z_]+):\?/g)),
    );
  });

  // Fields as in the Terraform provider azuredevops (resource check_rest_api); limits of synchronous checks by
  // https://learn.microsoft.com/azure/devops/pipelines/process/invoke-checks: at most ten evaluations, no callback.
  it('have an environment check of the form that the service takes', () => {
    const check = JSON.parse(read('azure-devops/environment-check.json'));
    expect(Object.keys(check)).toEqual(['type', 'settings', 'timeout', 'resource']);
    const { inputs, retryInterval, definitionRef } = check.settings;
    const known = ['displayName', 'definitionRef', 'inputs', 'linkedVariableGroup', 'retryInterval'];
    expect(keysOutside(check.settings, known)).toEqual([]);
    const knownInputs = [
      'connectedServiceNameSelector',
      'connectedServiceName',
      'method',
      'headers',
      'body',
      'urlSuffix',
    ];
    expect(keysOutside(inputs, [...knownInputs, 'waitForCompletion', 'successCriteria'])).toEqual([]);
    expect(definitionRef.name).toBe('InvokeRESTAPI');
    expect(inputs.waitForCompletion).toBe('false');
    expect(inputs.urlSuffix).not.toContain('wait=');
    expect(check.timeout / retryInterval).toBeLessThanOrEqual(10);
  });
});

describe('the Kubernetes manifests', () => {
  // kedacore/keda: apis/keda/v1alpha1/scaledjob_types.go, pkg/scalers/azure_servicebus_scaler.go.
  it('have a ScaledJob with fields that KEDA knows', () => {
    const [account, authentication, job] = documents('kubernetes/scaled-job.yaml');
    const known = [
      'jobTargetRef',
      'pollingInterval',
      'successfulJobsHistoryLimit',
      'failedJobsHistoryLimit',
      'rollout',
    ];
    expect(job).toMatchObject({ apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledJob' });
    expect(keysOutside(job.spec, [...known, 'maxReplicaCount', 'minReplicaCount', 'triggers'])).toEqual([]);
    const [trigger] = job.spec.triggers;
    expect(trigger).toMatchObject({
      type: 'azure-servicebus',
      authenticationRef: { name: authentication.metadata.name },
    });
    expect(Object.keys(trigger.metadata).toSorted()).toEqual([
      'messageCount',
      'namespace',
      'subscriptionName',
      'topicName',
    ]);
    expect(Object.values(trigger.metadata).every((value) => typeof value === 'string')).toBe(true);
    expect(authentication.spec.podIdentity.provider).toBe('azure-workload');
    const { spec, metadata } = job.spec.jobTargetRef.template;
    expect(spec.serviceAccountName).toBe(account.metadata.name);
    expect(metadata.labels['azure.workload.identity/use']).toBe('true');
    const [{ command, env }] = spec.containers;
    expect(command.slice(1, 3)).toEqual(['subscriber.mjs', '--once']);
    expect(env).toContainEqual({ name: 'SUBSCRIPTION', value: trigger.metadata.subscriptionName });
  });

  // fluxcd/notification-controller internal/server/receiver_handlers.go: ACRReceiver, and the kinds that it can ask.
  it('have a Flux receiver of the type `acr`, for the image repository', () => {
    const [receiver, repository] = documents('kubernetes/flux.yaml');
    const { apiVersion, kind, metadata } = repository;
    expect(receiver).toMatchObject({
      kind: 'Receiver',
      spec: { type: 'acr', secretRef: { name: expect.any(String) } },
    });
    expect(receiver.spec.resources).toEqual([{ apiVersion, kind, name: metadata.name }]);
    expect(repository.spec.image).toBe('contoso.azurecr.io/public/products/web');
  });

  // akuity/kargo api/v1alpha1: AzureWebhookReceiverConfig, ImageSubscription; urls are compared by host and repository.
  it('have a Kargo receiver of the type `azure`, and a warehouse for the image', () => {
    const [config, warehouse] = documents('kubernetes/kargo.yaml');
    expect(config.spec.webhookReceivers).toEqual([
      { name: 'landfall', azure: { secretRef: { name: expect.any(String) } } },
    ]);
    expect(warehouse.spec.subscriptions[0].image.repoURL).toBe('contoso.azurecr.io/public/products/web');
  });

  it('have targets that the forwarder takes', () => {
    const { forward } = readConfig({
      REGISTRIES: '[{"name":"contoso","regions":["westus"]}]',
      TABLES: 'UseDevelopmentStorage=true',
      SERVICE_BUS: 'Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=Root;SharedAccessKey=none',
      FORWARD_TARGETS: read('kubernetes/forward-targets.json'),
      FORWARD_SECRETS: read('kubernetes/forward-secrets.json'),
    });
    expect(forward?.targets.map(({ name }) => name)).toEqual(['flux', 'kargo', 'argo']);
  });
});
