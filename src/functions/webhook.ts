// POST /api/webhooks/{registry}/{region}: one notification of one region. ACR waits 5 s and tries once
// (https://learn.microsoft.com/azure/container-registry/container-registry-webhook-reference).
import type { HttpHandler, HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { type Push, parseNotification } from '../adapters/acr/notification.ts';
import type { Arrival } from '../core/facts.ts';
import type { Instant } from '../core/instant.ts';
import { parseRegion, parseRegistry, type Region, type Registry } from '../core/names.ts';
import type { NoteWebhook } from '../usecases/note-webhook.ts';
import { SchemaTooNew, type Timing, Unavailable } from '../usecases/ports.ts';
import type { RecordArrival } from '../usecases/record-arrival.ts';
import { within } from '../usecases/within.ts';
import { problem, unavailable, unknownRegistry } from './answers.ts';
import { BODY_LIMIT_BYTES, readBody } from './body.ts';

/** What hangs longer than this after receipt is answered 503. */
const ANSWER_WITHIN_MS = 3_500;
/** Announcing is worth waiting for, as an idle instance may be frozen after its answer; what is late is the sweep's. */
const ANNOUNCE_WITHIN_MS = 3_000;

export interface WebhookDependencies {
  readonly recordArrival: RecordArrival;
  readonly noteWebhook: NoteWebhook;
  readonly timing: Timing;
  readonly registryNames: readonly Registry[];
}

type Answer = { readonly outcome: string; readonly response: HttpResponseInit; readonly fields?: object };

export function webhook(dependencies: WebhookDependencies): HttpHandler {
  return async (request, context) => {
    const receivedAt = dependencies.timing.now();
    const { outcome, response, fields } = await answer(dependencies, request, receivedAt);
    logOutcome(context, outcome, {
      registry: request.params['registry'],
      region: request.params['region'],
      ...fields,
      tookMs: dependencies.timing.now() - receivedAt,
    });
    return response;
  };
}

async function answer(dependencies: WebhookDependencies, request: HttpRequest, receivedAt: Instant): Promise<Answer> {
  const { registry: registryText = '', region: regionText = '' } = request.params;
  const registry = parseRegistry(registryText);
  if (registry.type === 'invalid' || !dependencies.registryNames.includes(registry.value)) {
    return { outcome: 'refused', response: unknownRegistry(registryText, dependencies.registryNames) };
  }
  const region = parseRegion(regionText);
  if (region.type === 'invalid') {
    return { outcome: 'refused', response: problem(400, 'Not a region', region.message) };
  }
  const body = await readBody(request);
  if (body === 'too large') {
    const detail = `expected a body of at most ${BODY_LIMIT_BYTES} bytes`;
    return { outcome: 'refused', response: problem(413, 'Body too large', detail) };
  }
  const notification = parseNotification(body);
  switch (notification.type) {
    case 'malformed':
      return {
        outcome: 'refused',
        response: problem(400, 'Not a notification', 'expected a notification as Azure Container Registry sends it', {
          issues: notification.issues,
        }),
      };
    case 'ping':
      dependencies.noteWebhook.note(registry.value, region.value, receivedAt);
      return { outcome: 'ping', response: { status: 200, jsonBody: { outcome: 'ping' } } };
    case 'ignored':
      dependencies.noteWebhook.note(registry.value, region.value, receivedAt);
      return {
        outcome: 'ignored',
        response: { status: 202, jsonBody: { outcome: 'ignored', reason: notification.reason } },
        fields: { reason: notification.reason },
      };
    case 'push':
      return await recordPush(dependencies, registry.value, region.value, notification.push, receivedAt);
  }
}

async function recordPush(
  { recordArrival, noteWebhook, timing }: WebhookDependencies,
  registry: Registry,
  region: Region,
  { repository, tag, digest, eventAt, mediaType }: Push,
  receivedAt: Instant,
): Promise<Answer> {
  const fields = { repository, tag, digest, eventAt };
  const leftMs = (limitMs: number) => limitMs - (timing.now() - receivedAt);
  const arrival: Arrival = {
    type: 'arrival',
    ...{ eventAt, region, digest, receivedAt },
    source: 'announced',
    ...(mediaType === undefined ? {} : { mediaType }),
  };
  try {
    const recording = recordArrival.record({ registry, repository, tag }, arrival);
    const recorded = await within(recording, leftMs(ANSWER_WITHIN_MS), timing);
    if (recorded.type === 'late') {
      throw new Unavailable(`expected the store to confirm within ${ANSWER_WITHIN_MS} ms`);
    }
    noteWebhook.note(registry, region, receivedAt);
    await within(recorded.value.announced, leftMs(ANNOUNCE_WITHIN_MS), timing);
    const { outcome } = recorded.value;
    return { outcome, response: { status: 202, jsonBody: { outcome } }, fields };
  } catch (error) {
    if (error instanceof Unavailable || error instanceof SchemaTooNew) {
      return {
        outcome: 'unavailable',
        response: unavailable('the arrival is not stored; send it again'),
        fields: { ...fields, reason: error.message },
      };
    }
    throw error;
  }
}

function logOutcome(context: InvocationContext, outcome: string, fields: object): void {
  const line = JSON.stringify({ event: 'webhook', outcome, ...fields });
  if (outcome === 'unavailable') {
    context.error(line);
  } else if (outcome === 'refused') {
    context.warn(line);
  } else {
    context.info(line);
  }
}
