// The tour: what a newcomer would do, each step read back from where its effect must show, never from what caused it.
import pg from 'pg';
import { entriesOf } from '../helpers/entries.ts';
import { sudoqld } from './gateway-process.ts';
import { eventually, makeNarrator, type Narrator, TourFailed } from './narrator.ts';
import { entries, mails, onTarget, refusal, type Scene } from './scene.ts';
import type { Stage } from './stage.ts';
import { asksAnother, breaksGlass } from './two-people.ts';
import type { CaughtWebhook } from './webhook-receiver.ts';

/** True when every step's result was what it should be. */
export async function runTour(stage: Stage, signal: AbortSignal): Promise<boolean> {
  const tell = makeNarrator(process.stdout);
  const began = performance.now();
  const since = new Date();
  const ana = new pg.Client({ connectionString: stage.wire.url('ana') });
  ana.on('error', () => {});
  try {
    await ana.connect();
    for (const step of STEPS) {
      if (signal.aborted) throw new TourFailed('The tour was interrupted.');
      await step({ stage, since, ana, tell });
    }
    tell.end(`All of it was so. The tour took ${((performance.now() - began) / 1_000).toFixed(1)} s.`);
    return true;
  } catch (error) {
    tell.failed(error);
    return false;
  } finally {
    await ana.end().catch(() => undefined);
  }
}

const STEPS = [
  ...[reads, isRefused, becomesWritable, isAnnounced, writes, leaves, isStopped],
  ...[asksAnother, breaksGlass, isProvable],
];

async function reads({ ana, tell }: Scene): Promise<void> {
  tell.step('ana reads, as with any PostgreSQL');
  const sql =
    'SELECT o.id, o.status, p.status AS payment, p.amount FROM orders o JOIN payments p ON p.order_id = o.id WHERE o.id = 4211';
  tell.typed('ana', sql);
  const { rows } = await ana.query(sql);
  tell.is('one order: paid, and still pending', rows.length === 1 && rows[0].status === 'pending', rows[0]);
}

async function isRefused({ stage, since, ana, tell }: Scene): Promise<void> {
  tell.step('She tries to mend it, and is refused');
  tell.typed('ana', MEND);
  const error = await refusal(ana.query(MEND));
  tell.answered(`ERROR ${error.code}: ${error.message}`, error.detail, error.hint && `HINT: ${error.hint}`);
  tell.is(
    'the error is sudoql’s, with the line to type in its hint',
    error.routine === 'write_needs_elevation' && /sudo\(/.test(error.hint ?? ''),
  );
  tell.is('the target shows the order as it was', (await statusOf(stage)) === 'pending');
  await eventually(tell, 'the ledger holds the refusal', async () => {
    const [entry] = await entries({ stage, since }, 'statement_refused');
    return entry && entry.code === 'write_needs_elevation' && entry.principal === 'ana'
      ? `${entry.at} ${entry.code}: ${entry.normalized}`
      : null;
  });
}

async function becomesWritable({ stage, since, ana, tell }: Scene): Promise<void> {
  tell.step('She says why, and becomes writable');
  const sql = `SELECT sudo('${REASON}', '10 min')`;
  tell.typed('ana', sql);
  await ana.query(sql);
  const { rows } = await ana.query('SHOW sudoql.mode');
  tell.is('the session is in write', rows[0]?.['sudoql.mode'] === 'write');
  const [entry] = await entries({ stage, since }, 'elevation_started');
  tell.is(
    'the ledger held it before she could write',
    entry?.reason === REASON && entry.principal === 'ana',
    entry && `${entry.at} ${entry.elevation}: ${entry.reason}, until ${entry.deadline}`,
  );
  const [writer] = await onTarget(
    stage,
    "SELECT usename, application_name FROM pg_stat_activity WHERE usename = 'shop_writer'",
  );
  tell.is(
    'the target shows another login on another connection, with her name on it',
    /ana/.test(String(writer?.application_name)),
    writer,
  );
}

async function isAnnounced({ stage, tell }: Scene): Promise<void> {
  tell.step('Her team is told');
  const mail = await eventually(
    tell,
    'the mailbox has a mail',
    async () => (await mails(stage)).findLast((each) => each.subject.includes(REASON)) ?? null,
    (each) => each.subject,
  );
  tell.quoted(mail.text);
  await eventually(
    tell,
    'the webhook receiver has the same, and its signature verifies',
    async () => (await webhooks(stage)).findLast((each) => each.verified && each.body.includes(REASON)) ?? null,
    (each) => `webhook-id ${each.headers['webhook-id']}`,
  );
}

async function writes({ stage, since, ana, tell }: Scene): Promise<void> {
  tell.step('She mends the order');
  tell.typed('ana', MEND);
  const { rowCount } = await ana.query(MEND);
  tell.is('one row', rowCount === 1);
  tell.is('the target shows it', (await statusOf(stage)) === 'paid');
  await eventually(tell, 'the ledger holds intent and outcome', async () => {
    const bodies = (await entries({ stage, since }, 'writes')).map((body) => ({ body: JSON.stringify(body) }));
    const update = entriesOf(bodies, 'statement_intent').find(({ type }) => type === 'UpdateStmt');
    const last = entriesOf(bodies, 'statement_outcome').find(({ statement }) => statement === update?.statement);
    return last?.result === 'ok' && last.rows === 1 ? `${last.at}: ${last.result}, ${last.rows} row` : null;
  });
}

async function leaves({ stage, ana, tell }: Scene): Promise<void> {
  tell.step('She leaves write mode; the closing message says what was written');
  tell.typed('ana', 'SELECT unsudo()');
  await ana.query('SELECT unsudo()');
  await noWriter(stage, tell);
  const mail = await eventually(
    tell,
    'the closing mail is in the same conversation and counts the row',
    async () =>
      (await mails(stage)).findLast(
        (each) => each.inReplyTo !== null && each.subject.includes(REASON) && each.text.includes('orders'),
      ) ?? null,
    (each) => each.subject,
  );
  tell.quoted(mail.text);
}

async function isStopped({ stage, ana, tell }: Scene): Promise<void> {
  tell.step('Another time, security stops her in the middle of it');
  await ana.query("SELECT sudo('look at the customers', '10 min')");
  await ana.query('BEGIN');
  await ana.query("UPDATE customers SET name = 'Nobody' WHERE id = 1");
  tell.typed('ana', "BEGIN; UPDATE customers SET name = 'Nobody' WHERE id = 1;   -- and waits");
  const authorization = `Bearer ${stage.tokens.sec}`;
  const list = (await (
    await fetch(`${stage.http}/v1/elevations?state=live`, { headers: { authorization } })
  ).json()) as { elevations: { id: string }[] };
  const id = list.elevations[0]?.id;
  tell.typed('sec', `POST /v1/elevations/${id}/revoke`);
  const answer = await fetch(`${stage.http}/v1/elevations/${id}/revoke`, {
    method: 'POST',
    headers: { authorization },
  });
  tell.is('it is accepted', answer.ok, answer.status);
  await noWriter(stage, tell);
  const [customer] = await onTarget(stage, 'SELECT name FROM customers WHERE id = 1');
  tell.is('the target shows nothing of it', customer?.name !== 'Nobody', customer?.name);
  const error = await refusal(ana.query('COMMIT'));
  tell.answered(`ana: ERROR ${error.code}: ${error.message}`);
  await ana.query('ROLLBACK').catch(() => undefined);
  await eventually(
    tell,
    'the mailbox has the closing mail',
    async () =>
      (await mails(stage)).findLast(
        (each) => each.text.includes('can no longer write') && each.subject.includes('look at the customers'),
      ) ?? null,
    (each) => each.subject,
  );
}

async function isProvable({ stage, tell }: Scene): Promise<void> {
  tell.step('The record can be proved');
  const mail = (await mails(stage)).find((each) => each.subject.includes(REASON));
  const head = mail?.text.match(/\b[0-9a-f]{64}\b/g)?.at(-1);
  tell.typed('operator', `sudoqld ledger verify --head ${head?.slice(0, 16)}…   # a line of one of the mails`);
  const printed = await sudoqld(stage.files, 'ledger', 'verify', '--head', String(head)).catch((error: unknown) => {
    throw new TourFailed(`The chain does not verify: ${error instanceof Error ? error.message : String(error)}`);
  });
  tell.quoted(printed);
}

const REASON = 'fix order 4211';
const MEND = "UPDATE orders SET status = 'paid' WHERE id = 4211";

async function statusOf(stage: Stage): Promise<unknown> {
  return (await onTarget(stage, 'SELECT status FROM orders WHERE id = 4211'))[0]?.status;
}

async function noWriter(stage: Stage, tell: Narrator): Promise<void> {
  const began = performance.now();
  await eventually(tell, 'the target shows no connection of the writer', async () => {
    const rows = await onTarget(stage, "SELECT pid FROM pg_stat_activity WHERE usename = 'shop_writer'");
    return rows.length === 0 ? `after ${Math.round(performance.now() - began)} ms` : null;
  });
}

async function webhooks(stage: Stage): Promise<CaughtWebhook[]> {
  return (await (await fetch(stage.receiver.url)).json()) as CaughtWebhook[];
}
