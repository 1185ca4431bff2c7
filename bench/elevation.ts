// sudo sent → write mode; record committed → SMTP accepted; revoke committed → the writer's backend gone.
import pg from 'pg';
import { startDemo } from '../test/helpers/demo.ts';
import { report, timed } from './measure.ts';

const ROUNDS = 40;
const demo = await startDemo();
try {
  const client = await demo.connect();
  const target = new pg.Client({ connectionString: demo.target });
  target.on('error', () => {});
  await target.connect();
  const ledger = new pg.Client({ connectionString: demo.ledger });
  ledger.on('error', () => {});
  await ledger.connect();

  // The mail's own time is when the demo's server had accepted it. First, and nine: what one person does more often in a minute is told together.
  const open: Awaited<ReturnType<typeof demo.connect>>[] = [];
  const mailed: number[] = [];
  for (let i = 0; i < 9; i++) {
    const reason = `bench mail ${i}`;
    const fresh = await demo.connect();
    open.push(fresh);
    await fresh.query(`SELECT sudo('${reason}')`);
    const { rows } = await ledger.query(
      "SELECT body::json ->> 'at' AS at FROM entry WHERE kind = 'elevation_started' AND body LIKE '%' || $1 || '%'",
      [reason],
    );
    const committed = new Date(String(rows[0]?.at)).getTime();
    for (;;) {
      const mails = (await (await fetch(demo.mails)).json()) as { subject: string; receivedAt: string }[];
      const mail = mails.find(({ subject }) => subject.includes(reason));
      if (mail) {
        mailed.push(new Date(mail.receivedAt).getTime() - committed);
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  for (const each of open) await each.end();
  report('record made → SMTP accepted', 'ms', mailed);

  const sudo: number[] = [];
  const unsudo: number[] = [];
  for (let i = -3; i < ROUNDS; i++) {
    // Each in a session of its own, for the next elevation of a session waits until the last one's end is recorded.
    const fresh = await demo.connect();
    const there = await timed(() => fresh.query(`SELECT sudo('bench ${i}')`));
    const back = await timed(() => fresh.query('SELECT unsudo()'));
    await fresh.end();
    if (i >= 0) {
      sudo.push(there);
      unsudo.push(back);
    }
  }
  report('sudo sent → write mode', 'ms', sudo);
  report('unsudo sent → read mode, backend gone', 'ms', unsudo);

  const gone: number[] = [];
  const authorization = `Bearer ${demo.security.token}`;
  for (let i = 0; i < 30; i++) {
    await client.query(`SELECT sudo('bench revoke ${i}')`);
    const pid = (await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid as number;
    const { elevations } = (await (
      await fetch(`${demo.http}/v1/elevations?state=live`, { headers: { authorization } })
    ).json()) as {
      elevations: { id: string; state: string }[];
    };
    const live = elevations.find(({ state }) => state === 'live');
    if (!live) throw new Error('No live elevation is listed.');
    await fetch(`${demo.http}/v1/elevations/${live.id}/revoke`, { method: 'POST', headers: { authorization } });
    const start = performance.now();
    while ((await target.query('SELECT FROM pg_stat_activity WHERE pid = $1', [pid])).rowCount !== 0);
    gone.push(performance.now() - start);
    await client.query('ROLLBACK').catch(() => undefined);
    while ((await client.query('SHOW sudoql.mode')).rows[0]['sudoql.mode'] !== 'read');
  }
  report('revoke answered → writer’s backend gone', 'ms', gone);
  await target.end();
  await ledger.end();
} finally {
  await demo.stop();
}
