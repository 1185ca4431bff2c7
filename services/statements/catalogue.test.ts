import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { after, before, type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import pg from 'pg';
import { PATIENCE_MS } from '../../test/helpers/until.ts';
import { type Cluster, startPostgres } from '../../test/helpers/postgres.ts';
import { reached } from './catalogue-queries.ts';
import type { Reached } from './catalogue-rows.ts';
import { makeAnalyser } from './analyser.ts';
import type { AnalysisContext } from './analysis.ts';
import { makeCatalogue, makeCatalogues } from './catalogue.ts';
import { addReached } from './read-rows.ts';
import { cataloguesOf, connectTo } from './testing/connect.ts';

let cluster: Cluster;
const context: AnalysisContext = { target: 'shop', searchPath: 'public', mode: 'read', login: 'reader' };

before(async () => {
  cluster = await startPostgres();
  await cluster.sql(
    'CREATE TABLE t (id int); CREATE FUNCTION f(int) RETURNS int IMMUTABLE LANGUAGE sql AS $$SELECT 1$$',
  );
});

after(() => cluster?.remove());

/** A catalogue whose connections are counted. */
function counted(t: TestContext, options: { refreshMs?: number; maxAgeMs?: number; deadlineMs?: number } = {}) {
  const opened: pg.Client[] = [];
  const connect = async () => {
    const client = await connectTo(cluster);
    opened.push(client);
    return client;
  };
  const catalogue = makeCatalogue({ connect, ...options });
  t.after(() => catalogue.close());
  return { opened, catalogue };
}

test('callers at the same time share one look at the target, over one connection', async (t) => {
  const { opened, catalogue } = counted(t);
  const snapshots = await Promise.all([catalogue.get(), catalogue.get(), catalogue.refresh(), catalogue.get()]);
  assert.equal(new Set(snapshots).size, 1);
  assert.equal(opened.length, 1);
  assert.equal(catalogue.current, snapshots[0]);
});

test('a look that finds nothing changed keeps the snapshot; DDL makes another', async (t) => {
  const { catalogue } = counted(t);
  const first = await catalogue.get();
  assert.equal(await catalogue.refresh(), first);
  const changes = [
    'CREATE TABLE u (id int)',
    'ALTER TABLE u ADD COLUMN x int',
    'CREATE OR REPLACE FUNCTION f(int) RETURNS int IMMUTABLE LANGUAGE sql AS $$SELECT 2$$',
    'CREATE VIEW v AS SELECT * FROM u',
    'CREATE OR REPLACE VIEW v AS SELECT f(1) AS id, x FROM u',
    'DROP VIEW v',
    'CREATE DOMAIN d AS int CHECK (VALUE > 1)',
    'ALTER DOMAIN d ADD CHECK (VALUE < 9)',
    'ALTER TABLE u ENABLE ROW LEVEL SECURITY',
    'CREATE POLICY p ON u USING (f(id) = 1)',
    'CREATE OPERATOR === (leftarg = int, rightarg = int, function = int4eq)',
    'CREATE CAST (int AS point) WITH FUNCTION made_point(int) AS IMPLICIT',
    'DROP TABLE u',
  ];
  await cluster.sql('CREATE FUNCTION made_point(int) RETURNS point LANGUAGE sql AS $$SELECT NULL::point$$');
  let before = await catalogue.refresh();
  for (const sql of changes) {
    await cluster.sql(sql);
    const now = await catalogue.refresh();
    assert.notEqual(now, before, sql);
    before = now;
  }
});

test('a schema that a membership opens to the login is noticed, though no row of the catalogue’s objects changed', async (t) => {
  await cluster.sql(`CREATE ROLE keeper; CREATE ROLE looker LOGIN PASSWORD 'looker'; CREATE SCHEMA kept;
    GRANT USAGE ON SCHEMA kept TO keeper; CREATE TABLE kept.t (id int)`);
  const connect = async () => {
    const { port } = cluster;
    const client = new pg.Client({ host: '127.0.0.1', port, database: 'postgres', user: 'looker', password: 'looker' });
    await client.connect();
    return client;
  };
  const catalogue = makeCatalogue({ connect });
  t.after(() => catalogue.close());
  assert.ok((await catalogue.refresh()).closed.has('kept'));
  await cluster.sql('GRANT keeper TO looker');
  assert.ok(!(await catalogue.refresh()).closed.has('kept'));
});

test('a column that was renamed or changed its type is noticed, though its relation’s own row is not touched', async (t) => {
  await cluster.sql('CREATE TABLE renamed (a int, b varchar(5))');
  const { catalogue } = counted(t);
  const first = await catalogue.get();
  const oid = first.relations.get('renamed')?.[0]?.oid ?? 0;
  await catalogue.details(first, [oid]);
  assert.equal(await catalogue.refresh(), first);
  await cluster.sql('ALTER TABLE renamed RENAME a TO c');
  const second = await catalogue.refresh();
  assert.notEqual(second, first);
  await catalogue.details(second, [oid]);
  assert.deepEqual(
    second.details.get(oid)?.columns.map(({ name }) => name),
    ['c', 'b'],
  );
});

test('after `changed` no snapshot may be used that began before it', async (t) => {
  const { catalogue } = counted(t);
  const first = await catalogue.get();
  const looking = catalogue.refresh();
  // Its first query is on the way.
  await turn();
  catalogue.changed();
  await looking;
  assert.equal(catalogue.current, null);
  assert.equal(await catalogue.get(), first);
  assert.equal(catalogue.current, first);
});

test('a snapshot that is in use is looked at again by itself; an old one is not used unasked', async (t) => {
  const { catalogue } = counted(t, { refreshMs: 20 });
  const first = await catalogue.get();
  await cluster.sql('CREATE TABLE noticed (id int)');
  const deadline = Date.now() + PATIENCE_MS;
  while (catalogue.current === first && Date.now() < deadline) await turn();
  assert.notEqual(catalogue.current, first);
  const old = counted(t, { maxAgeMs: 0 });
  await old.catalogue.get();
  assert.equal(old.catalogue.current, null);
});

test('a statement about a new table is understood, though nobody said that it was made', async () => {
  const analyser = makeAnalyser({ catalogues: cataloguesOf(cluster) });
  const resolved = async (sql: string) => {
    const analysis = await analyser.analyse(sql, context);
    return analysis.kind === 'statements' && analysis.statements.every(({ facts }) => facts.flags.resolved);
  };
  assert.equal(await resolved('SELECT * FROM fresh'), false);
  await cluster.sql('CREATE TABLE fresh (id int)');
  assert.equal(await resolved('SELECT * FROM fresh'), true);
  await analyser.close();
});

test('promise 3: a target that refuses, hangs or goes away is an answer, never a wait without end', async (t) => {
  const refusal = async (connect: () => Promise<pg.Client>) => {
    const analyser = makeAnalyser({ catalogues: makeCatalogues({ connect, deadlineMs: 200 }) });
    const analysis = await analyser.analyse('SELECT * FROM t', context);
    await analyser.close();
    return analysis.kind === 'refused' ? [analysis.code, analysis.message] : [analysis.kind];
  };
  const nobody = Object.assign(new Error('connect ECONNREFUSED 192.0.2.1:5432'), { code: 'ECONNREFUSED' });
  assert.deepEqual(await refusal(() => Promise.reject(nobody)), [
    'target_unreachable',
    "the target's catalogue cannot be read: it cannot be reached",
  ]);
  const sockets: Socket[] = [];
  const silent = createServer((socket) => void sockets.push(socket.on('error', () => {})));
  await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening));
  const { port } = silent.address() as { port: number };
  const hangs = async () => {
    const client = new pg.Client({ host: '127.0.0.1', port });
    client.on('error', () => {});
    await client.connect();
    return client;
  };
  const [code, message] = await refusal(hangs);
  assert.deepEqual(
    [code, message],
    ['target_unreachable', "the target's catalogue cannot be read: the target did not answer within 200 ms"],
  );
  for (const socket of sockets) socket.destroy();
  await new Promise((closed) => silent.close(closed));

  // A connection that is lost is opened anew.
  const { opened, catalogue } = counted(t);
  await catalogue.get();
  await cluster.sql(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = $1',
    'postgres',
    ['client backend'],
  );
  await catalogue.refresh();
  assert.equal(opened.length, 2);
});

test('the columns that a view reads are told by servers before 16 too, which write them down elsewhere; of a sample they are not', async () => {
  const entry = (oid: number, sample: string, columns: string) =>
    `{RTE :alias <> :rtekind 0 :relid ${oid} :relkind r :rellockmode 1 :tablesample ${sample} :lateral false :inh true :inFromCl true :requiredPerms 2 :checkAsUser 0 :selectedCols (b${columns}) :insertedCols (b)}`;
  const tree = [
    entry(16_500, '<>', ''),
    entry(16_385, '<>', ' 8 10'),
    entry(16_385, '<>', ' 1 9'),
    entry(16_386, '<>', ''),
    entry(16_387, '<>', ' 8'),
    entry(16_387, '{TABLESAMPLECLAUSE :tsmhandler 3314 :args <>}', ' 9'),
  ].join(' ');
  const text = reached('view', 'tree', `(SELECT 16500 AS view, '${tree}' AS tree) s`);
  const client = await connectTo(cluster);
  const { rows } = await client.query<unknown[]>({ text, rowMode: 'array' });
  await client.end();
  const all = new Map<number, Reached>();
  for (const row of rows) addReached(all, row, 15);
  const { columns = new Map(), relations = [] } = all.get(16_500) ?? {};
  assert.deepEqual(new Set(relations), new Set([16_385, 16_386, 16_387]));
  const told = [...columns].sort(([a], [b]) => a - b).map(([oid, numbers]) => [oid, numbers && [...numbers].sort()]);
  assert.deepEqual(told, [
    [16_385, [-6, 1, 2, 3]],
    [16_386, []],
    [16_387, null],
  ]);
});
