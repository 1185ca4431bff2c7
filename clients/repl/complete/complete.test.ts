import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CompleteDeps, makeCompleter } from './complete.ts';
import { completionBelow } from './completion.ts';

const TABLES: Record<string, string[]> = {
  'public.orders': ['id', 'customer_id', 'status'],
  'public.order_items': ['id', 'order_id'],
  'public.Odd Name': ['Mixed Case'],
  'sales.deals': ['id', 'amount'],
  'public.bad\u001bname': ['x'],
};
const relations = Object.keys(TABLES).map((each) => {
  const [schema = '', name = ''] = each.split('.');
  return { schema, name, visible: schema === 'public' };
});
const deps: CompleteDeps = {
  names: {
    catalogue: async () => ({
      relations,
      schemas: ['public', 'sales', 'pg_catalog'],
      functions: [
        { schema: 'pg_catalog', name: 'lower', visible: true },
        { schema: 'sales', name: 'total', visible: false },
      ],
      types: ['integer', 'interval'],
      settings: ['statement_timeout', 'search_path', 'timezone'],
    }),
    columns: async ({ schema, name }) => TABLES[`${schema ?? 'public'}.${name}`] ?? [],
    changed: () => {},
  },
  begun: () => '',
  commands: new Map([
    ['d', 'relation'],
    ['dt', 'relation'],
    ['x', 'switch'],
    ['i', 'file'],
    ['c', 'target'],
  ]),
  variables: () => [],
  targets: async () => ['shop', 'stage'],
};

/** `|` is where the cursor stands. */
async function complete(text: string, more: Partial<CompleteDeps> = {}): Promise<string> {
  const cursor = text.indexOf('|');
  const plain = text.replace('|', '');
  const found = await makeCompleter({ ...deps, ...more })(plain, cursor);
  if (!found) return 'nothing';
  const line = `${plain.slice(0, found.from)}${found.insert}|${plain.slice(cursor)}`;
  return found.candidates.length > 1 ? `${line} [${found.candidates.join(' ')}]` : line;
}

const cases: [string, string][] = [
  ['sel|', 'select |'],
  ['SEL|', 'SELECT |'],
  ['EXPLAIN (ANALYZE) upd|', 'EXPLAIN (ANALYZE) upd|'.replace('upd|', 'update |')],
  ['SELECT * FROM ord|', 'SELECT * FROM order| [order_items orders]'],
  ['SELECT * FROM orders, order_|', 'SELECT * FROM orders, order_items |'],
  ['SELECT * FROM a WHERE x IN (1, order_|', 'nothing'],
  ['SELECT * FROM "Odd|', 'SELECT * FROM "Odd Name" |'],
  ['UPDATE orders SET sta|', 'UPDATE orders SET status |'],
  ['SELECT o.cus| FROM orders o', 'SELECT o.customer_id | FROM orders o'],
  [
    'SELECT i.| FROM orders o JOIN order_items AS i ON true',
    'SELECT i.| FROM orders o JOIN order_items AS i ON true [id order_id]',
  ],
  ['SELECT "Mi| FROM "Odd Name"', 'SELECT "Mixed Case" | FROM "Odd Name"'],
  ['SELECT * FROM sales.|', 'SELECT * FROM sales.deals |'],
  ['SELECT am| FROM sales.deals', 'SELECT amount | FROM sales.deals'],
  ['SELECT low|', 'SELECT lower(|'],
  ['SELECT * FROM sal|', 'SELECT * FROM sales.|'],
  ['SELECT * fro|', 'SELECT * from |'],
  ['SET sea|', 'SET search_path |'],
  ['SHOW time|', 'SHOW timezone |'],
  ['SET search_path = pub|', 'nothing'],
  ['SELECT 1::int|', 'SELECT 1::inte| [integer interval]'],
  ["SELECT 'sel|", 'nothing'],
  ['SELECT 1 -- sel|', 'nothing'],
  ['SELECT $$sel|', 'nothing'],
  ['SELECT * FROM bad|', 'nothing'],
  ['\\d ord|', '\\d order| [order_items orders]'],
  ['\\dt+ sales.|', '\\dt+ sales.deals |'],
  ['\\x o|', '\\x o| [off on]'],
  ['\\c sh|', '\\c shop |'],
  ['\\d|', '\\d| [\\d \\dt]'],
  ['SELECT 1 \\x|', 'SELECT 1 \\x |'],
];
for (const [text, right] of cases) {
  test(`Tab completes ${JSON.stringify(text)}`, async () => assert.equal(await complete(text), right));
}

test('what was begun in earlier lines counts', async () => {
  assert.equal(await complete('WHERE sta|', { begun: () => 'SELECT *\nFROM orders' }), 'WHERE status |');
});

test('nothing is known where the session may not be asked: keywords are offered', async () => {
  const names = { ...deps.names, catalogue: async () => null };
  assert.equal(await complete('SELECT * fro|', { names }), 'SELECT * from |');
  assert.equal(await complete('\\d ord|', { names }), 'nothing');
});

test('the list fits the screen, and says what it leaves out', () => {
  const names = Array.from({ length: 40 }, (_, i) => `name_${i}`);
  const lines = completionBelow(names, 60, 4);
  assert.equal(lines.length, 4);
  assert.ok(lines.every((line) => line.length < 60));
  assert.match(lines.at(-1) ?? '', /^… \d+ more$/);
  assert.deepEqual(completionBelow(['a\u001b[2J', 'b'], 80, 4), ['a\\x1b[2J  b']);
});
