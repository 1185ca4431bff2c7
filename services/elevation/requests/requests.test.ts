import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import type pg from 'pg';
import type { Cluster } from '../../../test/helpers/postgres.ts';
import { until } from '../../../test/helpers/until.ts';
import { systemClock } from '../../contract/clock.ts';
import type { Principal } from '../../contract/words.ts';
import { LedgerUnavailable } from '../../ledger/ledger.ts';
import { makeTokens } from '../../ledger/tokens/make-tokens.ts';
import { makeElevationRecords } from '../../ledger/read/make-elevation-records.ts';
import { makeAnnounce } from '../../notifier/announce.ts';
import { makeOutbox } from '../../notifier/outbox.ts';
import type { ApprovalSet } from '../../policy/decision.ts';
import { makeRecovery } from '../recovery.ts';
import type { ElevationRequest, ElevationVerdict } from '../elevations.ts';
import { makeStage, makeTarget, openWriter, principal, request as requestOf, type Stage, SUMMARY } from '../testing.ts';
import type { OwnMail } from './approvers.ts';
import type { Answerer } from './requests.ts';
import { askingPolicy, DBA, type Says } from './testing.ts';
import { startLedgerPostgres } from '../../ledger/testing.ts';

let cluster: Cluster;
let connection: pg.ClientConfig;
before(async () => {
  cluster = await startLedgerPostgres();
  connection = await makeTarget(cluster);
});
after(() => cluster?.remove());

const person = (id: string, ...groups: string[]): Principal =>
  principal({ id, email: `${id}@example.com`, groups, elevate: 'none' });
const by = (who: Principal): Answerer => ({ principal: who, via: 'api' });
const ben = by(person('ben', 'dba'));
const cleo = by(person('cleo', 'dba'));

let number = 0;
/** Somebody new each time: limits are of a person. */
function asker(more: Partial<ElevationRequest> = {}, groups = ['dev']): ElevationRequest {
  const id = `asker${++number}`;
  const { reason = 'fix order 4211' } = more;
  return requestOf({ ...more, reason }, { principal: principal({ id, email: `${id}@example.com`, groups }) });
}

async function stage(
  context: TestContext,
  says: Partial<Says> = {},
  ownMail: OwnMail | null = null,
): Promise<Stage & { says: Says }> {
  const policy = askingPolicy(says);
  const made = await makeStage(context, cluster, connection, { policy }, {}, undefined, ownMail);
  return { ...made, says: policy.says };
}

const judge = (on: Stage, asked: ElevationRequest) => on.elevations.judge(asked, null);
async function asks(on: Stage, asked: ElevationRequest): Promise<string> {
  const verdict = await judge(on, asked);
  assert.ok(!verdict.ok && verdict.waits, JSON.stringify(verdict));
  return verdict.waits.request;
}
async function begins(context: TestContext, on: Stage, asked: ElevationRequest, verdict?: ElevationVerdict) {
  const granted = verdict ?? (await judge(on, asked));
  assert.ok(granted.ok, JSON.stringify(granted));
  const writer = await openWriter(cluster, context);
  const nothing = () => {};
  return on.elevations.start(asked, granted, writer.backend, nothing, nothing);
}
const entries = async (person: string): Promise<Record<string, unknown>[]> =>
  (
    await cluster.sql('SELECT body FROM entry WHERE principal = $1 ORDER BY at, chain, seq', 'ledger', [person])
  ).rows.map(({ body }) => JSON.parse(body));
const kinds = async (asked: ElevationRequest) => (await entries(asked.session.principal.id)).map(({ kind }) => kind);
const told = async (asked: ElevationRequest): Promise<string[]> =>
  (
    await cluster.sql(
      `SELECT body ->> 'event' || coalesce(' ' || (body ->> 'answer'), '') || ' to ' || channel AS said FROM notice
       WHERE body ->> 'principal' = $1 ORDER BY created_at, channel`,
      'ledger',
      [asked.session.principal.id],
    )
  ).rows.map(({ said }) => said);
/** As if it had been asked so long ago. */
const age = (id: string, seconds: number) =>
  cluster.sql(
    `UPDATE request SET asked_at = asked_at - $2 * interval '1 second', expires_at = expires_at - $2 * interval '1 second'
     WHERE request = $1`,
    'ledger',
    [id, seconds],
  );

test('a request is recorded and told, agreed to by another, and used once', async (context) => {
  const on = await stage(context);
  const asked = asker({ duration: '10 min' });
  const id = await asks(on, asked);
  assert.equal(await asks(on, asked), id, 'the same is the same request');
  const answered = await on.requests.answer(id, ben, 'approve', 'go on');
  assert.ok(answered.ok, JSON.stringify(answered));
  assert.equal(answered.request.state, 'approved');
  const live = await begins(context, on, asked);
  assert.equal((await on.requests.show(id))?.state, 'used');
  const all = await entries(asked.session.principal.id);
  assert.deepEqual(
    all.map(({ kind }) => kind),
    ['request_made', 'request_approved', 'elevation_started'],
  );
  assert.deepEqual(
    [all[1]?.actor, all[1]?.why, all[1]?.sets, all[1]?.approved],
    [{ principal: 'ben' }, 'go on', ['dba'], true],
  );
  assert.equal(all[2]?.request, id);
  await live.ended('unsudo', SUMMARY);
  assert.notEqual(await asks(on, asked), id, 'the next time is another request');
  assert.deepEqual((await told(asked)).slice(0, 2), [
    'request.made to team-mail',
    'request.answered approved to team-mail',
  ]);
});

test('another reason, time, way or person is another request, and no longer time than was agreed to is given', async (context) => {
  const on = await stage(context);
  const asked = asker({ duration: '5 min' });
  const ids = [await asks(on, asked)];
  for (const other of [
    { ...asked, reason: 'another' },
    { ...asked, duration: '6 min' },
    { ...asked, by: 'connect' as const },
    asker({ duration: '5 min' }),
  ])
    ids.push(await asks(on, other));
  assert.equal(new Set(ids).size, 5);
  assert.ok((await on.requests.answer(ids[0] ?? '', ben, 'approve', null)).ok);
  const verdict = await judge(on, asked);
  assert.ok(verdict.ok && verdict.seconds === 300);
  for (const id of ids.slice(1)) assert.equal((await on.requests.show(id))?.state, 'pending');
});

test('nobody agrees to their own: not by id, not under another name with their email, not with a group that they have since', async (context) => {
  const on = await stage(context);
  const asked = asker();
  const id = await asks(on, asked);
  const self = asked.session.principal;
  const tries: [Answerer, string][] = [
    [by({ ...self, groups: ['dev', 'dba'] }), 'own_request'],
    [by({ ...self, id: 'ana2', email: ` ${self.email?.toUpperCase()}`, groups: ['dba'] }), 'own_request'],
    [by({ ...person('helper', 'dba'), kind: 'agent' }), 'only_people'],
    [by({ ...person('deploy', 'dba'), kind: 'service' }), 'only_people'],
    [by(person('eve', 'dev')), 'not_asked'],
  ];
  for (const [who, code] of tries) {
    for (const action of ['approve', 'deny'] as const) {
      const no = await on.requests.answer(id, who, action, null);
      assert.ok(!no.ok && no.what === 'refused', JSON.stringify(no));
      assert.deepEqual(no.codes, [code]);
    }
    assert.equal(on.requests.isAsked(who.principal, (await on.requests.show(id)) as never), false);
  }
  assert.equal((await on.requests.show(id))?.state, 'pending');
  await until(
    'they are recorded',
    async () => (await kinds(asked)).filter((kind) => kind === 'answer_refused').length === 10,
  );
});

test('policy that has changed its mind stops it: when it is answered, and when it is used', async (context) => {
  const on = await stage(context);
  const asked = asker();
  const id = await asks(on, asked);
  on.says.result = 'deny';
  const no = await on.requests.answer(id, ben, 'approve', null);
  assert.ok(!no.ok && no.codes[0] === 'frozen', JSON.stringify(no));
  on.says.result = 'approve';
  assert.ok((await on.requests.answer(id, ben, 'approve', null)).ok);
  // Who agreed does not count any more.
  on.says.sets = [{ ...DBA, groups: ['security'] }];
  const lost = await judge(on, asked);
  assert.ok(!lost.ok && !lost.waits && lost.error.detail?.startsWith('approval_lost'), JSON.stringify(lost));
  // More than are counted: none is left out.
  on.says.sets = Array.from({ length: 11 }, (_, n) => ({
    ...DBA,
    name: `${n}`,
    groups: [n < 10 ? 'dba' : 'security'],
  }));
  const many = await judge(on, asked);
  assert.ok(!many.ok && many.error.detail?.startsWith('nobody_to_ask'), JSON.stringify(many));
  on.says.result = 'deny';
  assert.match(String(((await judge(on, asked)) as { error: { detail: string } }).error.detail), /^frozen/);
  on.says.result = 'allow';
  on.says.sets = [];
  assert.ok((await judge(on, asked)).ok, 'nobody’s approval is needed any more');
});

test('two of a set, and each of several sets; who agrees twice counts once; two at once are both counted', async (context) => {
  const on = await stage(context, {
    sets: [
      { ...DBA, count: 2 },
      { ...DBA, name: 'security', groups: ['security'] },
    ],
  });
  const asked = asker();
  const id = await asks(on, asked);
  for (let n = 0; n < 2; n++)
    assert.equal(
      ((await on.requests.answer(id, ben, 'approve', null)) as { request: { state: string } }).request.state,
      'pending',
    );
  const both = await Promise.all([
    on.requests.answer(id, cleo, 'approve', null),
    on.requests.answer(id, by(person('sec', 'security')), 'approve', null),
  ]);
  assert.ok(
    both.every(({ ok }) => ok),
    JSON.stringify(both),
  );
  assert.equal((await on.requests.show(id))?.state, 'approved');
  const approved = (await entries(asked.session.principal.id)).filter(({ kind }) => kind === 'request_approved');
  assert.deepEqual(
    approved.map(({ approved: all }) => all),
    [false, false, false, true],
  );

  const answers = async (sets: ApprovalSet[], ...all: Answerer[]) => {
    on.says.sets = sets;
    const id = await asks(on, asker());
    for (const who of all) assert.ok((await on.requests.answer(id, who, 'approve', null)).ok);
    return (await on.requests.show(id))?.state;
  };
  // Ben once more, under another name.
  const alias = by({ ...person('ben2', 'dba'), email: 'Ben@Example.com' });
  const two = [{ ...DBA, count: 2 }];
  assert.equal(await answers(two, ben, alias), 'pending');
  assert.equal(await answers(two, ben, alias, cleo), 'approved');
  const alike = [DBA, { ...DBA, groups: ['security'] }];
  assert.equal(await answers(alike, ben), 'pending', 'two sets of one name are two');
  assert.equal(await answers(alike, ben, by(person('sec', 'security'))), 'approved');
});

test('agreed to and denied at once: one of both, and after a no nothing begins', async (context) => {
  const on = await stage(context);
  for (let n = 0; n < 5; n++) {
    const asked = asker();
    const id = await asks(on, asked);
    const [yes, no] = await Promise.all([
      on.requests.answer(id, ben, 'approve', null),
      on.requests.answer(id, cleo, 'deny', 'not now'),
    ]);
    // A no also takes back what was agreed to and is not used yet.
    assert.ok(no.ok && no.request.state === 'denied', JSON.stringify([yes, no]));
    assert.equal((await on.requests.show(id))?.end?.why, 'not now');
    const verdict = await judge(on, asked);
    assert.ok(!verdict.ok && verdict.waits?.request !== id);
  }
});

test('used by one of two that begin at once on two gateways, and by none after a no that came between', async (context) => {
  const policy = askingPolicy();
  const [one, two] = [
    await makeStage(context, cluster, connection, { policy }),
    await makeStage(context, cluster, connection, { policy }),
  ] as const;
  const asked = asker();
  const id = await asks(one, asked);
  assert.ok((await two.requests.answer(id, ben, 'approve', null)).ok);
  const twin = { ...asked, session: { ...asked.session, id: 'ses_twin' } };
  const verdicts = await Promise.all([judge(one, asked), judge(two, twin)]);
  const starts = await Promise.allSettled([
    begins(context, one, asked, verdicts[0]),
    begins(context, two, twin, verdicts[1]),
  ]);
  assert.deepEqual(starts.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  for (const each of starts) if (each.status === 'rejected') assert.match(String(each.reason), /is used/);
  for (const each of starts) if (each.status === 'fulfilled') await each.value.ended('unsudo', SUMMARY);
  assert.equal((await kinds(asked)).filter((kind) => kind === 'elevation_started').length, 1);

  const other = asker();
  const between = await asks(one, other);
  assert.ok((await one.requests.answer(between, ben, 'approve', null)).ok);
  const granted = await judge(one, other);
  assert.ok((await two.requests.answer(between, cleo, 'deny', null)).ok);
  await assert.rejects(begins(context, one, other, granted), /is denied/);
  assert.ok(!(await kinds(other)).includes('elevation_started'), 'nothing of it is in the record');
});

test('the ledger’s clock decides when it is too late, whichever gateway asks and whoever looks first', async (context) => {
  const on = await stage(context, { askSeconds: 60, useSeconds: 60 });
  const asked = asker();
  const id = await asks(on, asked);
  await age(id, 61);
  const late = await on.requests.answer(id, ben, 'approve', null);
  assert.ok(!late.ok && late.what === 'over', JSON.stringify(late));
  await Promise.all([on.requests.look(), on.requests.look()]);
  assert.equal((await on.requests.show(id))?.state, 'expired');
  assert.deepEqual(await kinds(asked), ['request_made', 'request_expired']);

  const slow = asker();
  const approved = await asks(on, slow);
  assert.ok((await on.requests.answer(approved, ben, 'approve', null)).ok);
  const granted = await judge(on, slow);
  await cluster.sql(
    "UPDATE request_state SET until = clock_timestamp() - interval '1 second' WHERE request = $1",
    'ledger',
    [approved],
  );
  await assert.rejects(begins(context, on, slow, granted), /is expired/);
  await on.requests.look();
  assert.deepEqual(await kinds(slow), ['request_made', 'request_approved', 'request_expired']);
});

test('a flood is bounded by person, and a repeated request is one notice', async (context) => {
  const on = await stage(context, { askSeconds: 86_400 });
  const asked = asker();
  const ids = await Promise.all(Array.from({ length: 5 }, () => asks(on, asked)));
  assert.equal(new Set(ids).size, 1);
  for (let n = 1; n < 5; n++) ids.push(await asks(on, { ...asked, reason: `reason ${n}` }));
  for (const id of ids) await age(id, 3_601);
  const sixth = await judge(on, { ...asked, reason: 'one too many' });
  assert.ok(!sixth.ok && !sixth.waits && sixth.error.detail?.startsWith('too_many_requests'), JSON.stringify(sixth));
  assert.equal((await told(asked)).filter((said) => said === 'request.made to team-mail').length, 5);
  const me = by(asked.session.principal);
  assert.ok(!(await on.requests.withdraw(ids[0] ?? '', ben)).ok, 'it is not his');
  assert.ok((await on.requests.withdraw(ids[0] ?? '', me)).ok);
  assert.equal((await on.requests.show(ids[0] ?? ''))?.state, 'withdrawn');
  await asks(on, { ...asked, reason: 'one too many' });
});

test('where nobody could be asked, that is said at once and nothing waits', async (context) => {
  const on = await stage(context);
  for (const sets of [[], [{ ...DBA, groups: [] }], [{ ...DBA, channels: ['of-nobody'] }]]) {
    on.says.sets = sets;
    const verdict = await judge(on, asker());
    assert.ok(
      !verdict.ok && !verdict.waits && verdict.error.detail?.startsWith('nobody_to_ask'),
      JSON.stringify(verdict),
    );
  }
});

test('a reminder at half time, once; who is asked later is told then, and may answer then', async (context) => {
  const wider = [{ after_seconds: 100, people: ['dora'], groups: [], channels: ['team-chat'] }];
  const on = await stage(context, { sets: [{ ...DBA, wider }], askSeconds: 600 });
  const asked = asker();
  const id = await asks(on, asked);
  const dora = by(person('dora'));
  assert.ok(!(await on.requests.answer(id, dora, 'approve', null)).ok);
  await on.requests.look();
  assert.equal((await told(asked)).length, 1);
  await age(id, 301);
  for (let n = 0; n < 2; n++) await on.requests.look();
  assert.deepEqual((await told(asked)).slice(1).sort(), [
    'request.reminder to team-chat',
    'request.reminder to team-mail',
  ]);
  assert.ok((await on.requests.answer(id, dora, 'approve', null)).ok);
});

test('who breaks glass waits for nobody, is told of loudly, and owes a review that somebody else closes', async (context) => {
  const on = await stage(context, { sets: [{ ...DBA, channels: ['team-chat'] }] });
  const asked = asker({ breakGlass: true });
  const live = await begins(context, on, asked);
  await live.ended('unsudo', SUMMARY);
  assert.deepEqual((await told(asked)).slice(0, 3), [
    'elevation.started to security',
    'elevation.started to team-chat',
    'elevation.started to team-mail',
  ]);
  const [started] = await entries(asked.session.principal.id);
  assert.equal(started?.break_glass, true);
  const owed = (await on.requests.owed()).find(({ elevation }) => elevation === live.id);
  assert.deepEqual([owed?.principal.id, owed?.reason], [asked.session.principal.id, asked.reason]);

  await cluster.sql("UPDATE review_owed SET since = since - interval '25 hours' WHERE elevation = $1", 'ledger', [
    live.id,
  ]);
  for (let n = 0; n < 2; n++) await on.requests.look();
  assert.equal((await told(asked)).filter((said) => said === 'review.owed to security').length, 1);

  const own = await on.requests.review(live.id, by({ ...asked.session.principal, groups: ['dba'] }), 'it was fine');
  assert.ok(!own.ok && own.codes[0] === 'own_request');
  assert.ok(!(await on.requests.review(live.id, ben, '  ')).ok, 'without a comment it is none');
  const closed = await Promise.all([
    on.requests.review(live.id, ben, 'one row, as said'),
    on.requests.review(live.id, cleo, 'fine'),
  ]);
  assert.deepEqual(closed.map(({ ok }) => ok).sort(), [false, true]);
  assert.equal((await kinds(asked)).filter((kind) => kind === 'elevation_reviewed').length, 1);
  assert.ok(!(await on.requests.owed()).some(({ elevation }) => elevation === live.id));
});

test('glass that policy does not grant, or does not know, is not broken', async (context) => {
  const on = await stage(context, { glass: false });
  for (const result of ['approve', 'allow'] as const) {
    on.says.result = result;
    const verdict = await judge(on, asker({ breakGlass: true }));
    assert.ok(
      !verdict.ok && !verdict.waits && verdict.error.detail?.startsWith('no_break_glass'),
      JSON.stringify(verdict),
    );
  }
});

test('what cannot be recorded is neither asked, nor answered, nor used', async (context) => {
  const on = await stage(context);
  const asked = asker();
  const id = await asks(on, asked);
  await cluster.sql('ALTER TABLE notice ADD CONSTRAINT broken CHECK (false) NOT VALID', 'ledger');
  try {
    await assert.rejects(judge(on, asker()), LedgerUnavailable);
    await assert.rejects(on.requests.answer(id, ben, 'approve', null));
  } finally {
    await cluster.sql('ALTER TABLE notice DROP CONSTRAINT broken', 'ledger');
  }
  assert.equal((await on.requests.show(id))?.state, 'pending');
  assert.deepEqual(await kinds(asked), ['request_made']);
});

test('a gateway that is killed when a request is used and the session not switched: never used twice, never lost in silence', async (context) => {
  const [dead, living] = [await stage(context), await stage(context)];
  const asked = asker();
  const id = await asks(dead, asked);
  await dead.requests.answer(id, ben, 'approve', null);
  const writer = await openWriter(cluster, context);
  const granted = await judge(dead, asked);
  assert.ok(granted.ok);
  const nothing = () => {};
  const live = await dead.elevations.start(asked, granted, writer.backend, nothing, nothing);
  // Killed here: of the dead one nothing does anything any more.
  dead.watchdog.disarm(writer.backend);
  assert.notEqual(await asks(living, asked), id, 'the same sudo asks anew, and does not begin');
  assert.equal((await living.requests.answer(id, ben, 'deny', null)).ok, false, 'what is used is over');
  const records = makeElevationRecords({ pool: living.pool, ledger: living.ledger });
  const settle = makeRecovery({
    ...{ ledger: living.ledger, pool: living.pool, records, watchdog: living.watchdog },
    announce: makeAnnounce({ ledger: living.ledger, outbox: makeOutbox({ channels: { 'team-mail': {} } }) }),
    notify: { shop: ['team-mail'] },
    security: [],
    log: { info: nothing },
  });
  await settle(dead.replica);
  await writer.closed;
  const all = await entries(asked.session.principal.id);
  const started = all.filter(({ request }) => request === id).map(({ kind }) => kind);
  assert.deepEqual(started, ['request_made', 'request_approved', 'elevation_started']);
  const end = all.find(({ kind, elevation }) => kind === 'elevation_ended' && elevation === live.id);
  assert.equal(end?.why, 'gateway_lost');
  assert.ok((await told(asked)).includes('elevation.ended to team-mail'));
});

test('an elevation that is stopped from outside knows by whom and why', async (context) => {
  const on = await stage(context, { result: 'allow', sets: [] });
  const live = await begins(context, on, asker());
  assert.equal(live.stoppedBy, null);
  on.beats.revoke(live.id);
  assert.deepEqual(live.stoppedBy, { principal: 'sec' });
});

const signsIn = async (name: string, group: string, at: string) => {
  await cluster.sql("INSERT INTO identity (issuer, subject, principal, actor) VALUES ('i', $1, $1, '{}')", 'ledger', [
    name,
  ]);
  await cluster.sql(
    `INSERT INTO sign_in (id, issuer, subject, principal, email, groups, authenticated_at, address, client, created_at)
     VALUES ('sig_' || $1, 'i', $1, $1, $1 || '@example.com', ARRAY[$2], ${at}, '192.0.2.7', 'Firefox', ${at})`,
    'ledger',
    [name, group],
  );
};

test('who may decide is written to at their own address, one mail each, never who asked; who has none is said in the record', async (context) => {
  const wider = [{ after_seconds: 100, people: ['wim'], groups: [], channels: ['team-chat'] }];
  const readers = () => ['Rita@example.com'];
  const on = await stage(
    context,
    { sets: [{ ...DBA, count: 2, wider }], askSeconds: 600 },
    { channel: 'team-mail', readers },
  );
  const asked = asker({}, ['dev', 'dba']);
  const me = asked.session.principal.id;
  const tokens = makeTokens({ pool: on.pool, ledger: on.ledger, clock: systemClock });
  const token = (user: string, groups: string[], email: string | null, kind: Principal['kind'] = 'human') =>
    tokens.create({ user, groups, email, kind, elevate: 'none', lifetime: 3_600 }, { operator: 'test' });
  await token('ben', ['dba'], 'ben@example.com');
  await token('benny', ['dba'], 'Ben@example.com');
  await token('cleo', ['dba'], null);
  await token('rita', ['dba'], 'rita@example.com');
  await token('eve', ['dev'], 'eve@example.com');
  await token('bot', ['dba'], 'bot@example.com', 'service');
  await token('wim', ['dev'], 'wim@example.com');
  await token(me, ['dba'], 'another@example.com');
  await token('my-other-name', ['dba'], `${me}@example.com`);
  await tokens.revoke((await token('gone', ['dba'], 'gone@example.com')).id, { operator: 'test' });
  await signsIn('dana', 'dba', "now() - interval '1 day'");
  await signsIn('dora', 'dba', "now() - interval '1 day'");
  await signsIn('fay', 'dba', "now() - interval '31 days'");
  await cluster.sql(
    "INSERT INTO sign_in_end (sign_in, why, actor) VALUES ('sig_dora', 'the groups have changed', '{}')",
    'ledger',
  );
  const writtenTo = async (event: string) =>
    (
      await cluster.sql(
        "SELECT body ->> 'to' AS own FROM notice WHERE body ->> 'event' = $1 AND body ->> 'principal' = $2 AND channel = 'team-mail' AND body ? 'to' ORDER BY 1",
        'ledger',
        [event, me],
      )
    ).rows.map(({ own }) => own);

  const id = await asks(on, asked);
  assert.deepEqual(await writtenTo('request.made'), ['ben@example.com', 'dana@example.com']);
  const [made] = (await entries(me)).filter(({ kind }) => kind === 'request_made');
  assert.deepEqual(made?.told, { mailed: ['ben', 'benny', 'dana'], no_address: ['cleo'] });

  assert.ok((await on.requests.answer(id, by(person('ben', 'dba')), 'approve', null)).ok);
  await age(id, 301);
  await on.requests.look();
  // Who is asked later is written to then; who has answered is asked no more.
  assert.deepEqual(await writtenTo('request.reminder'), ['dana@example.com', 'wim@example.com', 'wim@example.com']);

  // Of a list nobody is written to one by one.
  for (let n = 0; n < 51; n++) await signsIn(`many${n}`, 'dba', 'now()');
  await asks(on, { ...asked, reason: 'another' });
  const [another] = (await entries(me)).filter(({ reason, kind }) => kind === 'request_made' && reason === 'another');
  assert.deepEqual(another?.told, { mailed: [], no_address: [], too_many: 56 });
  assert.equal((await writtenTo('request.made')).length, 2);
});
