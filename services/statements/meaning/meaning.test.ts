import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { type Cluster, startPostgres } from '../../../test/helpers/postgres.ts';
import { type CatalogueAnalyser, makeAnalyser } from '../analyser.ts';
import type { AnalysedStatement, AnalysisContext } from '../analysis.ts';
import { copyOf, remadeBy, remadeName } from '../remakes.ts';
import { cataloguesOf, connectTo } from '../testing/connect.ts';

let cluster: Cluster;
let analyser: CatalogueAnalyser;
const reader: AnalysisContext = { target: 'shop', searchPath: '"$user", public', mode: 'read', login: 'reader' };

before(async () => {
  cluster = await startPostgres();
  await cluster.sql(await readFile(new URL('../testing/schema.sql', import.meta.url), 'utf8'));
  analyser = makeAnalyser({ catalogues: cataloguesOf(cluster) });
});

after(async () => {
  await analyser?.close();
  await cluster?.remove();
});

async function last(sql: string, context: Partial<AnalysisContext> = {}): Promise<AnalysedStatement> {
  const analysis = await analyser.analyse(sql, { ...reader, ...context });
  assert.ok(analysis.kind === 'statements', `${sql}: ${JSON.stringify(analysis)}`);
  const statement = analysis.statements.at(-1);
  assert.ok(statement);
  return statement;
}

/** Effects beyond a plain read, floor codes, and unvetted functions, in words; empty for a plain read. */
async function beyond(sql: string, context: Partial<AnalysisContext> = {}): Promise<string[]> {
  const { facts } = await last(sql, context);
  const effects = facts.effects.filter((effect) => !['read', 'session', 'transaction'].includes(effect));
  return [
    ...effects,
    ...facts.floor,
    ...facts.functions.filter(({ vetted }) => !vetted).map(({ name }) => name),
    ...(facts.flags.resolved ? [] : ['unresolved']),
  ];
}

const harm = ['dynamic', 'harm'];

test('promise 3: functions are found where no call of theirs is written', async () => {
  const cases: [string, string[]][] = [
    ['SELECT harm(1)', harm],
    ['SELECT public.harm(1)', harm],
    ['SELECT "harm"(1)', harm],
    ['SELECT U&"\\0068arm"(1)', harm],
    ['SELECT * FROM harm(1)', harm],
    ['SELECT * FROM ROWS FROM (harm(1), generate_series(1, 2))', harm],
    ['SELECT harm(VARIADIC ARRAY[1])', ['unresolved', 'harm']],
    ['SELECT t.harm_row FROM t', ['dynamic', 'harm_row']],
    ['SELECT (t).harm_row FROM t', ['dynamic', 'harm_row']],
    ['SELECT (SELECT t).harm_row FROM t', ['dynamic', 'harm_row']],
    ['SELECT x.harm_row FROM (SELECT t.* FROM t) x', ['dynamic', 'harm_row']],
    ['SELECT id === 1 FROM t', harm],
    ['SELECT id OPERATOR(public.===) 1 FROM t', harm],
    ['SELECT id === ANY (ARRAY[1]) FROM t', harm],
    ['SELECT id FROM t ORDER BY id USING <<<', harm],
    ['SELECT * FROM t WHERE (id, id) === (1, 2)', harm],
    ['SELECT !!! 1', ['dynamic', 'harm_prefix']],
    ["SELECT 'x'::checked", ['dynamic', 'harm_check']],
    ["SELECT ARRAY['x']::checked[]", ['dynamic', 'harm_check']],
    ['SELECT name::checked FROM t', ['dynamic', 'harm_check']],
    ['SELECT CAST(ROW(1) AS holder)::text', ['dynamic', 'harm_cast']],
    ['SELECT holder_col::text FROM t', ['dynamic', 'harm_cast']],
    ['SELECT CASE id WHEN 1 THEN harm(1) END FROM t', harm],
    ['SELECT COALESCE(id, harm(1)) FROM t', harm],
    ['SELECT id FROM t LIMIT harm(1)', harm],
    ['SELECT id FROM t GROUP BY harm(id), id', harm],
    ['SELECT sum(id) FILTER (WHERE harm(1) = 1) FROM t', harm],
    ['SELECT sum(id) OVER (ORDER BY harm(id)) FROM t', harm],
    ['SELECT sum(id) OVER w FROM t WINDOW w AS (PARTITION BY harm(id))', harm],
    ['SELECT DISTINCT ON (harm(id)) id FROM t', harm],
    ['WITH unused AS (SELECT harm(1)) SELECT 1', harm],
    ['SELECT * FROM t TABLESAMPLE bernoulli (harm(1))', harm],
    ['SELECT * FROM t JOIN t u ON harm(1) = 1', harm],
    ['SELECT * FROM t, LATERAL (SELECT harm(t.id)) x', harm],
    ['VALUES (harm(1))', harm],
    ['EXPLAIN SELECT harm(1)', harm],
    ['DECLARE c CURSOR FOR SELECT harm(1)', harm],
    ['COPY (SELECT harm(1)) TO STDOUT', harm],
    ['PREPARE p AS SELECT harm(1)', harm],
    ['EXECUTE p(harm(1))', harm],
    ['EXECUTE p(1 === 1)', harm],
    ["SELECT JSON_VALUE('{}'::jsonb, '$' DEFAULT harm(1) ON EMPTY)", harm],
    ['SELECT xmlforest(harm(1) AS a)', harm],
    ['SELECT harm_sum(id) FROM t', ['dynamic', 'harm_step', 'harm_sum']],
    ['SELECT * FROM harmful_view', harm],
    ['SELECT * FROM view_of_view', harm],
    ['SELECT 1 FROM guarded', ['dynamic', 'harm_policy']],
    ['SELECT min(h) FROM (SELECT harm(1) h) x', harm],
  ];
  for (const [sql, expected] of cases) {
    const found = await beyond(sql);
    assert.deepEqual([...found].sort(), [...expected].sort(), sql);
  }
});

test('promise 3: what a built-in does is known by its signature', async () => {
  const cases: [string, string[]][] = [
    ["SELECT nextval('s')", ['write']],
    ['SELECT pg_terminate_backend(1)', ['signal_backend']],
    ["SELECT pg_read_file('x')", ['server_file']],
    ["SELECT lo_import('/etc/passwd')", ['server_file']],
    ['SELECT lo_unlink(1)', ['write']],
    ["SELECT query_to_xml('DELETE FROM t', true, true, '')", ['sql_in_string']],
    ["SELECT pg_logical_emit_message(true, 'a', 'b')", ['replication']],
    ['SELECT txid_current()', ['write']],
    ['SELECT pg_advisory_lock(1)', ['lock']],
    ["SELECT pg_notify('a', 'b')", ['write']],
    ['SELECT rolpassword FROM pg_authid', ['secret_relation']],
    ['SELECT * FROM pg_shadow', ['secret_relation']],
    ['SELECT umoptions FROM pg_user_mapping', ['secret_relation']],
    ['SELECT * FROM pg_user_mapping', ['secret_relation']],
    ['SELECT m FROM pg_user_mapping m', ['secret_relation']],
    ['SELECT to_json(m) FROM pg_user_mapping m', ['secret_relation']],
    ['SELECT (m).umoptions FROM pg_user_mapping m', ['secret_relation']],
    ['SELECT x.o FROM pg_user_mapping AS x (a, b, c, o)', ['secret_relation']],
    ['SELECT 1 FROM pg_user_mapping NATURAL JOIN pg_user_mapping b', ['secret_relation']],
    ['SELECT 1 FROM (SELECT * FROM pg_subscription) x', ['secret_relation']],
    ['TABLE pg_subscription', ['secret_relation']],
    ['COPY pg_subscription TO STDOUT', ['secret_relation']],
    ['SELECT subname FROM pg_subscription', []],
    ['COPY pg_subscription (subname) TO STDOUT', []],
    ['SELECT * FROM secret_view', ['secret_relation']],
    // Alone it is judged as the READ ONLY that is sent instead.
    ["SELECT set_config('transaction_read_only', NULL, false)", []],
    ["SELECT 1, set_config('transaction_read_only', NULL, false)", ['gateway_setting']],
    ["SELECT 1, set_config('TRANSACTION_READ_ONLY', 'off', false)", ['gateway_setting']],
    ["SELECT set_config('a' || 'b', 'off', false)", ['setting_in_read']],
    ["SELECT set_config('work_mem', '1GB', false)", ['setting_in_read']],
    ["SELECT set_config('search_path', '', false)", []],
    ['SELECT * FROM setting_view', ['gateway_setting']],
    ['SELECT * FROM remote_table', ['remote']],
    ['SELECT * FROM spread', ['remote']],
    ['SELECT * FROM t FOR UPDATE', ['lock']],
    ['SELECT * INTO made FROM t', ['ddl', 'write']],
    ['WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d', ['write']],
    ['EXPLAIN ANALYZE CREATE TABLE made AS SELECT 1', ['ddl', 'write']],
    ['EXPLAIN DELETE FROM t', ['write']],
    ['SELECT system_user', []],
  ];
  for (const [sql, expected] of cases) assert.deepEqual(await beyond(sql), expected, sql);
});

test('honest reads are plain, also with extensions in public', async () => {
  const texts = await readFile(new URL('../testing/honest.sql', import.meta.url), 'utf8');
  const queries = texts.split(/;\s*\n/).map((sql) => sql.trim());
  for (const sql of queries.filter(Boolean)) assert.deepEqual(await beyond(sql), [], sql);
  assert.ok(queries.length > 30);
});

test('names resolve along the search_path of the moment, also within one text', async () => {
  assert.deepEqual(await beyond("SELECT lower('x')"), []);
  assert.deepEqual(await beyond("SELECT lower('x')", { searchPath: 'shadow, pg_catalog' }), ['dynamic', 'lower']);
  assert.deepEqual(await beyond("SELECT lower('x')", { searchPath: 'shadow' }), [], 'pg_catalog comes first');
  assert.deepEqual(await beyond("SELECT lower('x')", { searchPath: '"$user"', login: 'shadow' }), []);
  assert.deepEqual(await beyond("SELECT lower('x')", { searchPath: '"$user", pg_catalog', login: 'shadow' }), [
    'dynamic',
    'lower',
  ]);
  assert.deepEqual(await beyond("SELECT lower('x')", { searchPath: null }), ['dynamic', 'lower']);
  assert.deepEqual(await beyond("SET search_path = shadow, pg_catalog; SELECT lower('x')"), ['dynamic', 'lower']);
  assert.deepEqual(await beyond("SELECT set_config('search_path', 'shadow, pg_catalog', true); SELECT lower('x')"), [
    'dynamic',
    'lower',
  ]);
  // Whichever `twin` is meant, its cast counts; so do casts to what nobody can tell.
  assert.deepEqual(await beyond("SELECT 'x'::text::twin", { searchPath: null }), ['dynamic', 'harm_twin']);
  assert.deepEqual(await beyond("SELECT ARRAY['x']::twin[]", { searchPath: 'public' }), []);
  assert.deepEqual(await beyond('SELECT tags::t[] FROM t'), ['dynamic', 'harm_to_row']);
  assert.deepEqual(await beyond('SELECT * FROM hidden', { searchPath: 'shadow' }), []);
  assert.deepEqual(await beyond('SELECT * FROM hidden'), ['unresolved']);
});

test('a partition or child is known by its parents as well, and a child by the parent it is read with', async () => {
  const relations = async (sql: string, context?: Partial<AnalysisContext>) =>
    (await last(sql, context)).facts.relations.map(
      ({ name, access, via }) => `${access} ${name}${via ? ` via ${via}` : ''}`,
    );
  assert.deepEqual(await relations('SELECT * FROM kin_leaf'), [
    'select kin_leaf',
    'select kin_branch via public.kin_leaf',
    'select kin via public.kin_branch',
  ]);
  assert.deepEqual(await relations('SELECT * FROM kin'), ['select kin'], 'its partitions are the table itself');
  assert.deepEqual(await relations('SELECT * FROM elder'), ['select elder', 'select younger via public.elder']);
  assert.deepEqual(await relations('SELECT * FROM ONLY elder'), ['select elder']);
  assert.deepEqual(
    await relations('SELECT * FROM crowd'),
    ['select crowd', 'select crowd_branch via public.crowd'],
    'so many children are parts, on every level',
  );
  assert.deepEqual(await relations('SELECT * FROM kin_view'), [
    'select kin_view',
    'select kin_leaf via public.kin_view',
    'select kin_branch via public.kin_leaf',
    'select kin via public.kin_branch',
  ]);
  const write = { mode: 'write' } as const;
  assert.deepEqual(await relations('DELETE FROM younger', write), [
    'delete younger',
    'delete elder via public.younger',
  ]);
  assert.deepEqual(await relations('INSERT INTO elder VALUES (1)', write), ['insert elder']);
});

test('what is written through a view is written, and what of an upsert is an update is one', async () => {
  const relations = async (sql: string) =>
    (await last(sql, { mode: 'write' })).facts.relations
      .filter(({ access }) => access !== 'select')
      .map(({ name, access, via }) => `${access} ${name}${via ? ` via ${via}` : ''}`);
  for (const [sql, access] of [
    ['UPDATE kin_view SET id = 1', 'update'],
    ['DELETE FROM kin_view', 'delete'],
    ['INSERT INTO kin_view VALUES (1)', 'insert'],
    ['WITH w AS (DELETE FROM kin_view RETURNING 1) SELECT 1', 'delete'],
    ['PREPARE p AS DELETE FROM kin_view', 'delete'],
    ['EXPLAIN ANALYZE DELETE FROM kin_view', 'delete'],
    ['LOCK TABLE kin_view', 'lock'],
  ] as const)
    assert.deepEqual(
      await relations(sql),
      [
        `${access} kin_view`,
        `${access} kin_leaf via public.kin_view`,
        `${access} kin_branch via public.kin_leaf`,
        `${access} kin via public.kin_branch`,
      ],
      sql,
    );
  assert.deepEqual(await relations('SELECT 1 FROM kin_view_of_view; DELETE FROM kin_view_of_view'), [
    'delete kin_view_of_view',
    'delete kin_view via public.kin_view_of_view',
    'delete kin_leaf via public.kin_view',
    'delete kin_branch via public.kin_leaf',
    'delete kin via public.kin_branch',
  ]);
  // What its condition looks into is only read.
  assert.deepEqual(await relations('DELETE FROM narrow_view'), [
    'delete narrow_view',
    'delete elder via public.narrow_view',
    'delete younger via public.elder',
  ]);
  assert.deepEqual(await relations('LOCK TABLE narrow_view'), [
    'lock narrow_view',
    'lock elder via public.narrow_view',
    'lock younger via public.elder',
    'lock t via public.narrow_view',
  ]);
  assert.deepEqual(
    await relations(
      'MERGE INTO narrow_view USING t ON true WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (1)',
    ),
    ['merge', 'delete', 'insert'].flatMap((access) => [
      `${access} narrow_view`,
      `${access} elder via public.narrow_view`,
      ...(access === 'insert' ? [] : [`${access} younger via public.elder`]),
    ]),
  );
  assert.deepEqual(await relations('MERGE INTO elder USING t ON true WHEN MATCHED THEN DO NOTHING'), [
    'merge elder',
    'merge younger via public.elder',
  ]);
  assert.deepEqual(await relations('INSERT INTO elder VALUES (1) ON CONFLICT DO NOTHING'), ['insert elder']);
  assert.deepEqual(await relations('INSERT INTO elder VALUES (1) ON CONFLICT (id) DO UPDATE SET id = 2'), [
    'insert elder',
    'update elder',
  ]);
});

test('what a statement reaches beside what it names: children, what points to it, the table of a trigger', async () => {
  const relations = async (sql: string) =>
    (await last(sql, { mode: 'write' })).facts.relations.map(
      ({ name, access, via }) => `${access} ${name}${via ? ` via ${via.replace('public.', '')}` : ''}`,
    );
  const cases: [string, string[]][] = [
    ['TRUNCATE elder', ['truncate elder', 'truncate younger via elder']],
    ['TRUNCATE ONLY elder', ['truncate elder']],
    ['LOCK TABLE elder', ['lock elder', 'lock younger via elder']],
    ['ALTER TABLE elder ADD x int', ['ddl elder', 'ddl younger via elder']],
    ['TRUNCATE pointed_to', ['truncate pointed_to']],
    [
      'TRUNCATE pointed_to CASCADE',
      ['truncate pointed_to', 'truncate pointing via pointed_to', 'truncate pointing_on via pointing'],
    ],
    ['DROP TRIGGER x ON elder', ['ddl elder']],
    ['DROP POLICY x ON public.elder', ['ddl elder']],
    ['DROP RULE x ON elder', ['ddl elder']],
    ['COMMENT ON COLUMN elder.id IS NULL', ['ddl elder']],
    ['COMMENT ON CONSTRAINT x ON elder IS NULL', ['ddl elder']],
  ];
  for (const [sql, expected] of cases) assert.deepEqual(await relations(sql), expected, sql);
});

test('promise 3: a vetted function whose table is on another server by now, or a part of it, is no read', async () => {
  const functions = ['far_count', 'far_part', 'far_atomic', 'far_through', 'far_viewed', 'near_count'];
  const calls = functions.map((name) => `SELECT ${name}()`);
  const analyses = await Promise.all(calls.map((sql) => last(sql)));
  const vetted = analyses.flatMap(({ mechanics }) => mechanics.unvetted ?? []);
  const vouching = makeAnalyser({ catalogues: cataloguesOf(cluster), vetted: () => vetted });
  try {
    for (const sql of calls) {
      const analysis = await vouching.analyse(sql, reader);
      assert.ok(analysis.kind === 'statements');
      const facts = analysis.statements[0]?.facts;
      assert.deepEqual(facts?.effects, sql.includes('near') ? ['read'] : ['read', 'remote'], sql);
    }
  } finally {
    await vouching.close();
  }
});

test('what foreign keys delete and change by themselves is named with the table that it comes of', async () => {
  const beside = async (sql: string) =>
    (await last(sql, { mode: 'write' })).facts.relations
      .filter(({ via }) => via !== null)
      .map(({ name, access, via }) => `${access} ${name} via ${via?.replace('public.', '')}`)
      .sort();
  const below = ['delete owned_on via owned', 'update owned_on via owned'];
  const deleted = ['delete owned via owner', 'delete owned_twice via owner', ...below];
  const renumbered = ['update owned via owner', 'update owned_on via owned'];
  const generated = 'update owned_twice via owner';
  const cases: [string, string[]][] = [
    ['DELETE FROM owner WHERE id = 1', deleted],
    ['DELETE FROM ONLY owner WHERE id = 1', deleted],
    ['WITH gone AS (DELETE FROM owner RETURNING id) SELECT * FROM gone', deleted],
    ['EXPLAIN ANALYZE DELETE FROM owner', deleted],
    ['PREPARE p AS DELETE FROM owner', deleted],
    ['MERGE INTO owner USING t ON owner.id = t.id WHEN MATCHED THEN DELETE', deleted],
    ['DELETE FROM owner_view', ['delete owner via owner_view', ...deleted, 'select owner via owner_view']],
    ['UPDATE owner SET code = 2', [...renumbered, generated]],
    ['UPDATE owner SET (name, code) = (SELECT name, 1 FROM t)', [...renumbered, generated]],
    ['UPDATE owner SET name = NULL', [generated]],
    ["INSERT INTO owner VALUES (1, 2, '') ON CONFLICT (id) DO UPDATE SET code = 2", [...renumbered, generated]],
    ['MERGE INTO owner USING t ON owner.id = t.id WHEN MATCHED THEN UPDATE SET code = 1', [...renumbered, generated]],
    // Which column it is of the table below is not followed.
    [
      "UPDATE owner_view SET code = ''",
      ['select owner via owner_view', 'update owner via owner_view', ...renumbered, generated].sort(),
    ],
    ['INSERT INTO owner VALUES (1, 2)', []],
    ['COPY owner FROM STDIN', []],
    ['SELECT FROM owner', []],
    ['DELETE FROM owned', below],
    ['UPDATE owned SET id = 1', []],
    ['DELETE FROM owned_not', []],
    ['DELETE FROM self_owned', ['update self_owned via self_owned']],
    ['DELETE FROM split', ['delete leaf_owned via split', 'delete split_owned via split']],
    [
      'DELETE FROM split_leaf',
      ['delete leaf_owned via split_leaf', 'delete split via split_leaf', 'delete split_owned via split_leaf'],
    ],
  ];
  await cluster.sql(`INSERT INTO owner VALUES (1, 1, 'a'); INSERT INTO owned VALUES (1, 1); INSERT INTO owned_on VALUES (1, 1);
    INSERT INTO owned_twice VALUES (2); INSERT INTO t VALUES (1); INSERT INTO split VALUES (1); INSERT INTO split_owned VALUES (1);
    INSERT INTO leaf_owned VALUES (1); INSERT INTO self_owned VALUES (1, NULL), (2, 1); INSERT INTO owned_not DEFAULT VALUES`);
  for (const [sql, expected] of cases) {
    assert.deepEqual(await beside(sql), [...expected].sort(), sql);
    if (!/^(UPDATE|DELETE|MERGE|WITH|EXPLAIN|INSERT.*CONFLICT)/.test(sql)) continue;
    // What PostgreSQL itself counts.
    const { facts } = await last(sql, { mode: 'write' });
    const client = await connectTo(cluster);
    await client.query(`BEGIN; ${sql}`);
    const { rows } = await client.query<{ change: string }>(
      `SELECT 'update ' || relname AS change FROM pg_stat_xact_user_tables WHERE n_tup_upd > 0
       UNION ALL SELECT 'delete ' || relname FROM pg_stat_xact_user_tables WHERE n_tup_del > 0`,
    );
    await client.end();
    const told = new Set(facts.relations.map(({ name, access }) => `${access} ${name}`));
    for (const { change } of rows)
      assert.ok(told.has(change) || told.has(change.replace(/_leaf$/, '')), `${sql}: ${change}`);
    assert.ok(rows.length > 0, sql);
  }
  const { facts } = await last('DELETE FROM hub', { mode: 'write' });
  assert.equal(facts.relations.length, 65, 'so many are not told apart');
  assert.deepEqual(facts.relations.at(-1), {
    ...{ schema: null, name: '*', kind: 'unknown', access: 'delete', via: 'public.hub' },
    columns: { read: [], written: null },
  });
});

test('DDL that reaches what it does not name says so: a schema’s relations, or any', async () => {
  const beside = async (sql: string) =>
    (await last(sql, { mode: 'write' })).facts.relations
      .filter(({ name }) => name === '*')
      .map(({ schema, access }) => `${access} ${schema}`);
  const cases: [string[], string[]][] = [
    [
      [
        'GRANT SELECT ON ALL TABLES IN SCHEMA shadow TO PUBLIC',
        'REVOKE ALL ON ALL TABLES IN SCHEMA shadow FROM PUBLIC CASCADE',
        'GRANT ALL ON ALL SEQUENCES IN SCHEMA shadow TO PUBLIC',
        'ALTER SCHEMA shadow RENAME TO other',
        'DROP SCHEMA shadow',
      ],
      ['ddl shadow'],
    ],
    [['DROP SCHEMA IF EXISTS shadow CASCADE'], ['ddl shadow', 'ddl null']],
    [
      [
        'DROP TABLE owner CASCADE',
        'DROP VIEW plain_view CASCADE',
        'DROP TYPE mood CASCADE',
        'DROP DOMAIN small CASCADE',
        'DROP FUNCTION harm(int) CASCADE',
        'DROP SERVER srv CASCADE',
        'DROP EXTENSION hstore',
        'ALTER TABLE owner DROP COLUMN code CASCADE',
        'ALTER TABLE owner DROP CONSTRAINT owner_pkey CASCADE',
        'ALTER TYPE holder ADD ATTRIBUTE b int CASCADE',
        'ALTER TYPE holder RENAME ATTRIBUTE a TO b CASCADE',
        'ALTER TABLE ALL IN TABLESPACE pg_default SET TABLESPACE other',
      ],
      ['ddl null'],
    ],
    [
      [
        'DROP TABLE owner',
        'ALTER TABLE owner DROP COLUMN code',
        'GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA shadow TO PUBLIC',
        'GRANT SELECT ON owner TO PUBLIC',
        'REVOKE SELECT ON owner FROM PUBLIC CASCADE',
        'ALTER DEFAULT PRIVILEGES IN SCHEMA shadow GRANT SELECT ON TABLES TO PUBLIC',
        'TRUNCATE owner CASCADE',
      ],
      [],
    ],
  ];
  for (const [texts, expected] of cases) for (const sql of texts) assert.deepEqual(await beside(sql), expected, sql);
});

test('a name that the text has made, moved or taken away may be another one behind it', async () => {
  const cases: [string, string[], string[]][] = [
    ['CREATE VIEW shadow.t AS SELECT 1', ['public.t', 'null.t'], ['dynamic', 'write']],
    ['CREATE RULE r AS ON UPDATE TO t DO INSTEAD NOTHING', ['public.t', 'null.t'], ['dynamic', 'write']],
    ['CREATE TABLE shadow.t (a int)', ['public.t', 'null.t'], ['write']],
    ['CREATE TABLE shadow.t () INHERITS (public.elder)', ['public.t', 'null.t'], ['dynamic', 'write']],
    ['CREATE TEMP TABLE t AS SELECT 1', ['public.t', 'null.t'], ['write']],
    ['SELECT 1 INTO t', ['public.t', 'null.t'], ['write']],
    ['CREATE SCHEMA s CREATE VIEW t AS SELECT 1', ['public.t', 'null.t'], ['dynamic', 'write']],
    ['ALTER TABLE elder RENAME TO t', ['public.t', 'null.t'], ['write']],
    ['ALTER VIEW kin_view RENAME TO t', ['public.t', 'null.t'], ['dynamic', 'write']],
    ['ALTER TABLE kin_view RENAME TO t', ['public.t', 'null.t'], ['dynamic', 'write']],
    ['ALTER TABLE shadow.t SET SCHEMA public', ['public.t', 'null.t'], ['dynamic', 'write']],
    ['ALTER TABLE elder INHERIT t', ['public.t', 'null.t'], ['dynamic', 'write']],
    ['ALTER TABLE t ATTACH PARTITION elder DEFAULT', ['public.t', 'null.t'], ['dynamic', 'write']],
    ['DROP TABLE shadow.t', ['public.t', 'null.t'], ['write']],
    ['DROP SCHEMA shadow CASCADE', ['public.t', 'null.t'], ['write']],
    ['ALTER SCHEMA shadow RENAME TO other', ['public.t', 'null.t'], ['write']],
    ['ALTER TABLE t RENAME COLUMN id TO elder', ['public.t'], ['write']],
    ['ALTER TABLE t ADD COLUMN x int', ['public.t'], ['write']],
    ['CREATE INDEX ON t (id)', ['public.t'], ['write']],
    ['DROP TABLE elder', ['public.t'], ['write']],
  ];
  for (const [before, relations, effects] of cases) {
    const { facts } = await last(`${before}; UPDATE t SET id = 1`, { mode: 'write' });
    const updated = facts.relations.filter(({ access }) => access === 'update');
    assert.deepEqual(
      updated.map(({ schema, name }) => `${schema}.${name}`),
      relations,
      before,
    );
    assert.deepEqual(facts.effects, effects, before);
  }
  for (const before of [
    'CREATE FUNCTION shadow.plain(int) RETURNS int LANGUAGE sql RETURN 1',
    'ALTER FUNCTION harm(int) RENAME TO plain',
    'CREATE DOMAIN shadow.int4 AS text',
    'CREATE OPERATOR shadow.+ (LEFTARG = int, RIGHTARG = int, PROCEDURE = harm)',
  ]) {
    const { facts } = await last(`${before}; SELECT abs(1), 1::int4 + 1`, { mode: 'write' });
    const touched = !before.includes('plain');
    assert.equal(facts.effects.includes('dynamic'), touched, before);
  }
  const { facts } = await last('CREATE FUNCTION shadow.abs(int) RETURNS int LANGUAGE sql RETURN 1; SELECT abs(1)', {
    mode: 'write',
  });
  assert.ok(facts.effects.includes('dynamic'));
});

test('what a long transaction has made is held up to a limit; beyond it any name may be one of them', () => {
  let remade = remadeBy(null, { moved: ['a'], opaque: ['b'] });
  const copy = copyOf(remade);
  remade = remadeBy(remade, { moved: Array.from({ length: 9_990 }, (_, n) => `t${n}`), opaque: [] });
  assert.deepEqual(
    ['a', 'b', 't7', 'c'].map((name) => remadeName(remade, name)),
    ['moved', 'opaque', 'moved', null],
  );
  assert.deepEqual(
    ['a', 't7'].map((name) => remadeName(copy, name)),
    ['moved', null],
  );
  remade = remadeBy(remade, { moved: Array.from({ length: 9 }, (_, n) => `u${n}`), opaque: [] });
  assert.equal(remadeName(remade, 'c'), 'opaque', 'more than can be held');
});

test('a parameter’s declared type tells overloads apart', async () => {
  assert.deepEqual(await beyond('SELECT both_ways($1)', { parameterTypes: [25] }), ['dynamic', 'both_ways']);
  const signatures = async (sql: string, parameterTypes?: number[]) => {
    const { facts } = await last(sql, parameterTypes ? { parameterTypes } : {});
    return facts.functions.map(({ signature }) => signature).sort();
  };
  assert.deepEqual(await signatures('SELECT both_ways($1)', [23]), ['public.both_ways(integer)']);
  // Left open, and in one place only: PostgreSQL takes it as it would take a literal.
  assert.deepEqual(await signatures('SELECT both_ways($1)'), ['public.both_ways(text)']);
  assert.deepEqual(await signatures('SELECT both_ways($2)', [0, 0]), ['public.both_ways(text)']);
  const both = ['public.both_ways(integer)', 'public.both_ways(text)'];
  assert.deepEqual(await signatures('SELECT both_ways($1), $1 IS NULL', [0]), both);
});

test('what does not resolve never runs in read mode, and Parse may ask the target only where nothing can happen', async () => {
  const missing = await last('SELECT nope FROM t');
  assert.deepEqual(missing.mechanics.unresolved, { names: ['column "nope"'], parseOnly: true });
  const harmful = await last('SELECT harm(1), nope FROM t');
  assert.equal(harmful.mechanics.unresolved?.parseOnly, false);
  const writes = await last('SELECT nope FROM t', { mode: 'write' });
  assert.equal(writes.mechanics.unresolved, undefined);
  assert.equal(writes.facts.flags.resolved, false);
});

test('changes name their relation with its access, and everything their expressions reach', async () => {
  const write = { mode: 'write' } as const;
  const relations = async (sql: string) =>
    (await last(sql, write)).facts.relations.map(({ name, access }) => `${access} ${name}`);
  assert.deepEqual(await relations('INSERT INTO t (id) SELECT id FROM u'), ['insert t', 'select u']);
  assert.deepEqual(await relations('UPDATE t SET id = u.id FROM u WHERE u.id = t.id'), ['update t', 'select u']);
  assert.deepEqual(await relations('DELETE FROM t USING u WHERE u.id = t.id RETURNING old.id'), [
    'delete t',
    'select u',
  ]);
  assert.deepEqual(
    await relations(
      'MERGE INTO t USING u ON t.id = u.id WHEN MATCHED THEN UPDATE SET id = 1 WHEN NOT MATCHED THEN INSERT (id) VALUES (u.id)',
    ),
    ['merge t', 'select u', 'update t', 'insert t'],
  );
  assert.deepEqual(await relations('TRUNCATE t, u'), ['truncate t', 'truncate u']);
  assert.deepEqual(await relations('DROP TABLE public.t'), ['ddl t']);
  assert.deepEqual(await relations('COPY t FROM STDIN'), ['copy_from t']);
  assert.deepEqual(await relations('ALTER TABLE t ADD COLUMN x int'), ['ddl t']);
  const reached: [string, string][] = [
    ['INSERT INTO t (id) VALUES (harm(1))', 'harm'],
    ['INSERT INTO t (id) VALUES (1) ON CONFLICT DO NOTHING RETURNING harm(id)', 'harm'],
    ['INSERT INTO t (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET id = harm(excluded.id) WHERE t.id > 0', 'harm'],
    ['UPDATE t SET id = harm(id)', 'harm'],
    ['UPDATE t SET (id, name) = (SELECT harm(1), name)', 'harm'],
    ['UPDATE t SET name = holder_col::text', 'harm_cast'],
    ["INSERT INTO checks VALUES ('x')", 'harm_check'],
    ['DELETE FROM t WHERE harm(id) = 1', 'harm'],
    ['MERGE INTO t USING u ON harm(u.id) = t.id WHEN MATCHED THEN DELETE', 'harm'],
    ['CREATE TABLE made AS SELECT harm(1)', 'harm'],
    ['ALTER TABLE t ADD CHECK (harm(id) = 1)', 'harm'],
    ['CREATE INDEX ON t (harm(id))', 'harm'],
    ['CALL harm_procedure()', 'harm_procedure'],
  ];
  for (const [sql, name] of reached) {
    const { facts } = await last(sql, write);
    const unvetted = new Set(facts.functions.filter(({ vetted }) => !vetted).map((fn) => fn.name));
    assert.deepEqual([...unvetted], [name], sql);
    assert.ok(facts.effects.includes('dynamic'), sql);
    assert.ok(facts.flags.resolved, sql);
  }
  const catalogue = await last("UPDATE pg_proc SET prosrc = 'x'", write);
  assert.ok(catalogue.facts.effects.includes('code') && catalogue.facts.effects.includes('admin'));
});

test('promise 3: rows of one shape are one fact, however many, and no parameter hides behind another', async () => {
  const write = { mode: 'write' } as const;
  const rows = (n: number, row: (i: number) => string) => Array.from({ length: n }, (_, i) => row(i)).join();
  const insert = (n: number) =>
    `INSERT INTO u VALUES ${rows(n, (i) => `($${3 * i + 1}, $${3 * i + 2}, $${3 * i + 3})`)}`;
  assert.deepEqual(await beyond(insert(21_845), write), ['write']);
  const { holder, int4, text } = await types();
  const declared = (n: number, more: Record<number, number> = {}) => ({
    ...write,
    parameterTypes: Array.from({ length: 3 * n }, (_, i) => more[i + 1] ?? [int4, text, int4][i % 3] ?? 0),
  });
  assert.deepEqual(await beyond(insert(21_845), declared(21_845)), ['write']);
  // Of another type than the first row's it is looked at itself: this one's becomes text by a cast of its own.
  for (const other of [2, 200, 299])
    assert.deepEqual(
      await beyond(insert(100), declared(100, { [other]: holder })),
      ['dynamic', 'write', 'harm_cast'],
      `$${other}`,
    );
  // Left open, and of a type that another place gives it.
  const typed = `WITH w AS (SELECT harm_cast($200)) ${insert(100)}`;
  assert.deepEqual(await beyond(typed, write), await beyond(`WITH w AS (SELECT harm_cast($2)) ${insert(10)}`, write));
  const list = `SELECT id FROM t WHERE name IN (${rows(30_000, (i) => `$${i + 1}`)})`;
  assert.deepEqual(await beyond(list, { mode: 'write' }), []);
  const among = `SELECT id FROM t WHERE name IN (${rows(100, (i) => `$${i + 1}`)})`;
  const all = Array.from({ length: 100 }, () => text);
  assert.deepEqual(await beyond(among, { parameterTypes: all }), []);
  assert.notDeepEqual(await beyond(among, { parameterTypes: [...all.slice(0, 70), holder, ...all.slice(71)] }), []);
  // A PREPARE says the types itself.
  const prepare = `PREPARE p (${rows(100, (i) => (i === 70 ? 'holder' : 'text'))}) AS ${among}`;
  assert.ok((await beyond(prepare)).includes('harm_cast'));
});

/** What is told of the columns of `person`, or of another relation, that it uses itself: `read … | written …`. */
async function columnsOf(sql: string, context: Partial<AnalysisContext> = {}, relation = 'person'): Promise<string> {
  const { facts } = await last(sql, context);
  const own = facts.relations.filter(({ name, via }) => name === relation && via === null);
  assert.ok(own.length > 0, `${sql}: ${JSON.stringify(facts.relations)}`);
  const all = (list: 'read' | 'written') => {
    const lists = own.map(({ columns }) => columns[list]);
    return lists.includes(null) ? 'any' : [...new Set(lists.flatMap((names) => names ?? []))].sort().join(' ');
  };
  return `${all('read')} | ${all('written')}`;
}

test('columns are told wherever a statement looks at them, by their own names', async () => {
  const NAME = 'name | ';
  const ID_NAME = 'id name | ';
  const ALL = 'email id name | ';
  const read: [string, string][] = [
    ['SELECT name FROM person', NAME],
    ['SELECT "name", U&"\\006eame", NAME FROM person', NAME],
    ['SELECT count(*) FROM person', ' | '],
    ['SELECT 1 FROM person ORDER BY 1', ' | '],
    ['SELECT * FROM person', ALL],
    ['TABLE person', ALL],
    ['SELECT person FROM person', ALL],
    ['SELECT p.* FROM person p', ALL],
    ['SELECT to_json(p) FROM person p', ALL],
    ['SELECT count(p) FROM person p', ALL],
    ['SELECT (p).name FROM person p', ALL],
    ['SELECT (p.*)::text FROM person p', ALL],
    ['SELECT ROW(p.*) FROM person p', ALL],
    ['SELECT name(p) FROM person p', ALL],
    ['SELECT p IS NULL FROM person p', ALL],
    ['SELECT (SELECT p) FROM person p', ALL],
    ['SELECT x FROM person p, LATERAL (SELECT p) x', ALL],
    ['SELECT 1 FROM person WHERE name = $1', NAME],
    ['SELECT 1 FROM person ORDER BY name', NAME],
    ['SELECT id AS name FROM person ORDER BY name', 'id | '],
    ['SELECT id AS name FROM person ORDER BY name || 1', ID_NAME],
    ['SELECT count(*) AS name FROM person GROUP BY name', NAME],
    ['SELECT 1 FROM person GROUP BY GROUPING SETS ((name), (id))', ID_NAME],
    ['SELECT count(*) FROM person HAVING max(name) > $1', NAME],
    ['SELECT DISTINCT ON (name) 1 FROM person', NAME],
    ['SELECT rank() OVER (ORDER BY name) FROM person', NAME],
    ['SELECT rank() OVER w FROM person WINDOW w AS (PARTITION BY name)', NAME],
    ['SELECT count(*) FILTER (WHERE name > $1), string_agg($1, $1 ORDER BY id) FROM person', ID_NAME],
    ['SELECT 1 FROM person LIMIT (SELECT max(length(name)) FROM person)', NAME],
    ['SELECT ctid, tableoid FROM person', 'ctid tableoid | '],
    ['SELECT b FROM person AS x(a, b)', NAME],
    ['SELECT x FROM person AS x(a, b)', ALL],
    ['SELECT 1 FROM person AS x(name, id) WHERE name = 1', 'id | '],
    ['SELECT j.b FROM (person JOIN u USING (id)) AS j(a, b)', ID_NAME],
    ['SELECT j FROM (person JOIN u USING (id)) AS j', ALL],
    ['SELECT 1 FROM (person JOIN u USING (id)) AS j(a) WHERE a = 1', 'id | '],
    ['SELECT x.id FROM person JOIN u USING (id) AS x', 'id | '],
    ['SELECT total FROM person JOIN u USING (name)', NAME],
    ['SELECT total FROM person NATURAL JOIN u', ID_NAME],
    ['SELECT total FROM person NATURAL JOIN unnest(ARRAY(SELECT u FROM u))', ALL],
    ['SELECT u.name FROM person JOIN u ON person.name = u.name', NAME],
    ['SELECT y FROM (SELECT name FROM person) x(y)', NAME],
    ['SELECT 1 FROM (SELECT * FROM person) x', ALL],
    ['WITH w AS (SELECT name FROM person) SELECT 1 FROM w', NAME],
    [
      'WITH RECURSIVE w AS (SELECT id FROM person UNION SELECT p.id FROM person p, w WHERE p.name = $1) TABLE w',
      ID_NAME,
    ],
    ['SELECT (SELECT name) FROM person', NAME],
    ['SELECT (SELECT 1 FROM u WHERE u.name = person.name) FROM person', NAME],
    ['SELECT 1 FROM u WHERE id IN (SELECT id FROM person)', 'id | '],
    ['SELECT id FROM u UNION SELECT id FROM person ORDER BY id', 'id | '],
    ['SELECT id, name FROM person FOR UPDATE OF person', ID_NAME],
    ['SELECT 1 FROM person TABLESAMPLE system (1)', ' | '],
    ["SELECT 1 FROM XMLTABLE('/a' PASSING (SELECT name::xml FROM person) COLUMNS b text)", NAME],
    // What cannot be told apart from a column of the function's is one of the person's.
    ['SELECT (SELECT email FROM unnest(ARRAY(SELECT u FROM u)) f LIMIT 1) FROM person', 'email | '],
    ['SELECT (SELECT p FROM unnest(ARRAY(SELECT u FROM u)) f LIMIT 1) FROM person p', ALL],
    ['SELECT f.* FROM person p, unnest(ARRAY(SELECT u FROM u)) f ORDER BY p', ALL],
    ['SELECT j.a FROM (person JOIN unnest(ARRAY(SELECT u FROM u)) f ON true) AS j(a)', ALL],
    ['EXPLAIN SELECT name FROM person', NAME],
    ['DECLARE c CURSOR FOR SELECT name FROM person', NAME],
    ['PREPARE p AS SELECT name FROM person', NAME],
    ['COPY person TO STDOUT', ALL],
    ['COPY person (name) TO STDOUT', NAME],
    ['COPY (SELECT name FROM person) TO STDOUT', NAME],
  ];
  for (const [sql, told] of read) assert.equal(await columnsOf(sql), told, sql);
  const written: [string, string][] = [
    ['INSERT INTO person (name) VALUES ($1)', ' | name'],
    ['INSERT INTO person VALUES ($1)', ' | email id name'],
    ['INSERT INTO person DEFAULT VALUES', ' | '],
    ['INSERT INTO person (id) VALUES ($1) RETURNING name', 'name | id'],
    ['INSERT INTO person (id) VALUES ($1) RETURNING *', 'email id name | id'],
    ['INSERT INTO person (id) VALUES ($1) RETURNING old.name, new.email', 'email name | id'],
    ['INSERT INTO person (id) SELECT length(name) FROM person', 'name | id'],
    ['INSERT INTO person (id) VALUES ($1) ON CONFLICT (name) DO NOTHING', 'name | id'],
    ['INSERT INTO person (id) VALUES ($1) ON CONFLICT (lower(name)) DO NOTHING', 'name | id'],
    ['INSERT INTO person (id) VALUES ($1) ON CONFLICT ON CONSTRAINT person_name DO NOTHING', 'email id name | id'],
    ['INSERT INTO person (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET name = excluded.email', 'email id | id name'],
    [
      'INSERT INTO person AS p (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET name = $1 WHERE p.email = $2',
      'email id | id name',
    ],
    ['UPDATE person SET name = $1', ' | name'],
    ['UPDATE person SET (name, email) = (SELECT $1, $2) WHERE id = 1', 'id | email name'],
    ['UPDATE person SET name = email RETURNING person', 'email id name | name'],
    ['UPDATE u SET name = p.name FROM person p WHERE p.id = u.id', 'id name | '],
    ['DELETE FROM person WHERE name = $1', 'name | email id name'],
    ['DELETE FROM u USING person p WHERE p.name = u.name', 'name | '],
    [
      'MERGE INTO person p USING u ON p.id = u.id WHEN MATCHED AND p.email > $1 THEN UPDATE SET name = u.name',
      'email id | name',
    ],
    [
      'MERGE INTO person p USING u ON false WHEN NOT MATCHED THEN INSERT (id) VALUES (u.id) RETURNING p.name',
      'name | id',
    ],
    ['MERGE INTO u USING person p ON p.id = u.id WHEN MATCHED THEN DELETE', 'id | '],
    ['COPY person FROM STDIN', ' | email id name'],
    ['COPY person (name) FROM STDIN WHERE id > 1', 'id | name'],
    ['TRUNCATE person', ' | email id name'],
    ['LOCK person', ' | '],
    ['ALTER TABLE person RENAME COLUMN email TO harmless', 'any | any'],
    ['CREATE INDEX ON person (id)', 'any | any'],
    ['GRANT SELECT ON person TO reader', 'any | any'],
    ['DROP TABLE person', 'any | any'],
    ['CREATE TABLE made AS SELECT name FROM person', 'name | '],
    ['CREATE VIEW made AS SELECT name FROM person', 'name | '],
    ['SELECT name, not_a_column FROM person', 'any | any'],
    ['SELECT name FROM person, not_a_table', 'any | any'],
  ];
  for (const [sql, told] of written) assert.equal(await columnsOf(sql, { mode: 'write' }), told, sql);
  // Of which schema it is, and so which columns it has, is not known.
  await cluster.sql('CREATE TABLE shadow.person (email text, name text)');
  analyser.catalogueChanged('shop');
  assert.equal(await columnsOf('SELECT name FROM person', { searchPath: null }), 'any | any');
});

test('what is told of columns goes with a relation: below a view, to children and parents, along keys', async () => {
  const told = async (sql: string) =>
    (await last(sql, { mode: 'write' })).facts.relations.map(
      ({ name, access, via, columns: { read, written } }) =>
        `${access} ${name} ${via ?? '-'}: ${read?.join(' ') ?? 'any'} | ${written?.join(' ') ?? 'any'}`,
    );
  const cases: [string, string[]][] = [
    [
      'SELECT id FROM person_names',
      ['select person_names -: id | ', 'select person public.person_names: email id name | '],
    ],
    [
      'SELECT count(*) FROM person_over',
      [
        'select person_over -:  | ',
        'select person_names public.person_over: label | ',
        'select person public.person_names: email id name | ',
      ],
    ],
    [
      'UPDATE person_names SET label = $1 WHERE id = 1',
      [
        'update person_names -: id | label',
        'update person public.person_names:  | email id name',
        'select person public.person_names: email id name | ',
      ],
    ],
    ['SELECT id FROM elder', ['select elder -: id | ', 'select younger public.elder: id | ']],
    ['SELECT id FROM younger', ['select younger -: id | ', 'select elder public.younger: id | ']],
    ['DELETE FROM person', ['delete person -:  | email id name', 'update visit public.person:  | person']],
    ['UPDATE person SET id = 1', ['update person -:  | id']],
    ['GRANT SELECT ON ALL TABLES IN SCHEMA shadow TO reader', ['ddl * shadow: any | any']],
    ['ALTER TABLE elder RENAME COLUMN id TO nr', ['ddl elder -: any | any', 'ddl younger public.elder: any | any']],
    ['ALTER TABLE elder RENAME TO eldest', ['ddl elder -: any | any']],
  ];
  for (const [sql, relations] of cases) assert.deepEqual(await told(sql), relations, sql);
});

test('columns that take too much to say are told as all', async () => {
  const names = (count: number) => Array.from({ length: count }, (_, n) => `column_${n}`);
  for (const count of [200, 201])
    await cluster.sql(
      `CREATE TABLE wide_${count} (${names(count)
        .map((name) => `${name} int`)
        .join()})`,
    );
  const read = async (sql: string) =>
    (await last(sql)).facts.relations.map(({ columns }) => columns.read?.length ?? null);
  assert.deepEqual(await read('SELECT * FROM wide_200'), [200]);
  assert.deepEqual(await read('SELECT * FROM wide_201'), [null]);
  assert.deepEqual(await read(`SELECT ${names(200).join()} FROM wide_201`), [200]);
  await cluster.sql(
    names(5)
      .map((name) => `CREATE TABLE like_${name} (LIKE wide_200)`)
      .join(';'),
  );
  assert.deepEqual(
    await read(
      `SELECT wide_200.column_1 FROM person, ${names(5)
        .map((name) => `like_${name}`)
        .join()}, wide_200, LATERAL (SELECT ${names(5)
        .map((name) => `like_${name}`)
        .join()}) x`,
    ),
    [0, 200, null, null, null, null, 1],
  );
});

/** By name, as the server numbers them. */
async function types(): Promise<{ holder: number; int4: number; text: number }> {
  const { rows } = await cluster.sql(
    "SELECT typname, oid::int FROM pg_type WHERE typname IN ('holder', 'int4', 'text')",
  );
  return Object.fromEntries(rows.map(({ typname, oid }) => [typname, oid])) as never;
}
