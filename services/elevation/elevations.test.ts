import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import pg from 'pg';
import type { Cluster } from '../../test/helpers/postgres.ts';
import { until, within } from '../../test/helpers/until.ts';
import { systemClock } from '../contract/clock.ts';
import type { EndReason } from '../ledger/entry/entry.ts';
import { LedgerUnavailable } from '../ledger/ledger.ts';
import type { ElevationDecision, ElevationRequestInput, Policy } from '../policy/decision.ts';
import type { ElevationRequest, ElevationVerdict, LiveElevation, SessionRef } from './elevations.ts';
import { AlreadyElevated } from './make-elevations.ts';
import { ElevationOver } from './live-elevation.ts';
import {
  ALLOW,
  makeStage as stageOn,
  makeTarget,
  openWriter,
  policyThatSays,
  principal,
  request,
  type Stage,
  SUMMARY,
  type Writer,
} from './testing.ts';
import { startLedgerPostgres } from '../ledger/testing.ts';

let cluster: Cluster;
let connection: pg.ClientConfig;
before(async () => {
  cluster = await startLedgerPostgres();
  connection = await makeTarget(cluster);
});
after(() => cluster?.remove());

const makeStage = (
  context: TestContext,
  ...more: [Parameters<typeof stageOn>[3]?, Parameters<typeof stageOn>[4]?, Parameters<typeof stageOn>[5]?]
) => stageOn(context, cluster, connection, ...more);

const entriesOf = async (session: string): Promise<Record<string, unknown>[]> =>
  (await cluster.sql('SELECT body FROM entry WHERE session = $1 ORDER BY chain, seq', 'ledger', [session])).rows.map(
    ({ body }) => JSON.parse(body),
  );
const kinds = async (session: string) => (await entriesOf(session)).map(({ kind }) => kind);
const noticesOf = async (
  session: string,
): Promise<{ event: string; channel: string; body: Record<string, unknown>; head: { hash: string } }[]> =>
  (
    await cluster.sql(
      `SELECT body ->> 'event' AS event, channel, body, head FROM notice WHERE body ->> 'session' = $1 ORDER BY created_at, channel`,
      'ledger',
      [session],
    )
  ).rows;
const alive = async ({ backend }: Writer) =>
  (await cluster.sql('SELECT FROM pg_stat_activity WHERE pid = $1', 'postgres', [backend.pid])).rowCount === 1;

async function begin(stage: Stage, writer: Writer, asked: ElevationRequest) {
  const ends: EndReason[] = [];
  const warned: number[] = [];
  const verdict = await stage.elevations.judge(asked, null);
  assert.ok(verdict.ok, JSON.stringify(verdict));
  const live = await stage.elevations.start(
    asked,
    verdict,
    writer.backend,
    (why) => ends.push(why),
    (left) => warned.push(left),
  );
  return { live, ends, warned, session: asked.session.id };
}

const start = (stage: Stage, asked: ElevationRequest, verdict: ElevationVerdict & { ok: true }, writer: Writer) =>
  stage.elevations.start(
    asked,
    verdict,
    writer.backend,
    () => {},
    () => {},
  );

const ended = (ends: EndReason[]) => until('it ends', async () => ends.length > 0);

test('promise 2: the entry and every notice are committed together before start resolves', async (context) => {
  const stage = await makeStage(context);
  const writer = await openWriter(cluster, context);
  const { live, session } = await begin(stage, writer, request({ duration: '10 min' }));
  const [started] = await entriesOf(session);
  assert.equal(started?.kind, 'elevation_started');
  assert.equal(started?.elevation, live.id);
  assert.equal(started?.seconds, 600);
  assert.equal(started?.writer_pid, writer.backend.pid);
  assert.equal(started?.deadline, live.deadline.toISOString());
  assert.equal(live.deadline.getTime() - live.startedAt.getTime(), 600_000);
  assert.ok(live.secondsLeft() > 598 && live.secondsLeft() <= 600);
  const notices = await noticesOf(session);
  assert.deepEqual(
    notices.map(({ event, channel }) => [event, channel]),
    [
      ['elevation.started', 'security'],
      ['elevation.started', 'team-mail'],
    ],
  );
  assert.equal(notices[0]?.body.environment, 'production');
  assert.equal(notices[0]?.head.hash, stage.ledger.head?.hash);
  await live.ended('unsudo', SUMMARY);
  assert.deepEqual(await kinds(session), ['elevation_started', 'elevation_ended']);
  assert.deepEqual(
    (await noticesOf(session)).slice(2).map(({ event, channel }) => [event, channel]),
    [
      ['elevation.ended', 'security'],
      ['elevation.ended', 'team-mail'],
    ],
  );
  assert.equal(stage.beats.watched(), 0);
  assert.equal(stage.elevations.inForce, 0);
});

test('policy is told how often somebody elevated within the hour, and which channels deliver nothing', async (context) => {
  const asked: ElevationRequestInput[] = [];
  const policy = policyThatSays(() => ALLOW);
  const telling: Policy = {
    ...policy,
    elevation: (input) => {
      asked.push(input);
      return policy.elevation(input);
    },
  };
  const stage = await makeStage(context, { policy: telling });
  const who = { principal: principal({ id: 'often' }) };
  const seen = async (more: Partial<SessionRef> = who) => {
    await stage.elevations.judge(request({}, more), null);
    const { recent_elevations, channels } = asked.at(-1) ?? assert.fail();
    return { recent_elevations, channels };
  };
  const well = { name: 'team-mail', failing_seconds: 0 };
  assert.deepEqual(await seen(), { recent_elevations: 0, channels: [well] });
  const { live, session } = await begin(stage, await openWriter(cluster, context), request({}, who));
  assert.deepEqual(await seen(), { recent_elevations: 1, channels: [well] });
  assert.equal((await seen({ principal: principal({ id: 'seldom' }) })).recent_elevations, 0);

  // Ten minutes of a mail server that takes nothing, and then one message.
  const [{ id } = assert.fail()] = (
    await cluster.sql("SELECT id FROM notice WHERE channel = 'team-mail' AND body ->> 'session' = $1", 'ledger', [
      session,
    ])
  ).rows;
  const attempt = (n: number, outcome: string, ago: string) =>
    cluster.sql(
      'INSERT INTO notice_attempt (message, attempt, at, outcome, problem) VALUES ($1, $2, now() - $4::interval, $3, NULL)',
      'ledger',
      [id, n, outcome, ago],
    );
  await cluster.sql('INSERT INTO notice_message (notice, message) VALUES ($1, $1)', 'ledger', [id]);
  await attempt(1, 'failed', '10 minutes');
  const { channels } = await seen();
  assert.ok(Number(channels?.[0]?.failing_seconds) >= 600, JSON.stringify(channels));
  await attempt(2, 'delivered', '0 seconds');
  assert.deepEqual((await seen()).channels, [well]);

  await cluster.sql('ALTER TABLE notice RENAME TO notice_away', 'ledger');
  assert.deepEqual(await seen(), { recent_elevations: null, channels: null });
  await cluster.sql('ALTER TABLE notice_away RENAME TO notice', 'ledger');
  await live.ended('unsudo', SUMMARY);
});

test('promise 2: if the commit fails there is no elevation, no notice, and the writer is ended', async (context) => {
  const stage = await makeStage(context);
  const writer = await openWriter(cluster, context);
  const asked = request();
  const verdict = await stage.elevations.judge(asked, null);
  assert.ok(verdict.ok);
  await cluster.sql('ALTER TABLE notice RENAME TO notice_away', 'ledger');
  context.after(() =>
    cluster.sql('ALTER TABLE IF EXISTS notice_away RENAME TO notice', 'ledger').catch(() => undefined),
  );
  await assert.rejects(
    stage.elevations.start(
      asked,
      verdict,
      writer.backend,
      () => {},
      () => {},
    ),
  );
  await cluster.sql('ALTER TABLE notice_away RENAME TO notice', 'ledger');
  assert.deepEqual(await kinds(asked.session.id), []);
  assert.equal(stage.elevations.inForce, 0);
  await writer.closed;
});

test('promise 2: a commit that is confirmed too late to count is closed in the record, and the session may try again', async (context) => {
  let lose = true;
  const stage = await makeStage(context, {}, {}, (ledger) => ({
    ...ledger,
    keep: ledger.keep,
    // As when the connection is lost between COMMIT and its answer.
    transaction: async (drafts, also) => {
      const answer = await ledger.transaction(drafts, also);
      if (!lose) return answer;
      lose = false;
      throw new LedgerUnavailable('The answer was lost.', { committed: Promise.resolve(true) });
    },
  }));
  const asked = request();
  const verdict = await stage.elevations.judge(asked, null);
  const again = await stage.elevations.judge(asked, null);
  assert.ok(verdict.ok && again.ok);
  const writer = await openWriter(cluster, context);
  await assert.rejects(start(stage, asked, verdict, writer), LedgerUnavailable);
  await writer.closed;
  const live = await start(stage, asked, again, await openWriter(cluster, context));
  await live.ended('unsudo', SUMMARY);
  await until('both are closed', async () => (await kinds(asked.session.id)).length === 4);
  const found = await entriesOf(asked.session.id);
  const of = (kind: string) => found.filter((entry) => entry.kind === kind).map(({ elevation }) => elevation);
  assert.deepEqual(new Set(of('elevation_ended')), new Set(of('elevation_started')));
  assert.deepEqual(new Set(found.flatMap(({ why }) => why ?? [])), new Set(['fault', 'unsudo']));
});

test('promise 2: a ledger that is stopped by a lock is unavailable, and nothing starts', async (context) => {
  const stage = await makeStage(context, {}, { timeoutMs: 400 });
  const asked = request();
  const verdict = await stage.elevations.judge(asked, null);
  assert.ok(verdict.ok);
  const blocker = new pg.Client({ connectionString: cluster.url('ledger') });
  await blocker.connect();
  await blocker.query('BEGIN; LOCK TABLE notice IN ACCESS EXCLUSIVE MODE');
  try {
    await assert.rejects(start(stage, asked, verdict, await openWriter(cluster, context)), LedgerUnavailable);
  } finally {
    await blocker.query('ROLLBACK');
    await blocker.end();
  }
  assert.deepEqual(await kinds(asked.session.id), []);
});

test('promise 5: at the deadline the session is told once, and a writer that it leaves alive is ended within a second', async (context) => {
  const stage = await makeStage(context);
  const writer = await openWriter(cluster, context);
  const { live, ends } = await begin(stage, writer, request({ duration: '1' }));
  await writer.client.query('BEGIN; INSERT INTO orders VALUES (1)');
  await ended(ends);
  assert.equal(live.secondsLeft(), 0);
  await within(1_000, 'its backend is gone', async () => !(await alive(writer)));
  await writer.closed;
  assert.equal((await cluster.sql('SELECT count(*)::int FROM orders', 'shop')).rows[0].count, 0);
  await live.ended('deadline', { ...SUMMARY, rolledBack: true });
  assert.deepEqual(ends, ['deadline']);
});

test('promise 5: a revocation, a revoked token and a shutdown end it, each said by its name and only once', async (context) => {
  const stage = await makeStage(context);
  const one = await begin(stage, await openWriter(cluster, context), request());
  const two = await begin(stage, await openWriter(cluster, context), request({}, { token: 'tok_2' }));
  const three = await begin(stage, await openWriter(cluster, context), request({}, { token: 'tok_3' }));
  stage.beats.revoke(one.live.id);
  stage.beats.revoke(one.live.id);
  stage.beats.endToken('tok_2');
  stage.elevations.shutdown();
  stage.elevations.shutdown();
  assert.deepEqual([one.ends, two.ends, three.ends], [['revoked'], ['token_revoked'], ['shutdown']]);
});

test('promise 5: when the ledger does not answer for the lease, every session in write leaves it', async (context) => {
  const stage = await makeStage(context, { leaseMs: 400 });
  const writer = await openWriter(cluster, context);
  const { ends } = await begin(stage, writer, request());
  stage.beats.stop();
  await ended(ends);
  assert.deepEqual(ends, ['ledger_lost']);
  await writer.closed;
  const refused = request();
  const verdict = await stage.elevations.judge(refused, null);
  assert.ok(verdict.ok);
  const late = await openWriter(cluster, context);
  await assert.rejects(
    stage.elevations.start(
      refused,
      verdict,
      late.backend,
      () => {},
      () => {},
    ),
    LedgerUnavailable,
  );
  assert.deepEqual(await kinds(refused.session.id), [], 'nothing is recorded that could not be revoked');
});

test('promise 5: a revocation that races the start ends it after the session has it in its hands', async (context) => {
  const stage = await makeStage(context);
  const writer = await openWriter(cluster, context);
  const asked = request();
  const verdict = await stage.elevations.judge(asked, null);
  assert.ok(verdict.ok);
  // As a beat does that finds the row at once: the callback comes while watchElevation is being set up.
  const { watchElevation } = stage.beats.heartbeat;
  stage.beats.heartbeat.watchElevation = (id, call) => {
    setImmediate(() => call({ principal: 'sec' }));
    return watchElevation(id, call);
  };
  const order: string[] = [];
  const live = await stage.elevations.start(
    asked,
    verdict,
    writer.backend,
    (why) => order.push(why),
    () => {},
  );
  order.push('started');
  await until('it ends', async () => order.length > 1);
  assert.deepEqual(order, ['started', 'revoked']);
  await writer.closed;
  await live.ended('revoked', SUMMARY);
});

test('two elevations at once in one session: the second is a fault, and the first is untouched', async (context) => {
  const stage = await makeStage(context);
  const [first, second] = [await openWriter(cluster, context), await openWriter(cluster, context)];
  const asked = request();
  const verdicts = [await stage.elevations.judge(asked, null), await stage.elevations.judge(asked, null)];
  assert.ok(verdicts[0]?.ok && verdicts[1]?.ok);
  const start = (writer: Writer, verdict: (typeof verdicts)[number]) =>
    verdict?.ok
      ? stage.elevations.start(
          asked,
          verdict,
          writer.backend,
          () => {},
          () => {},
        )
      : Promise.reject(new Error('not granted'));
  const [one, two] = await Promise.allSettled([start(first, verdicts[0]), start(second, verdicts[1])]);
  assert.equal(one.status, 'fulfilled');
  assert.ok(two.status === 'rejected' && two.reason instanceof AlreadyElevated);
  assert.deepEqual(await kinds(asked.session.id), ['elevation_started']);
  assert.equal(stage.elevations.inForce, 1);
});

test('a verdict grants one elevation, and one that judge did not give grants none', async (context) => {
  const stage = await makeStage(context);
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
  await assert.rejects(
    stage.elevations.start(
      asked,
      verdict,
      writer.backend,
      () => {},
      () => {},
    ),
    /not given by judge/,
  );
  await assert.rejects(
    stage.elevations.start(
      asked,
      { ...verdict },
      writer.backend,
      () => {},
      () => {},
    ),
    /not given by judge/,
  );
});

async function more(stage: Stage, live: LiveElevation, session: string, duration: string): Promise<void> {
  const asked = request({ duration, reason: 'still at it' }, { id: session });
  const verdict = await stage.elevations.judge(asked, live);
  assert.ok(verdict.ok);
  await live.extend(asked, verdict);
}

test('extensions together last no longer than the configuration permits one elevation', async (context) => {
  const stage = await makeStage(context);
  const writer = await openWriter(cluster, context);
  const { live, session } = await begin(stage, writer, request({ duration: '2' }));
  const after = (seconds: number): LiveElevation =>
    Object.create(live, { startedAt: { value: new Date(Date.now() - seconds * 1_000) } });
  const longer = (current: LiveElevation) =>
    stage.elevations.judge(request({ duration: '10 min', reason: 'still at it' }, { id: session }), current);
  assert.equal((await longer(after(60))).ok, true);
  const most = 14_400;
  for (const seconds of [most - 300, most + 5]) {
    const verdict = await longer(after(seconds));
    assert.ok(!verdict.ok);
    assert.deepEqual([verdict.error.code, verdict.error.message.includes('last')], ['sudo_bad_argument', true]);
  }
});

test('an extension is recorded and announced, moves the deadline on, and never back', async (context) => {
  const stage = await makeStage(context);
  const writer = await openWriter(cluster, context);
  const { live, ends, session } = await begin(stage, writer, request({ duration: '2' }));
  await more(stage, live, session, '10 min');
  assert.ok(live.secondsLeft() > 590);
  const extended = live.deadline;
  await more(stage, live, session, '5');
  assert.deepEqual(live.deadline, extended);
  // What is done from then on is done for the reason that was given last.
  assert.equal(live.reason, 'still at it');
  assert.ok(live.secondsLeft() > 590);
  assert.deepEqual(await kinds(session), ['elevation_started', 'elevation_extended', 'elevation_extended']);
  assert.equal((await noticesOf(session)).filter(({ event }) => event === 'elevation.extended').length, 4);
  const begun = performance.now();
  await until('the first deadline and the watchdog have passed', async () => performance.now() - begun > 2_600);
  assert.deepEqual(ends, []);
  assert.equal(await alive(writer), true);
  await live.ended('unsudo', SUMMARY);
});

test('an extension after the end, or one that the end overtakes, is refused', async (context) => {
  const stage = await makeStage(context);
  const { live, session, ends } = await begin(stage, await openWriter(cluster, context), request());
  await cluster.sql('ALTER TABLE notice ADD CONSTRAINT broken CHECK (false) NOT VALID', 'ledger');
  await assert.rejects(more(stage, live, session, '20 min'), LedgerUnavailable);
  await cluster.sql('ALTER TABLE notice DROP CONSTRAINT broken', 'ledger');
  const overtaken = more(stage, live, session, '20 min');
  await until('it is on its way', async () => true);
  stage.beats.revoke(live.id);
  await assert.rejects(overtaken, ElevationOver);
  await assert.rejects(more(stage, live, session, '20 min'), ElevationOver);
  assert.deepEqual(ends, ['revoked']);
  await live.ended('revoked', SUMMARY);
  assert.equal((await kinds(session)).at(-1), 'elevation_ended');
});

test('promise 5: a wall clock that NTP sets back gives nobody more time', async (context) => {
  let shift = 0;
  const clock = { now: () => new Date(Date.now() + shift), monotonic: systemClock.monotonic };
  const stage = await makeStage(context, { clock });
  const { ends } = await begin(stage, await openWriter(cluster, context), request({ duration: '1' }));
  shift = -86_400_000;
  const begun = performance.now();
  await ended(ends);
  assert.ok(performance.now() - begun < 1_500);
});

test('promise 5: a machine that slept past the deadline that people were told ends it on waking', async (context) => {
  let shift = 0;
  const clock = { now: () => new Date(Date.now() + shift), monotonic: systemClock.monotonic };
  const stage = await makeStage(context, { clock });
  const { ends } = await begin(stage, await openWriter(cluster, context), request({ duration: '10 min' }));
  shift = 3_600_000;
  await ended(ends);
  assert.deepEqual(ends, ['deadline']);
});

test('promise 6: the end is recorded once, however often it is said, and waits for a ledger that is away', async (context) => {
  const stage = await makeStage(context, { leaseMs: 60_000 }, { timeoutMs: 300 });
  const { live, session } = await begin(stage, await openWriter(cluster, context), request());
  await cluster.sql('ALTER TABLE elevation_end RENAME TO elevation_end_away', 'ledger');
  const saying = [live.ended('unsudo', SUMMARY), live.ended('disconnected', SUMMARY)];
  await until('a try has failed', async () => stage.logged.length > 0);
  assert.equal(stage.elevations.endsWaiting, 1);
  assert.deepEqual(await kinds(session), ['elevation_started']);
  await cluster.sql('ALTER TABLE elevation_end_away RENAME TO elevation_end', 'ledger');
  await Promise.all(saying);
  const found = await entriesOf(session);
  assert.deepEqual(
    found.map(({ kind }) => kind),
    ['elevation_started', 'elevation_ended'],
  );
  assert.equal(found[1]?.why, 'unsudo');
  assert.equal((await noticesOf(session)).filter(({ event }) => event === 'elevation.ended').length, 2);
});

const DENIED = [{ code: 'not_here', message: 'Nobody writes here on Fridays.', remedy: 'Wait for Monday.' }];
const REFUSED: Record<
  string,
  {
    asked: ElevationRequest;
    says?: ElevationDecision | string;
    code: string;
    codes: string[];
    told: boolean;
    words?: RegExp;
  }
> = {
  'an empty reason': {
    asked: request({ reason: '  ' }),
    code: 'sudo_bad_argument',
    codes: ['bad_reason'],
    told: false,
  },
  'a reason of 10 kB': {
    asked: request({ reason: 'x'.repeat(10_240) }),
    code: 'sudo_bad_argument',
    codes: ['bad_reason'],
    told: false,
  },
  'a reason with a mail header': {
    asked: request({ reason: 'fix\r\nBcc: all@example.com' }),
    code: 'sudo_bad_argument',
    codes: ['bad_reason'],
    told: false,
    words: /U\+000D/,
  },
  'the duration -1': {
    asked: request({ duration: '-1' }),
    code: 'sudo_bad_argument',
    codes: ['bad_duration'],
    told: false,
    words: /'10 min'.*At most 4 h/s,
  },
  'the duration soon': {
    asked: request({ duration: 'soon' }),
    code: 'sudo_bad_argument',
    codes: ['bad_duration'],
    told: false,
  },
  'the duration 1000 days': {
    asked: request({ duration: '1000 days' }),
    code: 'sudo_bad_argument',
    codes: ['too_long'],
    told: false,
    words: /at most 4 h/,
  },
  'more than policy allows': {
    asked: request({ duration: '2h' }),
    code: 'sudo_bad_argument',
    codes: ['too_long'],
    told: false,
    words: /at most 1 h/,
  },
  'an agent': {
    asked: request({ by: 'connect' }, { principal: principal({ kind: 'agent', elevate: 'in-band' }) }),
    code: 'sudo_not_permitted',
    codes: ['agents_read'],
    told: true,
  },
  'a token for reading': {
    asked: request({}, { principal: principal({ elevate: 'none' }) }),
    code: 'sudo_not_permitted',
    codes: ['token_reads'],
    told: true,
  },
  'a token that may only at connect, in-band': {
    asked: request({}, { principal: principal({ elevate: 'connect' }) }),
    code: 'sudo_not_permitted',
    codes: ['only_at_connect'],
    told: true,
    words: /sudoql\.reason/,
  },
  'a service in-band, whatever its token says': {
    asked: request({}, { principal: principal({ kind: 'service', elevate: 'in-band' }) }),
    code: 'sudo_not_permitted',
    codes: ['only_at_connect'],
    told: true,
  },
  'what policy denies': {
    asked: request(),
    says: { ...ALLOW, result: 'deny', reasons: DENIED },
    code: 'sudo_not_permitted',
    codes: ['not_here'],
    told: true,
    words: /not_here: Nobody writes here on Fridays.*Wait for Monday/s,
  },
  'what policy wants confirmed': {
    asked: request(),
    says: { ...ALLOW, result: 'confirm' },
    code: 'sudo_not_permitted',
    codes: ['needs_confirmation'],
    told: true,
    words: /fresh sign-in/,
  },
  'what policy wants confirmed and approved by others': {
    asked: request(),
    says: { ...ALLOW, result: 'confirm', approve: { sets: [], ask_seconds: 60, use_seconds: 60 } },
    code: 'sudo_not_permitted',
    codes: ['confirm_meets_approval'],
    told: true,
    words: /cannot be had together.*security team/s,
  },
  'a policy that cannot decide': {
    asked: request(),
    says: 'eval_conflict',
    code: 'fault',
    codes: ['policy_fault'],
    told: true,
  },
  'a policy that allows no time': {
    asked: request(),
    says: { ...ALLOW, max_seconds: 0 },
    code: 'sudo_not_permitted',
    codes: ['no_time'],
    told: true,
  },
  'a policy that allows time that is none': {
    asked: request(),
    says: { ...ALLOW, default_seconds: Number.NaN },
    code: 'sudo_not_permitted',
    codes: ['no_time'],
    told: true,
  },
};

for (const [name, { asked, says, code, codes, told, words }] of Object.entries(REFUSED)) {
  test(`promise 3: refused and recorded: ${name}`, async (context) => {
    const stage = await makeStage(context, { policy: policyThatSays(() => says ?? ALLOW) });
    const verdict = await stage.elevations.judge(asked, null);
    assert.ok(!verdict.ok);
    assert.equal(verdict.error.code, code);
    if (words) assert.match(`${verdict.error.message}\n${verdict.error.detail}\n${verdict.error.hint}`, words);
    const [entry] = await entriesOf(asked.session.id);
    assert.equal(entry?.kind, 'elevation_refused');
    assert.deepEqual(entry?.codes, codes);
    // Replay compares them: what is no denial has terms.
    const said = (entry?.decided as { said?: { result: string; terms: object } } | null)?.said;
    if (said) assert.equal(Object.keys(said.terms).length > 0, said.result !== 'deny', JSON.stringify(said));
    assert.ok(String(entry?.reason).length <= 500);
    assert.deepEqual(
      (await noticesOf(asked.session.id)).map(({ event }) => event),
      told ? ['elevation.refused'] : [],
    );
  });
}

test('promise 3: an elevation that nobody would be told of is refused', async (context) => {
  const stage = await makeStage(context, {
    notify: {},
    policy: policyThatSays(() => ({ ...ALLOW, notify: ['gone'] })),
  });
  const asked = request();
  const verdict = await stage.elevations.judge(asked, null);
  assert.match(!verdict.ok ? String(verdict.error.detail) : '', /Nobody would be told/);
  assert.doesNotMatch(!verdict.ok ? verdict.error.message : 'token', /token/, 'it is not about the token');
});

test('a check is asked about the reason that is judged, and not about what is refused before', async (context) => {
  const asked: string[] = [];
  const ask = async ({ reason }: { reason: string }) => {
    asked.push(reason);
    return {};
  };
  const stage = await makeStage(context, { checks: { ask } });
  const agent = principal({ kind: 'agent' });
  for (const refused of [
    ...[request({ reason: 'x'.repeat(10_240) }), request({ duration: 'soon' }), request({ duration: '1000 days' })],
    request({}, { principal: agent }),
  ])
    assert.equal((await stage.elevations.judge(refused, null)).ok, false);
  assert.ok((await stage.elevations.judge(request({ reason: ' fix order 4211\n' }), null)).ok);
  assert.deepEqual(asked, ['fix order 4211']);
});

test('time is the least of what was asked, policy and configuration', async (context) => {
  let decision = ALLOW;
  const stage = await makeStage(context, {
    policy: policyThatSays(() => decision),
    bounds: { defaultSeconds: 600, maxSeconds: 1_200 },
  });
  const seconds = async (duration: string | null) => {
    const verdict = await stage.elevations.judge(request({ duration }), null);
    return verdict.ok ? verdict.seconds : verdict.error.code;
  };
  assert.equal(await seconds(null), 600);
  assert.equal(await seconds('20 min'), 1_200);
  decision = { ...ALLOW, max_seconds: 300.9, default_seconds: 9_999 };
  assert.equal(await seconds(null), 300);
  assert.equal(await seconds('301'), 'sudo_bad_argument');
});

test('no elevation is announced beyond the end of its token, and who asks for more is told so', async (context) => {
  const stage = await makeStage(context);
  const of = (tokenExpires: Date, duration: string | null = null) => request({ duration }, { tokenExpires });
  const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000);
  const short = await stage.elevations.judge(of(inSeconds(300)), null);
  assert.ok(short.ok && short.seconds <= 300 && short.seconds > 200, JSON.stringify(short));
  const long = await stage.elevations.judge(of(inSeconds(86_400), '10 min'), null);
  assert.ok(long.ok && long.seconds === 600);
  const more = await stage.elevations.judge(of(inSeconds(300), '20 min'), null);
  assert.ok(!more.ok && /^the token of this session ends in \d/.test(more.error.message), JSON.stringify(more));
  const over = await stage.elevations.judge(of(inSeconds(-5)), null);
  assert.ok(!over.ok && /expired/.test(over.error.message));
});

test('a loop of refusals fills the ledger, not the mailbox', async (context) => {
  let now = 0;
  const clock = { now: () => new Date(), monotonic: () => now };
  const stage = await makeStage(context, {
    clock,
    policy: policyThatSays(() => ({ ...ALLOW, result: 'deny', reasons: DENIED })),
  });
  const asked = request();
  for (let i = 0; i < 10; i++) await stage.elevations.judge(asked, null);
  assert.equal((await kinds(asked.session.id)).length, 10);
  assert.equal((await noticesOf(asked.session.id)).length, 1);
  now += 301_000;
  await stage.elevations.judge(asked, null);
  assert.equal((await noticesOf(asked.session.id)).length, 2);
});

test('a session that never reports its end is reported for it', async (context) => {
  const stage = await makeStage(context);
  const writer = await openWriter(cluster, context);
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { live, session } = await begin(stage, writer, request());
  stage.beats.revoke(live.id);
  context.mock.timers.tick(15_000);
  context.mock.timers.reset();
  await until('it is recorded', async () => (await kinds(session)).includes('elevation_ended'));
  const over = (await entriesOf(session)).at(-1);
  assert.deepEqual([over?.why, over?.summary], ['revoked', null]);
  await writer.closed;
});
