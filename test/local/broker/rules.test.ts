import { describe, expect, it } from 'vitest';
import { type CorrelationFilter, compileRule } from '../../../src/local/broker/rules.ts';

const message = {
  message_id: 'm-1',
  correlation_id: 'c-1',
  to: 'to',
  reply_to: 'reply',
  reply_to_group_id: 'reply-session',
  subject: 'web:1.2',
  group_id: 'session',
  content_type: 'application/cloudevents+json',
  application_properties: { type: 'replication.completed', lagSeconds: 90, isLagging: true },
};

describe('a correlation filter matches when every value that it gives is equal', () => {
  const table: { name: string; correlation: CorrelationFilter; expected: boolean }[] = [
    { name: 'correlation id', correlation: { correlationId: 'c-1' }, expected: true },
    { name: 'message id', correlation: { messageId: 'm-1' }, expected: true },
    { name: 'to', correlation: { to: 'to' }, expected: true },
    { name: 'reply to', correlation: { replyTo: 'reply' }, expected: true },
    { name: 'reply to session', correlation: { replyToSessionId: 'reply-session' }, expected: true },
    { name: 'label', correlation: { label: 'web:1.2' }, expected: true },
    { name: 'subject', correlation: { subject: 'web:1.2' }, expected: true },
    { name: 'session', correlation: { sessionId: 'session' }, expected: true },
    { name: 'content type', correlation: { contentType: 'application/cloudevents+json' }, expected: true },
    { name: 'text property', correlation: { properties: { type: 'replication.completed' } }, expected: true },
    { name: 'number property', correlation: { properties: { lagSeconds: 90 } }, expected: true },
    { name: 'boolean property', correlation: { properties: { isLagging: true } }, expected: true },
    { name: 'all given are equal', correlation: { subject: 'web:1.2', sessionId: 'session' }, expected: true },
    { name: 'one of two differs', correlation: { subject: 'web:1.2', sessionId: 'other' }, expected: false },
    { name: 'case differs', correlation: { subject: 'WEB:1.2' }, expected: false },
    { name: 'type differs', correlation: { properties: { lagSeconds: '90' } }, expected: false },
    { name: 'property is absent', correlation: { properties: { region: 'westeurope' } }, expected: false },
  ];

  it.for(table)('$name', ({ correlation, expected }) => {
    expect(compileRule({ correlation })(message)).toBe(expected);
  });
});

describe('a SQL filter matches only when it is true', () => {
  it.for([
    { name: 'true', sql: 'lagSeconds = 90', expected: true },
    { name: 'false', sql: 'lagSeconds = 91', expected: false },
    { name: 'unknown', sql: 'absent = 90', expected: false },
    { name: 'not unknown', sql: 'NOT absent = 90', expected: false },
  ])('$name', ({ sql, expected }) => {
    expect(compileRule({ sql })(message)).toBe(expected);
  });
});

it('no rule matches everything', () => {
  expect(compileRule(undefined)({})).toBe(true);
});

describe('a rule that can not be used is refused', () => {
  it.for([
    { name: 'empty correlation', rule: { correlation: {} }, expected: 'at least one property, got none' },
    {
      name: 'unknown correlation property',
      rule: { correlation: JSON.parse('{"lable":"x"}') },
      expected: 'got "lable": "x"',
    },
    {
      name: 'correlation value that is no text',
      rule: { correlation: JSON.parse('{"to":1}') },
      expected: 'got "to": 1',
    },
    { name: 'invalid SQL', rule: { sql: 'tag =' }, expected: 'Expected a property or a value at position 6' },
  ])('$name', ({ rule, expected }) => {
    expect(() => compileRule(rule)).toThrow(expected);
  });
});
