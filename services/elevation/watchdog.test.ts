import assert from 'node:assert/strict';
import { createServer, connect, type Server, type Socket } from 'node:net';
import { after, before, test, type TestContext } from 'node:test';
import pg from 'pg';
import { type Cluster, startPostgres } from '../../test/helpers/postgres.ts';
import { PATIENCE_MS, until } from '../../test/helpers/until.ts';
import type { WriterBackend } from './elevations.ts';
import { makeWatchdog, type WatchdogOptions } from './watchdog.ts';

let cluster: Cluster;
let eye: pg.Client;

before(async () => {
  cluster = await startPostgres();
  await cluster.sql(
    `CREATE ROLE writer LOGIN PASSWORD 'w'; CREATE ROLE control LOGIN PASSWORD 'c'; GRANT pg_signal_backend, pg_read_all_stats TO control;
     CREATE TABLE things(n int); GRANT ALL ON things TO writer`,
  );
  eye = new pg.Client({ connectionString: cluster.url() });
  await eye.connect();
});
after(async () => {
  await eye.end();
  await cluster.remove();
});

const control = () => ({ host: '127.0.0.1', port: cluster.port, database: 'postgres', user: 'control', password: 'c' });

function watchdog(context: TestContext, options: Partial<WatchdogOptions> = {}) {
  const dog = makeWatchdog({ targets: { shop: control() }, graceMs: 50, ...options });
  context.after(() => dog.close());
  return dog;
}

async function writer(
  context: TestContext,
): Promise<{ client: pg.Client; backend: WriterBackend; closed: Promise<unknown> }> {
  const client = new pg.Client({ connectionString: cluster.url('postgres', 'writer', 'w') });
  client.on('error', () => {});
  const closed = new Promise((resolve) => client.once('end', resolve));
  await client.connect();
  context.after(() => client.end().catch(() => undefined));
  const { rows } = await client.query(
    'SELECT pid, backend_start::text AS started FROM pg_stat_activity WHERE pid = pg_backend_pid()',
  );
  return { client, closed, backend: { target: 'shop', pid: rows[0].pid, startedAt: rows[0].started } };
}

const alive = async ({ pid }: WriterBackend) =>
  (await eye.query('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [pid])).rows.length > 0;
const locks = async ({ pid }: WriterBackend) =>
  (await eye.query('SELECT 1 FROM pg_locks WHERE pid = $1', [pid])).rows.length;

test('promise 5: a writer is gone at its deadline while the main thread is blocked', async (context) => {
  const dog = watchdog(context);
  await eye.query('CREATE TABLE seen(at timestamptz)');
  // A second, as promised. A loaded machine is given more, and proves the same: it was gone before the thread was free.
  for (const blockedMs of [1_000, 5_000, 25_000]) {
    const { client, backend } = await writer(context);
    await client.query('BEGIN; INSERT INTO things VALUES (1)');
    // Looks from a process that nothing blocks: when the server saw the backend end.
    const watcher = eye.query(
      `DO $$ BEGIN WHILE EXISTS (SELECT FROM pg_stat_activity WHERE pid = ${backend.pid}) LOOP PERFORM pg_sleep(0.005), pg_stat_clear_snapshot(); END LOOP;
      DELETE FROM seen; INSERT INTO seen VALUES (clock_timestamp()); END $$`,
    );
    const deadline = performance.now() + 300;
    const wall = Date.now() + 300;
    dog.arm(backend, deadline);
    await new Promise((resolve) => setImmediate(resolve));
    while (performance.now() < deadline + blockedMs);
    await watcher;
    const after = (await eye.query('SELECT at FROM seen')).rows[0].at.getTime() - wall;
    assert.ok(after >= 0, 'not before it');
    assert.equal(await locks(backend), 0);
    assert.equal((await eye.query('SELECT count(*)::int FROM things')).rows[0].count, 0);
    if (after < blockedMs) return;
  }
  assert.fail('It was gone only when the main thread was free again.');
});

test('promise 5: a statement that traps query_canceled is ended all the same', async (context) => {
  const dog = watchdog(context);
  const { client, backend, closed } = await writer(context);
  const running = client
    .query(
      `DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(10); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$`,
    )
    .catch((error) => error);
  await until(
    'it runs',
    async () =>
      (await eye.query(`SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND state = 'active'`, [backend.pid])).rows[0],
  );
  assert.equal(await dog.confirmGone(backend, 100), 'unconfirmed');
  assert.equal(await dog.terminate(backend, PATIENCE_MS), 'gone');
  assert.equal(await alive(backend), false);
  await Promise.all([running, closed]);
});

test('promise 5: without a lease every armed writer is ended, and with it none', async (context) => {
  const fired: string[] = [];
  const dog = watchdog(context, { leaseMs: 2_000, onFired: (_, why) => fired.push(why) });
  const one = await writer(context);
  const two = await writer(context);
  const unarmed = await writer(context);
  for (const { backend } of [one, two]) dog.arm(backend, performance.now() + 60_000);
  const beats = setInterval(() => dog.lease(), 50);
  const begun = performance.now();
  await until('a while has passed', async () => performance.now() - begun > 3_000);
  assert.deepEqual([await alive(one.backend), await alive(two.backend)], [true, true]);
  clearInterval(beats);
  await Promise.all([one.closed, two.closed]);
  assert.equal(await alive(unarmed.backend), true);
  assert.deepEqual(fired, ['lease', 'lease']);
});

test('a writer that was disarmed, or armed anew for later, lives on', async (context) => {
  const dog = watchdog(context);
  const [first, second, third] = [await writer(context), await writer(context), await writer(context)];
  for (const { backend } of [first, second, third]) dog.arm(backend, performance.now() + 2_000);
  dog.disarm(first.backend);
  dog.arm(second.backend, performance.now() + 60_000);
  await third.closed;
  assert.deepEqual([await alive(first.backend), await alive(second.backend)], [true, true]);
});

test('a reused process id is never signalled', async (context) => {
  const dog = watchdog(context);
  const { backend } = await writer(context);
  const other = { ...backend, startedAt: '2020-01-01 00:00:00.000001+00' };
  assert.equal(await dog.terminate(other, PATIENCE_MS), 'gone');
  assert.equal(await alive(backend), true);
});

test('what is no backend is refused before it reaches a query', async (context) => {
  const dog = watchdog(context);
  const { backend } = await writer(context);
  assert.throws(() => dog.arm({ ...backend, target: 'constructor' }, 0), /No control connection/);
  assert.throws(() => dog.arm({ ...backend, startedAt: 'now' }, 0), /Not a backend's start/);
  assert.throws(() => dog.arm({ ...backend, pid: -1 }, 0), /Not a process id/);
});

test('a lost control connection is opened again', async (context) => {
  const dog = watchdog(context);
  const { backend, closed } = await writer(context);
  const lost = async () =>
    (await eye.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'control'`)).rows[0];
  await until('it is connected', lost);
  assert.equal(await dog.terminate(backend, PATIENCE_MS), 'gone');
  await closed;
});

test('when the target cannot be seen, the answer is unconfirmed and in time; the trouble is told', async (context) => {
  const proxy = await blackhole(context);
  const trouble: string[] = [];
  const dog = watchdog(context, {
    targets: { shop: { ...control(), port: proxy.port } },
    onTrouble: (target, problem) => trouble.push(`${target}: ${problem}`),
  });
  const { backend } = await writer(context);
  assert.equal(await dog.confirmGone(backend, 400), 'unconfirmed', 'alive, and seen to be');
  proxy.swallow();
  const asked = performance.now();
  assert.equal(await dog.terminate(backend, 300), 'unconfirmed');
  assert.ok(performance.now() - asked < 30_000);
  await until('trouble is told', async () => trouble.length > 0);
  assert.match(String(trouble[0]), /^shop: /);
  proxy.heal();
  assert.equal(await dog.terminate(backend, PATIENCE_MS), 'gone');
});

test('a control login that cannot see or signal is trouble and unconfirmed, never gone', async (context) => {
  await cluster.sql(
    `CREATE ROLE blind LOGIN PASSWORD 'b'; CREATE ROLE weak LOGIN PASSWORD 'k'; GRANT pg_read_all_stats TO weak`,
  );
  const { backend } = await writer(context);
  const cases = {
    blind: ['b', /needs pg_read_all_stats/],
    weak: ['k', /permission denied to terminate process/],
  } as const;
  for (const [user, [password, problem]] of Object.entries(cases)) {
    const trouble: string[] = [];
    const dog = watchdog(context, {
      targets: { shop: { ...control(), user, password } },
      onTrouble: (_, said) => trouble.push(said),
    });
    // On a loaded machine the first may be over before the control login is in.
    await until('the trouble is told', async () => {
      assert.equal(await dog.terminate(backend, 1_000), 'unconfirmed', user);
      return trouble.some((said) => problem.test(said));
    });
    assert.equal(trouble.filter((said) => problem.test(said)).length, 1, 'once');
  }
  assert.equal(await alive(backend), true);
});

test('one backend that may not be signalled does not keep another alive', async (context) => {
  const dog = watchdog(context);
  const { backend } = await writer(context);
  const { rows } = await eye.query(
    'SELECT pid, backend_start::text AS started FROM pg_stat_activity WHERE pid = pg_backend_pid()',
  );
  const superuser = { target: 'shop', pid: rows[0].pid, startedAt: rows[0].started };
  assert.deepEqual(await Promise.all([dog.terminate(superuser, 1_000), dog.terminate(backend, PATIENCE_MS)]), [
    'unconfirmed',
    'gone',
  ]);
});

test('a sweep ends every backend of the sessions that it is given, and no other', async (context) => {
  const dog = watchdog(context);
  const named = async (name: string) => {
    const client = new pg.Client({ connectionString: cluster.url('postgres', 'writer', 'w'), application_name: name });
    client.on('error', () => {});
    const closed = new Promise((resolve) => client.once('end', resolve));
    await client.connect();
    context.after(() => client.end().catch(() => undefined));
    return { client, closed };
  };
  const dead = [await named('sudoql:ana:k3v9x1m2p4'), await named('sudoql:ana:k3v9x1m2p4 psql sudoql:ben:aaaaaaaaaa')];
  const others = [
    await named('sudoql:ana:k3v9x1m2p5'),
    await named('sudoql:ana:xk3v9x1m2p4'),
    await named('k3v9x1m2p4'),
    await named('sudoql:ben:bbbbbbbbbb psql:k3v9x1m2p4'),
  ];
  assert.equal(await dog.sweep('shop', ['k3v9x1m2p4'], PATIENCE_MS), 'gone');
  await Promise.all(dead.map(({ closed }) => closed));
  for (const { client } of others) await client.query('SELECT 1');
  assert.throws(() => dog.sweep('elsewhere', [], 100), /No control connection/);
});

/** A TCP proxy to the server that can go on accepting and say nothing. */
async function blackhole(context: TestContext): Promise<{ port: number; swallow(): void; heal(): void }> {
  let silent = false;
  const sockets = new Set<Socket>();
  const server: Server = createServer((inner) => {
    const outer = connect(cluster.port, '127.0.0.1');
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(from);
      from.on('data', (data) => silent || to.write(data));
      from.on('close', () => to.destroy());
      from.on('error', () => {});
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as { port: number }).port,
    swallow: () => {
      silent = true;
    },
    heal: () => {
      silent = false;
    },
  };
}
