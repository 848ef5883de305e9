// One delivery of one webhook, and what the registry remembers of it.
import { type RegistryModel, recordDelivery, type Webhook, type WebhookBody } from './model.ts';
import { type Answer, newTraceparent, postWebhook } from './webhook-post.ts';

export interface Delivered {
  readonly startedAt: number;
  /** Or why there is none. */
  readonly answer: Answer | string;
}

/** Never rejects: what goes wrong is the registry's to remember and the app's to find out. */
export async function deliver(
  model: RegistryModel,
  { name, serviceUri, customHeaders }: Webhook,
  notification: WebhookBody,
  isLost = false,
): Promise<Delivered> {
  const startedAt = Date.now();
  const traceparent = newTraceparent();
  const target = { url: serviceUri, customHeaders, traceparent };
  const answer = isLost
    ? 'the webhook got lost on its way'
    : await postWebhook(target, notification).catch((error: Error) => `the app did not answer: ${error.message}`);
  const [statusCode, reasonPhrase] =
    typeof answer === 'string' ? ['504', 'Gateway Timeout'] : [String(answer.statusCode), answer.reasonPhrase];
  const told = { at: startedAt, notification, requestUri: serviceUri, traceparent };
  recordDelivery(model, name, { ...told, statusCode, reasonPhrase });
  return { startedAt, answer };
}
