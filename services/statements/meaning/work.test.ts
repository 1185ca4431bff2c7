import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { type Cluster, startPostgres } from '../../../test/helpers/postgres.ts';
import { type CatalogueAnalyser, makeAnalyser } from '../analyser.ts';
import type { AnalysisContext } from '../analysis.ts';
import { loadParser } from '../parse.ts';
import { cataloguesOf } from '../testing/connect.ts';
import { DEFAULT_STEPS, OverWork, Work } from './work.ts';

const context: AnalysisContext = { target: 'shop', searchPath: 'public', mode: 'read', login: 'reader' };
let cluster: Cluster;
let analyser: CatalogueAnalyser;
/** One that is given half of the steps. */
let frugal: CatalogueAnalyser;

before(async () => {
  await loadParser();
  cluster = await startPostgres();
  const columns = Array.from({ length: 1_500 }, (_, i) => `c${i} int`).join();
  await cluster.sql(`CREATE TABLE narrow (a int); CREATE TABLE wide (${columns})`);
  await cluster.sql(await readFile(new URL('../testing/schema.sql', import.meta.url), 'utf8'));
  const catalogues = cataloguesOf(cluster);
  analyser = makeAnalyser({ catalogues });
  frugal = makeAnalyser({ catalogues, steps: { statement: DEFAULT_STEPS.statement / 2 } });
});

after(async () => {
  await analyser?.close();
  await frugal?.close();
  await cluster?.remove();
});

const times = (n: number, one: (i: number) => string, between = ', ') =>
  Array.from({ length: n }, (_, i) => one(i)).join(between);

function nested(levels: number, around: (inner: string, level: number) => string, innermost: string): string {
  return Array.from({ length: levels }, (_, i) => i).reduce(around, innermost);
}

/** Each grows beyond its own size in another way. Without a bound the first ends the process, the second takes 13 s. */
const HOSTILE: Record<string, string> = {
  'columns doubled at each level': nested(40, (inner) => `SELECT *, * FROM (${inner}) a`, 'SELECT * FROM narrow'),
  'natural joins of a wide table': `SELECT * FROM wide w ${times(100, (i) => `NATURAL JOIN wide w${i}`, ' ')}`,
  'CTEs that double': `WITH w0 AS (SELECT * FROM narrow), ${times(25, (i) => `w${i + 1} AS (SELECT * FROM w${i} x, w${i} y)`)} SELECT * FROM w25`,
  'many wide tables beside each other': `SELECT * FROM ${times(300, (i) => `wide w${i}`)}`,
  'names that many tables could have': `SELECT ${times(2_000, (i) => `c${i % 7}`)} FROM ${times(150, (i) => `wide w${i}`)}`,
  'names of an outermost level': `SELECT (${nested(400, (inner, i) => `SELECT (${inner}) FROM wide w${i}`, `SELECT ${times(700, () => 'zz')}`)}) FROM (SELECT 1 AS zz) s`,
  'whole rows': `SELECT ${times(1_000, (i) => `w${i % 100}`)} FROM ${times(100, (i) => `wide w${i}`)}`,
  'a row against many rows': `SELECT 1 FROM wide WHERE (${times(1_400, (i) => `c${i}`)}) IN (${times(1_400, (i) => `ROW(c${i})`)})`,
  'unions of wide tables': times(300, () => 'SELECT * FROM wide', ' UNION '),
  'one query for many columns': `UPDATE wide SET (${times(1_400, (i) => `c${i}`)}) = (SELECT * FROM wide)`,
  'many functions in one item': `SELECT * FROM ROWS FROM (${times(1_000, () => 'generate_series(1, 2)')}) x`,
};

for (const [name, text] of Object.entries(HOSTILE)) {
  test(`promise 3: looking up names is bounded, and what is over the bound is refused: ${name}`, async () => {
    assert.ok(text.length <= 64 * 1024, 'it fits into a text');
    const analysis = await analyser.analyse(text, context);
    assert.equal(
      analysis.kind === 'refused' && analysis.code,
      'limit_exceeded',
      JSON.stringify(analysis).slice(0, 200),
    );
    assert.equal((await analyser.analyse('SELECT a FROM narrow', context)).kind, 'statements');
  });
}

const WIDE: Record<string, string> = {
  'all columns of a wide table': 'SELECT * FROM wide',
  'as many columns of fifty joined tables as PostgreSQL takes': `SELECT ${times(1_664, (i) => `x${i % 50}.c${i % 1500}`)} FROM wide x0 ${times(49, (i) => `LEFT JOIN wide x${i + 1} ON x${i + 1}.c0 = x${i}.c1`, ' ')}`,
  'a thousand values in a list': `SELECT 1 FROM narrow WHERE a IN (${times(1_000, (i) => `$${i + 1}`)})`,
  // Longer than is looked into: it costs what one costs that is not known.
  'a long search_path in many statements': `SET search_path = ${times(8_000, (i) => `s${i}`)}; ${times(199, () => 'SELECT a FROM narrow', ';')}`,
  'many statements': times(500, (i) => `SELECT a FROM narrow WHERE a = ${i}`, '; '),
};

test('promise 11: what people write takes a fraction of the bound', async () => {
  const honest = (await readFile(new URL('../testing/honest.sql', import.meta.url), 'utf8')).split(/;\s*$/m);
  for (const text of [...honest, ...Object.values(WIDE)]) {
    const analysis = await frugal.analyse(text, context);
    assert.notEqual(analysis.kind === 'refused' && analysis.code, 'limit_exceeded', text.slice(0, 200));
  }
});

test('while a text of many statements is looked at, other sessions have their turns', async () => {
  await analyser.analyse('SELECT * FROM wide', context);
  let turns = 0;
  let going = true;
  // Short enough to be parsed on this thread: without a pause it would be done before the first turn.
  const analysing = analyser.analyse(
    times(200, () => 'SELECT * FROM wide', ';'),
    context,
  );
  const others = (async () => {
    for (; going; turns++) await setImmediate();
  })();
  const analysis = await analysing;
  going = false;
  await others;
  assert.equal(analysis.kind === 'statements' && analysis.statements.length, 200);
  // 200 times 1,500 columns, a turn after each 20,000 steps.
  assert.ok(turns >= 10, `${turns} turns`);
});

test('a text of more statements than can be decided and recorded at once is refused, in both modes', async () => {
  for (const mode of ['read', 'write'] as const) {
    const kinds = [500, 501].map(async (n) => {
      const analysis = await analyser.analyse(
        times(n, () => 'SELECT 1', ';'),
        { ...context, mode },
      );
      return analysis.kind === 'refused' ? analysis.code : analysis.kind;
    });
    assert.deepEqual(await Promise.all(kinds), ['statements', 'limit_exceeded']);
  }
});

test('steps are counted for each statement and over all of a text, and the one that is too many throws', () => {
  const work = new Work({ statement: 150, text: 240 });
  work.next();
  work.spend(50);
  assert.throws(() => work.spend(1), OverWork);
  const next = new Work({ statement: 150, text: 240 });
  next.next();
  next.spend(40);
  next.next();
  assert.throws(() => next.spend(1), OverWork);
});
