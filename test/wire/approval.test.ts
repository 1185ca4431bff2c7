// `sudo` that waits for others to agree, as clients meet it: in both protocols, at connect, cancelled, across two gateways.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import type { Answerer, RequestRecord } from '../../services/elevation/requests/requests.ts';
import { askingPolicy } from '../../services/elevation/requests/testing.ts';
import type { Gateway } from '../helpers/gateway.ts';
import { until } from '../helpers/until.ts';
import { query, Raw, run, SYNC } from './raw-client.ts';
import { makeStage, type Stage } from './stage.ts';

const policy = askingPolicy();
let stage: Stage;
let other: Gateway;

before(async () => {
  stage = await makeStage({
    policy,
    limits: { sessionsPerPrincipal: 40 },
    schema: 'CREATE TABLE items (id int PRIMARY KEY); INSERT INTO items SELECT generate_series(1, 10)',
  });
  other = await stage.beside();
});
after(() => stage.remove());

const ben: Answerer = {
  principal: { id: 'ben', email: 'ben@example.com', groups: ['dba'], kind: 'human', elevate: 'none' },
  via: 'api',
};
const asked = async (reason: string): Promise<RequestRecord> =>
  until(`${reason} is asked`, async () =>
    (await stage.requests.list({ open: true })).find((each) => each.reason === reason && each.state === 'pending'),
  );
const approve = async (reason: string, on: Pick<Gateway, 'requests'> = stage) => {
  const { id } = await asked(reason);
  const answered = await on.requests.answer(id, ben, 'approve', null);
  assert.ok(answered.ok, JSON.stringify(answered));
  return id;
};
const mode = async (client: pg.Client) => (await client.query('SHOW sudoql.mode')).rows[0]['sudoql.mode'];
/** Reads on to the notice that holds `text`. */
const heard = async (raw: Raw, text: string) => {
  while (!raw.asides.some((aside) => aside.includes(text))) raw.note(await raw.client.next());
};
const notices = (client: pg.Client) => {
  const said: string[] = [];
  client.on('notice', ({ message }) => said.push(String(message)));
  return said;
};

test('sudo says at once whom it waits for, and goes on in write mode when they agree, on whichever gateway', async () => {
  for (const [n, on] of [stage, other].entries()) {
    const client = await stage.connect();
    const said = notices(client);
    const reason = `agreed to at gateway ${n}`;
    const waiting = client.query('SELECT sudo($1)', [reason]);
    await until('it says so', () => said.length > 0);
    assert.match(said[0] ?? '', /^waiting for dba: request req_/);
    const id = await approve(reason, on);
    assert.match((await waiting).rows[0].sudo, /^write mode until/);
    await client.query('DELETE FROM items WHERE id = $1', [100 + n]);
    const started = (await stage.entries('elevation_started')).find((each) => each.reason === reason);
    assert.equal(started?.request, id);
    await client.query('SELECT unsudo()');
  }
});

test('after a bare BEGIN nothing is open on the target meanwhile, and the transaction goes on, in write or in read', async () => {
  const client = await stage.connect();
  for (const answer of ['approve', 'deny'] as const) {
    await client.query('BEGIN ISOLATION LEVEL SERIALIZABLE');
    const waiting = client.query('SELECT sudo($1)', [`in a transaction: ${answer}`]).catch((error: Error) => error);
    const { id } = await asked(`in a transaction: ${answer}`);
    await until('nothing is open', async () => {
      const open = await stage.rows(
        "SELECT FROM pg_stat_activity WHERE usename = 'reader' AND (xact_start IS NOT NULL OR backend_xmin IS NOT NULL)",
      );
      return open.length === 0;
    });
    assert.ok((await stage.requests.answer(id, ben, answer, 'because')).ok);
    const answered = await waiting;
    if (answer === 'approve') {
      assert.equal((await client.query('SHOW transaction_isolation')).rows[0].transaction_isolation, 'serializable');
      await client.query('DELETE FROM items WHERE id = 10');
      await client.query('COMMIT');
      await client.query('SELECT unsudo()');
    } else {
      assert.match(String(answered), /was denied by ben: because/);
      await assert.rejects(client.query('SELECT 1'), { code: '25P02' });
      await client.query('ROLLBACK');
    }
  }
  assert.deepEqual(await stage.rows('SELECT FROM items WHERE id = 10'), []);
});

test('a cancel ends the waiting and not the request, also by way of another gateway; the same sudo goes through later', async () => {
  const raw = await Raw.open(stage.through());
  for (const [n, port] of [stage.port, other.port].entries()) {
    const reason = `cancelled ${n}`;
    raw.send(query(`SELECT sudo('${reason}')`));
    const { id } = await asked(reason);
    await heard(raw, `request ${id}`);
    await raw.cancel(port);
    const words = await raw.ask(query('SELECT 1'), 2);
    assert.match(words[0] ?? '', /^E\(57014 .*still open/);
    assert.equal((await stage.requests.show(id))?.state, 'pending');
    await approve(reason);
    await heard(raw, `${id} is approved`);
    assert.match(String((await raw.ask(query(`SELECT sudo('${reason}')`)))[1]), /write mode until/);
    await raw.ask(query('SELECT unsudo()'));
  }
  raw.destroy();
});

test('in the extended protocol it waits as well, and the next batch runs in write mode', async () => {
  const raw = await Raw.open(stage.through());
  const answer = raw.ask([run("SELECT sudo('extended')"), SYNC]);
  await approve('extended');
  assert.match((await answer).join(), /write mode until/);
  assert.ok((await raw.ask([run('DELETE FROM items WHERE id = 9'), SYNC])).includes('C(DELETE 1)'));
  await raw.ask(query('SELECT unsudo()'));
  raw.destroy();
});

test('at connect the request’s id is answered at once, and the same options go through once it is approved', async () => {
  const options = "-c sudoql.reason='at connect'".replaceAll("'", '').replace('at connect', 'at\\ connect');
  await assert.rejects(stage.connect({ user: 'deploy', options }), (error: pg.DatabaseError) => {
    assert.equal(error.code, '42501');
    assert.match(error.message, /request req_/);
    return true;
  });
  await approve('at connect');
  const client = await stage.connect({ user: 'deploy', options });
  assert.equal(await mode(client), 'write');
  await client.end();
  await assert.rejects(stage.connect({ user: 'deploy', options }), /request req_/, 'it is used');
});

test('of two sessions that wait for one request one writes, and the other hears that it is used', async () => {
  const [one, two] = [await stage.connect(), await stage.connect()];
  const waiting = [one, two].map((client) => client.query("SELECT sudo('for one')").catch((error: Error) => error));
  await approve('for one');
  const answers = await Promise.all(waiting);
  assert.equal(answers.filter((answer) => answer instanceof Error).length, 1, String(answers));
  assert.deepEqual((await Promise.all([one, two].map(mode))).sort(), ['read', 'write']);
  const open = (await stage.requests.list({ open: true })).filter(({ reason }) => reason === 'for one');
  assert.equal(open.length, 0, 'nobody is asked once more');
  for (const client of [one, two]) await client.query('SELECT unsudo()');
});

test('a client that goes while it waits leaves nothing behind but the request', async () => {
  const client = await stage.connect();
  client.query("SELECT sudo('gone')").catch(() => {});
  const { id } = await asked('gone');
  await client.end().catch(() => {});
  await until('the session is over', async () => (await stage.entries('session_ended')).length > 0);
  assert.ok((await stage.requests.answer(id, ben, 'deny', null)).ok);
  await stage.gone('nobody writes');
});

test('an elevation that is to last longer does not wait in its transaction: the id comes at once', async () => {
  const client = await stage.connect();
  const waiting = client.query("SELECT sudo('first')");
  await approve('first');
  await waiting;
  await client.query('BEGIN');
  await client.query('DELETE FROM items WHERE id = 8');
  await assert.rejects(client.query("SELECT sudo('longer')"), /request req_/);
  await client.query('ROLLBACK');
  await approve('longer');
  assert.match((await client.query("SELECT sudo('longer')")).rows[0].sudo, /^write mode until/);
  await client.query('SELECT unsudo()');
});

test('sudo that breaks glass waits for nobody, in any order of its arguments, and combines with one transaction', async () => {
  const client = await stage.connect();
  for (const call of [
    "sudo('fire', '15 min', 'break-glass')",
    "sudo('fire', 'break-glass')",
    "sudo('fire', 'break-glass', 'transaction', '1 min')",
  ]) {
    assert.match((await client.query(`SELECT ${call} AS sudo`)).rows[0].sudo, /^write mode/);
    await client.query('SELECT unsudo()');
  }
  assert.equal((await stage.entries('elevation_started')).filter((each) => each.break_glass).length, 3);
  await assert.rejects(client.query("SELECT sudo('fire', 'break-glass', 'break-glass')"), { code: '22023' });
  const glass = () =>
    stage.entries('elevation_started', 'deploy').then((all) => all.filter((each) => each.break_glass));
  for (const [value, expected] of [
    ['off', 0],
    ['on', 1],
  ] as const) {
    const options = `-c sudoql.reason=fire -c sudoql.break_glass=${value}`;
    const program = await stage.connect({ user: 'deploy', options }).catch((error: Error) => error.message);
    if (value === 'off') assert.match(String(program), /request req_/);
    assert.equal((await glass()).length, expected, value);
  }
});
