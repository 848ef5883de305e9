// What the management API does with webhooks.
import * as z from 'zod/mini';
import { parseRegion } from '../../core/names.ts';
import { MOST_WEBHOOKS, registryId, toArmEvent, toArmWebhook } from './arm.ts';
import { type ArmAnswer, badRequest, notFound, ok, refusal } from './arm-answer.ts';
import { type ArmCall, named, type Operation, parseBody } from './management-operations.ts';
import type { Webhook } from './model.ts';
import { replicaIn } from './replicas.ts';

const ACTIONS = ['push', 'delete', 'quarantine', 'chart_push', 'chart_delete'];

const uriSchema = z
  .string()
  .check(z.refine((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ''), 'expected a URL with http or https'));
const actionsSchema = z.array(
  z.string().check(z.refine((text) => ACTIONS.includes(text.toLowerCase()), `expected one of ${ACTIONS.join(', ')}`)),
);
const headersSchema = z.record(z.string(), z.string());
const statusSchema = z.enum(['enabled', 'disabled']);

const createSchema = z.object({
  location: z.string(),
  properties: z.object({
    serviceUri: uriSchema,
    customHeaders: z.optional(headersSchema),
    status: z.optional(statusSchema),
    scope: z.optional(z.string()),
    actions: actionsSchema.check(z.minLength(1)),
  }),
});
const updateSchema = z.object({
  properties: z.optional(
    z.object({
      serviceUri: z.optional(uriSchema),
      customHeaders: z.optional(headersSchema),
      status: z.optional(statusSchema),
      scope: z.optional(z.string()),
      actions: z.optional(actionsSchema.check(z.minLength(1))),
    }),
  ),
});

function withWebhook(call: ArmCall, answer: (webhook: Webhook) => ArmAnswer): ArmAnswer {
  const { model, names, resourceGroup } = call;
  const webhook = named(model.webhooks, names[0]);
  return webhook === undefined
    ? notFound(`registries/${model.name}/webhooks/${names[0]}`, resourceGroup)
    : answer(webhook);
}

/** Answers with the final body at once, also for one that exists, which it replaces. */
function createWebhook(call: ArmCall): ArmAnswer {
  const { model, names, body, now } = call;
  const [name = ''] = names;
  const parsed = parseBody(createSchema, body);
  const region = parseRegion(parsed.type === 'valid' ? parsed.value.location : '');
  if (parsed.type === 'invalid' || region.type === 'invalid') {
    return badRequest(parsed.type === 'invalid' ? parsed.message : 'expected a location');
  }
  const existing = named(model.webhooks, name);
  const refused =
    existing === undefined ? refusalOfNew(call, name, region.value) : refusalOfMoved(existing, region.value);
  if (refused !== undefined) {
    return refused;
  }
  const { serviceUri, customHeaders = {}, status = 'enabled', scope = '', actions } = parsed.value.properties;
  const webhook: Webhook = {
    ...{ name: existing?.name ?? name, region: region.value },
    ...{ createdAt: existing?.createdAt ?? now, modifiedAt: now, status, scope, actions, serviceUri, customHeaders },
  };
  replace(call, existing, webhook);
  return ok(toArmWebhook(model, webhook));
}

function refusalOfNew({ model }: ArmCall, name: string, region: string): ArmAnswer | undefined {
  if (!/^[a-zA-Z0-9]{5,50}$/.test(name)) {
    return badRequest('expected a name of 5 to 50 letters and digits');
  }
  if (replicaIn(model, region) === undefined) {
    const message = `The registry '${model.name}' was not found in the region '${region}'.`;
    return refusal(404, 'RegistryResourceNotFound', message);
  }
  return model.webhooks.length < MOST_WEBHOOKS
    ? undefined
    : refusal(
        400,
        'QuotaExceeded',
        `The quota for resource 'webhooks' with limit '${MOST_WEBHOOKS}' has been exceeded.`,
      );
}

function refusalOfMoved({ name, region }: Webhook, wanted: string): ArmAnswer | undefined {
  const message = `The resource '${name}' already exists in location '${region}'; a resource with the same name cannot be created in location '${wanted}'.`;
  return region === wanted ? undefined : refusal(409, 'InvalidResourceLocation', message);
}

function replace({ model }: ArmCall, existing: Webhook | undefined, webhook: Webhook): void {
  model.webhooks =
    existing === undefined
      ? [...model.webhooks, webhook]
      : model.webhooks.map((other) => (other === existing ? webhook : other));
}

function updateWebhook(call: ArmCall): ArmAnswer {
  return withWebhook(call, (existing) => {
    const parsed = parseBody(updateSchema, call.body);
    if (parsed.type === 'invalid') {
      return badRequest(parsed.message);
    }
    const { serviceUri, customHeaders, status, scope, actions } = parsed.value.properties ?? {};
    const webhook: Webhook = {
      ...{ ...existing, modifiedAt: call.now },
      ...{ serviceUri: serviceUri ?? existing.serviceUri, customHeaders: customHeaders ?? existing.customHeaders },
      ...{ status: status ?? existing.status, scope: scope ?? existing.scope, actions: actions ?? existing.actions },
    };
    replace(call, existing, webhook);
    return ok(toArmWebhook(call.model, webhook));
  });
}

function deleteWebhook({ model, names }: ArmCall): ArmAnswer {
  const webhook = named(model.webhooks, names[0]);
  if (webhook === undefined) {
    return { status: 204 };
  }
  model.webhooks = model.webhooks.filter((other) => other !== webhook);
  delete model.history[webhook.name];
  return { status: 200 };
}

/** A page begins where the one before ended, whatever has been delivered since. */
function listEvents(call: ArmCall): ArmAnswer {
  return withWebhook(call, ({ name }) => {
    const { model, query, url, eventsPageSize } = call;
    const before = Number(query.get('$skiptoken') ?? Number.POSITIVE_INFINITY);
    const records = (model.history[name] ?? []).filter(({ sequence }) => sequence < before);
    const page = records.slice(0, eventsPageSize);
    const value = page.map(toArmEvent);
    const last = page.at(-1);
    if (last === undefined || records.length === page.length) {
      return ok({ value });
    }
    const path = `${registryId(model)}/webhooks/${name}/listEvents`;
    const nextLink = `${url}${path}?api-version=${query.get('api-version')}&$skiptoken=${last.sequence}`;
    return ok({ value, nextLink });
  });
}

export const WEBHOOK_OPERATIONS: readonly Operation[] = [
  {
    ...{ method: 'GET', path: '/webhooks', permission: 'webhooks/read' },
    answer: ({ model }) => ok({ value: model.webhooks.map((webhook) => toArmWebhook(model, webhook)) }),
  },
  {
    ...{ method: 'GET', path: '/webhooks/*', permission: 'webhooks/read' },
    answer: (call) => withWebhook(call, (webhook) => ok(toArmWebhook(call.model, webhook))),
  },
  { method: 'PUT', path: '/webhooks/*', permission: 'webhooks/write', answer: createWebhook },
  { method: 'PATCH', path: '/webhooks/*', permission: 'webhooks/write', answer: updateWebhook },
  { method: 'DELETE', path: '/webhooks/*', permission: 'webhooks/delete', answer: deleteWebhook },
  {
    ...{ method: 'POST', path: '/webhooks/*/ping', permission: 'webhooks/ping/action' },
    answer: (call) => withWebhook(call, ({ name }) => ok({ id: call.ping(name) })),
  },
  { method: 'POST', path: '/webhooks/*/listevents', permission: 'webhooks/listEvents/action', answer: listEvents },
  // The SDK follows a nextLink with GET.
  { method: 'GET', path: '/webhooks/*/listevents', permission: 'webhooks/listEvents/action', answer: listEvents },
  {
    ...{ method: 'POST', path: '/webhooks/*/getcallbackconfig', permission: 'webhooks/getCallbackConfig/action' },
    answer: (call) => withWebhook(call, ({ serviceUri, customHeaders }) => ok({ serviceUri, customHeaders })),
  },
];
