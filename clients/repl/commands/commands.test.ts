import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainWords, words } from './arguments.ts';
import { parseCopy } from './copy.ts';
import { crosstab } from './crosstab.ts';
import { patternCondition, patternParts } from './pattern.ts';

const patterns: [string, (string | null)[]][] = [
  ['orders', ['^(orders)$']],
  ['Orders', ['^(orders)$']],
  ['"Orders"', ['^(Orders)$']],
  ['ord*', ['^(ord.*)$']],
  ['o?d', ['^(o.d)$']],
  ['public.*', ['^(public)$', null]],
  ['*.orders', [null, '^(orders)$']],
  ['"a.b"."c*""d"', ['^(a\\.b)$', '^(c\\*"d)$']],
  ['a$b', ['^(a\\$b)$']],
  ['[ab]x|y', ['^([ab]x|y)$']],
];
for (const [pattern, right] of patterns) {
  test(`psql’s pattern ${pattern}`, () => assert.deepEqual(patternParts(pattern), right));
}

test('a pattern is a literal of its statement, whatever it holds', () => {
  const columns = { schema: 'n.nspname', name: 'c.relname', visible: 'visible(c.oid)' };
  assert.equal(
    patternCondition("it's; DROP", columns),
    "c.relname OPERATOR(pg_catalog.~) '^(it''s; drop)$' COLLATE pg_catalog.default AND visible(c.oid)",
  );
  assert.match(patternCondition('a\\', columns), / E'\^\(a\\\\\)\$'/);
  assert.equal(patternCondition('*', columns), 'visible(c.oid)');
  assert.equal(patternCondition('*.*', columns), 'true');
  assert.throws(() => patternCondition('a.b', { ...columns, schema: null }), /no schema/);
  assert.throws(() => patternParts('a.b.c'), /too many dots/);
  assert.throws(() => patternParts('"a'), /not closed/);
});

test('arguments are words, texts and names', () => {
  assert.deepEqual(words(` a 'b c' 'it''s' 'x\\ny' "N N" p'q r's `), ['a', 'b c', "it's", 'x\ny', '"N N"', 'pq rs']);
  assert.deepEqual(plainWords('"N ""N" x'), ['N "N', 'x']);
  assert.throws(() => words("a 'b"), /not closed/);
});

const copies: [string, ReturnType<typeof parseCopy>][] = [
  [
    "t from 'a b.csv' (format csv)",
    { statement: 'COPY t FROM STDIN (format csv)', direction: 'from', path: 'a b.csv' },
  ],
  ['t (a, b) FROM ~/x.tsv', { statement: 'COPY t (a, b) FROM STDIN', direction: 'from', path: '~/x.tsv' }],
  [
    "(SELECT 'to' FROM t WHERE a = '(') to out.csv with csv",
    { statement: "COPY (SELECT 'to' FROM t WHERE a = '(') TO STDOUT with csv", direction: 'to', path: 'out.csv' },
  ],
  ['t to stdout;', { statement: 'COPY t TO STDOUT', direction: 'to', path: null }],
  ['t from pstdin', { statement: 'COPY t FROM STDIN', direction: 'from', path: null }],
  ["\"from\" from 'it''s'", { statement: 'COPY "from" FROM STDIN', direction: 'from', path: "it's" }],
  ["t from program 'id'", 'program'],
  ['t', null],
  ['t from', null],
];
for (const [argument, right] of copies) {
  test(`\\copy ${argument}`, () => assert.deepEqual(parseCopy(argument), right));
}

const cube = {
  columns: ['r', 'c', 'v', 's'].map((name) => ({ name, type: 25 })),
  rows: [
    ['a', 'x', '1', '2'],
    ['a', 'y', null, '1'],
    ['b', 'y', '3', '1'],
  ],
};
test('a crosstab has the values of one column across, in their order or a column’s', () => {
  const turned = (given: string[]) => {
    const { columns, rows } = crosstab(cube, given);
    return [columns.map(({ name }) => name), ...rows];
  };
  assert.deepEqual(turned(['r', 'c', 'v']), [
    ['r', 'x', 'y'],
    ['a', '1', null],
    ['b', '', '3'],
  ]);
  assert.deepEqual(turned(['1', '2', '3', 's'])[0], ['r', 'y', 'x']);
  assert.throws(() => turned(['r', 'c']), /Which column/);
  assert.throws(() => turned(['r', 'nope', 'v']), /not a column/);
  assert.throws(() => turned(['s', 'c', 'v']), /two values|same column/);
  assert.throws(() => crosstab({ ...cube, columns: cube.columns.slice(0, 2) }, []), /at least three/);
});
