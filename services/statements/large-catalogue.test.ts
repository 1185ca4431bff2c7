import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type pg from 'pg';
import { manyRelations } from '../../test/helpers/many-relations.ts';
import { type Cluster, startPostgres } from '../../test/helpers/postgres.ts';
import { type CatalogueAnalyser, makeAnalyser } from './analyser.ts';
import type { AnalysisContext } from './analysis.ts';
import { makeCatalogues } from './catalogue.ts';
import { takeSnapshot } from './catalogue-snapshot.ts';
import { loadParser } from './parse.ts';
import { connectTo } from './testing/connect.ts';

const RELATIONS = 20_000;
const context: AnalysisContext = { target: 'shop', searchPath: 'public', mode: 'read', login: 'reader' };
let cluster: Cluster;
let client: pg.Client;
let analyser: CatalogueAnalyser;

before(async () => {
  await loadParser();
  cluster = await startPostgres();
  client = await connectTo(cluster);
  await client.query('CREATE TABLE narrow (a int)');
  await manyRelations(client, RELATIONS);
  analyser = makeAnalyser({ catalogues: makeCatalogues({ connect: () => connectTo(cluster), deadlineMs: 60_000 }) });
});
after(async () => {
  await analyser?.close();
  await client?.end();
  await cluster?.remove();
});

test('a large catalogue is taken in pieces, and others have their turns between them', async () => {
  // Many of them come at once, from a server that is ahead.
  const { connection } = client as unknown as { connection: NodeJS.EventEmitter };
  let rows = 0;
  let most = 0;
  let going = true;
  const count = () => rows++;
  connection.on('dataRow', count);
  const others = (async () => {
    for (; going; rows = 0) {
      await setImmediate();
      most = Math.max(most, rows);
    }
  })();
  await takeSnapshot(client);
  going = false;
  await others;
  connection.off('dataRow', count);
  assert.ok(most > 0 && most <= 1_000, `${most} rows in a turn`);
});

test('statements are judged against a catalogue of many relations, and after it changed against the changed one', async () => {
  const columns = async (text: string) => {
    const analysis = await analyser.analyse(text, context);
    assert.equal(analysis.kind, 'statements', JSON.stringify(analysis));
    return analysis.kind === 'statements' && analysis.statements[0]?.facts.flags.resolved;
  };
  assert.equal(await columns('SELECT a FROM narrow'), true);
  assert.equal(await columns(`SELECT 1 FROM table_1, table_${RELATIONS}`), true);
  assert.equal(await columns('SELECT b FROM narrow'), false);
  await client.query('ALTER TABLE narrow ADD b int');
  analyser.catalogueChanged('shop');
  assert.equal(await columns('SELECT b FROM narrow'), true);
  await client.query('DROP TABLE narrow');
  analyser.catalogueChanged('shop');
  assert.equal(await columns('SELECT b FROM narrow'), false);
});
