import assert from 'node:assert/strict';
import { test } from 'node:test';
import canonicalize from 'canonicalize';
import { canonical } from './canonical.ts';

const COLUMNS: Record<string, unknown>[] = [
  {},
  { start_us: [], form: [] },
  { start_us: [0, -0, 1.5, 1e21, 1e-7, null, 2 ** 53], form: [0, 1], b: [null] },
  { transaction: ['open', null, 'committed'], failed: [{ run: 3, sqlstate: '57014', result: 'error' }], form: [1] },
  { toJSON: [1] },
  { 'not a name': [1], a: [2] },
  { a: [[1, 2], { c: 1, b: 2 }] },
  { a: 'no list', b: [1] },
];

for (const [n, columns] of COLUMNS.entries())
  test(`columns have the text that RFC 8785 gives them: ${n}`, () =>
    assert.equal(canonical(columns), canonicalize(columns)));

const NONE: [string, unknown][] = [
  ['NaN', { a: [1, Number.NaN] }],
  ['Infinity', { a: [Number.POSITIVE_INFINITY] }],
  ['a lone surrogate', { a: ['\ud800'] }],
  ['a NUL character', { a: ['\0'] }],
  ['a NUL character in a text', 'a\0b'],
  ['undefined', undefined],
];
for (const [what, value] of NONE)
  test(`what the ledger could not take has no text: ${what}`, () => assert.throws(() => canonical(value)));

test('what is no number in a list is as the library has it', () =>
  assert.equal(canonical({ a: [undefined, true, true, '', 3] }), canonicalize({ a: [undefined, true, true, '', 3] })));
