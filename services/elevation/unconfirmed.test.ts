import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import type pg from 'pg';
import type { Cluster } from '../../test/helpers/postgres.ts';
import { makeLedgerPool } from '../ledger/ledger-pool.ts';
import { makeElevationRecords } from '../ledger/read/make-elevation-records.ts';
import { makeAnnounce } from '../notifier/announce.ts';
import { makeOutbox } from '../notifier/outbox.ts';
import { CHANNELS, makeStage, makeTarget, openWriter, request, type Stage, SUMMARY } from './testing.ts';
import { type UnconfirmedOptions, watchUnconfirmed } from './unconfirmed.ts';
import { startLedgerPostgres } from '../ledger/testing.ts';

let cluster: Cluster;
let connection: pg.ClientConfig;
before(async () => {
  cluster = await startLedgerPostgres();
  connection = await makeTarget(cluster);
});
after(() => cluster?.remove());

const rows = async (text: string, values: unknown[]) => (await cluster.sql(text, 'ledger', values)).rows;
const settledNotices = async (elevation: string) =>
  (
    await rows(
      `SELECT (body ->> 'backend') || ' ' || channel AS said FROM notice WHERE elevation = $1 AND body ->> 'event' = 'elevation.settled' ORDER BY 1`,
      [elevation],
    )
  ).map(({ said }) => said);

/** An elevation whose end could not be confirmed, though its writer's backend is there or not as `alive` says. */
async function unconfirmedEnd(context: TestContext, stage: Stage, alive: boolean): Promise<string> {
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
  if (!alive) {
    await writer.client.end();
    assert.equal(await stage.watchdog.confirmGone(writer.backend, 60_000), 'gone');
  }
  await live.ended('deadline', { ...SUMMARY, backend: 'unconfirmed' });
  return live.id;
}

function watching(context: TestContext, stage: Stage, more: Partial<UnconfirmedOptions> = {}) {
  const pool = makeLedgerPool({ connection });
  const watch = watchUnconfirmed({
    pool,
    records: makeElevationRecords({ pool, ledger: stage.ledger }),
    announce: makeAnnounce({
      ledger: stage.ledger,
      outbox: makeOutbox({ channels: Object.fromEntries(CHANNELS.map((name) => [name, {}])) }),
    }),
    watchdog: stage.watchdog,
    security: ['security'],
    log: { warn: () => {} },
    everyMs: 3_600_000,
    ...more,
  });
  context.after(async () => {
    await watch.close();
    await pool.close();
  });
  return watch;
}

test('promise 5: an end that was not confirmed is by whoever lives, and those who were told hear of it once', async (context) => {
  const elevation = await unconfirmedEnd(context, await makeStage(context, cluster, connection), false);
  const others = [await makeStage(context, cluster, connection), await makeStage(context, cluster, connection)];
  const watches = others.map((stage) => watching(context, stage));
  await Promise.all(watches.map((watch) => watch.look()));
  await watches[0]?.look();
  const told = ['gone security', 'gone team-mail'];
  assert.deepEqual(await settledNotices(elevation), told);
  const entries = await rows(
    `SELECT body::jsonb ->> 'backend' AS backend FROM entry WHERE elevation = $1 AND kind = 'elevation_settled'`,
    [elevation],
  );
  assert.deepEqual(entries, [{ backend: 'gone' }]);
});

test('what still cannot be seen is said once after a while, and the all-clear follows when it can', async (context) => {
  const stage = await makeStage(context, cluster, connection);
  const elevation = await unconfirmedEnd(context, stage, true);
  const blind: UnconfirmedOptions['watchdog'] = { knows: () => true, terminate: async () => 'unconfirmed' };
  await watching(context, stage, { watchdog: blind }).look();
  assert.deepEqual(await settledNotices(elevation), [], 'not yet');
  const later = watching(context, stage, { watchdog: blind, now: () => new Date(Date.now() + 11 * 60_000) });
  await later.look();
  await later.look();
  assert.deepEqual(await settledNotices(elevation), ['unconfirmed security', 'unconfirmed team-mail']);
  // With eyes of its own it ends the backend that was left.
  await watching(context, stage).look();
  assert.equal((await settledNotices(elevation)).filter((said) => said.startsWith('gone')).length, 2);
});

test('a confirmed end, and a target that is not configured here, are left alone', async (context) => {
  const stage = await makeStage(context, cluster, connection);
  const elevation = await unconfirmedEnd(context, stage, false);
  await watching(context, stage, { watchdog: { knows: () => false, terminate: async () => 'gone' } }).look();
  assert.deepEqual(await settledNotices(elevation), []);
  const before = await rows('SELECT count(*)::int AS n FROM elevation_unconfirmed', []);
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
  await live.ended('unsudo', SUMMARY);
  assert.deepEqual(await rows('SELECT count(*)::int AS n FROM elevation_unconfirmed', []), before);
});
