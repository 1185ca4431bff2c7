import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { PATIENCE_MS } from '../../../test/helpers/until.ts';
import type { Cluster } from '../../../test/helpers/postgres.ts';
import { type HeartbeatOptions, makeHeartbeat } from './make-heartbeat.ts';
import type { Heartbeat } from './heartbeat.ts';
import { nameLock } from './locks.ts';
import { migratedLedger, startLedgerPostgres } from '../testing.ts';
import { startFaultyProxy } from '../testing-proxy.ts';

let cluster: Cluster;
let connection: pg.ClientConfig;
const opened: Heartbeat[] = [];
before(async () => {
  cluster = await startLedgerPostgres();
  connection = await migratedLedger(cluster);
});
after(async () => {
  await Promise.all(opened.map((heartbeat) => heartbeat.close()));
  await cluster?.remove();
});

const open = (replica: string, more: Partial<HeartbeatOptions> = {}): Heartbeat => {
  const heartbeat = makeHeartbeat({ connection, replica, deadAfterMs: 300, ...more });
  opened.push(heartbeat);
  return heartbeat;
};
const sql = async (text: string) => (await cluster.sql(text, 'ledger')).rows;
const next = (subscribe: (resolve: (value: unknown) => void) => unknown): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('Nothing was heard.')), PATIENCE_MS);
    subscribe((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
const beat = (heartbeat: Heartbeat) => next((resolve) => heartbeat.onLease(() => resolve(null)));
const addToken = (id: string, expires: string) =>
  sql(`INSERT INTO principal_salt VALUES ('ana', 's', 1) ON CONFLICT DO NOTHING;
    INSERT INTO token VALUES ('${id}', 'ana', NULL, 'human', 'none', '{}', '${id}', 'k', 'k', now(), ${expires})`);

test('a revoked elevation is heard of once, also when it was revoked before it was watched', async () => {
  const heartbeat = open('a');
  const heard: unknown[] = [];
  const first = next((resolve) =>
    heartbeat.watchElevation('e1', (by) => {
      heard.push(by);
      resolve(by);
    }),
  );
  const stop = heartbeat.watchElevation('e1', () => heard.push('stopped'));
  stop();
  await beat(heartbeat);
  assert.deepEqual(heard, []);
  await sql(`INSERT INTO elevation_revocation (elevation, actor) VALUES ('e1', '{"principal":"sec"}')`);
  assert.deepEqual(await first, { principal: 'sec' });
  assert.deepEqual(await next((resolve) => heartbeat.watchElevation('e1', resolve)), { principal: 'sec' });
  await beat(heartbeat);
  assert.equal(heard.length, 1);
});

test('a token that was revoked, has expired or is gone is heard of', async () => {
  const heartbeat = open('b');
  await addToken('revoked', "now() + interval '1 day'");
  await addToken('expires', "now() + interval '300 ms'");
  await addToken('stays', "now() + interval '1 day'");
  const stays: string[] = [];
  heartbeat.watchToken('stays', (why) => stays.push(why));
  const revoked = next((resolve) => heartbeat.watchToken('revoked', resolve));
  const expired = next((resolve) => heartbeat.watchToken('expires', resolve));
  await sql(`INSERT INTO token_revocation (token, actor) VALUES ('revoked', '{}')`);
  assert.equal(await revoked, 'revoked');
  assert.equal(await expired, 'expired');
  assert.equal(await next((resolve) => heartbeat.watchToken('removed by the owner', resolve)), 'revoked');
  assert.deepEqual(stays, []);
});

test('NOTIFY hastens the beat, whatever it carries, and a flood of it does not flood the ledger', async () => {
  const heartbeat = open('c', { intervalMs: 60_000 });
  await beat(heartbeat);
  const heard = next((resolve) => heartbeat.watchElevation('e9', resolve));
  await beat(heartbeat);
  await sql(`INSERT INTO elevation_revocation (elevation, actor) VALUES ('e9', '{}'); NOTIFY sudoql, 'forged; e1'`);
  assert.deepEqual(await heard, {});
  let beats = 0;
  heartbeat.onLease(() => beats++);
  const flooded = beat(heartbeat);
  await sql(`DO $$ BEGIN FOR i IN 1..500 LOOP PERFORM pg_notify('sudoql', i::text); END LOOP; END $$`);
  await flooded;
  assert.ok(beats < 50, `${beats} beats`);
});

test('the newest activated policy wins, and is told at once to who asks later', async () => {
  const heartbeat = open('d');
  const seen: (string | null)[] = [];
  const change = next((resolve) =>
    heartbeat.watchPolicy((revision) => {
      seen.push(revision);
      if (revision === 'rev2') resolve(null);
    }),
  );
  await beat(heartbeat);
  await sql(
    `INSERT INTO policy_activation (revision, actor)
     VALUES ('rev1', '{"operator":"o"}'), ('rev2', '{"operator":"o"}'), ('what a directory held', NULL); NOTIFY sudoql`,
  );
  await change;
  assert.deepEqual(seen, [null, 'rev2']);
  const later: (string | null)[] = [];
  heartbeat.watchPolicy((revision) => later.push(revision));
  assert.deepEqual(later, ['rev2']);
});

test('a listener that fails keeps nobody else from hearing', async () => {
  const heartbeat = open('e');
  heartbeat.watchElevation('e10', () => {
    throw new Error('a fault of the listener');
  });
  const heard = next((resolve) => heartbeat.watchElevation('e10', resolve));
  await sql(`INSERT INTO elevation_revocation (elevation, actor) VALUES ('e10', '{}')`);
  await heard;
  await beat(heartbeat);
});

test('a process that is gone is settled by one of the living, and again later by another if that fails', async () => {
  const dying = open('dying');
  await beat(dying);
  const settled: string[] = [];
  let failing = true;
  const done = next((resolve) => {
    for (const name of ['f', 'g']) {
      open(name).onDeadReplica(async (replica) => {
        if (replica !== 'dying') return;
        settled.push(name);
        if (failing) {
          failing = false;
          throw new Error('the target is down');
        }
        resolve(null);
      });
    }
  });
  await beat(dying);
  assert.deepEqual(settled, [], 'a living one is not settled');
  await dying.close();
  await done;
  const looking = open('h');
  await beat(looking);
  assert.equal(settled.length, 2);
  const last = "SELECT event FROM replica_life WHERE replica = 'dying' ORDER BY seq DESC LIMIT 1";
  while ((await sql(last))[0]?.event !== 'settled') await beat(looking);
});

test('a process that is known to be gone is settled without a wait, once its lock is free', async () => {
  const dying = open('known');
  const survivor = open('survivor', { deadAfterMs: 600_000 });
  await Promise.all([beat(dying), beat(survivor)]);
  const settled: string[] = [];
  const done = next((resolve) =>
    survivor.onDeadReplica(async (replica) => {
      settled.push(replica);
      if (replica === 'known') resolve(null);
    }),
  );
  survivor.gone('known');
  await beat(survivor);
  await beat(survivor);
  assert.deepEqual(settled, [], 'whoever says so: it still has its lock');
  await dying.close();
  await done;
});

test('a name is one gateway’s while it lives: another sees who has it, and has it when that one is gone', async () => {
  const first = open('first', { name: 'web' });
  await first.named;
  assert.equal(first.namesake, null);
  const second = open('second', { name: 'web' });
  await second.named;
  assert.deepEqual(second.namesake, { process: 'first', address: '127.0.0.1' });
  assert.equal(first.namesake, null);
  const other = open('other', { name: 'web-2' });
  await other.named;
  assert.equal(other.namesake, null);
  await first.close();
  while (second.namesake !== null) await beat(second);
});

test('a connection with nobody at its other end does not keep a name', async () => {
  const ghost = new pg.Client({ ...connection, application_name: 'sudoql heartbeat ghost' });
  ghost.on('error', () => {});
  await ghost.connect();
  await ghost.query(`SELECT pg_advisory_lock(${nameLock('$1')})`, ['ghostly']);
  const heartbeat = open('living', { name: 'ghostly' });
  await heartbeat.named;
  assert.equal(heartbeat.namesake, null);
});

test('when the ledger restarts, nobody is taken for dead who only connects again a little later', async (context) => {
  // Those of other tests are quicker to take somebody for dead.
  await Promise.all(opened.splice(0).map((heartbeat) => heartbeat.close()));
  const proxy = await startFaultyProxy(cluster.port);
  context.after(() => proxy.close());
  const dead: string[] = [];
  const one = open('one', { deadAfterMs: 2_000 });
  const two = open('two', { deadAfterMs: 2_000, timeoutMs: 200, connection: { ...connection, port: proxy.port } });
  for (const heartbeat of [one, two]) heartbeat.onDeadReplica(async (replica) => void dead.push(replica));
  await Promise.all([beat(one), beat(two)]);
  const beatsFor = (ms: number) =>
    next((resolve) => {
      let end: number | null = null;
      one.onLease(() => {
        end ??= performance.now() + ms;
        if (performance.now() > end) resolve(null);
      });
    });

  proxy.hold(['up', 'down'], true);
  await cluster.stop();
  await cluster.start();
  await beatsFor(700);
  // It was seen to be missing. Now the ledger is away for longer than that may last, so it has to be looked at anew.
  await cluster.stop();
  const away = performance.now() + 2_000;
  while (performance.now() < away) await new Promise((resolve) => setTimeout(resolve, 50));
  await cluster.start();
  await beatsFor(600);
  assert.ok(!dead.includes('two'), 'it had no time to connect again');
  proxy.heal();
  await beat(two);
  await beatsFor(2_200);
  assert.ok(!dead.includes('one') && !dead.includes('two'), dead.join());
});

test('a clock that is an hour off is noticed, and one that is right is not', async () => {
  const off = (ms: number) => ({ now: () => new Date(Date.now() + ms), monotonic: () => performance.now() });
  const [right, ahead, behind] = [
    open('right'),
    open('ahead', { clock: off(3_600_000) }),
    open('behind', { clock: off(-3_600_000) }),
  ];
  await Promise.all([right, ahead, behind].map(beat));
  // However slow the answer was, for then it is the less.
  assert.ok(Math.abs(right.clockOffMs) < 60_000);
  assert.ok(ahead.clockOffMs < -3_500_000, String(ahead.clockOffMs));
  assert.ok(behind.clockOffMs > 3_500_000, String(behind.clockOffMs));
});
