// Who may do what, exactly: roles by their ids, where they hold, and when.
import { PERMISSIONS } from '../../src/adapters/acr/management.ts';
import { plain, valueAt } from './bicep-values.ts';
import { expectEqual, made, type Placed, type Rule } from './infra.ts';

/** https://learn.microsoft.com/azure/role-based-access-control/built-in-roles */
const BUILT_IN: Readonly<Record<string, string>> = {
  storageTableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3',
  storageBlobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b',
  serviceBusDataSender: '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39',
  serviceBusDataReceiver: '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0',
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb',
  acrPull: '7f951dda-4ed3-4680-a7ca-43fe172d538d',
};

interface Grant {
  readonly role: string;
  readonly scope: string;
  readonly to: string;
  /** When, if not always. */
  readonly only?: string;
}

const expectedGrants: readonly Grant[] = [
  { role: 'acrPull', scope: 'registry', to: 'principalId', only: 'verify' },
  { role: 'monitoringMetricsPublisher', scope: 'insights', to: 'principalId' },
  { role: 'role.name', scope: 'registry', to: 'principalId' },
  { role: 'serviceBusDataReceiver', scope: 'ownSubscription', to: 'principalId', only: '!empty(forwardSubscription)' },
  { role: 'serviceBusDataReceiver', scope: 'topic', to: 'receiver.principalId', only: 'each of receivers' },
  { role: 'serviceBusDataSender', scope: 'topic', to: 'principalId' },
  { role: 'storageBlobDataOwner', scope: 'account', to: 'principalId' },
  { role: 'storageTableDataContributor', scope: 'account', to: 'principalId' },
];

const sourceOf = (value: unknown): string => String(plain(value as never)).replace(/^\$\{(.*)\}$/s, '$1');

function grantOf({ body, condition, loop }: Placed): Grant {
  const definition = sourceOf(valueAt(body, 'properties.roleDefinitionId'));
  const [, role = definition] =
    /^subscriptionResourceId\('Microsoft\.Authorization\/roleDefinitions', ([\w.]+)\)$/.exec(definition) ?? [];
  const only = loop === undefined ? condition : `each of ${loop}`;
  return {
    ...{ role, scope: sourceOf(valueAt(body, 'scope')), to: sourceOf(valueAt(body, 'properties.principalId')) },
    ...(only === undefined ? {} : { only }),
  };
}

const assignments = 'Microsoft.Authorization/roleAssignments';

export const grants: Rule = (infra) => {
  const texts = (all: readonly Grant[]) => all.map((grant) => JSON.stringify(grant)).sort();
  return expectEqual('grants', texts(made(infra, assignments).map(grantOf)), texts(expectedGrants));
};

/** The same whenever it is deployed, and another one for another scope, principal or role. */
export const assignmentNames: Rule = (infra) =>
  made(infra, assignments).flatMap((assignment) => {
    const { role, scope, to } = grantOf(assignment);
    const name = sourceOf(valueAt(assignment.body, 'name'));
    const expected = `guid(${scope}.id, ${to}, ${role === 'role.name' ? 'role.id' : role})`;
    return expectEqual(`${assignment.file.path}: ${assignment.name}.name`, name, expected);
  });

export const builtInRoles: Rule = (infra) =>
  [...infra.values()].flatMap((file) =>
    [...file.variables].flatMap(([name, value]) => {
      const isId = value.type === 'text' && /^[\da-f]{8}-[\da-f]{4}-/.test(value.text);
      return isId ? expectEqual(`${file.path}: ${name}`, plain(value), BUILT_IN[name]) : [];
    }),
  );

/** What the app asks a registry for, and nothing else. */
export const registryRole: Rule = (infra) => {
  const definitions = made(infra, 'Microsoft.Authorization/roleDefinitions');
  const expected = [
    { actions: Object.values(PERMISSIONS).sort(), notActions: [], dataActions: [], notDataActions: [] },
  ];
  return [
    ...expectEqual('role definitions', definitions.length, 1),
    ...definitions.flatMap(({ body, file }) => {
      const permissions = plain(valueAt(body, 'properties.permissions'));
      const sorted = (permissions as { actions: string[] }[]).map((permission) => ({
        ...permission,
        actions: permission.actions.toSorted(),
      }));
      // The grammar takes a call in an array for two items: so by the text.
      const [, scopes] = /assignableScopes: \[\s*(.*?)\s*\]/s.exec(file.source) ?? [];
      return [
        ...expectEqual('registry role', sorted, expected),
        ...expectEqual('registry role: scopes', scopes, 'resourceGroup().id'),
      ];
    }),
  ];
};
