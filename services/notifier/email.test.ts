import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../../test/helpers/demo.ts';
import { type Cluster, startPostgres } from '../../test/helpers/postgres.ts';
import { type Bench, emailTo, type Mailbox, startBench, started, startMailbox } from './testing.ts';

let cluster: Cluster;
let mailbox: Mailbox;
let bench: Bench;

before(async () => {
  cluster = await startPostgres();
  mailbox = await startMailbox();
  bench = await startBench(cluster, 'email', { mail: emailTo(mailbox.port) });
});
after(async () => {
  await bench?.close();
  await mailbox?.close();
  await cluster?.remove();
});

const mailAbout = (reason: string, event = 'elevation.started') =>
  until(`a mail about "${reason}" came`, async () =>
    mailbox.mails.find(
      (mail) => mail.headers.get('x-sudoql-event') === event && `${mail.subject} ${mail.text}`.includes(reason),
    ),
  );

test('promise 8: a recorded start is mailed, and recorded as delivered', async () => {
  const [notice] = await bench.tell(started({ reason: 'a plain start' }));
  const mail = await mailAbout('a plain start');
  assert.match(
    mail.subject ?? '',
    /^\[sudoql\] ana can write to shop \(production\) until .*\d\d:\d\d UTC: a plain start$/,
  );
  assert.match(mail.text ?? '', /psql, from 10\.1\.2\.3/);
  await until('the delivery is recorded', () =>
    bench
      .rows("SELECT FROM entry WHERE kind = 'notice_delivered' AND body::jsonb ->> 'notice' = $1", [notice])
      .then((rows) => rows.length === 1),
  );
  await until('no job is left', async () => (await bench.rows('SELECT FROM graphile_worker.jobs')).length === 0);
});
