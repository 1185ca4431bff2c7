import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Cluster, startPostgres } from '../../test/helpers/postgres.ts';
import { type CatalogueAnalyser, makeAnalyser } from './analyser.ts';
import { cataloguesOf, connectTo } from './testing/connect.ts';

let cluster: Cluster;
let analyser: CatalogueAnalyser;

before(async () => {
  cluster = await startPostgres();
  await cluster.sql(`CREATE TABLE t (id int, a int, n int, name text, tags text[]); INSERT INTO t SELECT g, g, g, 'x' FROM generate_series(1, 3) g;
    CREATE TABLE s (id int, other int); INSERT INTO s VALUES (1, 1)`);
  analyser = makeAnalyser({ catalogues: cataloguesOf(cluster) });
});

after(async () => {
  await analyser?.close();
  await cluster?.remove();
});

const NONE = [
  'DELETE FROM t',
  'UPDATE t SET a = 1',
  'DELETE FROM t USING s',
  'UPDATE t SET a = 1 FROM s CROSS JOIN s AS r',
];

const CONSTANT = [
  'DELETE FROM t WHERE true',
  'DELETE FROM t WHERE 1 = 1',
  'DELETE FROM t WHERE NOT false',
  'DELETE FROM t WHERE 1 = 1 AND (2 = 2 OR id = 3)',
  "DELETE FROM t WHERE 'yes'::boolean",
  'DELETE FROM t WHERE COALESCE(true, id = 1)',
  'DELETE FROM t WHERE CASE WHEN true THEN true ELSE id = 1 END',
  'DELETE FROM t WHERE id = id',
  'DELETE FROM t WHERE id = t.id',
  'DELETE FROM t AS x WHERE x.id = id',
  'DELETE FROM t WHERE id IS NOT DISTINCT FROM t.id',
  'DELETE FROM t WHERE (id, a) = (t.id, t.a)',
  'DELETE FROM t WHERE id + 1 = id + 1',
  'DELETE FROM t WHERE NOT (id <> id)',
  'DELETE FROM t WHERE id IN (7, id)',
  'DELETE FROM t WHERE id = ANY (ARRAY[7, id])',
  'DELETE FROM t WHERE id BETWEEN id AND id',
  'DELETE FROM t WHERE (id = id) IS TRUE',
  'DELETE FROM t WHERE id IS NULL OR id IS NOT NULL',
  'DELETE FROM t WHERE id = 1 OR NOT id = 1',
  'DELETE FROM t WHERE a < 2 OR a >= 2',
  'DELETE FROM t WHERE id = 4 OR true',
  'DELETE FROM t WHERE id = 4 OR 1 = 1 OR name = $$x$$',
  "UPDATE t SET a = 1 WHERE name LIKE '%'",
  "UPDATE t SET a = 1 WHERE name ~ '.*'",
  'DELETE FROM t WHERE EXISTS (SELECT 1)',
  'DELETE FROM t WHERE EXISTS (SELECT 1 FROM s)',
  'DELETE FROM t WHERE EXISTS (SELECT 1 FROM s WHERE s.id = 1)',
  // What is looked for is of the sub-select's own table, for its names come first.
  'DELETE FROM t WHERE EXISTS (SELECT 1 FROM s WHERE s.id = id)',
  'DELETE FROM t WHERE EXISTS (SELECT t.id FROM s)',
  'DELETE FROM t WHERE EXISTS (SELECT 1 FROM s WHERE t.id = t.id)',
  'DELETE FROM t WHERE EXISTS (SELECT 1 FROM s UNION SELECT 1 FROM s WHERE s.id = t.id)',
  'DELETE FROM t WHERE NOT EXISTS (SELECT 1 FROM s WHERE s.id = 99)',
  'DELETE FROM t WHERE 1 = (SELECT count(*) FROM s)',
  'DELETE FROM t WHERE 1 IN (SELECT id FROM s)',
  'DELETE FROM t USING s WHERE s.id = 1',
  'DELETE FROM t USING s WHERE other = 1',
  'DELETE FROM t USING s JOIN s AS r ON r.id = s.id WHERE r.other = 1',
  'UPDATE t SET a = 1 FROM s WHERE s.id = 1 AND s.other = 1',
  'UPDATE t SET a = 1 FROM t AS x WHERE x.id = 1',
  'WITH gone AS (DELETE FROM t WHERE true RETURNING id) SELECT * FROM s WHERE s.id IN (SELECT id FROM gone)',
  'MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE',
  'MERGE INTO t USING s ON 1 = 1 WHEN MATCHED THEN UPDATE SET a = 1',
  'MERGE INTO t USING s ON s.id = 1 WHEN MATCHED THEN DELETE',
  'MERGE INTO t USING s ON t.id = t.id WHEN MATCHED THEN DELETE',
  'MERGE INTO t USING s ON true WHEN MATCHED AND s.other = 1 THEN DELETE',
  'MERGE INTO t USING s ON false WHEN NOT MATCHED BY SOURCE THEN DELETE',
  'MERGE INTO t USING s ON true WHEN MATCHED AND t.id = 1 THEN DELETE WHEN MATCHED THEN UPDATE SET a = 1',
  'MERGE INTO t USING (SELECT 1 AS id) AS x ON x.id = 1 WHEN MATCHED THEN DELETE',
];

const REAL = [
  'UPDATE t SET a = 1 WHERE id = 1',
  'DELETE FROM t WHERE id > 1 AND true',
  'DELETE FROM t WHERE id = 1 OR name = $$y$$',
  'DELETE FROM t WHERE id = 1 OR false',
  'DELETE FROM t WHERE id = a + 1',
  "DELETE FROM t WHERE name LIKE 'y%'",
  'DELETE FROM t WHERE tags IS NOT NULL',
  'DELETE FROM t WHERE NOT (id = 1 AND a = 1)',
  'DELETE FROM t WHERE id IN (SELECT id FROM s)',
  'DELETE FROM t WHERE id = (SELECT max(id) FROM s)',
  'DELETE FROM t WHERE EXISTS (SELECT 1 FROM s WHERE s.id = t.id)',
  'DELETE FROM t WHERE EXISTS (SELECT 1 FROM s WHERE other = a)',
  'DELETE FROM t WHERE NOT EXISTS (SELECT 1 FROM s WHERE s.id = t.id)',
  'DELETE FROM t WHERE EXISTS (SELECT 1 FROM unnest(tags))',
  'DELETE FROM t WHERE ctid IN (SELECT ctid FROM t LIMIT 1)',
  'DELETE FROM t USING s WHERE s.id = t.id',
  'DELETE FROM t USING s WHERE other = a',
  'UPDATE t AS x SET a = 1 FROM s WHERE x.id = s.id',
  'DELETE FROM t WHERE (t).id = 1',
  'DELETE FROM t WHERE t = ROW(1, 1, 1, NULL, NULL)::t',
  'MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN DELETE',
  'MERGE INTO t USING s ON true WHEN MATCHED AND t.id = 1 THEN DELETE',
  'MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN DO NOTHING WHEN NOT MATCHED BY SOURCE THEN DELETE',
];

const NOTHING = [
  'MERGE INTO t USING s ON true WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)',
  'SELECT 1',
  'INSERT INTO t (id) VALUES (1)',
];

const cases: [string | null, string[]][] = [
  ['none', NONE],
  ['constant', CONSTANT],
  ['real', REAL],
  [null, NOTHING],
];
for (const [where, texts] of cases) {
  test(`only a condition on columns of the table that is changed narrows: ${where}`, async () => {
    for (const sql of texts) {
      const analysis = await analyser.analyse(sql, {
        target: 'shop',
        searchPath: 'public',
        mode: 'write',
        login: 'writer',
      });
      assert.ok(analysis.kind === 'statements', `${sql}: ${JSON.stringify(analysis)}`);
      assert.equal(analysis.statements[0]?.facts.where, where, sql);
    }
  });
}

test('what counts as no condition does change every row, and what counts as one leaves some, as the server shows', async () => {
  const client = await connectTo(cluster);
  try {
    const left = async (sql: string) => {
      await client.query('BEGIN');
      await client.query(sql);
      const { rows } = await client.query<{ n: number }>(
        'SELECT count(*)::int AS n FROM t WHERE xmin::text <> pg_current_xact_id()::xid::text',
      );
      await client.query('ROLLBACK');
      return rows[0]?.n;
    };
    for (const sql of [...NONE, ...CONSTANT]) assert.equal(await left(sql), 0, sql);
    for (const sql of REAL) assert.notEqual(await left(sql), 0, sql);
  } finally {
    await client.end();
  }
});

test('a long and deep condition costs no more than its length', async () => {
  const deep = `${'NOT ('.repeat(60)}${Array.from({ length: 1_500 }, (_, n) => `id = ${n} OR a <> n`).join(' AND ')}${')'.repeat(60)}`;
  const analysis = await analyser.analyse(`DELETE FROM t WHERE ${deep}`, {
    target: 'shop',
    searchPath: 'public',
    mode: 'write',
    login: 'writer',
  });
  assert.ok(analysis.kind === 'statements', JSON.stringify(analysis));
  assert.equal(analysis.statements[0]?.facts.where, 'real');
});
