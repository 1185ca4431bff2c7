// Promises 6, 7, 8 and 10 as they show outside: in the ledger, in the mailbox, at the webhook receiver, in the logs.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { type Demo, startDemo } from '../helpers/demo.ts';
import { entriesOf } from '../helpers/entries.ts';
import { until, within } from '../helpers/until.ts';

let demo: Demo;
before(async () => {
  demo = await startDemo();
});
after(() => demo?.stop());

type Entry = Record<string, unknown>;
const entries = async (where: string, values: unknown[] = []): Promise<Entry[]> =>
  (await demo.onLedger(`SELECT body FROM entry WHERE ${where} ORDER BY at, seq`, values)).map(
    ({ body }) => JSON.parse(String(body)) as Entry,
  );
/** Of all executions, one each. */
const statements = async (kind: 'statement_intent' | 'statement_outcome'): Promise<Entry[]> =>
  entriesOf(await demo.onLedger('SELECT body FROM entry ORDER BY at, seq'), kind);
const mails = async (): Promise<{ subject: string; text: string; source: string; inReplyTo: string | null }[]> =>
  (await (await fetch(demo.mails)).json()) as never;
const webhooks = async (): Promise<{ body: string; verified: boolean }[]> =>
  (await (await fetch(demo.webhooks)).json()) as never;
const elevate = async (client: pg.Client, reason: string): Promise<Entry> => {
  await client.query({ text: 'SELECT sudo($1)', values: [reason] });
  const [entry] = await entries("kind = 'elevation_started' AND body LIKE '%' || $1 || '%'", [reason]);
  assert.ok(entry);
  return entry;
};

test('promise 6: in write the intent is in the ledger while the statement still runs, and the outcome after it', async () => {
  const client = await demo.connect();
  await elevate(client, 'intent before act');
  const running = client.query('UPDATE customers SET name = name FROM pg_sleep(0.5) WHERE id = 7');
  const intent = await until('the intent is there', async () =>
    (await statements('statement_intent')).findLast(({ type }) => type === 'UpdateStmt'),
  );
  const outcome = async () =>
    (await statements('statement_outcome')).filter(({ statement }) => statement === intent.statement);
  assert.deepEqual(await outcome(), [], 'it runs');
  await running;
  const [ended] = await until('the outcome is there', async () => ((await outcome()).length ? outcome() : null));
  assert.equal(ended?.result, 'ok');
  assert.equal(ended?.rows, 1);
});

test('promise 6: a failed statement has its outcome with SQLSTATE, and a refused one its entry', async () => {
  const client = await demo.connect();
  await elevate(client, 'a failure');
  await assert.rejects(client.query('INSERT INTO customers SELECT * FROM customers WHERE id = 8'), { code: '23505' });
  await until('the outcome is there', async () =>
    (await statements('statement_outcome')).some(({ sqlstate }) => sqlstate === '23505'),
  );
  await assert.rejects(client.query('DELETE FROM payments'), { code: '42501' });
  await until(
    'the refusal is there',
    async () => (await entries("kind = 'statement_refused' AND body LIKE '%payments%'")).length > 0,
  );
});

test('promise 6: a read is in the ledger within a second', async () => {
  const client = await demo.connect();
  await client.query('SELECT 4 AS read_within_a_second');
  const began = performance.now();
  await within(1_000, 'it is there', async () => (await entries("body LIKE '%read_within_a_second%'")).length > 0);
  assert.ok(performance.now() - began < 1_000);
});

test('promise 7: the gateway’s login may not change or remove what is recorded', async () => {
  const config = await readFile(demo.config, 'utf8');
  const port = /@127\.0\.0\.1:(\d+)\/sudoql_ledger/.exec(config)?.[1];
  const client = new pg.Client({
    host: '127.0.0.1',
    port: Number(port),
    database: 'sudoql_ledger',
    user: 'sudoql_gateway',
    password: demo.env.DEMO_LEDGER_PASSWORD,
  });
  await client.connect();
  try {
    for (const text of [
      "UPDATE entry SET body = '{}'",
      'DELETE FROM entry',
      'TRUNCATE entry',
      'DROP TABLE entry',
      'ALTER TABLE entry ADD COLUMN x int',
      'DELETE FROM notice',
      'UPDATE token SET expires_at = now()',
      'DELETE FROM elevation_revocation',
    ]) {
      await assert.rejects(client.query(text), { code: '42501' }, text);
    }
  } finally {
    await client.end();
  }
});

test('promise 7: one command verifies the chain by a head from a mail, and names the entry that was altered', async () => {
  const client = await demo.connect();
  await elevate(client, 'to be verified');
  const mail = await until('the mail is there', async () =>
    (await mails()).find(({ subject }) => subject.includes('to be verified')),
  );
  const head = mail.text.match(/\b[0-9a-f]{64}\b/g)?.at(-1) ?? '';
  assert.match(await demo.sudoqld('ledger', 'verify', '--head', head), /The record is whole/);

  const [victim] = await demo.onLedger(
    "SELECT chain, seq, body, at FROM entry WHERE kind = 'elevation_started' ORDER BY at DESC LIMIT 1",
  );
  const forged = String(victim?.body).replace('to be verified', 'something else');
  const put = (body: unknown) =>
    demo.onLedger('UPDATE entry SET body = $1 WHERE chain = $2 AND seq = $3', [body, victim?.chain, victim?.seq]);
  await put(forged);
  try {
    await assert.rejects(demo.sudoqld('ledger', 'verify'), (error: Error) => {
      assert.match(error.message, new RegExp(`ALTERED[\\s\\S]*chain ${victim?.chain}, entry ${victim?.seq}`));
      return true;
    });
  } finally {
    await put(victim?.body);
  }
  assert.match(await demo.sudoqld('ledger', 'verify', '--head', head), /The record is whole/);
});

test('promise 8: start and end of an elevation are one conversation of mails, and signed webhooks', async () => {
  const client = await demo.connect();
  await elevate(client, 'a conversation');
  await client.query("UPDATE orders SET note = 'x' WHERE id = 12");
  await client.query('SELECT unsudo()');
  const [start, end] = await until('both mails are there', async () => {
    const found = (await mails()).filter(({ subject }) => subject.includes('a conversation'));
    return found.length >= 2 ? found : null;
  });
  assert.equal(start?.inReplyTo, null);
  assert.ok(end?.inReplyTo);
  assert.match(end?.text ?? '', /public\.orders\s+1/);
  await until(
    'both webhooks are there and verify',
    async () =>
      (await webhooks()).filter(({ body, verified }) => verified && body.includes('a conversation')).length >= 2,
  );
});

test('promise 8: the link in the mail asks, stops on POST alone, and ends with the elevation', async () => {
  const client = await demo.connect();
  await elevate(client, 'stop me by the link');
  const mail = await until('the mail is there', async () =>
    (await mails()).find(({ subject }) => subject.includes('stop me by the link')),
  );
  const link = /http:\/\/\S+\/stop\/\S+/.exec(mail.text)?.[0] ?? '';
  const mode = async () => (await client.query('SHOW sudoql.mode')).rows[0]['sudoql.mode'];

  const asked = await fetch(link);
  assert.equal(asked.status, 200);
  assert.match(await asked.text(), /<form method="post">/);
  assert.match(asked.headers.get('content-security-policy') ?? '', /default-src 'none'/);
  assert.equal(asked.headers.get('referrer-policy'), 'no-referrer');
  await fetch(link, { method: 'HEAD' });
  assert.equal(await mode(), 'write', 'looking stops nobody');

  const other = link.replace(/key=./, (found) => (found.endsWith('A') ? 'key=B' : 'key=A'));
  assert.equal((await fetch(other, { method: 'POST' })).status, 404);
  assert.equal(await mode(), 'write');

  const form = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'name=Dan' };
  assert.equal((await fetch(link, { ...form, body: '' })).status, 400, 'who stops it says a name');
  assert.equal(await mode(), 'write');
  assert.equal((await fetch(link, form)).status, 200);
  await within(1_000, 'it is back in read', async () => (await mode()) === 'read');
  assert.equal((await fetch(link)).status, 410);
  assert.equal((await fetch(link, form)).status, 410);
});

test('promise 10: no literal, parameter, token or target’s credential is in the ledger, the notices or the log', async () => {
  const client = await demo.connect();
  await elevate(client, 'secrets');
  await client.query("UPDATE customers SET email = 'literal-31f7@example.com' WHERE id = 21");
  await client.query({
    text: 'UPDATE customers SET email = $1 WHERE id = $2',
    values: ['parameter-31f7@example.com', 22],
  });
  await assert.rejects(
    client.query(
      "INSERT INTO customers SELECT 21, 'literal-31f7', email, city, created_at, newsletter FROM customers WHERE id = 23",
    ),
  );
  await client.query('SELECT unsudo()');
  await until('the closing mail is there', async () =>
    (await mails()).some(({ subject, inReplyTo }) => inReplyTo && subject.includes('secrets')),
  );
  const everything = [
    ...(await demo.onLedger('SELECT body FROM entry')).map(({ body }) => String(body)),
    ...(await demo.onLedger('SELECT part FROM kept')).map(({ part }) => String(part)),
    ...(await demo.onLedger('SELECT body::text AS body FROM notice')).map(({ body }) => String(body)),
    ...(await mails()).map(({ source }) => source),
    ...(await webhooks()).map(({ body }) => body),
    await readFile(demo.log, 'utf8'),
  ].join('\n');
  assert.match(everything, /update customers set email/i, 'the statement itself is there');
  for (const secret of ['literal-31f7', 'parameter-31f7', ...Object.values(demo.tokens), ...Object.values(demo.env)]) {
    assert.ok(!everything.includes(secret), `found ${secret}`);
  }
  const stored = await demo.onLedger('SELECT row_to_json(t)::text AS row FROM token t');
  for (const token of Object.values(demo.tokens)) assert.ok(!stored.some(({ row }) => String(row).includes(token)));
});

test('promise 10: a revoked token ends its sessions within a second, and opens no new one', async () => {
  const made = JSON.parse(
    await demo.sudoqld(
      'token',
      'create',
      '--user',
      'guest',
      '--kind',
      'human',
      '--groups',
      'dev',
      '--expires',
      '1h',
      '--json',
    ),
  ) as { id: string; secret: string };
  const url = new URL(demo.wire);
  url.username = 'guest';
  url.password = made.secret;
  const guest = await demo.connect({ connectionString: url.href });
  await guest.query("SELECT sudo('as a guest')");
  let ended = false;
  guest.once('end', () => (ended = true));
  await demo.sudoqld('token', 'revoke', made.id);
  await within(1_000, 'its session has ended', async () => {
    await demo.onTarget('SELECT 1');
    return ended;
  });
  await assert.rejects(demo.connect({ connectionString: url.href }), { code: '28P01' });
  const authorization = `Bearer ${made.secret}`;
  assert.equal((await fetch(`${demo.http}/v1/me`, { headers: { authorization } })).status, 401);
});
