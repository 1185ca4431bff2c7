import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { until } from '../../test/helpers/until.ts';
import type { Cluster } from '../../test/helpers/postgres.ts';
import { type Bench, emailTo, ended, type Mailbox, openBench, startBench, started, startMailbox } from './testing.ts';
import { startLedgerPostgres } from '../ledger/testing.ts';
import { FAILING } from './board.ts';
import type { Asking } from './notice.ts';

/** A mailbox that there is not. */
const NOBODY = 'nobody@example.com';
let cluster: Cluster;
let mailbox: Mailbox;
let bench: Bench;

before(async () => {
  cluster = await startLedgerPostgres();
  mailbox = await startMailbox(0, {
    onRcptTo: ({ address }, _, done) => done(address === NOBODY ? new Error('no such mailbox') : null),
  });
  bench = await startBench(cluster, 'email', { mail: emailTo(mailbox.port) });
});
after(async () => {
  await bench?.close();
  await mailbox?.close();
  await cluster?.remove();
});

const mailsAbout = (reason: string, event = 'elevation.started') =>
  mailbox.mails.filter(
    (mail) => mail.headers.get('x-sudoql-event') === event && `${mail.subject} ${mail.text}`.includes(reason),
  );
const mailAbout = (reason: string, event?: string) =>
  until(`a mail about "${reason}" came`, async () => mailsAbout(reason, event)[0]);

test('promise 8: a recorded start is mailed, and recorded as delivered', async () => {
  const [notice] = await bench.tell(started({ reason: 'a plain start' }));
  const mail = await mailAbout('a plain start');
  assert.match(mail.subject ?? '', /^ana can write to shop \(production\) until .*\d\d:\d\d UTC: a plain start$/);
  assert.match(mail.text ?? '', /psql, from 10\.1\.2\.3/);
  assert.match(mail.html || '', /Stop it/);
  await until('the delivery is recorded', () =>
    bench
      .rows("SELECT FROM entry WHERE kind = 'notice_delivered' AND body::jsonb ->> 'notice' = $1", [notice])
      .then((rows) => rows.length === 1),
  );
  await until('no job is left', async () => (await bench.rows('SELECT FROM graphile_worker.jobs')).length === 0);
});

test('promise 2: neither notice nor job exists when the transaction of the record fails', async () => {
  const failing = bench.ledger.transaction([{ kind: 'gateway_stopped', replica: 'x' }], async (client, [head]) => {
    assert.ok(head);
    await bench.outbox.enqueue(client, started({ reason: 'never recorded' }), ['mail'], head);
    throw new Error('on purpose');
  });
  await assert.rejects(failing, /on purpose/);
  assert.deepEqual(await bench.rows("SELECT FROM notice WHERE body ->> 'reason' = 'never recorded'"), []);
  assert.deepEqual(await bench.rows('SELECT FROM graphile_worker.jobs'), []);
});

test('the floor: an elevation that nobody would be told of cannot be recorded', async () => {
  await assert.rejects(bench.tell(started(), []), /nobody would be told/);
  await assert.rejects(bench.tell(started(), ['nowhere']), /nobody would be told/);
  assert.deepEqual(await bench.tell(ended(started()), []), [], 'what has begun comes to its end in the record');
  assert.deepEqual(await bench.tell({ event: 'gateway.problem', problem: 'x' }, []), []);
});

test('start, extension and end of one elevation are one conversation, also when another replica sends the end', async () => {
  const start = started({ reason: 'a conversation' });
  await bench.tell(start);
  const first = await mailAbout('a conversation');
  await until(
    'the start is recorded as told',
    async () => (await bench.rows('SELECT FROM graphile_worker.jobs')).length === 0,
  );
  await bench.notifier.close();
  const other = await openBench(cluster, 'email', bench.gateway, { mail: emailTo(mailbox.port) });
  try {
    const { by: _by, started_at: _at, ...same } = start;
    await other.tell({ ...same, event: 'elevation.extended' });
    const extension = await mailAbout('a conversation', 'elevation.extended');
    await other.tell(ended(start));
    const end = await mailAbout('a conversation', 'elevation.ended');
    for (const later of [extension, end]) {
      assert.equal(later.inReplyTo, first.messageId);
      assert.deepEqual([later.references].flat(), [first.messageId]);
      assert.notEqual(later.messageId, first.messageId);
    }
    assert.match(first.messageId ?? '', /^<ntc_[0-9a-f-]+@example\.com>$/);
  } finally {
    await other.close();
    await bench.ledger.close();
    bench = await openBench(cluster, 'email', bench.gateway, { mail: emailTo(mailbox.port) });
  }
});

test('a pool of ten that elevates at connect is one mail that names all its sessions', async () => {
  const pool = Array.from({ length: 10 }, () => started({ reason: 'a pool', by: 'connect', principal: 'deploy' }));
  for (const one of pool) await bench.tell(one);
  const mail = await mailAbout('a pool');
  for (const { session } of pool) assert.ok(mail.text?.includes(session), `${session} is not named`);
  assert.match(mail.subject ?? '', /in 10 sessions/);
  assert.equal(mail.headers.get('x-sudoql-elevation'), pool.map(({ elevation }) => elevation).join(' '));
  await until('all ten are recorded as delivered', () =>
    bench
      .rows("SELECT FROM notice_state WHERE body ->> 'reason' = 'a pool' AND state = 'delivered'")
      .then((rows) => rows.length === 10),
  );
  assert.equal(mailsAbout('a pool').length, 1);
});

test('people in band are told at once, and who follows within ten seconds is in one further mail', async () => {
  const reason = 'two in band';
  const principal = 'bea';
  await bench.tell(started({ reason, principal }));
  const told = performance.now();
  await mailAbout(reason);
  assert.ok(performance.now() - told < 1_000);
  const later = [1, 2, 3].map(() => started({ reason, principal }));
  for (const one of later) await bench.tell(one);
  const further = await until('the further mail came', async () => mailsAbout(reason)[1]);
  for (const { session } of later) assert.ok(further.text?.includes(session));
  assert.equal(mailsAbout(reason).length, 2);
});

test('an end is not told before its start, though the start waits for company; and what is over offers no link', async () => {
  const start = started({ reason: 'a short migration', by: 'connect', principal: 'migrator' });
  await bench.tell(start);
  await bench.tell(ended(start));
  await mailAbout('a short migration', 'elevation.ended');
  const order = mailbox.mails.filter((mail) => mail.subject?.includes('a short migration'));
  assert.deepEqual(
    order.map((mail) => mail.headers.get('x-sudoql-event')),
    ['elevation.started', 'elevation.ended'],
  );
  assert.equal(order[1]?.inReplyTo, order[0]?.messageId);
  assert.match(order[0]?.subject ?? '', /^migrator could write to shop \(production\)/);
  assert.doesNotMatch(`${order[0]?.text}${order[0]?.html}`, /\/stop\//);
  assert.match(order[1]?.subject ?? '', /^migrator wrote to 2 tables of shop \(production\) and is done/);
});

test('a reason cannot add a header, and a subject stays bounded', async () => {
  const reason = `injected\r\nBcc: victim@example.com\r\n\r\n<b>body</b> ${'x'.repeat(9_000)}`;
  await bench.tell(started({ reason, target: `shop\r\nX-Evil: 1`, application_name: 'a\nX-Evil: 2' }));
  const mail = await mailAbout('injected');
  assert.equal(mail.headers.get('bcc'), undefined);
  assert.equal(mail.headers.get('x-evil'), undefined);
  assert.ok((mail.subject ?? '').length < 260, mail.subject);
  assert.deepEqual(mailbox.recipients.at(-1), ['db-team@example.com']);
  const head = mailbox.sources.at(-1)?.split('\r\n\r\n')[0] ?? '';
  assert.ok(!/^(bcc|x-evil)/im.test(head), head);
});

test('promise 10: a value that a statement still holds does not get into a mail', async () => {
  const start = started({ reason: 'no literals', principal: 'dan' });
  const { summary } = ended(start);
  assert.ok(summary);
  const statements = [
    "CREATE VIEW v AS SELECT * FROM customers WHERE email = 'ana''s@example.com'",
    'DO $$ BEGIN PERFORM secret_one(); END $$',
    'DO $body$ secret_two $body$ LANGUAGE plpgsql',
    "SELECT cron.schedule($1, 'secret_three",
    'GRANT SELECT ON "it\'s" TO reporting',
  ];
  const leftBehind = statements.map((statement) => ({ effect: 'code', statement }));
  await bench.tell(ended(start, { summary: { ...summary, leftBehind } }));
  const mail = await mailAbout('no literals', 'elevation.ended');
  const all = `${mail.subject} ${mail.text} ${mail.html}`;
  assert.ok(!/ana'|example\.com'|secret_/.test(all), mail.text);
  assert.match(mail.text ?? '', /CREATE VIEW v AS SELECT \* FROM customers WHERE email = '…'/);
  assert.match(mail.text ?? '', /DO '…' LANGUAGE plpgsql/);
});

test('mail carries what people filter on, and asks machines not to answer', async () => {
  await bench.tell(started({ reason: 'to be filtered' }));
  const mail = await mailAbout('to be filtered');
  assert.equal(mail.headers.get('x-sudoql-target'), 'shop');
  assert.equal(mail.headers.get('x-sudoql-environment'), 'production');
  assert.equal(mail.headers.get('x-sudoql-principal'), 'ana');
  assert.equal(mail.headers.get('auto-submitted'), 'auto-generated');
  assert.deepEqual(mail.headers.get('list'), { id: { name: 'sudoql mail', id: 'mail.sudoql.example.com' } });
  assert.equal(mail.replyTo?.text, 'ana@example.com');
  assert.equal(mail.headers.get('priority'), undefined);
  const alarming = started({ reason: 'to be looked at', principal: 'eve' });
  await bench.tell(ended(alarming, { summary: null }));
  const alarm = await mailAbout('to be looked at', 'elevation.ended');
  assert.equal(alarm.headers.get('priority'), 'high');
  assert.match(mailbox.sources.at(-1) ?? '', /^X-Priority: 1/m);
});

test('a reply goes to nobody that a name could make up', async () => {
  await bench.tell(started({ reason: 'no reply', email: 'a@example.com, victim@example.com\r\nBcc: v@example.com' }));
  const mail = await mailAbout('no reply');
  assert.equal(mail.replyTo, undefined);
  assert.equal(mail.headers.get('bcc'), undefined);
});

test('who asked is told of the answer at their own address, once, and nobody at one that is none', async () => {
  const { principal, target, environment, session, client_address, application_name } = started();
  const subject = { principal, target, environment, session, client_address, application_name };
  const answered = (email: string | null, reason: string) =>
    bench.tell({
      ...{
        event: 'request.answered',
        request: `req_${reason}`,
        reason,
        answer: 'approved',
        by: 'ben',
        why: null,
        email,
      },
      ...subject,
    });
  await answered('ana@example.com', 'answered');
  const mail = await mailAbout('answered', 'request.answered');
  assert.ok(JSON.stringify(mail.to).includes('ana@example.com'), JSON.stringify(mail.to));
  await answered('ana@example.com, eve@example.com', 'forged');
  const forged = await mailAbout('forged', 'request.answered');
  assert.ok(!JSON.stringify(forged.to).includes('eve@example.com'), JSON.stringify(forged.to));
});

test('who may decide a request is written to alone: a mail each, however many, in no message to anybody else; one that is not taken is no failing channel', async () => {
  const { principal, target, environment, session, client_address, application_name } = started({ principal: 'olga' });
  const asked: Asking = {
    ...{ principal, target, environment, session, client_address, application_name, email: 'olga@example.com' },
    event: 'request.made',
    by: 'in-band',
    ...{ request: 'req_own', reason: 'own mails', seconds: 60, groups: ['dev'] },
    ...{ asked: [{ name: 'dba', count: 1 }], expires: new Date(Date.now() + 60_000).toISOString() },
  };
  const people = Array.from({ length: 12 }, (_, n) => `own${n}@example.com`);
  await bench.tell(asked);
  for (const to of [...people, NOBODY]) await bench.tell({ ...asked, to });
  const sentTo = () =>
    mailbox.mails.flatMap((mail, n) => (mail.subject?.includes('own mails') ? [mailbox.recipients[n]?.join()] : []));
  await until('all of them came', () => sentTo().length === people.length + 1);
  assert.deepEqual(sentTo().sort(), ['db-team@example.com', ...people].sort());
  const headers = mailbox.mails.map(({ to }) => [to].flat().map((each) => each?.text));
  assert.deepEqual(
    headers.filter((each) => each.join().includes('own3@')),
    [['own3@example.com']],
    'nobody else is named',
  );
  // What follows is not gathered as the rest of a flood.
  await bench.tell(started({ principal: 'olga', reason: 'after own mails' }));
  const after = await mailAbout('after own mails');
  assert.doesNotMatch(String(after.text), /req_own/);
  await until('the one that is not taken failed', async () => {
    const rows = await bench.rows(
      "SELECT FROM notice_attempt a JOIN notice n ON n.id = a.message WHERE a.outcome = 'failed' AND n.body ->> 'to' = $1",
      [NOBODY],
    );
    return rows.length > 0;
  });
  assert.deepEqual(await bench.rows(FAILING), []);
});

test('promise 7: the gateway’s login may add notices and what became of them, not change or remove them', async () => {
  const { default: pg } = await import('pg');
  const client = new pg.Client(bench.gateway);
  await client.connect();
  try {
    for (const table of ['notice', 'notice_message', 'notice_attempt']) {
      const [column] = (await client.query(`SELECT * FROM ${table} LIMIT 0`)).fields;
      assert.ok(column);
      for (const change of [
        `UPDATE ${table} SET ${column.name} = ${column.name}`,
        `DELETE FROM ${table}`,
        `TRUNCATE ${table} CASCADE`,
      ]) {
        await assert.rejects(client.query(change), { code: '42501' }, change);
      }
    }
  } finally {
    await client.end();
  }
});

test('the gateway greets a mail server by a name that is one', async () => {
  const greetings: string[] = [];
  const strict = await startMailbox(0, {
    onMailFrom: (_address, session, done) => {
      greetings.push(session.hostNameAppearsAs);
      done();
    },
  });
  const named = await startBench(cluster, 'greeting', { mail: emailTo(strict.port, { greeting: 'gw.example.org' }) });
  const unnamed = await startBench(cluster, 'no_greeting', { mail: emailTo(strict.port) });
  try {
    await named.tell(started());
    await until('it greeted', async () => greetings.length === 1);
    await unnamed.tell(started());
    await until('it greeted again', async () => greetings.length === 2);
    assert.equal(greetings[0], 'gw.example.org');
    assert.match(greetings[1] ?? '', /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i);
  } finally {
    await named.close();
    await unnamed.close();
    await strict.close();
  }
});

test('promise 8: a mail that is not taken is given up by its pool too: it does not come later, when it says what is not so any more', async () => {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const hasty = await startBench(cluster, 'hasty', { mail: emailTo(port) });
  try {
    await hasty.tell(started());
    const [attempt] = await until('the attempt is recorded', async () => {
      const rows = await hasty.rows('SELECT outcome FROM notice_attempt');
      return rows.length > 0 ? rows : null;
    });
    assert.equal(attempt?.outcome, 'failed');
    // What it tries by itself it does within the attempt: nodemailer's own five would be six.
    assert.ok(connections <= 2, `${connections} connections`);
  } finally {
    await hasty.close();
    server.close();
  }
});
