import { describe, expect, it } from 'vitest';
import type { FilterInput } from '../../../src/local/broker/filter-input.ts';
import { evaluate } from '../../../src/local/broker/sql-evaluate.ts';
import { parseSqlFilter } from '../../../src/local/broker/sql-filter.ts';
import { SqlFilterError } from '../../../src/local/broker/sql-tokens.ts';

const input: FilterInput = {
  message_id: 'm-1',
  subject: 'web:1.2',
  group_id: 'contoso/web:1.2',
  application_properties: {
    type: 'replication.completed',
    repository: 'public/products/web',
    tag: 'v1_50%',
    note: "it's",
    lines: 'one\ntwo',
    lagSeconds: 90,
    isLagging: false,
    nothing: null,
    'my prop': 'spaced',
    'a]b': 'bracket',
    'a"b': 'quote',
    order: 'keyword elsewhere',
    constructor: 'own',
  },
};

const truth = (sql: string) => evaluate(parseSqlFilter(sql), input);

type Row = { sql: string; expected: boolean | undefined };
const rows = (name: string, table: Row[]) =>
  describe(name, () => {
    it.for(table)('$sql is $expected', ({ sql, expected }) => {
      expect(truth(sql)).toBe(expected);
    });
  });

rows('comparison', [
  { sql: "type = 'replication.completed' AND repository = 'public/products/web'", expected: true },
  { sql: "type = 'Replication.Completed'", expected: false },
  { sql: "TYPE = 'replication.completed'", expected: true },
  { sql: "type <> 'other'", expected: true },
  { sql: "type != 'other'", expected: true },
  { sql: "type <> 'replication.completed'", expected: false },
  { sql: 'lagSeconds < 91', expected: true },
  { sql: 'lagSeconds < 90', expected: false },
  { sql: 'lagSeconds <= 90', expected: true },
  { sql: 'lagSeconds <= 89', expected: false },
  { sql: 'lagSeconds > 89', expected: true },
  { sql: 'lagSeconds > 90', expected: false },
  { sql: 'lagSeconds >= 90', expected: true },
  { sql: 'lagSeconds >= 91', expected: false },
  { sql: "type >= 'replication.c' and type < 'replication.d'", expected: true },
  { sql: "note = 'it''s'", expected: true },
  { sql: 'lagSeconds = 90.0 AND lagSeconds = 9.0E1 AND lagSeconds > -5 AND lagSeconds > +5', expected: true },
  { sql: 'isLagging = FALSE', expected: true },
  { sql: 'isLagging <> true', expected: true },
  { sql: '90 = lagSeconds', expected: true },
  { sql: 'lagSeconds = LagSeconds', expected: true },
  { sql: '1=1', expected: true },
]);

rows('values of two types, and the order of booleans, are unknown', [
  { sql: "lagSeconds = '90'", expected: undefined },
  { sql: "lagSeconds <> '90'", expected: undefined },
  { sql: 'isLagging = 0', expected: undefined },
  { sql: 'isLagging < TRUE', expected: undefined },
]);

rows('an absent property is unknown', [
  { sql: "region = 'westeurope'", expected: undefined },
  { sql: "region <> 'westeurope'", expected: undefined },
  { sql: "NOT region = 'westeurope'", expected: undefined },
  { sql: "region IN ('westeurope')", expected: undefined },
  { sql: "region NOT IN ('westeurope')", expected: undefined },
  { sql: "region LIKE '%'", expected: undefined },
  { sql: "region NOT LIKE '%'", expected: undefined },
  { sql: "nothing = 'x'", expected: undefined },
  { sql: "sys.CorrelationId = 'x'", expected: undefined },
  { sql: "region = 'x' OR 1=1", expected: true },
  { sql: "region = 'x' OR 1=2", expected: undefined },
  { sql: "region = 'x' AND 1=1", expected: undefined },
  { sql: "region = 'x' AND 1=2", expected: false },
  { sql: "1=2 AND region = 'x'", expected: false },
  { sql: "1=1 OR region = 'x'", expected: true },
]);

rows('IS NULL and EXISTS', [
  { sql: 'region IS NULL', expected: true },
  { sql: 'region IS NOT NULL', expected: false },
  { sql: 'nothing IS NULL', expected: true },
  { sql: 'type is null', expected: false },
  { sql: 'type IS NOT NULL', expected: true },
  { sql: 'EXISTS(type)', expected: true },
  { sql: 'EXISTS (region)', expected: false },
  { sql: 'NOT EXISTS(region)', expected: true },
  { sql: 'EXISTS(nothing)', expected: true },
  { sql: 'EXISTS(user.[my prop])', expected: true },
  { sql: 'EXISTS(sys.Label)', expected: true },
  { sql: 'EXISTS(sys.ReplyTo)', expected: false },
]);

rows('IN', [
  { sql: "type IN ('a', 'replication.completed')", expected: true },
  { sql: "type IN ('a')", expected: false },
  { sql: "type NOT IN ('a', 'b')", expected: true },
  { sql: "type NOT IN ('replication.completed')", expected: false },
  { sql: 'lagSeconds IN (1, 90)', expected: true },
  { sql: "type IN (region, 'replication.completed')", expected: true },
  { sql: "type IN (region, 'a')", expected: undefined },
]);

rows('LIKE', [
  { sql: "repository LIKE 'public/%'", expected: true },
  { sql: "repository LIKE 'public'", expected: false },
  { sql: "repository LIKE '%products%'", expected: true },
  { sql: "repository LIKE 'Public/%'", expected: false },
  { sql: "repository NOT LIKE 'private/%'", expected: true },
  { sql: "repository LIKE 'public_products_web'", expected: true },
  { sql: "repository LIKE 'public__products_web'", expected: false },
  { sql: "type LIKE 'replication.completed'", expected: true },
  { sql: "type LIKE 'replication_completed'", expected: true },
  { sql: "type LIKE 'replication.complete.'", expected: false },
  { sql: "tag LIKE 'v1\\_50\\%' ESCAPE '\\'", expected: true },
  { sql: "tag LIKE 'v1!_5!%' ESCAPE '!'", expected: false },
  { sql: "sys.Label LIKE '%:1.2'", expected: true },
  { sql: "lines LIKE 'one%two'", expected: true },
  { sql: "lagSeconds LIKE '9%'", expected: undefined },
]);

rows('names and scopes', [
  { sql: "user.type = 'replication.completed'", expected: true },
  { sql: "USER.[type] = 'replication.completed'", expected: true },
  { sql: "sys.label = 'web:1.2' AND sys.Subject = 'web:1.2'", expected: true },
  { sql: "sys.SessionId = 'contoso/web:1.2' AND sys.MessageId = 'm-1'", expected: true },
  { sql: "label = 'web:1.2'", expected: undefined },
  { sql: "[my prop] = 'spaced'", expected: true },
  { sql: '"my prop" = \'spaced\'', expected: true },
  { sql: "[a]]b] = 'bracket'", expected: true },
  { sql: '"a""b" = \'quote\'', expected: true },
  { sql: "order = 'keyword elsewhere'", expected: true },
  { sql: "constructor = 'own' AND toString IS NULL", expected: true },
]);

rows('NOT binds before AND, AND before OR, and parentheses before all', [
  { sql: '1=1 OR 1=1 AND 1=2', expected: true },
  { sql: '(1=1 OR 1=1) AND 1=2', expected: false },
  { sql: 'NOT 1=2 AND 1=2', expected: false },
  { sql: 'NOT (1=2 AND 1=2)', expected: true },
  { sql: 'NOT NOT 1=1', expected: true },
  { sql: '((1=2) or ((1=1)))', expected: true },
]);

describe('a filter that is not valid says where, what was expected and what came', () => {
  it.for([
    { sql: '', expected: 'Expected a property or a value at position 1, got the end' },
    { sql: 'tag', expected: 'Expected a comparison, IN, LIKE or IS at position 4, got the end' },
    { sql: "'a'", expected: 'Expected a comparison, IN or LIKE at position 4, got the end' },
    { sql: 'tag =', expected: 'Expected a property or a value at position 6, got the end' },
    { sql: "tag == 'v1'", expected: 'Expected a property or a value at position 6, got =' },
    { sql: "tag = 'v1' type = 'x'", expected: 'Expected AND, OR or the end at position 12, got type' },
    { sql: "tag = 'v1", expected: "Expected a string that ends with ' at position 7, got 'v1" },
    { sql: "[tag = 'v1'", expected: 'Expected a name in brackets that is not empty and ends with ] at position 1' },
    { sql: "[] = 'v1'", expected: 'Expected a name in brackets that is not empty and ends with ] at position 1' },
    { sql: '"tag = 1', expected: 'Expected a name in double quotes that is not empty and ends with " at position 1' },
    { sql: "(tag = 'v1'", expected: 'Expected AND, OR or ) at position 12, got the end' },
    { sql: "tag = 'v1')", expected: 'Expected AND, OR or the end at position 11, got )' },
    { sql: 'tag IS 1', expected: 'Expected NULL or NOT NULL after IS at position 8, got 1' },
    { sql: 'tag IS NOT 1', expected: 'Expected NULL after IS NOT at position 12, got 1' },
    { sql: '1 IS NULL', expected: 'Expected a comparison, IN or LIKE at position 3, got IS' },
    { sql: 'tag NOT NULL', expected: 'Expected IN or LIKE after NOT at position 9, got NULL' },
    { sql: 'tag = NULL', expected: 'Expected a value (only IS NULL tests for NULL) at position 7, got NULL' },
    { sql: 'tag IN ()', expected: 'Expected a property or a value at position 9, got )' },
    { sql: "tag IN 'v1'", expected: "Expected ( after IN at position 8, got 'v1'" },
    { sql: "tag IN ('v1' 'v2')", expected: "Expected , or ) in the list of IN at position 14, got 'v2'" },
    { sql: 'tag LIKE other', expected: 'Expected a pattern in single quotes after LIKE at position 10, got other' },
    {
      sql: "tag LIKE 'a' ESCAPE '!!'",
      expected: 'Expected one character in single quotes after ESCAPE at position 21',
    },
    { sql: "tag LIKE 'a!' ESCAPE '!'", expected: "Expected a pattern that doesn't end with its escape character !" },
    { sql: 'EXISTS tag', expected: 'Expected ( after EXISTS at position 8, got tag' },
    { sql: "EXISTS('tag')", expected: "Expected a property at position 8, got 'tag'" },
    { sql: 'EXISTS(tag', expected: 'Expected ) after the property at position 11, got the end' },
    { sql: "image.tag = 'v1'", expected: 'Expected the scope sys or user before the dot' },
    { sql: "sys.Lable = 'x'", expected: 'Expected a system property (one of messageid,' },
    { sql: "sys. = 'x'", expected: 'Expected a property after the dot at position 6, got =' },
    { sql: "AND = 'x'", expected: 'Expected a property or a value at position 1, got AND' },
    { sql: 'lag = 9007199254740992', expected: 'Expected a whole number up to 9007199254740991 at position 7' },
    { sql: "tag = 'v1';", expected: 'Expected a property, a value or an operator at position 11, got ;' },
  ])('$sql', ({ sql, expected }) => {
    expect(() => parseSqlFilter(sql)).toThrow(SqlFilterError);
    expect(() => parseSqlFilter(sql)).toThrow(expected);
    expect(() => parseSqlFilter(sql)).toThrow(`in SQL filter: ${sql}`);
  });
});

describe('what Azure has and the local broker has not is refused, not ignored', () => {
  it.for([
    { sql: 'lag + 1 > 2', expected: 'no arithmetic here; a name with such a character is written in [brackets]' },
    { sql: "my-prop = 'x'", expected: 'a name with such a character is written in [brackets]' },
    { sql: 'lag = -other', expected: 'a number after - (the local broker has no arithmetic)' },
    { sql: "property('tag') = 'v1'", expected: 'no parenthesis after property (the local broker has no functions)' },
    { sql: 'tag = @tag', expected: 'a value written out (the local broker has no filter parameters)' },
    { sql: "_tag = 'v1'", expected: 'any other name is written in [brackets]' },
  ])('$sql', ({ sql, expected }) => {
    expect(() => parseSqlFilter(sql)).toThrow(expected);
  });
});

describe('the length of a filter is bounded', () => {
  const ofLength = (length: number) => `tag = '${'x'.repeat(length - 8)}'`;

  it.for([
    { name: 'just below the limit', length: 1023 },
    { name: 'at the limit', length: 1024 },
  ])('$name it is accepted', ({ length }) => {
    expect(ofLength(length)).toHaveLength(length);
    expect(truth(ofLength(length))).toBe(false);
  });

  it('above the limit it is refused', () => {
    expect(() => parseSqlFilter(ofLength(1025))).toThrow('Expected a SQL filter of at most 1024 characters, got 1025');
  });

  it('as deep as the limit allows it still parses', () => {
    expect(truth(`${'('.repeat(500)}1=1${')'.repeat(500)}`)).toBe(true);
  });
});
