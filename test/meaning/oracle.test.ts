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
import { type Cluster, startPostgres } from '../helpers/postgres.ts';

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
async function analysed(sql: string): Promise<{ reach: Reach; resolved: boolean; floor: string[] }> {
  const parsed = parseWith(parser, sql);
  const [raw] = parsed.kind === 'parsed' ? parsed.statements : [];
  assert.ok(raw, `not parsed: ${sql}`);
  const context = { target: 't', searchPath: 'app, public', mode: 'read', login: 'postgres' } as const;
  for (;;) {
    const structure = walk(raw.node, isStatement, limits.structure);
    const work = new Work();
    const pieces = analyseStatement(raw, structure, sql, context, { snapshot, vetting, work }, limits);
    let piece = pieces.next();
    while (!piece.done) piece = pieces.next();
    const looked = piece.value;
    assert.ok('reach' in looked, `refused: ${sql}`);
    if (looked.reach.needs.size === 0) {
      const { flags, floor } = looked.statement.facts;
      return { reach: looked.reach, resolved: flags.resolved, floor };
    }
    await fetchDetails(client, snapshot, [...looked.reach.needs]);
    await client.query('SET search_path = app, public');
  }
}

const TOKENS = /:(funcid|aggfnoid|winfnoid|opno|relid) (\d+)/g;

async function resolvedByServer(sql: string) {
  // Inside EXISTS, so that output columns may have the same name.
  await client.query(`CREATE TEMP VIEW oracle AS SELECT EXISTS (${sql})`);
  const { rows } = await client.query(
    "SELECT r.ev_action::text AS tree, r.ev_class::int8 AS own FROM pg_rewrite r WHERE ev_class = 'oracle'::regclass",
  );
  await client.query('DROP VIEW oracle');
  const found = { functions: new Set<number>(), operators: new Set<number>(), relations: new Set<number>() };
  for (const [, token, oid] of String(rows[0].tree).matchAll(TOKENS)) {
    if (oid === '0' || oid === rows[0].own) continue;
    const set = token === 'opno' ? found.operators : token === 'relid' ? found.relations : found.functions;
    set.add(Number(oid));
  }
  return found;
}

/** Empty when analysis reached all that the server resolved. */
export function missed(reach: Reach, server: Awaited<ReturnType<typeof resolvedByServer>>): string[] {
  const out: string[] = [];
  for (const oid of server.functions)
    if (!reach.functions.has(oid)) out.push(`function ${snapshot.functionByOid.get(oid)?.signature ?? oid}`);
  for (const oid of server.operators) {
    const { schema, name, left, right } = snapshot.operatorByOid.get(oid) ?? {};
    if (!reach.operators.has(oid)) out.push(`operator ${schema}.${name}(${left}, ${right})`);
  }
  for (const oid of server.relations)
    if (!reach.relations.has(oid)) out.push(`relation ${snapshot.relationByOid.get(oid)?.name ?? oid}`);
  return out;
}

test('promise 3: analysis reaches every function, operator and relation that PostgreSQL resolves', async () => {
  const texts = await readFile(new URL('./queries.sql', import.meta.url), 'utf8');
  const queries = texts.split(/;\s*\n/).map((sql) => sql.replace(/^\s*--.*$/gm, '').trim());
  let count = 0;
  for (const sql of queries.filter(Boolean)) {
    const server = await resolvedByServer(sql).catch((error: unknown) => assert.fail(`${sql}: ${error}`));
    const { reach, resolved, floor } = await analysed(sql);
    assert.deepEqual(
      { missed: missed(reach, server), resolved, floor },
      { missed: [], resolved: true, floor: [] },
      sql,
    );
    count++;
  }
  assert.ok(count > 115, `only ${count} queries`);
});
