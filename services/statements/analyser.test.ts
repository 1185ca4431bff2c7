import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Cluster, startPostgres } from '../../test/helpers/postgres.ts';
import { type CatalogueAnalyser, makeAnalyser } from './analyser.ts';
import type { Analysis, AnalysisContext } from './analysis.ts';
import { makeCatalogues } from './catalogue.ts';
import { connectTo } from './testing/connect.ts';

const context: AnalysisContext = { target: 'shop', searchPath: '"$user", public', mode: 'read', login: 'reader' };
let cluster: Cluster;
let analyser: CatalogueAnalyser;

before(async () => {
  cluster = await startPostgres();
  await cluster.sql('CREATE TABLE t (id int, a int, n int, name text); CREATE TABLE s (id int)');
  analyser = makeAnalyser({ catalogues: makeCatalogues({ connect: () => connectTo(cluster) }) });
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

test('a text is a command only when it is that one call alone', async () => {
  const commands: [string, unknown][] = [
    ["SELECT sudo('fix order 4211')", { name: 'sudo', reason: { literal: 'fix order 4211' }, duration: null }],
    ["select sudo('x', '10 min');", { name: 'sudo', reason: { literal: 'x' }, duration: { literal: '10 min' } }],
    ['SELECT sudo($1, $2::text)', { name: 'sudo', reason: { parameter: 1 }, duration: { parameter: 2 } }],
    ['SELECT unsudo() -- done', { name: 'unsudo' }],
    ['SELECT "sudo_status"()', { name: 'sudo_status' }],
    ['SHOW sudoql.mode', { name: 'show', parameter: 'sudoql.mode' }],
  ];
  for (const [sql, command] of commands)
    assert.deepEqual(await analyser.analyse(sql, context), { kind: 'command', command }, sql);
  const hidden = [
    "SELECT sudo('x') FROM t",
    "SELECT sudo('x'), 1",
    "SELECT sudo('x') AS ok",
    "SELECT 1; SELECT sudo('x')",
    "EXPLAIN SELECT sudo('x')",
    "WITH a AS (SELECT sudo('x')) SELECT * FROM a",
    "PREPARE p AS SELECT sudo('x')",
    "COPY (SELECT sudo('x')) TO STDOUT",
    "SELECT * FROM sudo('x')",
    "SELECT sudo('x' || version())",
    "SELECT sudo('x') LIMIT 1",
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
