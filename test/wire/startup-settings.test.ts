// Settings in the startup packet: what PostgreSQL takes counts, and what it refuses is refused in its own words.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../helpers/until.ts';
import { query, Raw, sqlstate } from './raw-client.ts';
import { makeStage, openPolicy, type Stage } from './stage.ts';

let stage: Stage;

before(async () => {
  stage = await makeStage({ policy: openPolicy(), schema: 'CREATE TABLE items (id int PRIMARY KEY)' });
});
after(() => stage.remove());

interface Said {
  code: string;
  message: string;
  detail?: string;
  hint?: string;
  routine?: string;
}

const words = ({ code, message, detail, hint }: Said) => ({ code, message, detail, hint });
const notConnected = (connecting: Promise<unknown>) =>
  connecting.then(
    () => assert.fail('it connected'),
    (error: Said) => error,
  );

test('promise 11: a bad value in the startup packet is refused as the server refuses it', async () => {
  for (const options of [
    '-c TimeZone=Nowhere',
    '-c DateStyle=Martian',
    '-c statement_timeout=soon',
    '-c statement_timeout=-5',
    '-c IntervalStyle=none',
    '-c client_min_messages=loud',
    '-c extra_float_digits=99',
    '-c lock_timeout=99999999999',
    '-c idle_session_timeout=1parsec',
    '-c default_transaction_isolation=none',
  ]) {
    const { Client } = (await import('pg')).default;
    const direct = new Client({ ...stage.past('reader'), options });
    direct.on('error', () => {});
    const expected = await notConnected(direct.connect());
    const heard = await notConnected(stage.connect({ options }));
    assert.deepEqual(words(heard), words(expected), options);
    assert.equal(heard.routine, 'bad_setting', options);
  }
});

test('promise 10: of its own login’s troubles the client hears nothing, whatever it set itself', async () => {
  const options = '-c TimeZone=UTC';
  await stage.rows('ALTER ROLE reader NOLOGIN');
  try {
    const { routine, message } = await notConnected(stage.connect({ options }));
    assert.deepEqual([routine, message], ['target_unreachable', 'the target does not answer']);
    await stage.rows('ALTER ROLE reader LOGIN; ALTER DATABASE shop CONNECTION LIMIT 0');
    assert.equal((await notConnected(stage.connect({ options }))).routine, 'target_unreachable');
  } finally {
    await stage.rows('ALTER ROLE reader LOGIN; ALTER DATABASE shop CONNECTION LIMIT -1');
  }
});

test('promise 11: limits of the startup packet are the session’s, and what RESET returns to', async () => {
  const options = '-c idle_in_transaction_session_timeout=54321 -c idle_session_timeout=65432 -c statement_timeout=7s';
  for (const reason of ['', ' -c sudoql.reason=limits']) {
    const client = await stage.connect({ options: options + reason });
    const show = async (name: string) => Object.values((await client.query(`SHOW ${name}`)).rows[0])[0];
    for (const change of [
      '',
      'SET idle_session_timeout = 1; RESET idle_session_timeout',
      'SET statement_timeout = 0; RESET statement_timeout',
    ]) {
      if (change !== '') await client.query(change);
      assert.equal(await show('idle_in_transaction_session_timeout'), '54321ms');
      assert.equal(await show('idle_session_timeout'), '65432ms');
      assert.equal(await show('statement_timeout'), '7s');
    }
  }
});

test('a session that idles for longer than it said ends, as directly; in write mode only the writer’s time counts', async () => {
  const raw = await Raw.open(stage.through(), { options: '-c idle_session_timeout=400' });
  assert.match(await raw.next(), /^E\(57P05 /);
  raw.destroy();
  const writes = await stage.connect();
  await writes.query("SET idle_session_timeout = '2s'");
  await writes.query("SELECT sudo('idle reader')");
  // Longer than the reader would have waited.
  await writes.query('SELECT pg_sleep(2.5)');
  await writes.query('SELECT unsudo()');
  assert.equal((await writes.query('SHOW idle_session_timeout')).rows[0]?.idle_session_timeout, '2s');
});

test('promise 11: who asks to read only, and why it writes, reads only until it says otherwise', async () => {
  const raw = await Raw.open(stage.through(), {
    options: '-c default_transaction_read_only=on -c sudoql.reason=both',
  });
  assert.equal((await raw.ask(query('SHOW sudoql.mode')))[1], 'D(write)');
  const refused = await raw.ask(query('INSERT INTO items VALUES (1)'));
  assert.deepEqual(refused, ['E(25006 cannot execute INSERT in a read-only transaction)', 'Z(I)']);
  await raw.ask(query('SET default_transaction_read_only = off'));
  assert.equal(sqlstate(await raw.ask(query('INSERT INTO items VALUES (1)'))), undefined);
  await raw.ask(query('RESET default_transaction_read_only'));
  assert.equal(sqlstate(await raw.ask(query('INSERT INTO items VALUES (2)'))), '25006');
  await raw.ask(query('SELECT unsudo()'));
  await until('it is in read mode', async () => (await raw.ask(query('SHOW sudoql.mode')))[1] === 'D(read)');
  raw.destroy();
});
