import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { type Cluster, startPostgres } from '../../../test/helpers/postgres.ts';
import { makeAnalyser } from '../analyser.ts';
import type { AnalysisContext } from '../analysis.ts';
import { makeCatalogues } from '../catalogue.ts';
import { connectTo } from '../testing/connect.ts';
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
  const catalogues = makeCatalogues({ connect: () => connectTo(cluster) });
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
