import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Cluster, startPostgres } from '../../../test/helpers/postgres.ts';
import { type CatalogueAnalyser, makeAnalyser } from '../analyser.ts';
import { cataloguesOf } from '../testing/connect.ts';

let cluster: Cluster;
let analyser: CatalogueAnalyser;

// With a comparison of the users' own, a value of a type that nobody knows cannot be compared or collected.
const SCHEMA = `
  CREATE TYPE own AS (a int);
  CREATE FUNCTION harm(own, own) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN true; END';
  CREATE OPERATOR = (leftarg = own, rightarg = own, function = harm);
  CREATE FUNCTION harm(own) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 1; END';
  CREATE OPERATOR CLASS own_hash DEFAULT FOR TYPE own USING hash AS OPERATOR 1 =, FUNCTION 1 harm(own);
  CREATE FUNCTION harm(int, int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN true; END';
  CREATE OPERATOR === (leftarg = int, rightarg = int, function = harm);
  CREATE FUNCTION harm(record) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
  CREATE FUNCTION n(record) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 700; END';
`;

before(async () => {
  cluster = await startPostgres();
  await cluster.sql(SCHEMA);
  analyser = makeAnalyser({ catalogues: cataloguesOf(cluster) });
});

after(async () => {
  await analyser?.close();
  await cluster?.remove();
});

async function plain(sql: string): Promise<boolean> {
  const analysis = await analyser.analyse(sql, { target: 'shop', searchPath: 'public', mode: 'read', login: 'reader' });
  assert.ok(analysis.kind === 'statements', JSON.stringify(analysis));
  return analysis.statements.every(({ facts }) => facts.effects.every((effect) => effect === 'read'));
}

const ROWS = 'SELECT information_schema._pg_expandarray(ARRAY[10, 20]) AS k';

test('fields of a row that a function gives have the types that it declares, wherever the row went', async () => {
  for (const sql of [
    'SELECT array_agg((aclexplode(relacl)).is_grantable) FROM (SELECT relacl FROM pg_class LIMIT 0) c GROUP BY relacl',
    'SELECT DISTINCT (aclexplode(relacl)).grantee FROM pg_class',
    'SELECT array_agg(d.is_grantable) FROM (SELECT (a.d).is_grantable FROM (SELECT aclexplode(relacl) AS d FROM pg_class) a) d',
    `SELECT 10::int2 = (k).x FROM (${ROWS}) a`,
    `WITH a AS (${ROWS}) SELECT DISTINCT (b.k).n FROM (SELECT * FROM a) AS b`,
    `SELECT DISTINCT (renamed).n FROM (${ROWS}) AS a(renamed)`,
    'SELECT DISTINCT x FROM information_schema._pg_expandarray(ARRAY[1])',
  ])
    assert.ok(await plain(sql), sql);
});

test('a field whose type is known reaches what the users made of that type', async () => {
  for (const sql of [
    `SELECT (k).n === 1 FROM (${ROWS}) a`,
    'SELECT (k).x = (k).x FROM (SELECT information_schema._pg_expandarray(ARRAY[NULL::own]) AS k) a',
    'SELECT DISTINCT (k).x FROM (SELECT information_schema._pg_expandarray(ARRAY[NULL::own]) AS k) a',
  ])
    assert.ok(!(await plain(sql)), sql);
});

test('a name that is no field of the row is a function, one that is both is the field, as in PostgreSQL', async () => {
  assert.ok(!(await plain(`SELECT (k).harm FROM (${ROWS}) a`)));
  assert.ok(await plain(`SELECT (k).n FROM (${ROWS}) a`));
  const { rows } = await cluster.sql(`SELECT (k).n FROM (${ROWS}) a`);
  assert.deepEqual(rows, [{ n: 1 }, { n: 2 }]);
});

test('where several rows could be meant, or they were put together, their fields are not known', async () => {
  for (const sql of [
    `SELECT DISTINCT (k).n FROM (${ROWS} UNION ALL SELECT ROW(NULL::own, 1)) a`,
    `SELECT DISTINCT (k).n FROM (${ROWS}) a FULL JOIN (${ROWS}) b USING (k)`,
  ])
    assert.ok(!(await plain(sql)), sql);
});
