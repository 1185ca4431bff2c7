// PostgreSQL itself says what a text resolves to: for a view of the same text it writes down the functions, operators
// and relations. Analysis must have found all of them (it may find more: candidates it could not tell apart).
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import { fetchDetails, type Snapshot, takeSnapshot } from '../../services/statements/catalogue-snapshot.ts';
import { analyseStatement } from '../../services/statements/analyse-statement.ts';
import { Work } from '../../services/statements/meaning/work.ts';
import { DEFAULT_FACT_LIMITS } from '../../services/statements/findings.ts';
import type { Reach } from '../../services/statements/meaning/reach.ts';
import { makeParserInstance, type ParserInstance } from '../../services/statements/parser/instance.ts';
import { parseWith } from '../../services/statements/parser/parse.ts';
import { isStatement } from '../../services/statements/statement-kinds.ts';
import { DEFAULT_STRUCTURE_LIMITS, walk } from '../../services/statements/structure.ts';
import { connectTo } from '../../services/statements/testing/connect.ts';
import { makeVetting } from '../../services/statements/vetting/verdict.ts';
import type { StatementFacts } from '../../services/statements/facts.ts';
import { makeRandom } from '../fuzz/random.ts';
import { type Cluster, startPostgres } from '../helpers/postgres.ts';
import { amount } from '../helpers/sample.ts';
import { COLUMNS_SCHEMA, randomStatement, RELATIONS } from './random-columns.ts';

let cluster: Cluster;
let client: pg.Client;
let parser: ParserInstance;
let snapshot: Snapshot;
const limits = { facts: { ...DEFAULT_FACT_LIMITS, bytes: 1e9 }, structure: DEFAULT_STRUCTURE_LIMITS };
const vetting = makeVetting();

before(async () => {
  parser = await makeParserInstance();
  cluster = await startPostgres();
  await cluster.sql(await readFile(new URL('./schema.sql', import.meta.url), 'utf8'));
  await cluster.sql(`${COLUMNS_SCHEMA}; CREATE ROLE narrow; GRANT USAGE ON SCHEMA cols TO narrow`);
  client = await connectTo(cluster);
  await client.query('SET search_path = app, public');
  snapshot = await takeSnapshot(client);
  await client.query('SET search_path = app, public');
});

after(async () => {
  await client?.end();
  await cluster?.remove();
});

/** What analysis reached, details fetched as it asks for them. */
async function analysed(
  sql: string,
  mode: 'read' | 'write' = 'read',
): Promise<{ reach: Reach; resolved: boolean; floor: string[]; facts: StatementFacts }> {
  const parsed = parseWith(parser, sql);
  const [raw] = parsed.kind === 'parsed' ? parsed.statements : [];
  assert.ok(raw, `not parsed: ${sql}`);
  const context = { target: 't', searchPath: 'app, public', mode, login: 'postgres' } as const;
  for (;;) {
    const structure = walk(raw.node, isStatement, limits.structure);
    const work = new Work();
    const pieces = analyseStatement(raw, structure, sql, context, { snapshot, vetting, work }, limits);
    let piece = pieces.next();
    while (!piece.done) piece = pieces.next();
    const looked = piece.value;
    assert.ok('reach' in looked, `refused: ${sql}`);
    if (looked.reach.needs.size === 0) {
      const { facts } = looked.statement;
      return { reach: looked.reach, resolved: facts.flags.resolved, floor: facts.floor, facts };
    }
    await fetchDetails(client, snapshot, [...looked.reach.needs]);
    await client.query('SET search_path = app, public');
  }
}

const TOKENS = /:(funcid|aggfnoid|winfnoid|opno|relid) (\d+)/g;

/** What privileges are asked for: numbers of columns, 7 higher, for system columns' are negative. */
const SELECTED = /RTEPERMISSIONINFO :relid (\d+)[^{}]*? :selectedCols \(b([ \d]*)\)/g;

async function resolvedByServer(sql: string) {
  // Inside EXISTS, so that output columns may have the same name.
  await client.query(`CREATE TEMP VIEW oracle AS SELECT EXISTS (${sql})`);
  const { rows } = await client.query(
    "SELECT r.ev_action::text AS tree, r.ev_class::int8 AS own FROM pg_rewrite r WHERE ev_class = 'oracle'::regclass",
  );
  await client.query('DROP VIEW oracle');
  const found = {
    functions: new Set<number>(),
    operators: new Set<number>(),
    relations: new Set<number>(),
    columns: new Map<number, number[]>(),
  };
  for (const [, token, oid] of String(rows[0].tree).matchAll(TOKENS)) {
    if (oid === '0' || oid === rows[0].own) continue;
    const set = token === 'opno' ? found.operators : token === 'relid' ? found.relations : found.functions;
    set.add(Number(oid));
  }
  for (const [, oid, numbers = ''] of String(rows[0].tree).matchAll(SELECTED)) {
    const known = found.columns.get(Number(oid)) ?? [];
    found.columns.set(Number(oid), [...known, ...numbers.trim().split(' ').filter(Boolean).map(Number)]);
  }
  return found;
}

/** Columns that were told, and are not asked for. */
const excess: string[] = [];

/** Empty when analysis reached all that the server resolved. */
function missed(reach: Reach, facts: StatementFacts, server: Awaited<ReturnType<typeof resolvedByServer>>): string[] {
  const out: string[] = [];
  for (const oid of server.functions)
    if (!reach.functions.has(oid)) out.push(`function ${snapshot.functionByOid.get(oid)?.signature ?? oid}`);
  for (const oid of server.operators) {
    const { schema, name, left, right } = snapshot.operatorByOid.get(oid) ?? {};
    if (!reach.operators.has(oid)) out.push(`operator ${schema}.${name}(${left}, ${right})`);
  }
  for (const oid of server.relations)
    if (!reach.relations.has(oid)) out.push(`relation ${snapshot.relationByOid.get(oid)?.name ?? oid}`);
  for (const [oid, numbers] of server.columns) {
    const relation = snapshot.relationByOid.get(oid);
    const fact = facts.relations.find(
      ({ schema, name, access, via }) =>
        schema === relation?.schema && name === relation?.name && access === 'select' && via === null,
    );
    const told = fact?.columns.read;
    const all = snapshot.details.get(oid)?.columns ?? [];
    const needed = numbers.flatMap((number) =>
      number === 7 ? all : all.filter((column) => column.number === number - 7),
    );
    for (const { name } of told ? needed : []) if (!told?.includes(name)) out.push(`column ${relation?.name}.${name}`);
    for (const name of told ?? [])
      if (all.some((column) => column.name === name) && !needed.some((column) => column.name === name))
        excess.push(`${relation?.name}.${name}`);
    if (!fact) out.push(`columns of ${relation?.name}`);
  }
  return out;
}

test('promise 3: analysis reaches every function, operator, relation and column that PostgreSQL resolves', async (t) => {
  const texts = await readFile(new URL('./queries.sql', import.meta.url), 'utf8');
  const queries = texts.split(/;\s*\n/).map((sql) => sql.replace(/^\s*--.*$/gm, '').trim());
  let count = 0;
  for (const sql of queries.filter(Boolean)) {
    const server = await resolvedByServer(sql).catch((error: unknown) => assert.fail(`${sql}: ${error}`));
    const { reach, resolved, floor, facts } = await analysed(sql);
    assert.deepEqual(
      { missed: missed(reach, facts, server), resolved, floor },
      { missed: [], resolved: true, floor: [] },
      sql,
    );
    count++;
  }
  assert.ok(count > 115, `only ${count} queries`);
  t.diagnostic(`told, and not asked for: ${excess.join(', ') || 'none'}`);
});

/** What facts tell, as privileges: a role with these alone must be able to run the statement. `spare` stands for no column at all. */
function privileges({ relations }: StatementFacts): Map<string, string[]> {
  const grants = new Map<string, string[]>();
  const add = (relation: string, privilege: string, columns: string[] | null) => {
    const key = `${privilege} ON cols.${relation}`;
    // What is told of a child stands with its parent too, which need not have it.
    const own = columns?.filter((name) => !RELATIONS[relation] || RELATIONS[relation].includes(name)) ?? ['*'];
    grants.set(key, [...new Set([...(grants.get(key) ?? []), ...own, 'spare'])]);
  };
  for (const { name, access, columns } of relations) {
    add(name, 'SELECT', columns.read);
    if (access === 'insert' || access === 'update') add(name, access.toUpperCase(), columns.written);
    if (access === 'delete') add(name, 'DELETE', null);
  }
  return grants;
}

/** Null when it was permitted, else PostgreSQL's error. Privileges are asked for when it would begin, which EXPLAIN does. */
async function refusedWith(grants: ReadonlyMap<string, string[]>, sql: string): Promise<pg.DatabaseError | null> {
  const lines = [...grants].map(([key, columns]) => {
    const [privilege, on] = key.split(' ON ');
    return `GRANT ${privilege} ${columns.includes('*') ? '' : `(${columns.join(', ')})`} ON ${on} TO narrow;`;
  });
  const text = `BEGIN; ${lines.join(' ')} SET LOCAL ROLE narrow; EXPLAIN ${sql}; ROLLBACK`;
  return client.query(text).then(
    () => null,
    async (error: pg.DatabaseError) => {
      await client.query('ROLLBACK');
      return error;
    },
  );
}

const DENIED = '42501';

test('promise 3: a role that may use the columns alone that facts tell may run the statement', async (t) => {
  const seed = Number(process.env.SUDOQL_COLUMNS_SEED ?? Date.now() % 1e9);
  const random = makeRandom(seed);
  const found = { run: 0, changes: 0, others: 0, told: 0, spared: 0 };
  for (let n = 0; n < amount(250, 1_000); n++) {
    const sql = randomStatement(random);
    const { facts } = await analysed(sql, 'write');
    const grants = privileges(facts);
    const error = await refusedWith(grants, sql);
    assert.notEqual(
      error?.code,
      DENIED,
      `seed ${seed}: ${error?.message}: ${sql}\ntold: ${JSON.stringify(facts.relations)}`,
    );
    if (error) {
      found.others++;
      continue;
    }
    found.run++;
    found.changes += Number(facts.type !== 'SelectStmt');
    assert.ok(facts.flags.resolved, `seed ${seed}: ${sql}`);
    if (n % 10 > 0) continue;
    // What is told in excess of what it names itself: without it, it runs as well.
    const named = facts.relations.flatMap(({ name, via }) => (via === null ? [`SELECT ON cols.${name}`] : []));
    for (const [key, columns] of grants) {
      for (const column of named.includes(key) ? columns.filter((name) => !['spare', '*'].includes(name)) : []) {
        const without = new Map([...grants, [key, columns.filter((name) => name !== column)]]);
        found.told++;
        found.spared += Number((await refusedWith(without, sql)) === null);
      }
    }
  }
  t.diagnostic(`seed ${seed}: ${JSON.stringify(found)}`);
  assert.ok(found.run > found.others, `seed ${seed}: most are no statements: ${JSON.stringify(found)}`);
});
