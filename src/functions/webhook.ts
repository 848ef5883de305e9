// POST /api/webhooks/{registry}/{region}: one notification of one region. ACR waits 5 s and tries once
// (https://learn.microsoft.com/azure/container-registry/container-registry-webhook-reference).
import type { HttpHandler, HttpRequest, HttpResponseInit } from '@azure/functions';
import { parseNotification } from '../adapters/acr/notification.ts';
import type { Instant } from '../core/instant.ts';
import { parseRegion, parseRegistry } from '../core/names.ts';
import { problem, unavailable, unknownRegistry } from './answers.ts';
import { BODY_LIMIT_BYTES, readBody } from './body.ts';
import { type NotificationDependencies, noteOutcome, type Taken, takeNotification } from './take-notification.ts';

type Answer = { readonly outcome: string; readonly response: HttpResponseInit; readonly fields?: object };

export function webhook(dependencies: NotificationDependencies): HttpHandler {
  return async (request, context) => {
    const receivedAt = dependencies.timing.now();
    const note = (outcome: string, fields: object = {}) => {
      const told = { registry: request.params['registry'], region: request.params['region'] };
      const tookMs = dependencies.timing.now() - receivedAt;
      noteOutcome(dependencies, context, 'webhook', outcome, { ...told, ...fields, tookMs });
    };
    try {
      const { outcome, response, fields } = await answer(dependencies, request, receivedAt);
      note(outcome, fields);
      return response;
    } catch (error) {
      note('failed', { reason: String(error) });
      throw error;
    }
  };
}

async function answer(
  dependencies: NotificationDependencies,
  request: HttpRequest,
  receivedAt: Instant,
): Promise<Answer> {
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
  const receipt = { registry: registry.value, region: region.value, receivedAt };
  return toAnswer(await takeNotification(dependencies, receipt, parseNotification(body)));
}

function toAnswer(taken: Taken): Answer {
  switch (taken.type) {
    case 'malformed': {
      const detail = 'expected a notification as Azure Container Registry sends it';
      const { issues } = taken;
      return { outcome: 'refused', response: problem(400, 'Not a notification', detail, { issues }) };
    }
    case 'ping':
      return { outcome: 'ping', response: { status: 200, jsonBody: { outcome: 'ping' } } };
    case 'ignored': {
      const { reason } = taken;
      const response = { status: 202, jsonBody: { outcome: 'ignored', reason } };
      return { outcome: 'ignored', response, fields: { reason } };
    }
    case 'stored': {
      const { outcome, fields } = taken;
      return { outcome, response: { status: 202, jsonBody: { outcome } }, fields };
    }
    case 'unavailable': {
      const response = unavailable('the notification is not stored; send it again');
      return { outcome: 'unavailable', response, fields: { ...taken.fields, reason: taken.reason } };
    }
  }
}
