// Elevations on nothing but real parts: the policy of the repository, tokens, heartbeat, records.
import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import type pg from 'pg';
import { until, within } from '../../test/helpers/until.ts';
import type { Cluster } from '../../test/helpers/postgres.ts';
import { systemClock } from '../contract/clock.ts';
import type { EndReason } from '../ledger/entry/entry.ts';
import { makeHeartbeat } from '../ledger/heartbeat/make-heartbeat.ts';
import { makeLedgerPool } from '../ledger/ledger-pool.ts';
import { makeElevationRecords } from '../ledger/read/make-elevation-records.ts';
import { makeTokens } from '../ledger/tokens/make-tokens.ts';
import { type ActivePolicy, makePolicy } from '../policy/policy.ts';
import { policyCache, shippedDirectory } from '../policy/testing.ts';
import { makeStage, makeTarget, openWriter, principal, request, SUMMARY } from './testing.ts';
import { startLedgerPostgres } from '../ledger/testing.ts';

let cluster: Cluster;
let connection: pg.ClientConfig;
let policy: ActivePolicy;
before(async () => {
  policy = makePolicy({ directory: shippedDirectory, watch: false, cacheDirectory: policyCache });
  cluster = await startLedgerPostgres();
  connection = await makeTarget(cluster);
  await policy.ready;
});
after(async () => {
  await policy?.close();
  await cluster?.remove();
});

async function whole(context: TestContext) {
  const replica = `whole_${context.name.length}_${process.hrtime.bigint()}`;
  const heartbeat = makeHeartbeat({ connection, replica });
  const pool = makeLedgerPool({ connection });
  const stage = await makeStage(context, cluster, connection, { policy, heartbeat });
  const tokens = makeTokens({ pool, ledger: stage.ledger, clock: systemClock });
  const records = makeElevationRecords({ pool, ledger: stage.ledger });
  context.after(async () => {
    await heartbeat.close();
    await pool.close();
  });
  await until('the heart beats', async () => heartbeat.confirmedAt !== null);
  const token = await tokens.create(
    { user: 'ana', email: null, kind: 'human', elevate: 'in-band', groups: ['dev'], lifetime: 3_600 },
    { operator: 'test' },
  );
  const begin = async () => {
    const ends: { why: EndReason; at: number }[] = [];
    const writer = await openWriter(cluster, context);
    const asked = request({}, { token: token.id });
    const verdict = await stage.elevations.judge(asked, null);
    assert.ok(verdict.ok, JSON.stringify(verdict));
    assert.equal(verdict.revision, policy.revision);
    const live = await stage.elevations.start(
      asked,
      verdict,
      writer.backend,
      (why) => ends.push({ why, at: performance.now() }),
      () => {},
    );
    return { live, ends, writer, verdict };
  };
  return { stage, records, tokens, token, begin };
}

test('promise 3: the policy of the repository lets a developer write for a quarter of an hour, and nobody else', async (context) => {
  assert.equal(policy.problem, null);
  const { stage, begin } = await whole(context);
  const { live, verdict } = await begin();
  assert.equal(verdict.seconds, 900);
  await live.ended('unsudo', SUMMARY);
  const stranger = await stage.elevations.judge(request({}, { principal: principal({ groups: ['sales'] }) }), null);
  assert.ok(!stranger.ok);
  assert.equal(stranger.error.code, 'sudo_not_permitted');
  assert.ok(stranger.error.detail && stranger.error.hint, JSON.stringify(stranger));
});

test('promise 5: a revocation anywhere ends it within a second of its commit, as the target shows it', async (context) => {
  const { records, begin } = await whole(context);
  const { live, ends, writer } = await begin();
  assert.equal(await records.revoke(live.id, { principal: 'sec' }), true);
  let closed = false;
  void writer.closed.then(() => (closed = true));
  await within(1_000, 'the writer is gone', async () => {
    // A question to the same server: what the machine takes for one is allowed for.
    await cluster.sql('SELECT 1');
    return closed;
  });
  assert.deepEqual(
    ends.map(({ why }) => why),
    ['revoked'],
  );
  await live.ended('revoked', SUMMARY);
  assert.equal((await records.show(live.id))?.state, 'ended');
  assert.equal(await records.revoke(live.id, { principal: 'sec' }), false);
});

test('promise 5: a revoked token ends what it began', async (context) => {
  const { tokens, token, begin } = await whole(context);
  const { live, ends, writer } = await begin();
  assert.equal(await tokens.revoke(token.id, { operator: 'test' }), true);
  await writer.closed;
  assert.equal(ends[0]?.why, 'token_revoked');
  await live.ended('token_revoked', SUMMARY);
});
