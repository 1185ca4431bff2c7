// Promises 1 to 4, seen from outside: a client, the target and the ledger.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import { type Demo, startDemo } from '../helpers/demo.ts';
import { until } from '../helpers/until.ts';

let demo: Demo;
before(async () => {
  demo = await startDemo();
});
after(() => demo?.stop());

const refusal = async (act: Promise<unknown>): Promise<pg.DatabaseError> => {
  try {
    await act;
  } catch (error) {
    return error as pg.DatabaseError;
  }
  throw new Error('It was not refused.');
};
const one = async (client: pg.Client, text: string): Promise<string> =>
  Object.values((await client.query(text)).rows[0] as Record<string, string>)[0] ?? '';

test('promise 1: a session starts in read, whatever the startup packet asks for', async () => {
  for (const options of [
    '',
    '-c default_transaction_read_only=off',
    '-c transaction_read_only=off',
    '-c sudoql.mode=write',
  ]) {
    const client = await demo.connect({ options }).catch(() => null);
    if (client === null) continue;
    assert.equal(await one(client, 'SHOW sudoql.mode'), 'read', options);
    const error = await refusal(client.query("UPDATE customers SET name = 'x' WHERE id = 1"));
    assert.equal(error.code, '25006');
    assert.equal(error.routine, 'write_needs_elevation');
    assert.match(error.hint ?? '', /SELECT sudo\('/);
  }
});

test('promise 2: what cannot be recorded does not elevate, and leaves no writer behind', async () => {
  const client = await demo.connect();
  await demo.onLedger('ALTER TABLE entry RENAME TO entry_away');
  try {
    const error = await refusal(client.query("SELECT sudo('a reason that cannot be kept')"));
    assert.equal(error.code, '58000');
    assert.equal(await one(client, 'SHOW sudoql.mode'), 'read');
    const writers = () =>
      demo.onTarget("SELECT pid FROM pg_stat_activity WHERE usename LIKE '%writer%' AND datname = 'shop'");
    await until('the writer is gone', async () => (await writers()).length === 0);
  } finally {
    await demo.onLedger('ALTER TABLE entry_away RENAME TO entry');
  }
});

test('promise 2: the elevation and its notices are in the ledger when the client hears of write mode', async () => {
  const client = await demo.connect();
  await client.query("SELECT sudo('fix order 4211')");
  const rows = await demo.onLedger("SELECT body FROM entry WHERE kind = 'elevation_started' ORDER BY at DESC LIMIT 1");
  assert.match(String(rows[0]?.body), /fix order 4211/);
  assert.equal(await one(client, 'SHOW sudoql.mode'), 'write');
  await client.query('SELECT unsudo()');
  assert.equal(await one(client, 'SHOW sudoql.mode'), 'read');
});

test('promise 3: what is not understood, or not PostgreSQL, does not run', async () => {
  const client = await demo.connect();
  for (const text of [
    'SELEC 1',
    'SELECT pg_terminate_backend(1)',
    "SELECT lo_import('/etc/passwd')",
    'DO $$ BEGIN END $$',
  ]) {
    await refusal(client.query(text));
  }
  const syntax = await refusal(client.query('SELECT * FORM customers'));
  assert.equal(syntax.code, '42601');
  assert.equal(syntax.position, '10');
});

test('promise 4: reading runs as a login that cannot write, writing as another, on another connection', async () => {
  const client = await demo.connect();
  const reader = await one(client, 'SELECT current_user');
  await client.query("SELECT sudo('two keys')");
  const writer = await one(client, 'SELECT current_user');
  await client.query('SELECT unsudo()');
  assert.notEqual(reader, writer);
  const [held] = await demo.onTarget(
    `SELECT bool_or(has_table_privilege($1, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')) AS can_write
     FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace`,
    [reader],
  );
  assert.equal(held?.can_write, false);
});
