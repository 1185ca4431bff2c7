import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeStyle } from '../style.ts';
import { csvLine } from './csv.ts';
import { expanded } from './expanded.ts';
import { cut, shrink, widthOf } from './fit.ts';
import { jsonNames, jsonRow } from './json.ts';
import type { Column } from './result.ts';
import { table } from './table.ts';
import { clockTime } from './times.ts';
import { visible, visibleLine } from './visible.ts';

const style = makeStyle(false);
const column = (name: string, type = 25): Column => ({ name, type });

test('a table aligns by what is seen, numbers to the right, NULL unlike an empty text', () => {
  const found = table(
    [column('id', 23), column('name')],
    [
      ['1', '日本'],
      ['23', ''],
      [null, null],
    ],
    { width: 80, style },
  );
  assert.deepEqual(found, {
    lines: [' id | name', '----+------', '  1 | 日本', ' 23 |', '  ∅ | ∅'],
    cut: false,
  });
});

test('a table that is too wide has its widest columns cut until it fits, and says so', () => {
  const columns = [column('a'), column('b'), column('c')];
  const found = table(columns, [['x'.repeat(50), 'y'.repeat(30), 'short']], { width: 40, style });
  assert.ok(found?.cut);
  for (const line of found.lines) assert.ok(widthOf(line) <= 40, line);
  assert.match(found.lines[2] ?? '', /x…/);
  assert.match(found.lines[2] ?? '', /short/);
});

test('a table of too many columns does not fit at all, and away from a terminal nothing is cut', () => {
  const columns = Array.from({ length: 20 }, (_, i) => column(`column ${i}`));
  const row = columns.map(() => 'z'.repeat(30));
  assert.equal(table(columns, [row], { width: 100, style }), null);
  assert.equal(table(columns, [row], { width: null, style })?.cut, false);
});

test('shrinking takes from the widest first and keeps the least', () => {
  assert.deepEqual(shrink([10, 20, 30], 60, 8), [10, 20, 30]);
  assert.deepEqual(shrink([10, 20, 30], 50, 8), [10, 20, 20]);
  assert.deepEqual(
    shrink([10, 20, 30], 40, 8)?.reduce((a, b) => a + b),
    40,
  );
  assert.deepEqual(shrink([3, 20, 30], 19, 8), [3, 8, 8]);
  assert.equal(shrink([3, 20, 30], 18, 8), null);
  assert.deepEqual(shrink([], 10, 8), []);
});

test('a text is cut between what is seen as characters', () => {
  assert.equal(cut('abcdef', 4), 'abc…');
  assert.equal(cut('日本語', 4), '日…');
  assert.equal(cut('e\u0301e\u0301e\u0301', 2), 'e\u0301…');
});

test('expanded output keeps lines and cuts nothing', () => {
  assert.deepEqual(expanded([column('id'), column('note')], [['1', `a\n${'b'.repeat(99)}`]], style), [
    '-[ row 1 ]'.padEnd(30, '-'),
    'id   | 1',
    'note | a',
    `     | ${'b'.repeat(99)}`,
  ]);
});

test('what data holds is shown to a terminal, not obeyed by it', () => {
  assert.equal(visible('a\u001b[31mred\u0007\u009b2J'), 'a\\x1b[31mred\\x07\\x9b2J');
  assert.equal(visible('left\u202eright'), 'left\\u202eright');
  assert.equal(visible('progress\rgone'), 'progress\\rgone');
  assert.equal(visibleLine('a\nb\tc'), 'a↵b  c');
  const found = table([column('\u001b]0;title\u0007')], [['\u001b[2J']], { width: 80, style });
  assert.equal(found?.lines.join('').includes('\u001b'), false);
});

test('CSV tells NULL from an empty text and quotes what it must', () => {
  assert.equal(
    csvLine(['a', null, '', 'b,c', 'say "hi"', 'x\ny', ' s', '\\.']),
    'a,,"","b,c","say ""hi""","x\ny"," s","\\."\n',
  );
});

test('JSON keeps every digit, embeds json, and is JSON whatever the value', () => {
  const columns = [
    column('a', 20),
    column('a', 1700),
    column('b', 16),
    column('c', 3802),
    column('d'),
    column('e', 701),
    column('f', 1700),
  ];
  const names = jsonNames(columns);
  assert.deepEqual(names, ['a', 'a_2', 'b', 'c', 'd', 'e', 'f']);
  const text = jsonRow(columns, names, ['9223372036854775807', '1.10', 't', '{"x": [1]}', 'q"\n', 'NaN', null]);
  assert.equal(text, '{"a":9223372036854775807,"a_2":1.10,"b":true,"c":{"x": [1]},"d":"q\\"\\n","e":"NaN","f":null}');
  assert.doesNotThrow(() => JSON.parse(text));
});

test('JSON has arrays as arrays, whatever is in them', () => {
  const columns = [column('a', 1007), column('b', 1009), column('c', 1000), column('d', 3807), column('e', 99_999)];
  const row = ['{{1,NULL},{3,4}}', '{"a \\"b\\", {c}",NULL,"NULL",d\\,e,""}', '{t,f}', '{"{\\"x\\": [1]}"}', '{1}'];
  assert.deepEqual(JSON.parse(jsonRow(columns, jsonNames(columns), row)), {
    a: [
      [1, null],
      [3, 4],
    ],
    b: ['a "b", {c}', null, 'NULL', 'd,e', ''],
    c: [true, false],
    d: [{ x: [1] }],
    e: '{1}',
  });
  assert.equal(jsonRow([column('a', 1007)], ['a'], ['[0:1]={1,2}']), '{"a":[1,2]}');
  assert.equal(jsonRow([column('a', 1007)], ['a'], ['{}']), '{"a":[]}');
});

test('times are short, and say their zone', () => {
  const now = new Date(2026, 10, 24, 9, 0);
  assert.equal(clockTime(new Date(2026, 10, 24, 14, 5), now).replace(/ \S+$/, ' ZONE'), '14:05 ZONE');
  assert.equal(clockTime(new Date(2026, 10, 25, 1, 5), now).replace(/ \S+$/, ' ZONE'), '2026-11-25 01:05 ZONE');
});
