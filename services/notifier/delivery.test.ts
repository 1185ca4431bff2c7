import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { until } from '../../test/helpers/until.ts';
import { type Cluster, freePort } from '../../test/helpers/postgres.ts';
import { makeHeartbeat } from '../ledger/heartbeat/make-heartbeat.ts';
import { migratedLedger, startLedgerPostgres } from '../ledger/testing.ts';
import { deadNotices } from './board.ts';
import { pruneNotices } from './prune.ts';
import { printNotice, printNotices, retryNotices } from './print-notices.ts';
import { lockedBy } from './queue.ts';
import { sweep } from './sweep.ts';
import {
  type Bench,
  emailTo,
  ended,
  openBench,
  startBench,
  started,
  startMailbox,
  startPartlyFullMailbox,
  startReceiver,
  webhookTo,
} from './testing.ts';

let cluster: Cluster;
before(async () => {
  cluster = await startLedgerPostgres();
});
after(() => cluster?.remove());

const state = async (bench: Bench, notice: string | undefined) =>
  (await bench.rows('SELECT state, attempts, problem FROM notice_state WHERE id = $1', [notice]))[0];
const becomes = (bench: Bench, notice: string | undefined, wanted: string) =>
  until(`${notice} is ${wanted}`, async () => (await state(bench, notice))?.state === wanted);
/** Accepts connections and never says a word. */
async function startSilence(): Promise<{ port: number; connections: number; close(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    silence.connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
  });
  const silence = {
    port: await freePort(),
    connections: 0,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  await new Promise<void>((resolve) => server.listen(silence.port, '127.0.0.1', resolve));
  return silence;
}

const entries = (bench: Bench, kind: string) =>
  bench.rows("SELECT body::jsonb ->> 'channel' AS channel FROM entry WHERE kind = $1", [kind]);

test('promise 8: a mail server that is down, then refuses, gets the mail when it is well, and only once', async () => {
  const port = await freePort();
  const bench = await startBench(cluster, 'down', { mail: emailTo(port) });
  try {
    const [notice] = await bench.tell(started({ reason: 'while it is down' }));
    await until('an attempt failed', async () => Number((await state(bench, notice))?.attempts) >= 1);
    assert.match(String((await state(bench, notice))?.problem), /ECONNREFUSED/);
    let refusals = 1;
    const mailbox = await startMailbox(port, {
      onMailFrom: (_address, _session, done) =>
        refusals-- > 0 ? done(Object.assign(new Error('try later'), { responseCode: 451 })) : done(),
    });
    try {
      await becomes(bench, notice, 'delivered');
      assert.equal(mailbox.mails.length, 1);
      assert.equal(mailbox.mails[0]?.messageId, `<${notice}@example.com>`);
      const recorded = await bench.rows(
        "SELECT (body::jsonb -> 'attempts')::int AS attempts FROM entry WHERE kind = 'notice_delivered'",
      );
      assert.deepEqual(recorded, [{ attempts: (await state(bench, notice))?.attempts }]);
      assert.deepEqual(await entries(bench, 'notice_failed'), []);
    } finally {
      await bench.close();
      await mailbox.close();
    }
  } finally {
    await bench.close();
  }
});

test('a channel that hangs does not keep the others waiting', async () => {
  const hanging = await startSilence();
  const receiver = await startReceiver();
  const bench = await startBench(cluster, 'hanging', { mail: emailTo(hanging.port), hook: webhookTo(receiver.port) });
  try {
    for (let i = 0; i < 30; i++) await bench.tell(started({ reason: `many ${i}` }));
    await until('all webhooks came', async () => new Set(receiver.received.map(({ body }) => body)).size === 30);
    assert.ok(hanging.connections > 0);
  } finally {
    hanging.close();
    await bench.close();
    await receiver.close();
  }
});

test('a recipient that is refused is tried again alone; the others get no second mail', async () => {
  const mailbox = await startPartlyFullMailbox();
  const { to } = mailbox;
  const bench = await startBench(cluster, 'partial', { mail: emailTo(mailbox.port, { to }) });
  try {
    const [notice] = await bench.tell(started());
    await until('the first attempt is recorded', async () => Number((await state(bench, notice))?.attempts) === 1);
    assert.match(String((await state(bench, notice))?.problem), /full@example.com/);
    mailbox.makeRoom();
    await becomes(bench, notice, 'delivered');
    assert.deepEqual(mailbox.recipients, [['well@example.com'], ['full@example.com']]);
  } finally {
    await bench.close();
    await mailbox.close();
  }
});

test('promise 8: what cannot be delivered fails visibly: recorded, counted, listed, and retried by hand', async () => {
  const receiver = await startReceiver();
  const bench = await startBench(
    cluster,
    'dead',
    { hook: webhookTo(receiver.port) },
    { patience: { giveUpAfterMs: 0 } },
  );
  const pool = new pg.Pool(bench.gateway);
  const out = () => new PassThrough();
  try {
    receiver.answer = (_request, response) => response.writeHead(500).end();
    const [notice] = await bench.tell(started({ reason: 'nobody\x1b[2J hears' }), ['hook', 'renamed']);
    const [other] = (await bench.rows("SELECT id FROM notice WHERE channel = 'renamed'")).map(({ id }) => String(id));
    await becomes(bench, notice, 'dead');
    await becomes(bench, other, 'dead');
    // That the renamed one gave up was to be told by the other.
    await until('all is given up', async () => (await bench.notifier.stats()).pending === 0);
    const failures = await entries(bench, 'notice_failed');
    assert.deepEqual(failures.map(({ channel }) => channel).sort(), ['hook', 'hook', 'renamed']);
    const given = (await deadNotices(pool)).filter(({ event }) => event.event !== 'gateway.problem');
    assert.deepEqual(given.map(({ id }) => id).sort(), [notice, other].sort());
    const stats = await bench.notifier.stats();
    assert.equal(stats.dead, 3);
    assert.equal(stats.channels.hook?.gaveUp, 2);
    assert.equal(stats.channels.hook?.failedAttempts, 6);

    const list = out();
    await printNotices(pool, { state: 'dead' }, list);
    list.end();
    const listed = await text(list);
    assert.match(listed, new RegExp(`${notice} .*hook .*dead .*3 .*elevation.started ana on shop: nobody␛\\[2J hears`));
    assert.match(listed, /No channel named renamed is configured/);
    assert.ok(!listed.includes('\x1b'));
    const shown = out();
    assert.equal(await printNotice(pool, notice ?? '', shown), true);
    assert.equal(await printNotice(pool, 'ntc_none', shown), false);
    shown.end();
    assert.match(await text(shown), /attempt 3 .* dead: The receiver answered 500/);

    receiver.answer = (_request, response) => response.writeHead(204).end();
    const said = out();
    assert.equal(await retryNotices(pool, [notice ?? ''], said), true);
    await becomes(bench, notice, 'delivered');
    assert.equal(await retryNotices(pool, [notice ?? '', 'ntc_none'], said), false);
    said.end();
    assert.match(await text(said), /queued again.*delivered already.*no notice ntc_none/s);
    const told = receiver.received.filter(({ body }) => body.includes('elevation.started'));
    assert.equal(new Set(told.map(({ headers }) => headers['webhook-id'])).size, 1);
  } finally {
    await pool.end();
    await receiver.close();
    await bench.close();
  }
});

test('who reads another channel hears that one gave something up, once, and no channel hears of itself', async () => {
  const receiver = await startReceiver();
  receiver.answer = (_request, response) => response.writeHead(410).end();
  const other = await startReceiver();
  const channels = { hook: webhookTo(receiver.port), other: webhookTo(other.port, { name: 'other' }) };
  const bench = await startBench(cluster, 'heard', channels, { security: ['hook', 'other'] });
  try {
    const problems = () => other.received.filter(({ body }) => body.includes('gateway.problem'));
    for (let i = 0; i < 5; i++) await becomes(bench, (await bench.tell(started(), ['hook']))[0], 'dead');
    await until('the other channel heard', async () => problems().length > 0);
    await until('no job is left', async () => (await bench.rows('SELECT FROM graphile_worker.jobs')).length === 0);
    assert.equal(problems().length, 1);
    assert.match(problems()[0]?.body ?? '', /Channel hook gave up .* answered 410/);
    // That this could not be told is told to nobody: it would have no end.
    other.answer = (_request, response) => response.writeHead(410).end();
    await becomes(bench, (await bench.tell(started(), ['other']))[0], 'dead');
    await until('no job is left', async () => (await bench.rows('SELECT FROM graphile_worker.jobs')).length === 0);
    assert.equal((await bench.rows("SELECT FROM notice WHERE body ->> 'event' = 'gateway.problem'")).length, 2);
  } finally {
    await receiver.close();
    await other.close();
    await bench.close();
  }
});

test('410 gives a message up at its first attempt', async () => {
  const receiver = await startReceiver();
  receiver.answer = (_request, response) => response.writeHead(410).end();
  const bench = await startBench(cluster, 'gone', { hook: webhookTo(receiver.port) });
  try {
    const [notice] = await bench.tell(started());
    await becomes(bench, notice, 'dead');
    assert.equal(receiver.received.length, 1);
  } finally {
    await receiver.close();
    await bench.close();
  }
});

test('promise 8: a gateway killed between sending and recording: its mail goes out again, with the same id', async () => {
  const gateway = await migratedLedger(cluster, 'crash');
  const held: (() => void)[] = [];
  let hold = true;
  const ids: string[] = [];
  const mailbox = await startMailbox(0, {
    onData(stream, _session, done) {
      let source = '';
      stream.setEncoding('utf8');
      stream.on('data', (chunk: string) => {
        source += chunk;
      });
      stream.on('end', () => {
        ids.push(/^Message-ID: (.*)$/im.exec(source)?.[1] ?? '');
        if (hold) held.push(done);
        else done();
      });
    },
  });
  const channels = { mail: emailTo(mailbox.port) };
  const child = spawn(
    process.execPath,
    [
      fileURLToPath(new URL('testing-gateway.ts', import.meta.url)),
      JSON.stringify({ gateway, channels, replica: 'victim' }),
    ],
    { stdio: 'ignore' },
  );
  // Records and enqueues, and delivers nothing itself.
  const bench = await openBench(cluster, 'crash', gateway, { ...channels }, { replica: 'idle' }).then(async (idle) => {
    await idle.notifier.close();
    return idle;
  });
  try {
    const [notice] = await bench.tell(started());
    await until('the victim has sent it', async () => ids.length === 1);
    assert.deepEqual(await bench.rows('SELECT locked_by FROM graphile_worker.jobs'), [
      { locked_by: lockedBy('victim') },
    ]);
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    hold = false;
    const began = performance.now();
    const heartbeat = makeHeartbeat({ connection: gateway, replica: 'next' });
    const next = await openBench(cluster, 'crash', gateway, channels, { replica: 'next', heartbeat });
    try {
      await becomes(next, notice, 'delivered');
      assert.ok(performance.now() - began < 30_000);
      assert.deepEqual(ids, [`<${notice}@example.com>`, `<${notice}@example.com>`]);
    } finally {
      await next.close();
      await heartbeat.close();
    }
  } finally {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    for (const done of held) done();
    await mailbox.close();
    await bench.ledger.close();
  }
});

test('promise 8: a webhook that another replica sends again, by another public_url, has the same body', async () => {
  const receiver = await startReceiver();
  receiver.answer = (_request, response) => response.writeHead(503).end();
  const channels = { hook: webhookTo(receiver.port) };
  const one = await startBench(cluster, 'again', channels, { publicUrl: 'https://one.example.com' });
  try {
    const [notice] = await one.tell(started());
    await until('its first attempt is recorded', async () => (await state(one, notice))?.attempts === 1);
    await one.close();
    receiver.answer = (_request, response) => response.writeHead(204).end();
    const two = await openBench(cluster, 'again', one.gateway, channels, { publicUrl: 'https://two.example.com' });
    try {
      await becomes(two, notice, 'delivered');
    } finally {
      await two.close();
    }
    const [first, again] = receiver.received.map(({ body }) => body);
    assert.match(String(first), /https:\/\/one\.example\.com\/stop\//);
    assert.equal(again, first);
  } finally {
    await one.close();
    await receiver.close();
  }
});

test('promise 8: an outage of the database loses nothing', async () => {
  const own = await startLedgerPostgres();
  const mailbox = await startMailbox();
  const bench = await startBench(own, 'outage', { mail: emailTo(mailbox.port) });
  try {
    await bench.tell(started({ reason: 'before' }));
    await until('the first mail came', async () => mailbox.mails.length === 1);
    await bench.tell(started({ reason: 'just before', by: 'connect' }));
    await own.stop();
    await assert.rejects(bench.tell(started({ reason: 'meanwhile' })));
    await own.start();
    await until('the second mail came', async () => mailbox.mails.length >= 2);
    await until('a new one can be told', () =>
      bench.tell(started({ reason: 'after' })).then(
        () => true,
        () => false,
      ),
    );
    await until('it came', async () => mailbox.mails.some(({ subject }) => subject?.endsWith(': after')));
    assert.ok(!mailbox.mails.some(({ subject }) => subject?.endsWith('meanwhile')));
  } finally {
    await bench.close();
    await mailbox.close();
    await own.remove();
  }
});

test('two gateways deliver every notice once between them', async () => {
  const mailbox = await startMailbox();
  const channels = { mail: emailTo(mailbox.port) };
  const one = await startBench(cluster, 'two', channels);
  const two = await openBench(cluster, 'two', one.gateway, channels);
  try {
    // In turn at each gateway: what is tested is not how much the record of a loaded machine takes at once.
    const told = Array.from({ length: 40 }, (_, i) => started({ reason: `one of many ${i}`, principal: `p${i}` }));
    await Promise.all(
      [one, two].map(async (bench, n) => {
        for (const event of told.filter((_, i) => i % 2 === n)) await bench.tell(event);
      }),
    );
    const pool = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        (i % 2 ? one : two).tell(started({ reason: 'a shared pool', by: 'connect' })),
      ),
    );
    await until(
      'all are delivered',
      async () =>
        (await one.rows("SELECT FROM notice_state WHERE state = 'delivered'")).length === told.length + pool.length,
    );
    assert.equal(mailbox.mails.length, 41);
    assert.equal(new Set(mailbox.mails.map(({ messageId }) => messageId)).size, 41);
    await until('no job is left', async () => (await one.rows('SELECT FROM graphile_worker.jobs')).length === 0);
  } finally {
    await two.close();
    await one.close();
    await mailbox.close();
  }
});

test('a notice whose job was lost, or is held by nobody who lives, is put back on its way', async () => {
  const mailbox = await startMailbox();
  const bench = await startBench(cluster, 'lost', { mail: emailTo(mailbox.port) });
  await bench.notifier.close();
  const gateway = new pg.Pool(bench.gateway);
  try {
    const [lost] = await bench.tell(started({ reason: 'lost' }));
    const [stuck] = await bench.tell(started({ reason: 'stuck' }));
    const [far] = await bench.tell(started({ reason: 'far ahead' }));
    await bench.rows('DELETE FROM graphile_worker._private_jobs WHERE key = $1', [`notice:${lost}`]);
    await bench.rows(
      "UPDATE graphile_worker._private_jobs SET locked_by = 'sudoqld-gone', locked_at = now() - interval '3 minutes' WHERE key = $1",
      [`notice:${stuck}`],
    );
    await bench.rows("UPDATE graphile_worker._private_jobs SET run_at = now() + interval '6 hours' WHERE key = $1", [
      `notice:${far}`,
    ]);
    await bench.rows("UPDATE notice SET created_at = created_at - interval '1 minute'");
    await sweep(gateway);
    await sweep(gateway);
    const jobs = await bench.rows(
      "SELECT key FROM graphile_worker.jobs WHERE locked_at IS NULL AND run_at <= now() + interval '1 second' ORDER BY key",
    );
    assert.deepEqual(
      jobs.map(({ key }) => key),
      [lost, stuck, far].map((id) => `notice:${id}`).sort(),
    );
    const next = await openBench(cluster, 'lost', bench.gateway, { mail: emailTo(mailbox.port) });
    try {
      for (const notice of [lost, stuck, far]) await becomes(next, notice, 'delivered');
    } finally {
      await next.close();
    }
  } finally {
    await gateway.end();
    await mailbox.close();
    await bench.ledger.close();
  }
});

test('when a channel is well again, what waits for it need not wait for its next attempt', async () => {
  const receiver = await startReceiver();
  const bench = await startBench(cluster, 'hasten', { hook: webhookTo(receiver.port) });
  try {
    receiver.answer = (_request, response) => response.writeHead(503, { 'retry-after': '300' }).end();
    const waiting = started({ reason: 'waits five minutes' });
    const [notice] = await bench.tell(waiting);
    await until('an attempt failed', async () => Number((await state(bench, notice))?.attempts) === 1);
    receiver.answer = (_request, response) => response.writeHead(204).end();
    await bench.tell(started({ reason: 'another' }));
    await becomes(bench, notice, 'delivered');
  } finally {
    await receiver.close();
    await bench.close();
  }
});

test('a kept connection to the mail server that was closed meanwhile costs no mail and no failed attempt', async () => {
  const port = await freePort();
  let mailbox = await startMailbox(port);
  const bench = await startBench(cluster, 'kept', { mail: emailTo(port) });
  try {
    await becomes(bench, (await bench.tell(started()))[0], 'delivered');
    mailbox.drop();
    await mailbox.close();
    mailbox = await startMailbox(port);
    const [notice] = await bench.tell(started());
    await becomes(bench, notice, 'delivered');
    assert.equal((await state(bench, notice))?.attempts, 1);
  } finally {
    await bench.close();
    await mailbox.close();
  }
});

test('what a shutdown ended is told before the notifier stops', async () => {
  const mailbox = await startMailbox();
  const bench = await startBench(cluster, 'shutdown', { mail: emailTo(mailbox.port) });
  try {
    const start = started();
    const [begun] = await bench.tell(start);
    await becomes(bench, begun, 'delivered');
    await bench.tell(ended(start, { why: 'shutdown' }));
    await bench.notifier.close();
    assert.deepEqual(
      mailbox.mails.map((mail) => mail.headers.get('x-sudoql-event')),
      ['elevation.started', 'elevation.ended'],
    );
  } finally {
    await bench.ledger.close();
    await mailbox.close();
  }
});

test('old notices can be removed by the owner, pending ones stay', async () => {
  const receiver = await startReceiver();
  receiver.answer = ({ body }, response) => response.writeHead(body.includes('told') ? 204 : 500).end();
  const bench = await startBench(cluster, 'prune', { hook: webhookTo(receiver.port) });
  const owner = { connectionString: cluster.url('prune') };
  try {
    const [told] = await bench.tell(started({ reason: 'told' }));
    const [pending] = await bench.tell(started({ reason: 'not yet' }));
    await becomes(bench, told, 'delivered');
    await until('an attempt failed', async () => Number((await state(bench, pending))?.attempts) >= 1);
    assert.equal(await pruneNotices(owner, { before: new Date(Date.now() - 60_000) }), 0);
    const before = new Date();
    assert.equal(await pruneNotices(owner, { before, dryRun: true }), 1);
    assert.equal((await bench.rows('SELECT id FROM notice')).length, 2, 'a dry run only counts');
    await assert.rejects(pruneNotices(bench.gateway, { before }), { code: '42501' });
    assert.equal(await pruneNotices(owner, { before }), 1);
    assert.deepEqual(await bench.rows('SELECT id FROM notice'), [{ id: pending }]);
  } finally {
    await bench.close();
    await receiver.close();
  }
});

test('a channel with events is told of those alone; `alarms` are what somebody must look at', async () => {
  const everything = await startReceiver();
  const few = await startReceiver();
  const bench = await startBench(cluster, 'routing', {
    all: webhookTo(everything.port, { name: 'all' }),
    few: webhookTo(few.port, { name: 'few', events: ['alarms', 'policy.activated'] }),
  });
  const start = started();
  const end = ended(start);
  assert.ok(end.summary);
  assert.equal((await bench.tell(start)).length, 1, 'not of a start');
  assert.equal((await bench.tell(end)).length, 1, 'nor of an end as it should be');
  const lost = ended(started());
  assert.equal((await bench.tell({ ...lost, summary: { ...end.summary, backend: 'unconfirmed' } })).length, 2);
  const by = { revision: 'r2', previous: null, summary: 'x', by: null };
  assert.equal((await bench.tell({ event: 'policy.activated', ...by })).length, 2);
  await assert.rejects(bench.tell(started(), ['few']), /nobody would be told of elevation\.started/);
  assert.deepEqual(await bench.tell(ended(started()), ['few']), [], 'its end is recorded, whoever subscribed to it');
  await until('both are told', () => everything.received.length === 4 && few.received.length === 2);
  const places = everything.received.flatMap(({ body }) => {
    const { type, data } = JSON.parse(body) as {
      type: string;
      data: { elevations?: { elevation: string; place: number }[] };
    };
    return data.elevations?.[0]?.elevation === start.elevation ? [`${type} ${data.elevations[0].place}`] : [];
  });
  assert.deepEqual(
    places,
    ['elevation.started 1', 'elevation.ended 2'],
    'each with its place in the elevation’s notices',
  );
  await bench.close();
  await everything.close();
  await few.close();
});
