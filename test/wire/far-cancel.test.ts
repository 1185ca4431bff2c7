// Cancel keys that reach another gateway than the session's own: a balancer knows nothing of sessions.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { ownerOf } from '../../services/gateway/session/cancel/keys.ts';
import { cancelRequest } from '../../services/gateway/wire/frames.ts';
import type { Gateway } from '../helpers/gateway.ts';
import { RawClient } from '../helpers/raw-client.ts';
import { until } from '../helpers/until.ts';
import { query, Raw, sqlstate } from './raw-client.ts';
import { makeStage, openPolicy, type Stage } from './stage.ts';

const PROTOCOL_3_2 = 0x0003_0002;
let stage: Stage;
let other: Gateway;

before(async () => {
  stage = await makeStage({ policy: openPolicy(), limits: { sessionsPerPrincipal: 40 }, schema: '' });
  other = await stage.beside();
});
after(() => stage.remove());

const active = (text: string) =>
  until(`${text} runs`, async () => {
    const found = await stage.rows(
      `SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE '%${text}%'`,
    );
    return found.length > 0;
  });

const AND_NOTHING_AFTER = [
  'E(57014 canceling statement due to user request)',
  'Z(I)',
  'T(?column?:23:0)',
  'D(1)',
  'C(SELECT 1)',
  'Z(I)',
];

for (const [name, version] of [
  ['3.0', undefined],
  ['3.2', PROTOCOL_3_2],
] as const) {
  test(`promise 11: a CancelRequest of protocol ${name} that reaches another gateway cancels what runs, and nothing after it`, async () => {
    const raw = await Raw.open(stage.through(), {}, version);
    assert.equal(raw.secret.length, version ? 32 : 4);
    for (let n = 0; n < 10; n++) {
      raw.send(query('SELECT pg_sleep(60) AS far'));
      await active('AS far');
      await raw.cancel(other.port);
      const words = await raw.ask(query('SELECT 1'), 2);
      assert.deepEqual(words.slice(-6), AND_NOTHING_AFTER);
    }
    raw.destroy();
  });
}

/** All that is said to the owner of a cancel key by way of the ledger, while `act` runs. */
async function saidTo(processId: number, act: () => Promise<void>): Promise<string[]> {
  const said: string[] = [];
  const ear = new pg.Client(other.connection);
  await ear.connect();
  try {
    ear.on('notification', ({ payload }) => said.push(payload ?? ''));
    await ear.query(`LISTEN sudoql_cancel_${ownerOf(processId)}`);
    await act();
    // What was committed before this is told before it.
    await ear.query(`NOTIFY sudoql_cancel_${ownerOf(processId)}, 'the end'`);
    await until('all was heard', () => said.includes('the end'));
    return said.filter((each) => each !== 'the end');
  } finally {
    await ear.end();
  }
}

async function tryKey(port: number, processId: number, secret: Buffer): Promise<void> {
  const client = await RawClient.connect(port);
  client.send(cancelRequest(processId, secret));
  await client.closed();
}

test('forged cancel keys cost the ledger nothing, and cancel nothing', async () => {
  const raw = await Raw.open(stage.through(), {}, PROTOCOL_3_2);
  raw.send(query('SELECT pg_sleep(60) AS forged'));
  await active('AS forged');
  const { processId, secret } = raw;
  const changed = (at: number) => {
    const copy = Buffer.from(secret);
    copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
    return copy;
  };
  const said = await saidTo(processId, async () => {
    // Of this session, of another one of the same owner, and of this session's neighbour by a key that is good for it.
    for (const at of [0, 15, 16, 31]) await tryKey(other.port, processId, changed(at));
    for (let n = 0; n < 15; n++) await tryKey(other.port, processId, randomBytes(n % 2 ? 32 : 4));
    for (let n = 1; n < 200; n++) await tryKey(other.port, processId ^ n, randomBytes(n % 2 ? 32 : 4));
    await tryKey(other.port, processId ^ 1, secret);
    for (const length of [5, 31, 33, 256]) await tryKey(other.port, processId ^ 2, randomBytes(length));
  });
  assert.deepEqual(said, []);
  assert.ok((await stage.rows("SELECT 1 FROM pg_stat_activity WHERE query LIKE '%AS forged' AND state = 'active'"))[0]);
  await raw.cancel(other.port);
  assert.equal(sqlstate(await raw.heard()), '57014');
  raw.destroy();
});

test('promise 11: whoever guesses the keys of one session keeps nobody else from cancelling elsewhere', async () => {
  const [mine, guessed] = [await Raw.open(stage.through()), await Raw.open(stage.through())];
  mine.send(query('SELECT pg_sleep(60) AS beside'));
  await active('AS beside');
  for (let n = 0; n < 100; n++) await tryKey(other.port, guessed.processId, randomBytes(4));
  await mine.cancel(other.port);
  assert.equal(sqlstate(await mine.heard()), '57014');
  for (const each of [mine, guessed]) each.destroy();
});

test('a storm of one good key at another gateway is few messages, and keeps nobody from cancelling', async () => {
  const [storming, mine] = [await Raw.open(stage.through()), await Raw.open(stage.through())];
  mine.send(query('SELECT pg_sleep(60) AS calm'));
  await active('AS calm');
  const said = await saidTo(storming.processId, async () => {
    const storm = Array.from({ length: 200 }, () => storming.cancel(other.port));
    await mine.cancel(other.port);
    assert.equal(sqlstate(await mine.heard()), '57014');
    await Promise.all(storm);
  });
  // One at once, one for all that came meanwhile, and so on every 100 ms: 200 connections may take a loaded machine a while.
  assert.ok(said.length < 100, `${said.length} messages`);
  for (const each of [storming, mine]) each.destroy();
});

test('what is said of a cancel by way of the ledger holds no key, and said again, altered or forged it cancels nothing', async () => {
  const raw = await Raw.open(stage.through());
  const first = await saidTo(raw.processId, async () => {
    raw.send(query('SELECT pg_sleep(60) AS said'));
    await active('AS said');
    await raw.cancel(other.port);
    await raw.heard();
  });
  const [request = ''] = first.filter((each) => each.startsWith('cancel '));
  assert.notEqual(request, '');
  assert.doesNotMatch(request, new RegExp(`${raw.secret.toString('hex')}|${raw.secret.readInt32BE()}`));
  raw.send(query('SELECT pg_sleep(60) AS again'));
  await active('AS again');
  const sender = new pg.Client(other.connection);
  await sender.connect();
  const channel = `sudoql_cancel_${ownerOf(raw.processId)}`;
  const words = request.split(' ');
  const put = (at: number, word: string) => words.map((each, i) => (i === at ? word : each)).join(' ');
  for (const payload of [
    request,
    put(3, randomBytes(16).toString('hex')),
    put(4, String(Number(words[4]) + 1)),
    put(5, '0'.repeat(32)),
    put(6, '0'.repeat(32)),
    'cancel',
    `cancel ${raw.processId}`,
    '',
    'x'.repeat(7_000),
  ]) {
    await sender.query('SELECT pg_notify($1, $2)', [channel, payload]);
  }
  // A cancel that is right comes behind them, for another session: by then they were all looked at.
  const behind = await Raw.open(stage.through());
  behind.send(query('SELECT pg_sleep(60) AS behind'));
  await active('AS behind');
  await behind.cancel(other.port);
  assert.equal(sqlstate(await behind.heard()), '57014');
  assert.ok((await stage.rows("SELECT 1 FROM pg_stat_activity WHERE query LIKE '%AS again' AND state = 'active'"))[0]);
  await sender.end();
  for (const each of [raw, behind]) each.destroy();
});

test('the key of a session that is over is answered at once', async () => {
  const raw = await Raw.open(stage.through());
  raw.destroy();
  await until('the session is over', () => stage.sessions.count === 0);
  const client = await RawClient.connect(other.port);
  const began = performance.now();
  client.send(cancelRequest(raw.processId, raw.secret));
  await client.closed();
  assert.ok(performance.now() - began < 2_900, 'nobody answered');
});
