// What an elevation is told to have written, case by case; `account.test.ts` generates them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../helpers/until.ts';
import type { ElevationSummary } from '../../services/ledger/entry/entry.ts';
import { query, Raw, run, sqlstate, SYNC } from '../wire/raw-client.ts';
import { makeStage, openPolicy, type Stage } from '../wire/stage.ts';
import { SCHEMA } from './script.ts';

let stage: Stage;

before(async () => {
  stage = await makeStage({ policy: openPolicy(), schema: SCHEMA });
});
after(() => stage.remove());

async function elevated(reason: string): Promise<Raw> {
  const raw = await Raw.open(stage.through());
  assert.equal(sqlstate(await raw.ask(query(`SELECT sudo('${reason}')`))), undefined);
  return raw;
}

const told = async (reason: string): Promise<ElevationSummary> => {
  const { summary } = await stage.ended(reason);
  assert.ok(summary);
  return summary;
};

const outcomeOf = async (text: string) => {
  const intents = (await stage.entries('statement_intent')).filter(({ normalized }) => normalized === text);
  const { statement } = intents.at(-1) ?? {};
  return (await stage.entries('statement_outcome')).find((outcome) => outcome.statement === statement);
};

const writers = (state: string, text: string) =>
  stage.rows(
    `SELECT 1 FROM pg_stat_activity WHERE usename = 'writer' AND state = '${state}' AND query LIKE '%${text}%'`,
  );
async function running(state: string, text: string): Promise<void> {
  await until(`a writer is ${state} with ${text}`, async () => (await writers(state, text)).length > 0);
}

const LONG = 'n'.repeat(63);
const SAVEPOINTS: Record<string, [name: string, again: string]> = {
  'a comment behind it': ['a', 'a /* b */'],
  'a line comment': ['a', 'a -- b\n'],
  'more than 63 bytes': [`${LONG}one`, `${LONG}two`],
  'more than 63 bytes, in letters of two': ['é'.repeat(40), `"${'é'.repeat(31)}"`],
  'U& with escapes': ['data', 'U&"d\\0061t\\+000061"'],
  'U& with an escape character of its own': ['data', `U&"d!0061ta" UESCAPE '!'`],
  'a letter beyond ASCII keeps its case': ['Ä', '"Ä"'],
  'a letter of ASCII does not': ['Name', '"name"'],
  'quotes in quotes': ['"a""b"', 'U&"a\\0022b"'],
  'a semicolon in it': ['"a;b"', '"a;b"'],
};

for (const [what, [name, again]] of Object.entries(SAVEPOINTS)) {
  test(`promise 6: rows before a savepoint stay told when it is gone back to: ${what}`, async () => {
    for (const sent of ['one text', 'messages']) {
      const raw = await elevated(`${what} ${sent}`);
      const texts = [
        'BEGIN',
        'INSERT INTO ins DEFAULT VALUES',
        `SAVEPOINT ${name}`,
        'INSERT INTO ins (k) VALUES (1), (2)',
        `ROLLBACK TO SAVEPOINT ${again}`,
        'COMMIT',
      ];
      for (const text of sent === 'one text' ? [texts.join('\n;')] : texts) await raw.ask(query(text));
      await raw.ask(query('SELECT unsudo()'));
      assert.deepEqual((await told(`${what} ${sent}`)).rows, { 'public.ins': 1 });
      raw.destroy();
    }
  });
}

test('promise 6: savepoints that hide others, and their release', async () => {
  const raw = await elevated('hidden');
  await raw.ask(
    query('BEGIN; INSERT INTO ins DEFAULT VALUES; SAVEPOINT a; UPDATE upd SET n = 1 WHERE id = -1; SAVEPOINT a'),
  );
  await raw.ask(
    query('INSERT INTO ins DEFAULT VALUES; RELEASE a; INSERT INTO late DEFAULT VALUES; ROLLBACK TO a; COMMIT'),
  );
  await raw.ask(query('BEGIN; SAVEPOINT a; SAVEPOINT b; INSERT INTO late DEFAULT VALUES; RELEASE b; COMMIT'));
  await raw.ask(query('SELECT unsudo()'));
  assert.deepEqual((await told('hidden')).rows, { 'public.ins': 1, 'public.late': 1 });
  raw.destroy();
});

/** Of the texts between BEGIN and COMMIT, a table each, what is committed of it. */
const LEVELS: Record<string, [texts: string[], told: Record<string, number>]> = {
  'going back to the outer one takes what the inner one kept': [
    ['INS upd', 'SAVEPOINT a', 'INS ins', 'SAVEPOINT b', 'INS cte', 'ROLLBACK TO a'],
    { 'public.upd': 1 },
  ],
  'going back to the inner one leaves what stood before it': [
    ['INS upd', 'SAVEPOINT a', 'INS ins', 'SAVEPOINT b', 'INS cte', 'ROLLBACK TO b'],
    { 'public.upd': 1, 'public.ins': 1 },
  ],
  'it stays to be gone back to': [
    ['SAVEPOINT a', 'INS ins', 'SAVEPOINT b', 'ROLLBACK TO a', 'INS cte', 'ROLLBACK TO a', 'INS late'],
    { 'public.late': 1 },
  ],
  'one that hides another of its name': [
    ['SAVEPOINT a', 'INS ins', 'SAVEPOINT b', 'INS cte', 'SAVEPOINT a', 'INS late', 'ROLLBACK TO a'],
    { 'public.ins': 1, 'public.cte': 1 },
  ],
  'what was hidden, once what hid it is released': [
    ['SAVEPOINT a', 'INS ins', 'SAVEPOINT b', 'SAVEPOINT a', 'INS late', 'RELEASE a', 'ROLLBACK TO a', 'INS upd'],
    { 'public.upd': 1 },
  ],
  'released with those inside it': [
    ['SAVEPOINT c', 'INS upd', 'SAVEPOINT a', 'INS ins', 'SAVEPOINT b', 'INS cte', 'RELEASE a', 'INS late'],
    { 'public.upd': 1, 'public.ins': 1, 'public.cte': 1, 'public.late': 1 },
  ],
  'released, and gone back to one before it': [
    ['INS upd', 'SAVEPOINT c', 'SAVEPOINT a', 'INS ins', 'SAVEPOINT b', 'INS cte', 'RELEASE a', 'ROLLBACK TO c'],
    { 'public.upd': 1 },
  ],
};

for (const [what, [texts, expected]] of Object.entries(LEVELS)) {
  test(`promise 6: of two savepoints, ${what}`, async () => {
    const inserts = texts.map((text) => text.replace(/^INS (.*)/, 'INSERT INTO $1 (k) VALUES (NULL)'));
    const all = ['BEGIN', ...inserts, 'COMMIT'];
    for (const sent of ['one text', 'messages']) {
      const raw = await elevated(`${what} ${sent}`);
      for (const text of sent === 'one text' ? [all.join(';')] : all)
        assert.equal(sqlstate(await raw.ask(query(text))), undefined, text);
      await raw.ask(query('SELECT unsudo()'));
      assert.deepEqual((await told(`${what} ${sent}`)).rows, expected);
      raw.destroy();
    }
  });
}

test('promise 6: what COMMIT had answered is told as committed though the client leaves under what follows in its text', async () => {
  const raw = await elevated('and sleep');
  raw.send(query('BEGIN; UPDATE upd SET n = n WHERE id = -1; COMMIT; SELECT pg_sleep(20) AS after_it'));
  await running('active', 'after_it');
  raw.destroy();
  const { rows, unknown, failed } = await told('and sleep');
  assert.deepEqual([rows, unknown, failed], [{ 'public.upd': 1 }, undefined, 1]);
  const outcomes = (await stage.entries('statement_outcome')).slice(-4);
  assert.deepEqual(
    outcomes.map(({ result, transaction, written }) => [result, transaction, written]),
    [
      ['ok', undefined, undefined],
      ['ok', undefined, undefined],
      ['ok', 'committed', { rows: { 'public.upd': 1 } }],
      ['error', 'rolled_back', undefined],
    ],
  );
});

test('promise 6: a COMMIT that fails has written nothing', async () => {
  const raw = await elevated('deferred');
  await raw.ask(query('BEGIN'));
  await raw.ask(query('INSERT INTO late (k) VALUES (1), (1)'));
  assert.equal(sqlstate(await raw.ask(query('COMMIT'))), '23505');
  assert.equal(sqlstate(await raw.ask(query('INSERT INTO late (k) VALUES (1), (1)'))), '23505');
  assert.equal(sqlstate(await raw.ask([run('INSERT INTO late (k) VALUES (1), (1)'), SYNC])), '23505');
  await raw.ask(query('SELECT unsudo()'));
  const { rows, failed, rolledBack } = await told('deferred');
  assert.deepEqual([rows, failed, rolledBack], [{}, 3, false]);
  raw.destroy();
});

test('5, 6: a statement that is answered under the end of its elevation is committed, or taken back whole, and its client and the notice are told so', async () => {
  const raw = await elevated('answered');
  raw.send(query('INSERT INTO slow (k) VALUES (120)'));
  await running('active', 'INTO slow');
  await stage.revoke();
  const [word] = await raw.heard();
  const { rows, unknown, rolledBack } = await told('answered');
  const there = await stage.rows('SELECT FROM slow WHERE k = 120');
  // The cancel may come between its end and that of the transaction that counts what it did.
  if (sqlstate([word ?? '']) === '57014')
    assert.deepEqual([there.length, rows, unknown, rolledBack], [0, {}, undefined, true]);
  else
    assert.deepEqual(
      [word, there.length, rows, unknown, rolledBack],
      ['C(INSERT 0 1)', 1, { 'public.slow': 1 }, undefined, false],
    );
  raw.destroy();
});

test('5, 6: a statement that is not answered in time may have been committed: the record, the notice and the client say so', async () => {
  const raw = await elevated('stubborn');
  raw.send(run('INSERT INTO slow (k) VALUES (20000)'), SYNC);
  await running('active', 'INTO slow');
  await stage.revoke();
  const words = await raw.heard();
  assert.match(words[0] ?? '', /^E\(40003 write mode was revoked by sec, and the target did not say/);
  assert.equal(words.at(-1), 'Z(I)');
  const { rows, unknown, failed, rolledBack } = await told('stubborn');
  const may = { statements: 1, rows: {}, changed: ['public.slow'] };
  assert.deepEqual([rows, unknown, failed, rolledBack], [{}, may, 0, false]);
  assert.equal((await outcomeOf('insert into slow (k) values ($1)'))?.result, 'unknown');
  raw.destroy();
});

test('5, 6: one that a transaction of the gateway’s own is around, to be counted, is certainly rolled back', async () => {
  const raw = await elevated('stubborn and counted');
  raw.send(query('INSERT INTO slow (k) VALUES (20001)'));
  await running('active', 'INTO slow');
  await stage.revoke();
  assert.deepEqual(await raw.heard(), ['E(57014 write mode was revoked by sec)', 'Z(I)']);
  const { rows, unknown, rolledBack } = await told('stubborn and counted');
  assert.deepEqual([rows, unknown, rolledBack], [{}, undefined, true]);
  assert.deepEqual(await stage.rows('SELECT FROM slow WHERE k = 20001'), []);
  raw.destroy();
});

for (const protocol of ['simple', 'extended']) {
  const send = (text: string) => (protocol === 'simple' ? [query(text)] : [run(text), SYNC]);
  for (const committed of [true, false]) {
    test(`promise 6: what became of a COMMIT whose answer was lost is asked of the target: ${protocol}, ${committed ? 'committed' : 'rolled back'}`, async () => {
      const reason = `in doubt ${protocol} ${committed}`;
      await until('nobody else commits', async () => (await writers('active', 'COMMIT')).length === 0);
      const raw = await elevated(reason);
      await raw.ask(send('BEGIN'));
      await raw.ask(send('INSERT INTO slowly (k) VALUES (60000)'));
      raw.send(...send('COMMIT'));
      await running('active', 'COMMIT');
      await stage.revoke();
      assert.equal(sqlstate(await raw.heard()), '40003');
      // Now that the gateway has given up: the COMMIT has its way, if its backend is not ended before.
      if (committed) await stage.rows('UPDATE gate SET open = true');
      const { rows, unknown, rolledBack } = await told(reason);
      const there = Number((await stage.rows('SELECT count(*)::int AS n FROM slowly WHERE id > 0'))[0]?.n);
      if (!committed) assert.equal(there, 0);
      assert.deepEqual([rows, unknown, rolledBack], [there > 0 ? { 'public.slowly': 1 } : {}, undefined, there === 0]);
      const intent = (await stage.entries('statement_intent'))
        .filter(({ normalized }) => normalized === 'commit')
        .at(-1);
      assert.match(intent?.transaction ?? '', /^\d+$/);
      assert.equal((await outcomeOf('commit'))?.result, there > 0 ? 'ok' : 'error');
      await stage.rows('UPDATE gate SET open = false; DELETE FROM slowly WHERE id > 0');
      raw.destroy();
    });
  }
}

test('promise 6: a procedure that fails behind its own COMMIT is named, and so is what commits by itself in a batch that fails', async () => {
  await stage.rows('ALTER TABLE cte OWNER TO writer; GRANT CREATE ON SCHEMA public TO writer');
  const raw = await elevated('halfway');
  assert.equal(sqlstate(await raw.ask(query('CALL commits(true)'))), 'P0001');
  assert.equal(
    sqlstate(await raw.ask([run('CREATE INDEX CONCURRENTLY ON cte (k)'), run('SELECT 1 / 0'), SYNC])),
    '22012',
  );
  assert.equal(sqlstate(await raw.ask(query('BEGIN'))), undefined);
  assert.equal(sqlstate(await raw.ask(query('VACUUM cte'))), '25001');
  await raw.ask(query('ROLLBACK'));
  await raw.ask(query('SELECT unsudo()'));
  const { leftBehind, changed, unknown } = await told('halfway');
  assert.deepEqual(
    [leftBehind.map(({ effect }) => effect), changed, unknown],
    [['dynamic'], ['public.cte'], undefined],
  );
  raw.destroy();
});
