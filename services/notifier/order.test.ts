// What recipients see of several events: their order, what is true when a message is sent, and what a flood comes to.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Cluster, freePort } from '../../test/helpers/postgres.ts';
import { amount } from '../../test/helpers/sample.ts';
import { until } from '../../test/helpers/until.ts';
import type { NoticeEvent } from './notice.ts';
import {
  type Bench,
  emailTo,
  ended,
  openBench,
  type Started,
  startBench,
  started,
  startMailbox,
  startPartlyFullMailbox,
  startReceiver,
  webhookTo,
} from './testing.ts';
import { startLedgerPostgres } from '../ledger/testing.ts';

let cluster: Cluster;
before(async () => {
  cluster = await startLedgerPostgres();
});
after(() => cluster?.remove());

const extended = ({ by: _by, started_at: _at, ...of }: Started): NoticeEvent => ({
  ...of,
  event: 'elevation.extended',
  deadline: new Date(Date.now() + 40 * 60_000).toISOString(),
});
const undelivered = (bench: Bench) =>
  bench.rows("SELECT id, channel FROM notice_state WHERE state <> 'delivered'").then((rows) => rows.length);
const eventsOf = (mails: { headers: ReadonlyMap<string, unknown> }[]) =>
  mails.map(({ headers }) => headers.get('x-sudoql-event'));

// Each in a database of its own; what they wait for takes no processor.
describe('several events', { concurrency: true }, () => {
  test('promise 8: after an outage of mail one message tells the whole, offers no dead link, and settles every notice', async () => {
    const port = await freePort();
    const bench = await startBench(cluster, 'whole', { mail: emailTo(port) });
    try {
      const start = started({ reason: 'the whole' });
      const [first] = await bench.tell(start);
      await until('attempts failed', async () => {
        const [row] = await bench.rows('SELECT attempts FROM notice_state WHERE id = $1', [first]);
        return Number(row?.attempts) >= 2;
      });
      await bench.tell(extended(start));
      await bench.tell({ ...subjectOf(start), event: 'elevation.revoked', by: 'sec' });
      await bench.tell(ended(start, { why: 'revoked' }));
      const mailbox = await startMailbox(port);
      try {
        await until('all is settled', async () => (await undelivered(bench)) === 0);
        assert.deepEqual(eventsOf(mailbox.mails), ['elevation.ended']);
        const [mail] = mailbox.mails;
        assert.match(mail?.subject ?? '', /^ana wrote to 2 tables of shop \(production\) and was stopped/);
        // Had an attempt arrived whose answer was lost, it would be under the first notice's id.
        assert.notEqual(mail?.messageId, `<${first}@example.com>`);
        assert.equal(mail?.inReplyTo, `<${first}@example.com>`);
        assert.doesNotMatch(`${mail?.text}${mail?.html}`, /\/stop\//);
        const settled = await bench.rows("SELECT body FROM entry WHERE kind = 'notice_delivered'");
        assert.equal(settled.length, 4);
      } finally {
        await mailbox.close();
      }
    } finally {
      await bench.close();
    }
  });

  test('sudo, extension and unsudo within moments come in that order, whoever delivers them', async () => {
    const mailbox = await startMailbox();
    const receiver = await startReceiver();
    const channels = { mail: emailTo(mailbox.port), hook: webhookTo(receiver.port) };
    const one = await startBench(cluster, 'moments', channels);
    const two = await openBench(cluster, 'moments', one.gateway, channels);
    try {
      const starts = Array.from({ length: 12 }, (_, i) => started({ reason: `moments ${i}`, principal: `p${i}` }));
      // In turn at each gateway: what is tested is not how much the record of a loaded machine takes at once.
      await Promise.all(
        [one, two].map(async (bench, n) => {
          for (const start of starts.filter((_, i) => i % 2 === n)) {
            await bench.tell(start);
            await bench.tell(extended(start));
            await bench.tell(ended(start));
          }
        }),
      );
      await until('all is settled', async () => (await undelivered(one)) === 0);
      for (const { principal } of starts) {
        const mails = eventsOf(mailbox.mails.filter(({ headers }) => headers.get('x-sudoql-principal') === principal));
        const kinds = ['elevation.started', 'elevation.extended', 'elevation.ended'];
        assert.equal(mails.at(-1), 'elevation.ended');
        const places = mails.map((kind) => kinds.indexOf(String(kind)));
        assert.deepEqual(places, places.toSorted(), String(mails));
        const hooks = receiver.received.flatMap(({ headers, body }) => {
          const { type, data } = JSON.parse(body) as { type: string; data: { principal: string } };
          return data.principal === principal ? [{ type, id: String(headers['webhook-id']) }] : [];
        });
        // One whose answer was late comes once more, under its id and before the next.
        const once = hooks.filter(({ id }, n) => id !== hooks[n - 1]?.id);
        assert.deepEqual(
          once.map(({ type }) => type),
          kinds,
        );
      }
    } finally {
      await two.close();
      await one.close();
      await mailbox.close();
      await receiver.close();
    }
  });

  test('a webhook’s body is the same at each attempt, and an event waits for the one before it', async () => {
    const receiver = await startReceiver();
    let failures = 3;
    receiver.answer = (_request, response) => response.writeHead(failures-- > 0 ? 500 : 204).end();
    const bench = await startBench(cluster, 'same_body', { hook: webhookTo(receiver.port) });
    try {
      // Over before the last attempt.
      const start = started({ reason: 'same', deadline: new Date(Date.now() + 1_500).toISOString() });
      await bench.tell(start);
      await bench.tell(ended(start));
      await until('all is settled', async () => (await undelivered(bench)) === 0);
      const bodies = receiver.received.map(({ body }) => body);
      assert.equal(bodies.length, 5);
      assert.equal(new Set(bodies.slice(0, 4)).size, 1);
      assert.match(bodies[0] ?? '', /"stop_url":"https/);
      assert.equal((JSON.parse(bodies[4] ?? '') as { type: string }).type, 'elevation.ended');
    } finally {
      await bench.close();
      await receiver.close();
    }
  });

  test('a chat is told as people are: one message after an outage', async () => {
    const receiver = await startReceiver();
    receiver.answer = (_request, response) => response.writeHead(503).end();
    const bench = await startBench(cluster, 'chat', {
      chat: webhookTo(receiver.port, { name: 'chat', format: 'slack', secret: null }),
    });
    try {
      const start = started({ reason: 'chat' });
      await bench.tell(start);
      await until('attempts failed', async () => receiver.received.length > 1);
      await bench.tell(ended(start));
      const before = receiver.received.length;
      receiver.answer = (_request, response) => response.writeHead(200).end('ok');
      await until('all is settled', async () => (await undelivered(bench)) === 0);
      const told = receiver.received.slice(before).filter(({ body }) => !body.includes('can write'));
      assert.equal(told.length, 1);
      assert.match(told[0]?.body ?? '', /can no longer write/);
    } finally {
      await bench.close();
      await receiver.close();
    }
  });

  test('promise 8: what a message took in after it was sent is not told by that; the whole is sent', async () => {
    const reached = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const mailbox = await startMailbox(0, {
      onMailFrom: (_address, _session, done) => {
        reached.resolve();
        void held.promise.then(() => done());
      },
    });
    const bench = await startBench(cluster, 'took_in', { mail: emailTo(mailbox.port) });
    try {
      const start = started({ reason: 'took in' });
      const [first] = await bench.tell(start);
      await reached.promise;
      const [last] = await bench.tell(ended(start));
      // As another gateway does that takes the first one's for gone, while its mail is on its way.
      await bench.rows('INSERT INTO notice_message (notice, message) VALUES ($1, $2)', [last, first]);
      held.resolve();
      await until('all is settled', async () => (await undelivered(bench)) === 0);
      assert.deepEqual(eventsOf(mailbox.mails), ['elevation.started', 'elevation.ended']);
    } finally {
      held.resolve();
      await bench.close();
      await mailbox.close();
    }
  });

  test('who has got the first part already gets the rest, though another recipient still waits for it', async () => {
    const mailbox = await startPartlyFullMailbox();
    const { to } = mailbox;
    const bench = await startBench(cluster, 'partly', { mail: emailTo(mailbox.port, { to }) });
    try {
      const start = started({ reason: 'partly' });
      await bench.tell(start);
      await until('the first got it', async () => mailbox.mails.length === 1);
      await until('an attempt is recorded', async () => (await bench.rows('SELECT FROM notice_attempt')).length > 0);
      await bench.tell(ended(start));
      await until('the first got the end', async () =>
        mailbox.recipients.some(
          (one, i) => one.includes('well@example.com') && eventsOf(mailbox.mails)[i] === 'elevation.ended',
        ),
      );
      mailbox.makeRoom();
      await until('all is settled', async () => (await undelivered(bench)) === 0);
      // What comes late does not say that it goes on.
      for (const [i, one] of mailbox.recipients.entries()) {
        if (one.includes('full@example.com')) assert.doesNotMatch(mailbox.mails[i]?.subject ?? '', /can write/);
      }
    } finally {
      await bench.close();
      await mailbox.close();
    }
  });

  test('a flood of reasons is the first ones at once and then a few messages that name every one', async () => {
    const mailbox = await startMailbox();
    const bench = await startBench(cluster, 'flood', { mail: emailTo(mailbox.port) });
    try {
      const starts = Array.from({ length: amount(60, 200) }, (_, i) => started({ reason: `flood ${i}` }));
      for (const start of starts) {
        await bench.tell(start);
        await bench.tell(ended(start));
      }
      await until('all is settled', async () => (await undelivered(bench)) === 0);
      assert.ok(mailbox.mails.length <= 20, `${mailbox.mails.length} mails`);
      const all = mailbox.mails.map(({ text }) => text).join('\n');
      for (const { elevation } of starts) assert.match(all, new RegExp(`\\b${elevation}\\b`));
      assert.ok(mailbox.mails.some(({ subject }) => /^ana .* shop \(production\), \d+ reasons /.test(subject ?? '')));
    } finally {
      await bench.close();
      await mailbox.close();
    }
  });

  test('who writes elsewhere, and another person, wait for nobody’s flood', async () => {
    const mailbox = await startMailbox();
    const bench = await startBench(cluster, 'beside', { mail: emailTo(mailbox.port) });
    try {
      for (let i = 0; i < 30; i++) await bench.tell(started({ reason: `flood ${i}` }));
      const [calm] = await bench.tell(started({ reason: 'calm', principal: 'bea' }));
      await until('it is told', async () => {
        const [row] = await bench.rows('SELECT state FROM notice_state WHERE id = $1', [calm]);
        return row?.state === 'delivered';
      });
      assert.ok((await undelivered(bench)) > 0, 'the flood was not held back');
    } finally {
      await bench.close();
      await mailbox.close();
    }
  });

  test('an alarm within a flood is not held back with it', async () => {
    const mailbox = await startMailbox();
    const bench = await startBench(cluster, 'alarm', { mail: emailTo(mailbox.port) });
    try {
      const starts = Array.from({ length: 15 }, (_, i) => started({ reason: `noise ${i}` }));
      for (const start of starts) await bench.tell(start);
      const [last] = starts.slice(-1);
      assert.ok(last);
      const [alarm] = await bench.tell(ended(last, { summary: null }));
      await until('it is told', async () =>
        mailbox.mails.some(({ text }) => text?.includes('What was written is not known')),
      );
      // Before the digest of what came with it was due.
      const [held] = await bench.rows(
        `SELECT a.at < min(n.created_at) + interval '19 seconds' AS sooner FROM notice_message m JOIN notice_message o ON o.message = m.message
       JOIN notice n ON n.id = o.notice JOIN notice_attempt a ON a.message = m.message WHERE m.notice = $1 GROUP BY a.at`,
        [alarm],
      );
      if (held) assert.equal(held.sooner, true);
    } finally {
      await bench.close();
      await mailbox.close();
    }
  });

  test('a channel on which nothing arrives is named with its problem, and no more once something did', async () => {
    const port = await freePort();
    const bench = await startBench(cluster, 'failing', { mail: emailTo(port) });
    try {
      assert.deepEqual((await bench.notifier.stats()).failing, []);
      await bench.tell(started());
      const [failing] = await until('it is named', async () => {
        const { failing } = await bench.notifier.stats();
        return failing.length > 0 ? failing : null;
      });
      assert.equal(failing?.channel, 'mail');
      assert.match(failing?.problem ?? '', /ECONNREFUSED/);
      const mailbox = await startMailbox(port);
      try {
        await until('all is settled', async () => (await undelivered(bench)) === 0);
        assert.deepEqual((await bench.notifier.stats()).failing, []);
      } finally {
        await mailbox.close();
      }
    } finally {
      await bench.close();
    }
  });
});

function subjectOf({ by: _by, started_at: _s, deadline: _d, event: _e, ...of }: Started) {
  return of;
}
