import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { Value } from '../../contract/typebox/typebox.js';
import { parse } from 'yaml';
import { type Cluster, startPostgres } from '../../../test/helpers/postgres.ts';
import { makeAnalyser } from '../analyser.ts';
import type { AnalysisContext } from '../analysis.ts';
import { makeCatalogues } from '../catalogue.ts';
import { cataloguesOf, connectTo } from '../testing/connect.ts';
import { listFunctions } from './list-functions.ts';
import { type VettedLine, VettedLine as VettedLineSchema, vettedFor, vettingLine } from './vetted.ts';

let cluster: Cluster;
const context: AnalysisContext = { target: 'shop', searchPath: 'public', mode: 'read', login: 'reader' };

before(async () => {
  cluster = await startPostgres();
  await cluster.sql(`CREATE FUNCTION total(int) RETURNS int STABLE LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION writes(text) RETURNS int SECURITY DEFINER LANGUAGE sql AS 'SELECT 2';
    CREATE FUNCTION on_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE AGGREGATE joined(text) (sfunc = textcat, stype = text);
    CREATE PROCEDURE tidy() LANGUAGE sql AS 'SELECT 1'; CREATE EXTENSION citext`);
});

after(() => cluster?.remove());

test('the users’ functions are listed with the line that would vet each, and that line vets it', async () => {
  const client = await connectTo(cluster);
  const all = await listFunctions(client, 'shop');
  await client.end();
  const own = all.filter(({ extension }) => extension === null);
  assert.deepEqual(
    own.map(({ signature, kind, vetted, volatility, securityDefiner, parts }) => [
      signature,
      kind,
      vetted,
      volatility,
      securityDefiner,
      parts,
    ]),
    [
      ['public.joined(text)', 'aggregate', true, 'immutable', false, ['textcat(text,text)']],
      ['public.tidy()', 'procedure', false, 'volatile', false, []],
      ['public.total(integer)', 'function', false, 'stable', false, []],
      ['public.writes(text)', 'function', false, 'volatile', true, []],
    ],
  );
  const citext = all.find(({ signature }) => signature === 'public.citext_eq(public.citext, public.citext)');
  assert.ok(citext?.vetted && citext.extension?.startsWith('citext '));

  const [total] = own.filter(({ signature }) => signature === 'public.total(integer)');
  const lines: unknown = parse(String(total?.line));
  assert.ok(Array.isArray(lines) && lines.every((line) => Value.Check(VettedLineSchema, line)));
  let vetted = vettedFor('shop', []);
  const catalogues = cataloguesOf(cluster);
  const analyser = makeAnalyser({ catalogues, vetted: () => vetted });
  const effects = async () => {
    const analysis = await analyser.analyse('SELECT total(1)', context);
    assert.ok(analysis.kind === 'statements');
    const [first] = analysis.statements;
    return { effects: first?.facts.effects, unvetted: first?.mechanics.unvetted?.map((fn) => vettingLine('shop', fn)) };
  };
  assert.deepEqual(await effects(), { effects: ['dynamic', 'read'], unvetted: [total?.line] });
  vetted = vettedFor('shop', lines as VettedLine[]);
  assert.deepEqual(await effects(), { effects: ['read'], unvetted: undefined });
  vetted = vettedFor('other', lines as VettedLine[]);
  assert.deepEqual((await effects()).effects, ['dynamic', 'read'], 'vetted on one target only');

  // The same name with another body is another function.
  vetted = vettedFor('shop', lines as VettedLine[]);
  await cluster.sql(`CREATE OR REPLACE FUNCTION total(int) RETURNS int STABLE LANGUAGE sql AS 'SELECT writes(''x'')'`);
  analyser.catalogueChanged('shop');
  assert.deepEqual((await effects()).effects, ['dynamic', 'read']);
  await analyser.close();
});

test('promise 3: a vetted function is what its body means along the path of the moment', async () => {
  await cluster.sql(`CREATE SCHEMA shadow;
    CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql IMMUTABLE RETURN $1 * 2;
    CREATE FUNCTION doubled(int) RETURNS int LANGUAGE sql AS 'SELECT abs($1) + twice($1)';
    CREATE FUNCTION seen() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM goods); END';
    CREATE FUNCTION fixed(int) RETURNS int LANGUAGE sql SET search_path = pg_catalog AS 'SELECT abs($1) + 1';
    CREATE FUNCTION defaulted(int, text DEFAULT writes(NULL)) RETURNS int LANGUAGE sql RETURN $1;
    CREATE TABLE goods (id int);
    CREATE FUNCTION shadow.abs(int) RETURNS int LANGUAGE sql AS 'SELECT writes(NULL)';
    CREATE FUNCTION shadow.plus(int, int) RETURNS int LANGUAGE sql AS 'SELECT writes(NULL)';
    CREATE OPERATOR shadow.+ (leftarg = int, rightarg = int, function = shadow.plus);
    CREATE VIEW shadow.goods AS SELECT shadow.abs(1)`);
  const client = await connectTo(cluster);
  const lines = (await listFunctions(client, 'shop')).flatMap(({ signature, line }) =>
    /^public\.(doubled|twice|seen|fixed|defaulted)\(/.test(signature) && line !== null
      ? [parse(line) as VettedLine[]]
      : [],
  );
  await client.end();
  const vetted = vettedFor('shop', lines.flat());
  const analyser = makeAnalyser({
    catalogues: cataloguesOf(cluster),
    vetted: () => vetted,
  });
  const unvetted = async (sql: string, searchPath: string) => {
    const analysis = await analyser.analyse(sql, { ...context, searchPath });
    assert.ok(analysis.kind === 'statements');
    return analysis.statements[0]?.mechanics.unvetted?.map(({ signature }) => signature).sort();
  };
  for (const sql of ['SELECT doubled(1)', 'SELECT seen()', 'SELECT fixed(1)'])
    assert.equal(await unvetted(sql, 'public'), undefined, sql);
  assert.deepEqual(await unvetted('SELECT doubled(1)', 'shadow, pg_catalog, public'), [
    'shadow.abs(integer)',
    'shadow.plus(integer, integer)',
  ]);
  assert.deepEqual(await unvetted('SELECT public.seen()', 'shadow, public'), ['shadow.abs(integer)']);
  assert.equal(await unvetted('SELECT public.fixed(1)', 'shadow, public'), undefined);
  // A default is not part of the body, and runs where the argument is left out.
  assert.equal(await unvetted("SELECT defaulted(1, 'given')", 'public'), undefined);
  assert.deepEqual(await unvetted('SELECT defaulted(1)', 'public'), ['public.writes(text)']);
  await analyser.close();
});

test('a function that runs with its owner’s rights looks its names up also in schemas closed to the reader', async () => {
  await cluster.sql(`CREATE ROLE looker LOGIN PASSWORD 'looker'; CREATE SCHEMA kept;
    CREATE FUNCTION kept.lower(text) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN writes($1); END';
    CREATE FUNCTION lowered(text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN lower($1); END'`);
  const connect = async () => {
    const { port } = cluster;
    const client = new pg.Client({ host: '127.0.0.1', port, database: 'postgres', user: 'looker', password: 'looker' });
    await client.connect();
    return client;
  };
  const client = await connectTo(cluster);
  const line = (await listFunctions(client, 'shop')).find(({ signature }) =>
    signature.startsWith('public.lowered('),
  )?.line;
  await client.end();
  const vetted = vettedFor('shop', [parse(line ?? '') as VettedLine[]].flat());
  const analyser = makeAnalyser({ catalogues: makeCatalogues({ connect }), vetted: () => vetted });
  const unvetted = async (sql: string, searchPath: string) => {
    const analysis = await analyser.analyse(sql, { ...context, searchPath });
    assert.ok(analysis.kind === 'statements');
    return analysis.statements[0]?.mechanics.unvetted?.map(({ signature }) => signature);
  };
  assert.equal(await unvetted("SELECT public.lowered('x')", 'public'), undefined);
  assert.equal(await unvetted("SELECT lower('x')", 'kept, pg_catalog'), undefined);
  assert.deepEqual(await unvetted("SELECT public.lowered('x')", 'kept, pg_catalog'), ['kept.lower(text)']);
  await analyser.close();
});
