// What the whole process does when a part of it is taken away: a clear error, nothing hangs, nothing is lost, nothing runs unrecorded.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { after, afterEach, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { startDemoMailbox } from '../demo/mailbox.ts';
import { startWebhookReceiver } from '../demo/webhook-receiver.ts';
import { PATIENCE_MS, until, within } from '../helpers/until.ts';
import { startWhole, type Whole } from '../helpers/whole.ts';

const main = fileURLToPath(new URL('../../services/gateway/cli/main.ts', import.meta.url));
let whole: Whole;
before(async () => {
  whole = await startWhole();
  whole.files.env.DEMO_SUPERUSER = decodeURIComponent(new URL(whole.target.cluster.url()).password);
});
after(() => whole?.remove());
afterEach(async () => {
  whole.target.hop.restore();
  whole.ledger.hop.restore();
});

const refusal = async (act: Promise<unknown>): Promise<pg.DatabaseError> => {
  try {
    await act;
  } catch (error) {
    return error as pg.DatabaseError;
  }
  throw new Error('It was not refused.');
};
const mode = async (client: pg.Client): Promise<string> =>
  (await client.query('SHOW sudoql.mode')).rows[0]['sudoql.mode'];
const writers = async () => whole.onTarget("SELECT pid FROM pg_stat_activity WHERE usename = 'shop_writer'");
const noWriter = (ms = 1_000) => within(ms, 'the writer is gone', async () => (await writers()).length === 0);

test('the target is down at connect: 08006, within seconds', async () => {
  whole.target.hop.cut();
  const began = performance.now();
  const error = await refusal(whole.connect());
  assert.equal(error.code, '08006');
  assert.equal(error.routine, 'target_unreachable');
  assert.ok(performance.now() - began < 6_000);
});

test('what many sessions of one person send at once goes on whole: no part of a batch wakes the target', async () => {
  const clients = await Promise.all(Array.from({ length: 8 }, () => whole.connect()));
  const status = { name: 'status', text: 'SELECT status FROM orders WHERE id = $1' };
  for (const client of clients) await client.query({ ...status, values: [1] });
  const tails: string[] = [];
  whole.target.hop.watch = (towards, data) => {
    if (towards === 'server' && 'DES'.includes(String.fromCharCode(data[0] ?? 0))) tails.push(data.toString('latin1'));
  };
  for (let n = 0; n < 50; n++) await Promise.all(clients.map((client) => client.query({ ...status, values: [n] })));
  whole.target.hop.watch = null;
  assert.deepEqual(tails, []);
});

test('the target goes away in mid-query: 08006, no hang, and the outcome is recorded as unknown', async () => {
  const client = await whole.connect();
  await client.query("SELECT sudo('it will go away')");
  const running = refusal(client.query("UPDATE orders SET status = 'x' WHERE id = 1 AND pg_sleep(30) IS NOT NULL"));
  await until(
    'it runs',
    async () =>
      (await whole.onTarget("SELECT FROM pg_stat_activity WHERE usename = 'shop_writer' AND state = 'active'"))
        .length === 1,
  );
  whole.target.hop.cut();
  const error = await running;
  assert.match(`${error.code} ${error.message}`, /08006|Connection terminated/);
  whole.target.hop.restore();
  await until('its outcome is there', async () => {
    const intents = (await whole.entries('statement_intent')).filter((entry) =>
      String(entry.normalized).includes('pg_sleep'),
    );
    const outcomes = await whole.entries('statement_outcome');
    return outcomes.some((outcome) => outcome.statement === intents.at(-1)?.statement && outcome.result === 'unknown');
  });
  await until('the elevation has ended', async () =>
    (await whole.entries('elevation_ended')).some((entry) => entry.session !== undefined && entry.why !== 'unsudo'),
  );
});

test('promise 5: the target does not answer any more though its connections stay open: nothing hangs, and the end is announced as unconfirmed', async () => {
  const client = await whole.connect();
  await client.query("SELECT sudo('a silent target', '2 s')");
  whole.target.hop.blackhole();
  const began = performance.now();
  const [error, unreachable] = await Promise.all([
    refusal(client.query("UPDATE orders SET status = 'silent' WHERE id = 6")),
    refusal(whole.connect()),
  ]);
  assert.match(`${error.code} ${error.message}`, /40003|57014|08006|Connection terminated/);
  assert.equal(unreachable.routine, 'target_unreachable');
  assert.ok(performance.now() - began < 12_000);
  const started = (await whole.entries('elevation_started')).at(-1);
  const ended = await until('the end is recorded', async () =>
    (await whole.entries('elevation_ended')).find((entry) => entry.elevation === started?.elevation),
  );
  const summary = ended.summary as { backend: string } | null;
  assert.equal(summary?.backend ?? ended.backend, 'unconfirmed');
  await until('people are told that it is not seen to be over', async () =>
    whole.mailbox.mails.some(
      (mail) =>
        mail.subject.includes('a silent target') && mail.text.includes('could not be confirmed that it is over'),
    ),
  );
  whole.target.hop.restore();
  await noWriter(10_000);
});

test('promise 6: the ledger is down: in write nothing runs, and within the lease write mode ends', async () => {
  const client = await whole.connect();
  await client.query("SELECT sudo('the ledger will go')");
  whole.ledger.hop.cut();
  const error = await refusal(client.query("UPDATE orders SET status = 'unrecorded' WHERE id = 2"));
  assert.match(String(error.code), /58000|25P02|57014|25006/);
  assert.deepEqual(await whole.onTarget("SELECT id FROM orders WHERE status = 'unrecorded'"), []);
  await noWriter(6_000);
  whole.ledger.hop.restore();
  await until('the end is recorded when the ledger is back', async () => {
    const ended = (await whole.entries('elevation_ended')).at(-1);
    const started = (await whole.entries('elevation_started')).at(-1);
    return ended?.elevation === started?.elevation;
  });
});

test('sudo where the last elevation has just ended is answered in words while the ledger is away, however long', async () => {
  const client = await whole.connect();
  await client.query("SELECT sudo('it ends in an outage')");
  whole.ledger.hop.blackhole();
  await until('it is back in read', async () => (await mode(client)) === 'read');
  const answer = client.query("SELECT sudo('and again')").then(
    () => 'write mode',
    (error: pg.DatabaseError) => error.code,
  );
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, 'no answer').unref());
  assert.equal(await Promise.race([answer, late]), '58000');
});

test('promise 6: the ledger does not answer any more though its connection stays open: the same', async () => {
  const client = await whole.connect();
  await client.query("SELECT sudo('half open')");
  whole.ledger.hop.blackhole();
  const error = await refusal(client.query("UPDATE orders SET status = 'unrecorded' WHERE id = 3"));
  assert.match(String(error.code), /58000|25P02|57014|25006/);
  await noWriter(6_000);
  assert.deepEqual(await whole.onTarget("SELECT id FROM orders WHERE status = 'unrecorded'"), []);
});

test('promise 6: reads go on for the grace, then nothing runs; they are recorded when the ledger is back', async () => {
  const client = await whole.connect();
  whole.ledger.hop.cut();
  await client.query('SELECT 31337 AS while_it_was_away');
  const error = await until('reads stop', () =>
    client.query('SELECT 2').then(
      () => null,
      (e: pg.DatabaseError) => e,
    ),
  );
  assert.match(String(error.code), /58000|57P03/);
  assert.equal((await whole.readyz()).parts.ledger?.ready, false);
  whole.ledger.hop.restore();
  await until('reads go on', () =>
    client.query('SELECT 3').then(
      () => true,
      () => false,
    ),
  );
  await until('what ran meanwhile is recorded', async () =>
    (await whole.entries('statement_intent')).some((entry) => String(entry.normalized).includes('while_it_was_away')),
  );
});

/** Half of the grace: what is done by then is in the first seconds. */
const FIRST_MS = 5_000;

test('in the first seconds of a ledger outage the gateway stays ready and lets in who was known, to read', async () => {
  const known = await whole.connect();
  // A beat has looked at the token since.
  const beats = async () =>
    /sudoql_ledger_silence_seconds ([0-9.e-]+)/.exec(await (await fetch(`${whole.http}/metrics`)).text())?.[1];
  await until('a beat', async () => Number(await beats()) < 1);
  await known.query('SELECT pg_sleep(1)');
  const firstSeconds = async () => {
    whole.ledger.hop.cut();
    try {
      const client = await whole.connect();
      assert.equal(await mode(client), 'read');
      await client.query('SELECT 4711 AS known_lately');
      const { ready, parts } = await whole.readyz();
      assert.equal(ready, true, JSON.stringify(parts));
      assert.equal((await refusal(client.query("SELECT sudo('not now')"))).code, '58000');
    } finally {
      whole.ledger.hop.restore();
    }
  };
  await until('they were the first seconds', async () => {
    const start = performance.now();
    try {
      await firstSeconds();
      return true;
    } catch (error) {
      // A loaded machine needs longer than the grace for it: then it proves nothing, and is done again.
      if (performance.now() - start < FIRST_MS) throw error;
      await until('a beat', async () => Number(await beats()) < 1);
      await known.query('SELECT pg_sleep(1)');
      return false;
    }
  });
  await until('it is recorded', async () =>
    (await whole.entries('statement_intent')).some((entry) => String(entry.normalized).includes('known_lately')),
  );
});

test('a target that goes down after it was proved is not ready as soon as a session or a look cannot reach it', async () => {
  await until('all is well', async () => (await whole.readyz()).parts['target shop']?.ready === true);
  whole.target.hop.cut();
  await refusal(whole.connect());
  const { ready, parts } = await whole.readyz();
  assert.equal(parts['target shop']?.ready, false);
  assert.equal(ready, false, 'there is no other target');
  assert.match(await (await fetch(`${whole.http}/metrics`)).text(), /sudoql_target_ready\{target="shop"\} 0/);
  whole.target.hop.restore();
  await until('it is taken up again', async () => (await whole.readyz()).ready);
  whole.target.hop.cut();
  await until('it is seen without a session', async () => !(await whole.readyz()).ready);
  whole.target.hop.restore();
  await until('it is taken up again', async () => (await whole.readyz()).ready);
});

test('SIGHUP takes over what may change, names what may not, and nothing of a file that is wrong', async () => {
  const before = await readFile(whole.files.config, 'utf8');
  const lines = async () =>
    (await readFile(whole.gateway.log, 'utf8'))
      .split('\n')
      .filter((line) => line.includes('the configuration'))
      .map((line) => JSON.parse(line) as { level: number; changed?: string[]; needRestart?: string[] });
  const reload = async (text: string) => {
    const seen = (await lines()).length;
    await writeFile(whole.files.config, text);
    whole.gateway.process.kill('SIGHUP');
    await until('it is told', async () => (await lines()).length > seen);
    return (await lines()).at(-1);
  };
  try {
    const told = await reload(
      before.replace('db-team@example.com', 'others@example.com').replace('shutdown_drain: 0s', 'shutdown_drain: 1s'),
    );
    assert.deepEqual(told?.changed, ['channels.team-mail.to']);
    assert.deepEqual(told?.needRestart, ['limits.shutdownDrain']);
    const client = await whole.connect();
    await client.query("SELECT sudo('told to others')");
    await client.query('SELECT unsudo()');
    const mail = await until('the mail arrives', async () =>
      whole.mailbox.mails.find((each) => each.subject.includes('told to others')),
    );
    assert.deepEqual(mail.to, ['others@example.com']);
    assert.equal((await reload(before.replace('targets:', 'tragets:')))?.level, 50);
    assert.deepEqual((await reload(before))?.changed, ['channels.team-mail.to']);
  } finally {
    await writeFile(whole.files.config, before);
  }
});

test('SIGTERM: first not ready and open for shutdown_drain, then refused in words until the last session has ended', async () => {
  let stopped: Promise<void> | undefined = whole.gateway.stop();
  await stopped;
  const before = await readFile(whole.files.config, 'utf8');
  try {
    await writeFile(whole.files.config, before.replace('shutdown_drain: 0s', 'shutdown_drain: 6s'));
    await whole.start();
    const busy = await whole.connect();
    const running = busy.query('SELECT pg_sleep(12), 43 AS answer');
    stopped = whole.gateway.stop();
    await until('it is not ready', async () => !(await whole.readyz()).ready);
    const late = await whole.connect();
    assert.equal(await mode(late), 'read', 'a balancer has not noticed yet');
    const refused = await until('who comes now is refused', () =>
      whole.connect().then(
        (client) => client.end().then(() => null),
        (error: pg.DatabaseError) => error,
      ),
    );
    assert.equal(refused.code, '57P01');
    assert.match(refused.message, /shutting down/);
    assert.equal((await running).rows[0].answer, 43);
  } finally {
    await stopped;
    await writeFile(whole.files.config, before);
    await whole.start();
  }
});

test('promise 8: mail and webhook receivers are down for a while: the notices arrive afterwards', async () => {
  const { smtpPort } = whole.mailbox;
  await whole.mailbox.close();
  await whole.receiver.close();
  const client = await whole.connect();
  await client.query("SELECT sudo('nobody listens yet')");
  assert.equal(await mode(client), 'write');
  await client.query('SELECT unsudo()');
  const secrets = whole.files.env.DEMO_WEBHOOK_SECRET ?? '';
  whole.mailbox = await startDemoMailbox({ smtpPort });
  whole.receiver = await startWebhookReceiver({ secret: secrets, port: Number(new URL(whole.receiver.url).port) });
  await until('the mail arrives', async () =>
    whole.mailbox.mails.some((mail) => mail.subject.includes('nobody listens yet')),
  );
  await until('the webhook arrives, signed', async () =>
    whole.receiver.webhooks.some((hook) => hook.verified && hook.body.includes('nobody listens yet')),
  );
});

test('SIGTERM with a statement running: it may end, the session is told, the record is complete', async () => {
  const client = await whole.connect();
  const idle = await whole.connect('ben');
  let told: pg.DatabaseError | null = null;
  idle.on('error', (error) => {
    told ??= error as pg.DatabaseError;
  });
  const running = client.query('SELECT pg_sleep(1.5), 42 AS answer');
  await until(
    'it runs',
    async () =>
      (
        await whole.onTarget(
          "SELECT FROM pg_stat_activity WHERE usename = 'shop_reader' AND state = 'active' AND query LIKE '%AS answer%'",
        )
      ).length > 0,
  );
  const stopped = whole.gateway.stop();
  assert.equal((await running).rows[0].answer, 42);
  await stopped;
  await whole.start();
  assert.equal((told as pg.DatabaseError | null)?.code, '57P01');
  const intent = (await whole.entries('statement_intent')).findLast((entry) =>
    String(entry.normalized).includes('pg_sleep'),
  );
  assert.ok(
    (await whole.entries('statement_outcome')).some(
      (entry) => entry.statement === intent?.statement && entry.result === 'ok',
    ),
  );
  assert.ok((await whole.entries('gateway_stopped')).some(({ replica }) => String(replica).startsWith('demo-')));
});

test('promise 5: SIGKILL in write mode: the writer is gone within its limits, and the next start settles what was open', async () => {
  const client = await whole.connect();
  await client.query("SELECT sudo('it will be killed')");
  await client.query('BEGIN');
  await client.query("UPDATE orders SET status = 'killed' WHERE id = 5");
  const running = client.query('SELECT pg_sleep(60)').catch(() => undefined);
  const gone = new Promise((resolve) => whole.gateway.process.once('exit', resolve));
  // The gateway is in a process group of its own, with what started it.
  process.kill(-(whole.gateway.process.pid ?? 0), 'SIGKILL');
  await gone;
  await running;
  await whole.start();
  await noWriter(10_000);
  assert.deepEqual(await whole.onTarget("SELECT id FROM orders WHERE status = 'killed'"), []);
  const started = (await whole.entries('elevation_started')).at(-1);
  const ended = await until('its end is recorded', async () =>
    (await whole.entries('elevation_ended')).find((entry) => entry.elevation === started?.elevation),
  );
  assert.equal(ended.why, 'gateway_lost');
  await until('the statement that ran has an outcome', async () => {
    const intents = (await whole.entries('statement_intent')).filter((entry) => entry.session === started?.session);
    const outcomes = await whole.entries('statement_outcome');
    return intents.every((intent) => outcomes.some((outcome) => outcome.statement === intent.statement));
  });
  await until('people are told that it ended', async () =>
    whole.mailbox.mails.some((mail) => mail.inReplyTo !== null && mail.subject.includes('it will be killed')),
  );
});

test('the target is down when the gateway starts: it is up, says so, refuses sessions, and takes it up when it is back', async () => {
  await whole.gateway.stop();
  whole.target.hop.cut();
  await whole.start({ ready: false });
  const down = await until('it says so', async () => {
    const { ready, parts } = await whole.readyz();
    return !ready && parts['target shop']?.ready === false && parts.ledger?.ready ? parts['target shop'] : null;
  });
  assert.notEqual(down.detail, null);
  assert.equal((await refusal(whole.connect())).routine, 'not_ready');
  whole.target.hop.restore();
  await until('it is ready', async () => (await whole.readyz()).ready);
  assert.equal(await mode(await whole.connect()), 'read');
});

/** Runs `serve` with a changed configuration; it is expected to end by itself. */
async function serveChanged(change: (text: string) => string): Promise<{ code: unknown; err: string; text: string }> {
  const text = change(await readFile(whole.files.config, 'utf8'));
  const file = `${whole.files.config}.changed.yaml`;
  await writeFile(file, text);
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [main, 'serve', '--config', file],
      { env: { ...process.env, ...whole.files.env }, timeout: 60_000 },
      (error, _, err) => resolve({ code: error?.code, err, text }),
    );
  });
}

test('promise 4: serve refuses a writer that is a superuser, with what to do', async () => {
  const { code, err } = await serveChanged((text) =>
    text.replace('user: shop_writer', 'user: postgres').replace('DEMO_WRITER_PASSWORD', 'DEMO_SUPERUSER'),
  );
  assert.equal(code, 78);
  assert.match(err, /target shop is refused.*superuser.*setup-target/);
});

test('a typo in the configuration stops the start, and names the line and what was meant', async () => {
  const { code, err, text } = await serveChanged((before) => before.replace('max_size:', 'max_sise:'));
  const line = text.slice(0, text.indexOf('max_sise:')).split('\n').length;
  assert.equal(code, 78);
  assert.match(
    err,
    new RegExp(`changed\\.yaml:${line}:\\d+: ledger\\.max_sise: unknown key; did you mean max_size\\?`),
  );
});
