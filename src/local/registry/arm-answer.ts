// What Azure Resource Manager answers, and how it refuses.
// https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors

export interface ArmAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

export const ok = (body: object): ArmAnswer => ({ status: 200, body });

export function refusal(
  status: number,
  code: string,
  message: string,
  headers?: Readonly<Record<string, string>>,
): ArmAnswer {
  return { status, body: { error: { code, message } }, ...(headers === undefined ? {} : { headers }) };
}

/** @param resource `registries/contoso/webhooks/web` */
export function notFound(resource: string, resourceGroup: string): ArmAnswer {
  const message = `The Resource 'Microsoft.ContainerRegistry/${resource}' under resource group '${resourceGroup}' was not found.`;
  return refusal(
    404,
    'ResourceNotFound',
    `${message} For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  );
}

export const badRequest = (message: string): ArmAnswer => refusal(400, 'InvalidRequest', message);

/** @param permission as a role definition names it, `Microsoft.ContainerRegistry/registries/read` */
export function forbidden(clientId: string, permission: string, scope: string): ArmAnswer {
  const who = `The client '${clientId}' with object id '${clientId}'`;
  const what = `does not have authorization to perform action '${permission}' over scope '${scope}'`;
  return refusal(403, 'AuthorizationFailed', `${who} ${what} or the scope is invalid.`);
}
