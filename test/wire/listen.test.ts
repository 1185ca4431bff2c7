// LISTEN, where the target's operator permits it: heard in the mode that asked, by the session that asked, within limits, counted.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import { Listening } from '../../services/gateway/session/listening.ts';
import { Backend } from '../../services/gateway/session/target/backend.ts';
import { until } from '../helpers/until.ts';
import { query, Raw } from './raw-client.ts';
import { makeStage, openPolicy, type Stage } from './stage.ts';

let stage: Stage;
let direct: pg.Client;
const BYTES = 30_000;

before(async () => {
  stage = await makeStage({
    policy: openPolicy(),
    limits: { bytes: BYTES, sessionsPerPrincipal: 20 },
    listenerPatienceMs: 300,
    schema: 'CREATE TABLE items (id int)',
  });
  direct = await stage.direct();
});
after(() => stage?.remove());

interface Listener {
  client: pg.Client;
  heard: string[];
  notices: string[];
  /** Waits until this was heard. */
  hears(payload: string): Promise<unknown>;
}

async function listener(config?: pg.ClientConfig): Promise<Listener> {
  const client = await stage.connect(config);
  const heard: string[] = [];
  const notices: string[] = [];
  client.on('notification', ({ channel, payload }) => void heard.push(`${channel} ${payload}`));
  client.on('notice', ({ message }) => void notices.push(message ?? ''));
  const hears = (payload: string) => until(`${payload} is heard`, async () => heard.includes(payload));
  return { client, heard, notices, hears };
}

const tell = (channel: string, payload: string) => direct.query('SELECT pg_notify($1, $2)', [channel, payload]);

test('what others notify is heard in read mode, idle and behind a statement, until UNLISTEN, and counted in the record', async () => {
  const { client, heard, hears } = await listener();
  await client.query('LISTEN jobs');
  await tell('jobs', 'one');
  await hears('jobs one');
  await client.query('BEGIN');
  await tell('jobs', 'two');
  await client.query('SELECT 1');
  assert.deepEqual(heard, ['jobs one']);
  await client.query('COMMIT');
  await hears('jobs two');
  await client.query('UNLISTEN *');
  await tell('jobs', 'three');
  await client.query('SELECT 1');
  assert.deepEqual(heard, ['jobs one', 'jobs two']);
  await client.end();
  await until('it is counted', async () =>
    (await stage.entries('session_ended')).some(({ why }) =>
      /; 2 notifications of \d+ bytes were passed on$/.test(why),
    ),
  );
});

test('LISTEN goes with the mode, in words, and is heard in none that did not ask; nor by any other session', async () => {
  const [{ client, heard, notices, hears }, other] = [await listener(), await listener()];
  const SAYS = /^LISTEN has ended: the session is in (read|write) mode/;
  await client.query('LISTEN jobs');
  await client.query("SELECT sudo('listens')");
  assert.deepEqual(
    notices.flatMap((each) => SAYS.exec(each)?.[1] ?? []),
    ['write'],
  );
  await tell('jobs', 'not in write');
  await client.query('LISTEN other');
  await tell('other', 'in write');
  await hears('other in write');
  await client.query('SELECT unsudo()');
  await until('it is said', async () =>
    notices.some((each) => /LISTEN has ended: the session is in read mode/.test(each)),
  );
  await tell('other', 'not in read');
  await tell('jobs', 'not in read again');
  await client.query('SELECT 1');
  // Behind a bare BEGIN, whose transaction moves to the writer.
  await client.query('LISTEN jobs');
  await client.query('BEGIN');
  await client.query("SELECT sudo('listens')");
  await client.query('COMMIT');
  await client.query('SELECT unsudo()');
  await tell('jobs', 'nor now');
  await client.query('SELECT 1');
  assert.deepEqual(heard, ['other in write']);
  assert.deepEqual(other.heard, []);
});

test('in read mode nobody notifies, whatever listens; what is contained does not take LISTEN along', async () => {
  const { client, hears } = await listener();
  await client.query('LISTEN jobs; SELECT random()');
  for (const text of ["NOTIFY jobs, 'x'", "SELECT pg_notify('jobs', 'x')"])
    await assert.rejects(client.query(text), { code: '25006' });
  await tell('jobs', 'still heard');
  await hears('jobs still heard');
});

test('a flood of notifications ends its listener, in words, and nobody else', async () => {
  const { client } = await listener();
  const said = new Promise<Error>((resolve) => client.on('error', resolve));
  await client.query('LISTEN flood');
  const bystander = await listener();
  await direct.query("SELECT pg_notify('flood', repeat(n::text, 1000)) FROM generate_series(1, 50) n");
  const error = (await said) as pg.DatabaseError;
  assert.deepEqual([error.code, /more than 30000 bytes came within a minute/.test(error.message)], ['54000', true]);
  await bystander.client.query('SELECT 1');
});

test('a listener that is idle in a transaction is ended, for it holds the queue of the whole server', async () => {
  const raw = await Raw.open(stage.through());
  await raw.ask(query('LISTEN jobs'));
  await raw.ask(query('BEGIN'));
  const error = await raw.next();
  assert.match(error, /^E\(25P03 the session was idle in a transaction for longer than the limit of 300 ms/);
  // Others may be so for as long as the operator lets them.
  const { idleInTransaction } = Listening.prototype;
  assert.equal(idleInTransaction.call({ on: false } as Listening, 0), 0);
});

test('a listener that takes nothing is ended in time', async () => {
  await new Promise<void>((resolve) => {
    const listening = new Listening(1, 20, resolve);
    listening.on = true;
    listening.blocked();
  });
});

test('a notification that comes with the answer to a question of the gateway’s own is not lost', async () => {
  const backend = await Backend.open('reader', stage.past('reader'));
  const heard: Uint8Array[] = [];
  backend.onNotification = (raw) => void heard.push(raw);
  await backend.exchange(query('LISTEN jobs'));
  await backend.exchange(query('BEGIN'));
  await tell('jobs', 'between');
  await backend.exchange(query('COMMIT'));
  backend.close();
  assert.equal(heard.length, 1);
});
