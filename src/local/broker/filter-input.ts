import type { Message } from 'rhea';

/** Names of `sys.` in a SQL filter (compared in lower case) and the field of the AMQP message that holds each. */
export const SYSTEM_FIELDS = {
  messageid: 'message_id',
  correlationid: 'correlation_id',
  label: 'subject',
  subject: 'subject',
  sessionid: 'group_id',
  to: 'to',
  replyto: 'reply_to',
  replytosessionid: 'reply_to_group_id',
  contenttype: 'content_type',
} as const satisfies Record<string, keyof Message>;

export type SystemProperty = keyof typeof SYSTEM_FIELDS;

export function isSystemProperty(name: string): name is SystemProperty {
  return Object.hasOwn(SYSTEM_FIELDS, name);
}

/** The part of a message that rules look at. */
export type FilterInput = Pick<Message, (typeof SYSTEM_FIELDS)[SystemProperty] | 'application_properties'>;

/** Ids may be numbers or bytes in AMQP; filters compare them as text. */
export function systemValue(input: FilterInput, name: SystemProperty): string | undefined {
  const value = input[SYSTEM_FIELDS[name]] ?? undefined;
  return value === undefined ? undefined : idText(value);
}

export function idText(id: string | number | Buffer): string {
  return Buffer.isBuffer(id) ? id.toString('hex') : String(id);
}
