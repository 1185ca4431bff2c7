import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Cluster, startPostgres } from '../../test/helpers/postgres.ts';
import { type CatalogueAnalyser, makeAnalyser } from './analyser.ts';
import type { Analysis, AnalysisContext } from './analysis.ts';
import { cataloguesOf } from './testing/connect.ts';

const context: AnalysisContext = { target: 'shop', searchPath: '"$user", public', mode: 'read', login: 'reader' };
let cluster: Cluster;
let analyser: CatalogueAnalyser;

before(async () => {
  cluster = await startPostgres();
  await cluster.sql('CREATE TABLE t (id int, a int, n int, name text); CREATE TABLE s (id int)');
  analyser = makeAnalyser({ catalogues: cataloguesOf(cluster) });
});

after(async () => {
  await analyser?.close();
  await cluster?.remove();
});

async function statement(sql: string, mode: 'read' | 'write' = 'read') {
  const analysis = await analyser.analyse(sql, { ...context, mode });
  assert.equal(analysis.kind, 'statements', JSON.stringify(analysis));
  const [first] = (analysis as Extract<Analysis, { kind: 'statements' }>).statements;
  assert.ok(first);
  return first;
}

const any = (value: object) => ({ is: null, value });
const time = (literal: string) => any({ literal });
const sudo = (options: object[], column = 'sudo', reason = 'x') => ({
  name: 'sudo',
  reason: { literal: reason },
  options,
  column,
});

test('a text is a command only when it is that one call alone', async () => {
  const commands: [string, unknown][] = [
    ["SELECT sudo('fix order 4211')", sudo([], 'sudo', 'fix order 4211')],
    ["select sudo('x', '10 min');", sudo([time('10 min')])],
    ['SELECT sudo($1, $2::text)', { ...sudo([any({ parameter: 2 })]), reason: { parameter: 1 } }],
    ["SELECT sudo('x', $1::interval)", sudo([any({ parameter: 1, interval: true })])],
    ["SELECT sudo('x', INTERVAL '5' MINUTE)", sudo([time('5 minute')])],
    ["SELECT sudo('x', '5 min'::interval)", sudo([time('5 min')])],
    ["SELECT sudo('x', '5 min', 'transaction')", sudo([time('5 min'), time('transaction')])],
    [
      "SELECT sudo('x', '5 min', 'transaction', 'break-glass')",
      sudo([time('5 min'), time('transaction'), time('break-glass')]),
    ],
    [
      "SELECT sudo(scope => 'transaction', reason => 'x', duration => '5 min')",
      sudo([
        { is: 'scope', value: { literal: 'transaction' } },
        { is: 'time', value: { literal: '5 min' } },
      ]),
    ],
    ["SELECT sudo('x') AS sudo_1", sudo([], 'sudo_1')],
    ["/* a tool */ SELECT sudo('x') LIMIT 501", sudo([])],
    ["SELECT sudo('x') FETCH FIRST 10 ROWS ONLY", sudo([])],
    ["SELECT * FROM sudo('x')", sudo([])],
    ['SELECT * FROM sudo($1) AS s', { ...sudo([], 's'), reason: { parameter: 1 } }],
    ["SELECT * FROM sudo('x') AS s (done) LIMIT 1", sudo([], 'done')],
    ["SELECT * FROM (SELECT sudo('x') AS a) AS q LIMIT 2000", sudo([], 'a')],
    ["SELECT * FROM (SELECT * FROM sudo('x') AS a) AS q (b) LIMIT 2000", sudo([], 'b')],
    ['SELECT unsudo() -- done', { name: 'unsudo', column: 'unsudo' }],
    ['SELECT "sudo_status"() AS s LIMIT 1', { name: 'sudo_status', column: 's' }],
    ['SHOW sudoql.mode', { name: 'show', parameter: 'sudoql.mode' }],
  ];
  for (const [sql, command] of commands)
    assert.deepEqual(await analyser.analyse(sql, context), { kind: 'command', command }, sql);
  const hidden = [
    "SELECT sudo('x') FROM t",
    "SELECT sudo('x'), 1",
    "SELECT 1; SELECT sudo('x')",
    "EXPLAIN SELECT sudo('x')",
    "WITH a AS (SELECT sudo('x')) SELECT * FROM a",
    "PREPARE p AS SELECT sudo('x')",
    "COPY (SELECT sudo('x')) TO STDOUT",
    "SELECT sudo('x' || version())",
    "SELECT sudo('x') LIMIT 0",
    "SELECT sudo('x') LIMIT $1",
    "SELECT sudo('x') LIMIT (SELECT 1)",
    "SELECT sudo('x') OFFSET 1",
    "SELECT sudo('x') ORDER BY 1",
    "SELECT sudo('x') WHERE true",
    "SELECT DISTINCT sudo('x')",
    "SELECT sudo('x') UNION SELECT 'y'",
    "SELECT sudo('x') FOR UPDATE",
    "SELECT sudo('x') FROM sudo('x')",
    "SELECT * FROM sudo('x'), t",
    "SELECT t.* FROM sudo('x') AS t",
    "SELECT 1 FROM sudo('x')",
    "SELECT * FROM LATERAL sudo('x')",
    "SELECT * FROM sudo('x') WITH ORDINALITY",
    "SELECT * FROM ROWS FROM (sudo('x'))",
    "SELECT * FROM sudo('x') AS t (a text)",
    "SELECT * FROM (SELECT sudo('x')) AS q WHERE true",
    "SELECT * FROM (SELECT sudo('x'), 1) AS q",
    "SELECT * FROM (SELECT sudo('x')) AS q JOIN t ON true",
    "SELECT (SELECT sudo('x'))",
    "SELECT * FROM (SELECT * FROM (SELECT * FROM (SELECT * FROM (SELECT * FROM (SELECT sudo('x')) a) b) c) d) e",
    "SELECT sudo('x', '1 min', 'transaction', 'break-glass', 'y')",
    "SELECT sudo(reason => 'x', reason => 'y')",
    "SELECT sudo('x', because => 'y')",
    "SELECT sudo('x', constructor => 'y')",
    "SELECT sudo('x', INTERVAL '5' YEAR)",
    "SELECT sudo('x', INTERVAL '5:30' MINUTE TO SECOND)",
    "SELECT sudo('x', ARRAY['y'])",
    "SELECT sudo(VARIADIC ARRAY['x'])",
    "SELECT sudo('x') OVER ()",
    "SELECT unsudo('x')",
    "DECLARE c CURSOR FOR SELECT sudo('x')",
    "SELECT sudo(DISTINCT 'x')",
    'SELECT 1; SHOW sudoql.mode',
    "VALUES (sudo('x'))",
    'CALL sudo($1)',
  ];
  for (const sql of hidden) assert.equal((await analyser.analyse(sql, context)).kind, 'command_not_alone', sql);
  assert.equal((await analyser.analyse("SELECT app.sudo('x')", context)).kind, 'statements');
});

test('layer A refuses what the parser would not see whole', async () => {
  const refused: [Uint8Array | string, string][] = [
    ['SELECT 1\0; DROP TABLE t', 'invalid_encoding'],
    [`SELECT '${'\ud800'.repeat(3)}'; DROP TABLE t`, 'invalid_encoding'],
    [new Uint8Array([0x53, 0xff]), 'invalid_encoding'],
    [`SELECT ${'/*'.repeat(5_000)}`, 'limit_exceeded'],
    [`SELECT '${'x'.repeat(65 * 1024)}'`, 'limit_exceeded'],
  ];
  for (const [sql, code] of refused) {
    const analysis = await analyser.analyse(sql, context);
    assert.equal(analysis.kind === 'refused' ? analysis.code : analysis.kind, code);
  }
});

test('a syntax error keeps its position in characters', async () => {
  assert.deepEqual(await analyser.analyse("select 'é' frm x y z", context), {
    kind: 'syntax_error',
    message: 'syntax error at or near "x"',
    position: 16,
  });
});

test('statements are cut at byte offsets', async () => {
  const analysis = await analyser.analyse("SELECT 'héé€'; SELECT 'b';", context);
  assert.ok(analysis.kind === 'statements');
  assert.deepEqual(
    analysis.statements.map((each) => each.text),
    ["SELECT 'héé€'", "SELECT 'b'"],
  );
});

test('empty texts hold no statement', async () => {
  for (const sql of ['', ';', '  ;; ', '-- only a comment', '/* x */']) {
    assert.deepEqual(await analyser.analyse(sql, context), { kind: 'statements', statements: [] }, sql);
  }
});

test('BEGIN has a read-only wording that keeps its options', async () => {
  const asked = 'START TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ WRITE, DEFERRABLE';
  const readOnly = 'START TRANSACTION ISOLATION LEVEL SERIALIZABLE DEFERRABLE READ ONLY';
  assert.equal((await statement(asked, 'write')).mechanics.asReadOnly, readOnly);
  const analysis = await analyser.analyse(asked, context);
  assert.equal(analysis.kind === 'statements' && analysis.instead, readOnly);
});

test('literals never reach the normalized text, and do not change the fingerprint', async () => {
  const a = (await statement("SELECT * FROM t WHERE name = 'ana' AND n IN (1, 2, 3) -- ana", 'write')).facts;
  const b = (await statement("select *  from t WHERE name = E'b\\'en' AND n IN ($1, 0x1F)", 'write')).facts;
  assert.equal(a.normalized, 'select * from t where name = $1 and n in ($2, ...)');
  assert.equal(a.fingerprint, b.fingerprint);
  const secret = (await statement("ALTER ROLE x PASSWORD $$hush$$ /* 'hush' */", 'write')).facts;
  assert.ok(!secret.normalized.includes('hush'));
});
