// What each layer of read mode stops alone: gateways composed without the others. The counts over the whole corpus are
// made by `npm run test:layers`; these are the sentences that docs/read-mode.md says; H is in limits.test.ts.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import { loadCases } from '../bypass/cases.ts';
import { changes, takeDigest } from '../bypass/digest.ts';
import { DATABASE, makeStage, type Stage } from '../bypass/stage.ts';
import { type Gateway, makeGateway } from '../helpers/gateway.ts';
import { type Cluster, startPostgres } from '../helpers/postgres.ts';
import { message, query, Raw, sqlstate, SYNC } from '../wire/raw-client.ts';
import { openPolicy } from '../wire/stage.ts';
import { int16, int32 } from '../../services/gateway/wire/frames.ts';
import { COMPOSITIONS } from './compositions.ts';
import { type AnalysisLayer, onlyLayer } from './partial-analysis.ts';
import { rowsInPage } from './table.ts';
import { startLedgerPostgres } from '../../services/ledger/testing.ts';

let target: Cluster;
let ledger: Cluster;
let stage: Stage;
let admin: pg.Client;

before(async () => {
  [target, ledger] = await Promise.all([startPostgres(), startLedgerPostgres()]);
  stage = await makeStage(target);
  admin = await stage.admin();
});
after(async () => {
  await admin.end();
  await stage.remove();
  await Promise.all([target.remove(), ledger.remove()]);
});

/** Through a gateway that has this layer of analysis only, to a reader that may do anything. */
async function through(layer: AnalysisLayer, use: (raw: Raw, gateway: Gateway) => Promise<void>): Promise<void> {
  const gateway = await makeGateway({
    ledger,
    name: DATABASE,
    reader: stage.config('superuser'),
    writer: stage.config('writer'),
    control: stage.config('control'),
    policy: openPolicy(),
    analyser: (real, catalogues) => onlyLayer(layer, real, catalogues),
  });
  const raw = await Raw.open(gateway.through({ user: 'ben' }));
  try {
    await use(raw, gateway);
  } finally {
    raw.destroy();
    await gateway.close();
  }
}

const lines = async () => (await admin.query('SELECT count(*)::int AS n FROM app.log')).rows[0].n;

test('A, text alone: what is no UTF-8, holds NUL, is too long or opens too many comments never reaches the target', async () => {
  await through('A', async (raw) => {
    for (const [text, state] of [
      [Buffer.from([0x53, 0x45, 0x4c, 0x45, 0x43, 0x54, 0x20, 0x27, 0xed, 0xa0, 0x80, 0x27]), '22021'],
      [Buffer.from([0x53, 0x45, 0x4c, 0x45, 0x43, 0x54, 0x20, 0x27, 0xc0, 0xa7, 0x27]), '22021'],
      [Buffer.from(`SELECT '${'x'.repeat(70_000)}'`), '54000'],
      [Buffer.from(`SELECT 1 ${'/*'.repeat(300)}${'*/'.repeat(300)}`), '54000'],
    ] as const)
      assert.equal(sqlstate(await raw.ask(message('Q', text, Buffer.from([0])))), state);
    assert.equal(sqlstate(await raw.ask(query('SELECT 1'))), undefined);
  });
});

test('B, parser alone: texts that exhaust it are refused within its deadline, and the next one is judged', async () => {
  await through('B', async (raw) => {
    const words = await raw.ask(query(`SELECT 1${'+1'.repeat(20_000)}`));
    assert.match(words[0] ?? '', /^E\(\w+ statement has too many parts to be judged/);
    assert.equal(sqlstate(await raw.ask(query('SELECT 1'))), undefined);
  });
});

test('C, structure alone: statements that are no reads by their kind are refused by the gateway itself', async () => {
  const rows = await lines();
  await through('C', async (raw) => {
    for (const text of [
      "INSERT INTO app.log (line) VALUES ('c')",
      'UPDATE public.orders SET total = 0',
      'CREATE TABLE c (a int)',
      'DO $$ BEGIN NULL; END $$',
      "CALL public.proc_write('c')",
      'VACUUM',
      'LOCK TABLE public.orders',
      "NOTIFY c, 'x'",
      'COPY app.log FROM STDIN',
      'SELECT 1; TRUNCATE public.ruled',
    ]) {
      const words = await raw.ask(query(text));
      assert.match(words[0] ?? '', /^E\(25006 this session is in read mode/, text);
    }
  });
  assert.equal(await lines(), rows);
});

test('D, meaning alone: what a harmless-looking SELECT reaches is seen through operators, casts, domains, views and policies', async () => {
  const rows = await lines();
  await through('D', async (raw) => {
    for (const text of [
      "SELECT public.definer_write('d')",
      'SELECT c.of_customer FROM public.customers c',
      'SELECT 1 === 2',
      'SELECT ROW(1, 2)::public.pair::text',
      "SELECT 'x'::public.noisy",
      'SELECT * FROM public.noisy_view_of_view',
      'SELECT * FROM public.guarded',
      'SELECT public.noisy_sum(id) FROM public.customers',
      'WITH d AS (DELETE FROM public.orders RETURNING id) SELECT * FROM d',
      'SELECT 1 FOR UPDATE',
      'TABLE public.locking_view',
    ])
      assert.notEqual(sqlstate(await raw.ask(query(text))), undefined, text);
    assert.equal(
      sqlstate(await raw.ask(query('SELECT id, lower(name) FROM public.customers WHERE id = 1'))),
      undefined,
    );
  });
  assert.equal(await lines(), rows);
});

test('E, the read connection alone: READ ONLY holds, cannot be left, and what a function did is rolled back', async () => {
  const before = await takeDigest(admin);
  await through('settings', async (raw) => {
    assert.equal(sqlstate(await raw.ask(query("INSERT INTO app.log (line) VALUES ('e')"))), '25006');
    for (const text of ['SET SESSION AUTHORIZATION corpus_writer', 'BEGIN READ WRITE; SELECT 1'])
      assert.notEqual(sqlstate(await raw.ask(query(text))), undefined, text);
    // What alone asks for READ WRITE passes, as something else.
    for (const text of ['SET default_transaction_read_only = off', 'RESET transaction_read_only']) {
      assert.equal(sqlstate(await raw.ask(query(text))), undefined, text);
      assert.equal(sqlstate(await raw.ask(query("INSERT INTO app.log (line) VALUES ('e')"))), '25006', text);
    }
    assert.equal(sqlstate(await raw.ask(query('BEGIN READ WRITE'))), undefined);
    assert.ok((await raw.ask(query('SHOW transaction_read_only'))).includes('D(on)'));
    await raw.ask(query('ROLLBACK AND CHAIN'));
    assert.equal(sqlstate(await raw.ask(query("INSERT INTO app.log (line) VALUES ('e')"))), '25006');
    await raw.ask(query('ROLLBACK'));
    assert.equal(sqlstate(await raw.ask(query("SELECT public.definer_write('e')"))), '25006');
    // NOTIFY passes READ ONLY; what is rolled back notifies nobody.
    await raw.ask(query("SELECT pg_notify('e', 'x'), public.harmless(1)"));
  });
  assert.deepEqual(changes(before, await takeDigest(admin, before)), []);
});

test('F, the role alone, with READ ONLY switched off: it cannot write a row, make an object, or leave its rights', async () => {
  const before = await takeDigest(admin);
  const states: [string, string | undefined][] = [];
  const raw = await Raw.open(stage.config('reader'), { options: '-c default_transaction_read_only=off' });
  for (const text of [
    "INSERT INTO app.log (line) VALUES ('f')",
    'DELETE FROM public.orders',
    'CREATE TABLE public.f (a int)',
    'CREATE TEMP TABLE f (a int)',
    'CREATE SCHEMA f',
    "SELECT nextval('public.ticket')",
    'SET ROLE corpus_writer',
    'SELECT 1 FROM public.orders FOR UPDATE',
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "DO $$ BEGIN EXECUTE 'DELETE FROM public.orders'; END $$",
    "SELECT pg_read_file('postgresql.conf')",
    'SELECT rolpassword FROM pg_authid',
    'SELECT lo_create(7)',
    'ALTER SYSTEM SET work_mem = 1',
  ])
    states.push([text, sqlstate(await raw.ask(query(text)))]);
  raw.destroy();
  for (const [text, state] of states) assert.match(state ?? '', /^(42501|0A000)$/, text);
  const after = await takeDigest(admin, before);
  assert.deepEqual(
    changes(before, after).filter((part) => part !== 'transaction ids'),
    [],
  );
});

test('G, the protocol alone: no function without SQL, no replication grammar, no settings by the startup packet', async () => {
  const before = await takeDigest(admin);
  await through('none', async (raw, gateway) => {
    const call = message('F', int32(957), int16(0), int16(1), int32(2), Buffer.from('-1'), int16(0));
    assert.equal(sqlstate(await raw.ask(call)), '0A000');
    assert.equal(sqlstate(await raw.ask([message('z'), SYNC]).catch(() => ['E(08P01'])), '08P01');
    const other = await Raw.open(gateway.through({ user: 'ben' }));
    // Alone it would be answered with a quiet no-op.
    const readWrite = "SELECT 1, set_config('default_transaction_read_only', 'off', false)";
    await assert.rejects(other.ask(query(readWrite)), /closed/);
    for (const startup of [
      { replication: 'database' },
      { replication: 'true' },
      { options: '-c default_transaction_read_only=off' },
      { options: '-c session_replication_role=replica' },
      { role: 'corpus_writer' },
      { client_encoding: 'LATIN1' },
    ])
      await assert.rejects(Raw.open(gateway.through({ user: 'ben' }), startup), JSON.stringify(startup));
  });
  assert.deepEqual(changes(before, await takeDigest(admin, before)), []);
});

test('the table in docs/read-mode.md has every composition, and counts the corpus as it is', async () => {
  const cases = await loadCases('refused', 18);
  const expected = COMPOSITIONS.map(({ title, about = () => true }) => [title, cases.filter(about).length]);
  const rows = (await rowsInPage()).map((row) => [row.title, row.cases]);
  assert.deepEqual(rows, expected, 'npm run test:layers -- --write');
});
