// From a request to its operation, in the order in which Azure Resource Manager checks it.
import { RESOURCE_GROUP, registryId, SUBSCRIPTION } from './arm.ts';
import { type ArmAnswer, badRequest, forbidden, notFound, refusal } from './arm-answer.ts';
import { CLIENT_ID } from './identity-endpoint.ts';
import { RETRY_AFTER_SECONDS } from './management-faults.ts';
import { type ArmCall, type Operation, REGISTRY_OPERATIONS } from './management-operations.ts';
import { WEBHOOK_OPERATIONS } from './webhook-operations.ts';

const OPERATIONS: readonly Operation[] = [...REGISTRY_OPERATIONS, ...WEBHOOK_OPERATIONS];
const PERMISSIONS = 'Microsoft.ContainerRegistry/registries/';
const PATH =
  /^\/subscriptions\/(?<subscription>[^/]+)\/resourceGroups\/(?<group>[^/]+)\/providers\/Microsoft\.ContainerRegistry\/registries\/(?<registry>[^/]+)(?<below>\/.*)?$/i;

export interface ArmRequest {
  readonly method: string;
  /** Of the URL, still encoded. */
  readonly path: string;
}

/** @param call all but what is in the path */
export function answerArm({ method, path }: ArmRequest, call: Omit<ArmCall, 'names' | 'resourceGroup'>): ArmAnswer {
  const { model, query, fault } = call;
  if (fault.mode === 'throttled') {
    const retryAfter = String(fault.retryAfterSeconds ?? RETRY_AFTER_SECONDS);
    const headers = { 'retry-after': retryAfter, [remainingHeader(method)]: '0' };
    return refusal(429, 'TooManyRequests', 'The request is being throttled.', headers);
  }
  const wrongVersion = versionRefusal(query.get('api-version'));
  if (wrongVersion !== undefined) {
    return wrongVersion;
  }
  const { subscription = '', group = '', registry = '', below = '' } = PATH.exec(path)?.groups ?? {};
  if (subscription.toLowerCase() !== SUBSCRIPTION) {
    return refusal(404, 'SubscriptionNotFound', `The subscription '${subscription}' could not be found.`);
  }
  if (group.toLowerCase() !== RESOURCE_GROUP) {
    return refusal(404, 'ResourceGroupNotFound', `Resource group '${group}' could not be found.`);
  }
  const [decodedRegistry, ...parts] = [registry, ...below.split('/')].map(decoded);
  if (decodedRegistry === undefined || parts.includes(undefined)) {
    return badRequest(`expected a path that can be decoded, got ${path}`);
  }
  const found = operationFor(method, parts);
  if (found === undefined) {
    return refusal(404, 'InvalidResourceType', `The resource type could not be found for ${method} ${path}.`);
  }
  const { operation, names } = found;
  const permission = `${PERMISSIONS}${operation.permission}`;
  if (fault.mode === 'forbidden' && (fault.permission ?? permission).toLowerCase() === permission.toLowerCase()) {
    return forbidden(CLIENT_ID, permission, `${registryId({ name: model.name })}${below}`);
  }
  if (decodedRegistry.toLowerCase() !== model.name) {
    return notFound(`registries/${registry}`, group);
  }
  return operation.answer({ ...call, names, resourceGroup: group });
}

function versionRefusal(version: string | null): ArmAnswer | undefined {
  if (version === null) {
    const message = 'The api-version query parameter (?api-version=) is required for all requests.';
    return refusal(400, 'MissingApiVersionParameter', message);
  }
  return /^\d{4}-\d\d-\d\d(-preview)?$/.test(version)
    ? undefined
    : refusal(400, 'InvalidApiVersionParameter', `The api-version '${version}' is invalid.`);
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/** @param parts of the path below the registry's; the first one is empty */
function operationFor(method: string, parts: readonly (string | undefined)[]) {
  for (const operation of OPERATIONS) {
    const pattern = operation.path.split('/');
    const isFor =
      operation.method === method &&
      pattern.length === parts.length &&
      pattern.every((expected, index) => expected === '*' || expected === parts[index]?.toLowerCase());
    if (isFor) {
      return { operation, names: parts.flatMap((part, index) => (pattern[index] === '*' ? (part ?? []) : [])) };
    }
  }
  return undefined;
}

export function remainingHeader(method: string): string {
  const kind = method === 'GET' ? 'reads' : method === 'DELETE' ? 'deletes' : 'writes';
  return `x-ms-ratelimit-remaining-subscription-${kind}`;
}
