// One client's flood: nothing of it is lost, nobody else is refused for it, and what protects is recorded in the midst of it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { message } from '../../services/gateway/wire/frames.ts';
import type { EntryDraft } from '../../services/ledger/entry/entry.ts';
import { until } from '../helpers/until.ts';
import { bindText, execute, parse, query, Raw, sqlstate, SYNC } from './raw-client.ts';
import { makeStage, openPolicy, type Stage } from './stage.ts';

/** The queue is a tenth of the usual one, and so are the floods. */
const MOST = 2_000;

const REFUSED: EntryDraft = {
  kind: 'statement_refused',
  session: 'flood',
  principal: 'helper',
  target: 'shop',
  mode: 'read',
  elevation: null,
  code: 'refused_by_policy',
  reasons: [],
  fingerprint: null,
  normalized: null,
  type: null,
  effects: [],
  revision: null,
  decided: null,
};

let stage: Stage;
before(async () => {
  stage = await makeStage({
    policy: openPolicy(),
    maxQueued: MOST,
    limits: { sessionsPerPrincipal: 30, statementsPerPrincipal: 30 },
    schema: 'CREATE TABLE items (id int); CREATE TABLE other (id int)',
  });
});
after(() => stage.remove());

async function elevated(user: string, why: string): Promise<Raw> {
  const raw = await Raw.open(stage.through({ user }));
  assert.equal(sqlstate(await raw.ask(query(`SELECT sudo('${why}')`))), undefined);
  return raw;
}
const ofStatements = (kind: string, principal: string) =>
  stage
    .entries(kind as 'statement_intent', principal)
    .then((all) => all.filter(({ mode = 'write' }) => mode === 'write').length);

test('every intent of a long pipeline in write mode has its outcome: more statements than the queue holds, in one batch and in many', async () => {
  const raw = await elevated('ana', 'a long load');
  const inserts = Array.from({ length: 250 }, (_, n) => `INSERT INTO items VALUES (${n});`).join('');
  const batches = Array.from({ length: 12 }, () => query(inserts));
  raw.send(...batches);
  const many = await raw.heard(batches.length);
  assert.equal(many.filter((word) => word.startsWith('C(')).length, 3_000);
  const one = Array.from({ length: 300 }, (_, n) => [bindText('', 'load', [String(n)]), execute('')]).flat();
  const words = await raw.ask(Buffer.concat([parse('load', 'INSERT INTO items VALUES ($1)'), ...one, SYNC]));
  assert.equal(words.filter((word) => word.startsWith('C(')).length, 300);
  assert.equal((await stage.rows('SELECT count(*)::int AS n FROM items'))[0]?.n, 3_300);
  raw.destroy();
  await until('all outcomes are there', async () => (await ofStatements('statement_outcome', 'ana')) >= 3_300);
  assert.equal(await ofStatements('statement_intent', 'ana'), await ofStatements('statement_outcome', 'ana'));
});

/** A principal's sessions, each of them reading as fast as it is let. */
async function flood(user: string, sessions: number): Promise<{ answered(): number; stop(): void }> {
  const raws = await Promise.all(Array.from({ length: sessions }, () => Raw.open(stage.through({ user }))));
  const pipeline = Buffer.concat(Array.from({ length: 2_000 }, () => query('SELECT 1')));
  let answered = 0;
  for (const raw of raws) {
    raw.client.stream.write(pipeline);
    raw.client.stream.on('data', () => answered++);
  }
  return { answered: () => answered, stop: () => raws.forEach((raw) => void raw.destroy()) };
}

test('while one principal floods with reads, others read, elevate and write, and an elevation is revoked', async () => {
  const victim = await elevated('ana', 'to be stopped');
  const started = await flood('helper', 10);
  await until('the flood runs', async () => started.answered() > 20);
  for (let n = 0; n < 5; n++) {
    const raw = await elevated('ana', `beside the flood ${n}`);
    assert.equal(sqlstate(await raw.ask(query(`INSERT INTO other VALUES (${n})`))), undefined);
    assert.equal(sqlstate(await raw.ask(query('SELECT unsudo()'))), undefined);
    assert.equal(sqlstate(await raw.ask(query('SELECT count(*) FROM other'))), undefined);
    raw.destroy();
  }
  await stage.revoke();
  assert.equal((await stage.ended('to be stopped')).why, 'revoked');
  victim.destroy();
  started.stop();
});

test('a revocation is recorded while the queue is full', async () => {
  const victim = await elevated('ana', 'full');
  let n = 0;
  const fill = () => {
    for (;;) stage.ledger.queue({ ...REFUSED, normalized: `SELECT ${++n}` });
  };
  assert.throws(fill, /helper/);
  assert.ok(n >= MOST);
  const revoked = stage.revoke();
  // While it is on its way, no room that comes is left.
  const filling = setInterval(() => assert.throws(fill, /helper/), 1);
  await revoked;
  clearInterval(filling);
  assert.equal((await stage.ended('full')).why, 'revoked');
  victim.destroy();
});

test('a client that is read no further, and leaves, is noticed: its statement is cancelled and its session over', async () => {
  const raw = await Raw.open(stage.through({ user: 'helper' }));
  // Far more than is held for it, or than the system holds on the way.
  const long = query(`SELECT '${'x'.repeat(60_000)}'`);
  raw.send(query('SELECT pg_sleep(600)'), ...Array.from({ length: 100 }, () => long));
  const sleeping = async () =>
    (
      await stage.rows(
        "SELECT FROM pg_stat_activity WHERE query LIKE '%sleep(600)%' AND pid <> pg_backend_pid() AND state = 'active'",
      )
    ).length;
  await until('it runs', async () => (await sleeping()) === 1);
  raw.destroy();
  await until('it is cancelled', async () => (await sleeping()) === 0 && stage.sessions.count === 0);
});

test('a client that is read no further is heard when it cancels', async () => {
  const raw = await Raw.open(stage.through({ user: 'helper' }));
  const long = query(`SELECT '${'x'.repeat(60_000)}'`);
  raw.send(query('SELECT pg_sleep(600) AS held'), ...Array.from({ length: 20 }, () => long));
  await until(
    'it runs',
    async () =>
      (await stage.rows("SELECT FROM pg_stat_activity WHERE query LIKE '%AS held%' AND pid <> pg_backend_pid()"))
        .length > 0,
  );
  await raw.cancel(stage.port);
  const words = await raw.heard(21);
  assert.equal(sqlstate(words), '57014');
  assert.equal(words.filter((word) => word.startsWith('C(')).length, 20);
  raw.send(message('X'));
  await raw.client.closed();
});
