import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { after, before, type TestContext, test } from 'node:test';
import pg from 'pg';
import { until } from '../../test/helpers/until.ts';
import type { Cluster } from '../../test/helpers/postgres.ts';
import { makeHeartbeat } from '../ledger/heartbeat/make-heartbeat.ts';
import { makeLedgerPool } from '../ledger/ledger-pool.ts';
import { makeElevationRecords } from '../ledger/read/make-elevation-records.ts';
import { spread } from '../../test/helpers/entries.ts';
import { systemClock } from '../contract/clock.ts';
import type { ElevationSummary, EntryDraft } from '../ledger/entry/entry.ts';
import { makeWriteLog } from '../ledger/write/write-log.ts';
import { makeAnnounce } from '../notifier/announce.ts';
import { makeOutbox } from '../notifier/outbox.ts';
import { endAll, printEndedAll } from './end-all.ts';
import { watchLeftExecutions } from './left-executions.ts';
import { makeRecovery, type RecoveryOptions } from './recovery.ts';
import { CHANNELS, makeStage, makeTarget, openWriter, request, type Stage, SUMMARY, type Writer } from './testing.ts';
import { startLedgerPostgres } from '../ledger/testing.ts';

let cluster: Cluster;
let connection: pg.ClientConfig;
before(async () => {
  cluster = await startLedgerPostgres();
  connection = await makeTarget(cluster);
});
after(() => cluster?.remove());

/** A gateway with a session in write that has a statement running: then it is gone, and nothing of it answers any more. */
async function lost(context: TestContext, recorded: 'gathered' | 'apart' = 'gathered') {
  const stage = await makeStage(context, cluster, connection);
  const writer = await openWriter(cluster, context);
  const asked = request();
  const { id: session } = asked.session;
  const of = { session, principal: 'ana', target: 'shop' };
  const statement = randomUUID();
  await stage.ledger.append({
    kind: 'session_started',
    via: 'tcp',
    application_name: 'psql',
    client_address: '127.0.0.1',
    principal_kind: 'human',
    token: 'tok_1',
    ...of,
  });
  const verdict = await stage.elevations.judge(asked, null);
  assert.ok(verdict.ok);
  const live = await stage.elevations.start(
    asked,
    verdict,
    writer.backend,
    () => {},
    () => {},
  );
  const form = {
    fingerprint: 'f',
    normalized: 'UPDATE orders SET id = $1',
    type: 'UpdateStmt',
    effects: ['write'],
    relations: ['public.orders'],
    revision: 'rev1',
    decided: null,
  };
  const writes = makeWriteLog({ ...of, clock: systemClock });
  writes.begin({ form, elevation: live.id, commits: null });
  await stage.ledger.append(
    recorded === 'apart'
      ? { kind: 'statement_intent', statement, mode: 'write', elevation: live.id, ...form, ...of }
      : (writes.take()?.draft as EntryDraft),
  );
  await writer.client.query('BEGIN; INSERT INTO orders VALUES (1)');
  // Its own watchdog must not do the work of the recovery.
  stage.watchdog.disarm(writer.backend);
  return { stage, writer, session, elevation: live.id, statement };
}

function living(context: TestContext, stage: Stage, more: Partial<RecoveryOptions> = {}) {
  const pool = makeLedgerPool({ connection });
  context.after(() => pool.close());
  const records = makeElevationRecords({ pool, ledger: stage.ledger });
  const settle = makeRecovery({
    ledger: stage.ledger,
    pool,
    records,
    announce: makeAnnounce({
      ledger: stage.ledger,
      outbox: makeOutbox({ channels: Object.fromEntries(CHANNELS.map((name) => [name, {}])) }),
    }),
    watchdog: stage.watchdog,
    notify: { shop: ['team-mail'] },
    security: ['security'],
    log: { info: () => {} },
    ...more,
  });
  return { settle, records, pool };
}

const rows = async (text: string, values: unknown[]) => (await cluster.sql(text, 'ledger', values)).rows;
const entries = async (session: string): Promise<Record<string, unknown>[]> =>
  spread(
    (await rows('SELECT body FROM entry WHERE session = $1 ORDER BY at, seq', [session])).map(({ body }) =>
      JSON.parse(body),
    ),
  )
    .filter(({ kind }) => /ended|outcome/.test(kind))
    .map((entry) => ({ ...entry }));
const notices = async (elevation: string) =>
  (
    await rows(
      `SELECT body ->> 'event' || ' ' || channel AS said FROM notice WHERE (elevation = $1 OR body ->> 'problem' ~ $1) AND body ->> 'event' <> 'elevation.started' ORDER BY 1`,
      [elevation],
    )
  ).map(({ said }) => said);
const alive = async ({ backend }: Writer) =>
  (await cluster.sql('SELECT FROM pg_stat_activity WHERE pid = $1', 'postgres', [backend.pid])).rowCount === 1;

for (const recorded of ['gathered', 'apart'] as const)
  test(`promise 5: what a lost gateway left is ended, recorded and announced by another: intents ${recorded}`, async (context) => {
    const dead = await lost(context, recorded);
    const { settle } = living(context, await makeStage(context, cluster, connection));
    assert.deepEqual(await settle(dead.stage.replica), { elevations: 1, statements: 1, sessions: 1, unconfirmed: 0 });
    assert.equal(await alive(dead.writer), false);
    assert.equal((await cluster.sql('SELECT count(*)::int FROM orders', 'shop')).rows[0].count, 0);
    const found = await entries(dead.session);
    assert.deepEqual(
      found.map(({ kind, why, result }) => [kind, why ?? result]),
      [
        ['elevation_ended', 'gateway_lost'],
        ['statement_outcome', 'unknown'],
        ['session_ended', 'gateway_lost'],
      ],
    );
    const summary = found[0]?.summary as ElevationSummary;
    assert.equal(summary.backend, 'gone');
    assert.equal(found[1]?.elevation, dead.elevation);
    assert.deepEqual([summary.rows, summary.unknown], [{}, { statements: 1, rows: {}, changed: ['public.orders'] }]);
    assert.equal(found[2]?.statements, 1);
    assert.deepEqual(await notices(dead.elevation), ['elevation.ended security', 'elevation.ended team-mail']);
  });

test('how long a lost gateway’s elevation was runs to the end of its backend, not to when it was settled', async (context) => {
  const dead = await lost(context);
  const { ledger } = dead.stage;
  const of = {
    session: dead.session,
    principal: 'ana',
    target: 'shop',
    elevation: dead.elevation,
    mode: 'write',
  } as const;
  const no = {
    reasons: ['whole_table'],
    fingerprint: 'f',
    normalized: 'DELETE FROM orders',
    type: 'DeleteStmt',
    effects: [],
  };
  for (let i = 0; i < 3; i++)
    await ledger.append({ kind: 'statement_refused', ...of, ...no, code: 'denied', revision: null, decided: null });
  const stage = await makeStage(context, cluster, connection);
  let seen = Number.NaN;
  const { settle } = living(context, stage, {
    watchdog: {
      ...stage.watchdog,
      terminate: async (writer, ms) => {
        const fate = await stage.watchdog.terminate(writer, ms);
        seen = Date.now();
        return fate;
      },
      // What is asked of the target afterwards takes its time.
      sweep: async () => {
        await until('a moment passed', async () => Date.now() > seen + 1_500);
        return 'gone';
      },
    },
  });
  await settle(dead.stage.replica);
  const told = await rows(`SELECT body FROM notice WHERE elevation = $1 AND body ->> 'event' = 'elevation.ended'`, [
    dead.elevation,
  ]);
  const { ended_at, last_seen_at, started_at, summary } = told[0]?.body ?? {};
  assert.ok(
    Math.abs(Date.parse(ended_at) - seen) < 1_000,
    `${ended_at}, and it was seen gone at ${new Date(seen).toISOString()}`,
  );
  assert.ok(Date.parse(last_seen_at) >= Date.parse(started_at) && Date.parse(last_seen_at) <= Date.parse(ended_at));
  assert.deepEqual(summary.refused, {
    statements: 3,
    forms: [{ statement: 'DELETE FROM orders', codes: ['whole_table'], times: 3 }],
  });
});

test('promise 6: settled by several at once, and then again, it is settled once', async (context) => {
  const dead = await lost(context);
  const settlers = await Promise.all([1, 2, 3].map(() => makeStage(context, cluster, connection)));
  const all = settlers.map((stage) => living(context, stage).settle);
  // Who comes second to a batch says so and is called again, as the heartbeat does.
  await Promise.all(
    all.map((settle) =>
      until('it is settled', async () => (await settle(dead.stage.replica).catch(() => null)) !== null),
    ),
  );
  assert.deepEqual(await all[0]?.(dead.stage.replica), { elevations: 0, statements: 0, sessions: 0, unconfirmed: 0 });
  assert.deepEqual(
    (await entries(dead.session)).map(({ kind }) => kind),
    ['elevation_ended', 'statement_outcome', 'session_ended'],
  );
  assert.equal((await notices(dead.elevation)).length, 2);
});

test('promise 6: executions that a gateway of an older version left unsettled are settled by whoever knows them, once', async (context) => {
  const dead = await lost(context);
  const stage = await makeStage(context, cluster, connection);
  const { settle, records } = living(context, stage);
  // What the version before did: it knew intents alone.
  const older = { ...records, openExecutions: async () => [] };
  const before = living(context, stage, { records: older });
  assert.equal((await before.settle(dead.stage.replica)).statements, 0);
  const left = async () => (await records.leftExecutions()).filter(({ session }) => session === dead.session);
  assert.deepEqual(
    (await left()).map(({ numbers }) => numbers),
    [[1]],
  );
  assert.equal((await settle(dead.stage.replica)).statements, 0, 'its session is over');
  const log = { info: () => {}, warn: (of: object, what: string) => assert.match(what, /left/, JSON.stringify(of)) };
  const watching = [1, 2].map(() => watchLeftExecutions({ ledger: stage.ledger, records, log }));
  await Promise.all(watching.map(({ close }) => close()));
  assert.deepEqual(await left(), []);
  const outcomes = (await entries(dead.session)).filter(({ kind }) => kind === 'statement_outcome');
  assert.deepEqual(
    outcomes.map(({ result, elevation }) => [result, elevation]),
    [['unknown', dead.elevation]],
  );
});

test('promise 6: a gateway that was only slow and reports its end afterwards does not end it twice', async (context) => {
  const stage = await makeStage(context, cluster, connection);
  const writer = await openWriter(cluster, context);
  const asked = request();
  const verdict = await stage.elevations.judge(asked, null);
  assert.ok(verdict.ok);
  const live = await stage.elevations.start(
    asked,
    verdict,
    writer.backend,
    () => {},
    () => {},
  );
  await living(context, await makeStage(context, cluster, connection)).settle(stage.replica);
  await live.ended('ledger_lost', SUMMARY);
  assert.deepEqual(
    (await entries(asked.session.id)).map(({ kind, why }) => [kind, why]),
    [['elevation_ended', 'gateway_lost']],
  );
  assert.equal((await notices(live.id)).length, 2);
});

test('promise 5: a backend that cannot be seen to be gone is recorded and announced as such', async (context) => {
  const dead = await lost(context);
  const { settle } = living(context, await makeStage(context, cluster, connection), {
    watchdog: {
      knows: () => false,
      sweep: async () => 'gone',
      terminate: async () => 'gone',
      committed: async () => null,
    },
  });
  assert.equal((await settle(dead.stage.replica)).unconfirmed, 1);
  const [ended] = await entries(dead.session);
  assert.equal((ended?.summary as ElevationSummary | undefined)?.backend, 'unconfirmed');
  assert.deepEqual(await notices(dead.elevation), [
    'elevation.ended security',
    'elevation.ended team-mail',
    'gateway.problem security',
    'gateway.problem team-mail',
  ]);
});

test('readers of a lost gateway are ended too, those of a living one are not', async (context) => {
  const dead = await lost(context);
  const reader = async (session: string) => {
    const client = new pg.Client({
      connectionString: cluster.url('shop', 'e_writer', 'w'),
      application_name: `sudoql:ana:${session} psql`,
    });
    client.on('error', () => {});
    const closed = new Promise((resolve) => client.once('end', resolve));
    await client.connect();
    context.after(() => client.end().catch(() => undefined));
    return { client, closed };
  };
  const [gone, stays] = [await reader(dead.session), await reader('abcdefghij')];
  await living(context, await makeStage(context, cluster, connection)).settle(dead.stage.replica);
  await gone.closed;
  await stays.client.query('SELECT 1');
});

test('promise 5: the heartbeat finds the lost gateway and has it settled', async (context) => {
  const dead = await lost(context);
  const { replica } = dead.stage;
  const its = makeHeartbeat({ connection, replica, deadAfterMs: 200 });
  await until('it was alive', async () => its.confirmedAt !== null);
  const stage = await makeStage(context, cluster, connection);
  const heartbeat = makeHeartbeat({ connection, replica: stage.replica, deadAfterMs: 200 });
  context.after(() => heartbeat.close());
  const { settle } = living(context, stage);
  heartbeat.onDeadReplica(async (name) => void (await settle(name)));
  await its.close();
  await until('it is settled', async () => (await entries(dead.session)).length === 3);
  assert.equal(await alive(dead.writer), false);
});

test('promise 5: end --all revokes what is live anywhere, and says what is not over', async (context) => {
  const heard: string[] = [];
  const stage = await makeStage(context, cluster, connection);
  const writer = await openWriter(cluster, context);
  const begin = async (onEnd: (id: string) => void) => {
    const asked = request();
    const verdict = await stage.elevations.judge(asked, null);
    assert.ok(verdict.ok);
    const live = await stage.elevations.start(
      asked,
      verdict,
      writer.backend,
      () => onEnd(live.id),
      () => {},
    );
    stage.beats.heartbeat.watchElevation(live.id, () => {});
    return live;
  };
  const one = await begin(() => {});
  const { records } = living(context, stage);
  const revoke = async (id: string) => {
    const done = await records.revoke(id, { operator: 'root' });
    heard.push(id);
    if (id === one.id) await one.ended('revoked', SUMMARY);
    return done;
  };
  const two = await begin(() => {});
  const all = await endAll({ records, revoke }, { operator: 'root' }, 300);
  assert.deepEqual(new Set(heard).isSupersetOf(new Set([one.id, two.id])), true);
  const names = (list: { id: string }[]) => list.map(({ id }) => id).filter((id) => [one.id, two.id].includes(id));
  assert.deepEqual(new Set(names(all.revoked)), new Set([one.id, two.id]));
  assert.deepEqual(names(all.notOver), [two.id]);
  const sink = new PassThrough();
  printEndedAll(all, sink);
  const text = String(sink.read());
  assert.match(text, new RegExp(`ended .*${one.id}`));
  assert.match(text, new RegExp(`NOT YET .*${two.id}`));
  await two.ended('revoked', SUMMARY);
});
