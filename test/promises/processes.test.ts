// One gateway by two processes: what counts counts for both, what reaches one reaches the other, and the end of one loses nothing.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { ownerOf } from '../../services/gateway/session/cancel/keys.ts';
import { cancelRequest } from '../../services/gateway/wire/frames.ts';
import { assertSettled } from '../helpers/assert-ledger.ts';
import { RawClient } from '../helpers/raw-client.ts';
import { until, within } from '../helpers/until.ts';
import { startReplica } from '../policy/replica.ts';
import { startWhole, type Whole } from '../helpers/whole.ts';

const LIMITS = {
  sessions_per_principal: 6,
  statements_per_principal: 3,
  half_open_per_address: 4,
  shutdown_drain: '0s',
};
let whole: Whole;
before(async () => {
  whole = await startWhole({ more: { processes: 2, limits: LIMITS } });
  await until('both processes serve', async () => (await living()).length === 2);
});
after(() => whole?.remove());

type Line = Record<string, unknown>;
const log = async (): Promise<Line[]> =>
  (await readFile(whole.gateway.log, 'utf8'))
    .split('\n')
    .flatMap((line) => (line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line) as Line] : []));

/** Processes that serve, by their supervisor's words. */
async function living(): Promise<{ name: string; pid: number; slot: number }[]> {
  const found = new Map<unknown, { name: string; pid: number; slot: number }>();
  for (const { msg, slot, process: name, pid } of await log()) {
    if (msg === 'a process serves') found.set(slot, { name: String(name), pid: Number(pid), slot: Number(slot) });
    else if (/^a process.* ended/.test(String(msg)) && found.get(slot)?.name === name) found.delete(slot);
  }
  return [...found.values()];
}

interface Held {
  client: pg.Client;
  /** Its process. */
  at: string;
  processId: number;
  secret: Buffer;
}
async function hold(user = 'ana'): Promise<Held> {
  const client = await whole.connect(user);
  const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
  const secret = Buffer.alloc(4);
  secret.writeInt32BE(secretKey);
  const [shown] = (await client.query('SHOW application_name')).rows;
  const session = String(shown?.application_name).split(':')[2]?.split(' ')[0];
  const begun = await until('its beginning is in the log', async () =>
    (await log()).find((line) => line.event === 'session_started' && line.session === session),
  );
  return { client, at: String(begun.replica), processId: processID, secret };
}
/** One session at each process. */
async function holdBoth(user = 'ana'): Promise<[Held, Held]> {
  const [first, second] = [await hold(user), await hold(user)];
  const names = (await living()).map(({ name }) => name).sort();
  assert.deepEqual([first.at, second.at].sort(), names, 'connections go to each process in turn');
  return first.at === names[0] ? [first, second] : [second, first];
}
const refusal = async (act: Promise<unknown>): Promise<pg.DatabaseError> =>
  act.then(
    () => assert.fail('It was not refused.'),
    (error: unknown) => error as pg.DatabaseError,
  );
/** By a connection of its own: the next goes to the other process. */
const get = (path: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const asked = request(`${whole.http}${path}`, { agent: false, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    asked.once('error', reject).end();
  });
const metric = async (name: string): Promise<number> => {
  const { text } = await get('/metrics');
  return Number(new RegExp(`^${name.replace(/[{}]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1]);
};
const active = (text: string, count = 1) =>
  until(`${text} runs`, async () => {
    const found = await whole.onTarget(
      `SELECT FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE '%${text}%'`,
    );
    return found.length === count;
  });

test('two processes are one gateway: names, sessions, metrics and readiness of the whole', async () => {
  const held = await holdBoth();
  assert.match(held[0].at, /^demo\/1-[0-9a-f]{8}$/);
  assert.match(held[1].at, /^demo\/2-[0-9a-f]{8}$/);
  // Whichever process is asked.
  for (let n = 0; n < 2; n++) {
    assert.equal(await metric('sudoql_sessions'), 2);
    assert.equal(await metric('sudoql_processes'), 2);
    assert.equal(await metric('sudoql_target_ready{target="shop"}'), 1);
    assert.equal(await metric('sudoql_ledger_up'), 1);
  }
  const { ready, parts } = await whole.readyz();
  assert.deepEqual([ready, parts.processes], [true, { ready: true, detail: null }]);
  for (const { client } of held) await client.end();
  await until('their places are given back', async () => (await metric('sudoql_sessions')) === 0);
});

test('limits count for all processes: sessions and statements of a principal, half-open connections of an address', async () => {
  const held: Held[] = [];
  for (let n = 0; n < LIMITS.sessions_per_principal; n++) held.push(await hold('ana'));
  for (let n = 0; n < 2; n++) {
    const error = await refusal(whole.connect('ana'));
    assert.equal(error.code, '53300');
    assert.match(error.message, /you have 6 sessions open/);
  }
  const running = held.slice(0, 3).map(({ client }) => client.query('SELECT pg_sleep(60) AS counted'));
  for (const each of running) each.catch(() => {});
  await active('AS counted', 3);
  for (const { client } of held.slice(3, 5)) {
    const error = await refusal(client.query('SELECT 1'));
    assert.match(error.message, /you have 3 statements running already/);
  }
  // What ends gives its place back, wherever it was.
  await held[0]?.client.end().catch(() => {});
  await until('a statement has its place', async () =>
    held[3]?.client.query('SELECT 1').then(
      () => true,
      () => false,
    ),
  );
  held.push(await hold('ana'));
  await Promise.allSettled(held.map(({ client }) => client.end()));

  let open: Socket[] = [];
  /** Each is given up after a while, as it says nothing. */
  const fill = async () => {
    open = open.filter((socket) => !socket.destroyed);
    while (open.length < LIMITS.half_open_per_address) {
      const socket = connect(whole.wire, '127.0.0.1').resume();
      socket.on('error', () => {});
      open.push(socket);
      await new Promise((resolve) => socket.once('connect', resolve));
    }
  };
  for (let n = 0; n < 2; n++) {
    const error = await until('no more are let in', async () => {
      await fill();
      return whole.connect('ana').then(
        (client) => client.end().then(() => null),
        (thrown: pg.DatabaseError) => thrown,
      );
    });
    assert.equal(error.code, '53300');
    assert.match(error.message, /too many connections are logging in at once/);
  }
  for (const socket of open) socket.destroy();
  const client = await until('they are given back', () => whole.connect('ana').catch(() => null));
  await client.end();
});

test('guessing tokens is counted for all processes', async () => {
  const status = async () => (await get('/v1/me', { authorization: 'Bearer wrong' })).status;
  const answers: number[] = [];
  for (let n = 0; n < 24; n++) answers.push(await status());
  // Each process has counted the failures at the other, but for those whose news was on its way.
  assert.ok(answers.filter((each) => each === 401).length <= 22, answers.join());
  await until('both refuse', async () => (await status()) === 429 && (await status()) === 429);
});

test('promise 11: a CancelRequest reaches its session at another process, and the ledger is not asked', async () => {
  const held = await hold('ana');
  const said: string[] = [];
  const ear = new pg.Client({ connectionString: whole.ledger.cluster.url('sudoql_ledger') });
  await ear.connect();
  ear.on('notification', ({ payload }) => said.push(payload ?? ''));
  await ear.query(`LISTEN sudoql_cancel_${ownerOf(held.processId)}`);
  const cancel = async (secret: Buffer) => {
    const client = await RawClient.connect(whole.wire);
    client.send(cancelRequest(held.processId, secret));
    await client.closed();
  };
  // Three a round: the right one arrives at the one process and then at the other.
  for (let n = 0; n < 2; n++) {
    const running = refusal(held.client.query('SELECT pg_sleep(60) AS near'));
    await active('AS near');
    const wrong = Buffer.from(held.secret);
    wrong[0] = (wrong[0] ?? 0) ^ 1;
    await cancel(wrong);
    await active('AS near');
    await cancel(wrong);
    await active('AS near');
    await cancel(held.secret);
    assert.equal((await running).code, '57014');
  }
  await ear.query(`NOTIFY sudoql_cancel_${ownerOf(held.processId)}, 'the end'`);
  await until('all was heard', () => said.includes('the end'));
  assert.deepEqual(said, ['the end']);
  await ear.end();
  await held.client.end();
});

test('SIGHUP reaches all processes, and one that is started later has what they have taken over', async () => {
  const text = await readFile(whole.files.config, 'utf8');
  await writeFile(
    whole.files.config,
    text.replace('level: info', 'level: debug').replace('processes: 2', 'processes: 3'),
  );
  whole.gateway.process.kill('SIGHUP');
  const names = await until('both have read it again', async () => {
    const lines = (await log()).filter(({ msg }) => msg === 'the configuration was read again');
    return lines.length === 2 && lines.map(({ replica }) => String(replica)).sort();
  });
  assert.deepEqual(names, (await living()).map(({ name }) => name).sort());
  const [line] = (await log()).filter(({ msg }) => msg === 'the configuration was read again');
  assert.deepEqual([line?.changed, line?.needRestart], [['logLevel'], ['processes']]);
});

test('another gateway of the same name is refused in words', async () => {
  await assert.rejects(
    startReplica(whole, 'demo'),
    /Another gateway that runs on this ledger is called demo: demo\/1-[0-9a-f]{8}, which is connected to the ledger from 127\.0\.0\.1/,
  );
});

test('promise 6: a process is killed: its writer is gone, the others settle it at once, tell it, and take over its duties', async () => {
  const [lost, other] = await holdBoth();
  await lost.client.query("SELECT sudo('to be lost')");
  await lost.client.query("UPDATE orders SET status = 'kept' WHERE id = 7");
  await lost.client.query('BEGIN');
  await lost.client.query("UPDATE orders SET status = 'open' WHERE id = 8");
  await other.client.query("SELECT sudo('goes on')");
  const before = await metric('sudoql_sessions_total{target="shop"}');
  const killed = (await living()).find(({ name }) => name === lost.at);
  assert.equal(killed?.slot, 1, 'it was on duty');
  process.kill(killed.pid, 'SIGKILL');
  await within(1_000, 'its writer is gone', async () => {
    const writers = await whole.onTarget("SELECT FROM pg_stat_activity WHERE usename = 'shop_writer'");
    return writers.length === 1;
  });
  // 6 s is what others wait who do not know that it is gone.
  await within(3_000, 'its elevation is settled', async () =>
    (await whole.entries('elevation_ended')).some(({ why }) => why === 'gateway_lost'),
  );
  await other.client.query("UPDATE orders SET status = 'on' WHERE id = 9");
  await until('people are told, by the one that was not on duty before', () => {
    const subjects = whole.mailbox.mails.map(({ subject }) => subject);
    return subjects.some((each) => /Process 1 of this gateway ended by itself \(signal SIGKILL\)/.test(each));
  });
  await until('the end is told', async () => {
    const told = await whole.onLedger(
      "SELECT FROM notice_state WHERE body ->> 'event' = 'elevation.ended' AND body ->> 'why' = 'gateway_lost' AND state = 'delivered'",
    );
    return told.length === 2;
  });
  await until('it was started again', async () => (await living()).length === 2);
  const again = (await living()).find(({ slot }) => slot === 1);
  assert.notEqual(again?.name, killed.name);
  assert.equal(await metric('sudoql_process_restarts_total'), 1);
  assert.ok((await metric('sudoql_sessions_total{target="shop"}')) >= before, 'what it counted stays counted');
  const { ready, parts } = await whole.readyz();
  assert.equal(ready, true);
  assert.match(String(parts.processes?.detail), /process 1: it was started again.*signal SIGKILL/);
  // Its places are free, and both take connections.
  const [first, second] = await holdBoth();
  await first.client.end();
  await second.client.end();
  const [row] = await whole.onTarget(
    'SELECT string_agg(status, $1 ORDER BY id) AS found FROM orders WHERE id IN (7, 8, 9)',
    [','],
  );
  assert.equal(row?.found, 'kept,pending,on');
  await other.client.query('SELECT unsudo()');
  await other.client.end();
});

test('SIGTERM drains all processes: sessions end in words, elevations are recorded and told before the last one ends', async () => {
  const held = await holdBoth();
  const ended = held.map(
    ({ client }) =>
      new Promise<string | undefined>((resolve) =>
        client.once('error', (error: pg.DatabaseError) => resolve(error.code)),
      ),
  );
  await held[0].client.query("SELECT sudo('first at the end')");
  await held[1].client.query("SELECT sudo('second at the end')");
  await whole.gateway.stop();
  assert.equal(whole.gateway.process.exitCode, 0);
  assert.deepEqual(await Promise.all(ended), ['57P01', '57P01']);
  await assertSettled((text) => whole.onLedger(text));
  const ends = (await whole.entries('elevation_ended')).filter(({ why }) => why === 'shutdown');
  assert.equal(ends.length, 2);
  const pending = await whole.onLedger("SELECT body FROM notice_state WHERE state <> 'delivered'");
  assert.deepEqual(pending, []);
  // One was started after SIGHUP: its log's level is what SIGHUP said.
  for (const { at } of held) assert.ok((await log()).some(({ level, replica }) => level === 20 && replica === at));
});

test('promise 5: without its supervisor a process ends in order', async () => {
  const text = await readFile(whole.files.config, 'utf8');
  await writeFile(whole.files.config, text.replace('processes: 3', 'processes: 2'));
  await whole.start();
  await until('both processes serve again', async () => (await living()).length === 2);
  const held = await holdBoth();
  await held[0].client.query("SELECT sudo('an orphan')");
  await held[1].client.query("SELECT sudo('another')");
  const pids = (await living()).map(({ pid }) => pid);
  whole.gateway.process.kill('SIGKILL');
  await until('they are gone', () => pids.every((pid) => !lives(pid)));
  await assertSettled((text) => whole.onLedger(text));
  const ends = (await whole.entries('elevation_ended')).slice(-2).map(({ why }) => why);
  assert.deepEqual(ends, ['shutdown', 'shutdown']);
});

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
