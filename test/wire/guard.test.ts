import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { copyData, COPY_DONE, FLUSH, message, int32 } from '../../services/gateway/wire/frames.ts';
import { bindText, describe, execute, parse, query, Raw, refusedInRead, run, sqlstate, SYNC } from './raw-client.ts';
import { assertLedger } from '../helpers/assert-ledger.ts';
import { makeStage, openPolicy, type Stage } from './stage.ts';

let stage: Stage;
/** While set, another revision is in force, which refuses everything. */
let closed = false;
/** Statements whose text holds this are refused by the policy of these tests. */
const FORBIDDEN = 'forbidden';

before(async () => {
  const policy = openPolicy();
  stage = await makeStage({
    policy: {
      ...policy,
      get revision() {
        return closed ? 'closed' : 'test';
      },
      statement: (input) =>
        closed ||
        input.statement.normalized.includes(FORBIDDEN) ||
        input.statement.relations.some(
          ({ schema, access }) => schema === 'hidden' || (schema === null && access === 'update'),
        )
          ? {
              ok: true,
              decision: {
                allow: false,
                reasons: [{ code: 'no_such_thing', message: 'this is forbidden', remedy: 'ask for it elsewhere' }],
                obligations: {},
              },
              revision: 'test',
              microseconds: 1,
              lasting: false,
            }
          : input.statement.normalized.includes('broken')
            ? { ok: false, fault: 'the policy threw', revision: 'test' }
            : policy.statement(input),
    },
    schema: `CREATE TABLE items (id int PRIMARY KEY, name text);
      INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, 10) n;
      CREATE SCHEMA hidden;
      GRANT USAGE ON SCHEMA hidden TO PUBLIC;
      CREATE TABLE hidden.items (id int, forbidden text);
      CREATE SCHEMA shadow; GRANT ALL ON SCHEMA shadow TO PUBLIC;
      CREATE TABLE forbidden (a int);
      CREATE TABLE broken (a int)`,
  });
});
after(() => stage.remove());

const count = async () => (await stage.rows('SELECT count(*)::int AS n FROM items'))[0]?.n;

async function elevated(): Promise<Raw> {
  const raw = await Raw.open(stage.through());
  await raw.ask(query("SELECT sudo('test')"));
  return raw;
}

test('promise 3: in read a write is refused in the simple protocol, and the target hears nothing', async () => {
  await assertLedger(stage.onLedger, ['refused DeleteStmt write_needs_elevation'], async () => {
    const raw = await Raw.open(stage.through());
    const words = await raw.ask(query('DELETE FROM items'));
    assert.ok(refusedInRead(words));
    assert.deepEqual(words.slice(1), ['Z(I)']);
    assert.equal(await count(), 10);
    raw.destroy();
  });
});

test('promise 3: in read a write is refused in the extended protocol, at Parse', async () => {
  await assertLedger(stage.onLedger, ['refused DeleteStmt write_needs_elevation'], async () => {
    const raw = await Raw.open(stage.through());
    const words = await raw.ask([run('DELETE FROM items WHERE id = $1', ['1']), SYNC]);
    assert.ok(refusedInRead(words));
    assert.deepEqual(words.slice(1), ['Z(I)']);
    assert.equal(await count(), 10);
    raw.destroy();
  });
});

test('promise 3: in read COPY FROM STDIN is refused, and data that follows is dropped', async () => {
  await assertLedger(
    stage.onLedger,
    ['refused CopyStmt write_needs_elevation', 'read SelectStmt', 'ok 1'],
    async () => {
      const raw = await Raw.open(stage.through());
      const words = await raw.ask([query('COPY items FROM STDIN'), copyData(Buffer.from('11\tx\n')), COPY_DONE]);
      assert.ok(refusedInRead(words));
      assert.deepEqual(await raw.ask(query('SELECT 1')), ['T(?column?:23:0)', 'D(1)', 'C(SELECT 1)', 'Z(I)']);
      assert.equal(await count(), 10);
      raw.destroy();
    },
  );
});

test('promise 3: one refused statement refuses the whole text', async () => {
  await assertLedger(stage.onLedger, ['refused DeleteStmt write_needs_elevation'], async () => {
    const raw = await Raw.open(stage.through());
    const words = await raw.ask(query('SELECT 1; DELETE FROM items; SELECT 2'));
    assert.equal(words.length, 2);
    assert.ok(refusedInRead(words));
    raw.destroy();
  });
});

test('promise 3: policy refuses in write by every protocol, with its reasons and remedies', async () => {
  const raw = await elevated();
  assert.match((await raw.ask(query('DELETE FROM forbidden')))[0] ?? '', /^E\(42501 this is forbidden/);
  assert.equal(sqlstate(await raw.ask([run('DELETE FROM forbidden'), SYNC])), '42501');
  assert.equal(
    sqlstate(await raw.ask([query('COPY forbidden FROM STDIN'), copyData(Buffer.from('1\n')), COPY_DONE])),
    '42501',
  );
  raw.destroy();
  const client = await stage.connect();
  await assert.rejects(client.query('SELECT * FROM forbidden'), {
    code: '42501',
    routine: 'refused_by_policy',
    file: 'sudoql',
    detail: 'no_such_thing: this is forbidden',
    hint: 'ask for it elsewhere',
  });
});

test('promise 3: a fault of the policy is a denial with a request id and no details', async () => {
  const client = await stage.connect();
  await assert.rejects(
    client.query('SELECT * FROM broken'),
    (error: { code: string; message: string; detail?: string }) => {
      assert.equal(error.code, 'XX000');
      assert.match(error.message, /request [0-9a-f]{12}/);
      assert.equal(error.detail, undefined);
      return true;
    },
  );
  assert.match(stage.faults.pop() ?? '', /the policy threw/);
});

const EITHER = /^(refused DeleteStmt refused_by_policy|error 42501)$/;

test('promise 3: what a refused batch did before is not committed', async () => {
  await assertLedger(
    stage.onLedger,
    // The outcome is told in the millisecond of the refusal, or later.
    ['sudo test', 'write InsertStmt', EITHER, EITHER, 'end disconnected'],
    async () => {
      const raw = await elevated();
      const words = await raw.ask([
        run("INSERT INTO items VALUES (20, 'x')"),
        run('DELETE FROM forbidden'),
        run('SELECT 1'),
        SYNC,
      ]);
      assert.deepEqual(words, ['1', '2', 'C(INSERT 0 1)', words[3], 'Z(I)']);
      assert.equal(sqlstate(words), '42501');
      assert.equal(await count(), 10);
      raw.destroy();
    },
  );
});

test('promise 3: a refusal in a transaction fails it, and PostgreSQL says so from then on', async () => {
  const raw = await elevated();
  await raw.ask(query('BEGIN'));
  await raw.ask(query("INSERT INTO items VALUES (20, 'x')"));
  assert.deepEqual((await raw.ask(query('DELETE FROM forbidden'))).at(-1), 'Z(E)');
  assert.equal(sqlstate(await raw.ask(query('SELECT 1'))), '25P02');
  assert.deepEqual(await raw.ask(query('COMMIT')), ['C(ROLLBACK)', 'Z(I)']);
  assert.equal(await count(), 10);
  raw.destroy();
});

test('promise 3: a statement by the name of the poison does not disarm it', async () => {
  const raw = await elevated();
  await raw.ask([parse('_sudoql_refused', 'SELECT 1'), SYNC]);
  await raw.ask([run("INSERT INTO items VALUES (20, 'x')"), run('DELETE FROM forbidden'), SYNC]);
  assert.equal(await count(), 10);
  await raw.ask(query('PREPARE _sudoql_elevation AS SELECT 1'));
  raw.destroy();
});

test('promise 3: after a refusal everything up to the Sync is dropped, a Query included', async () => {
  const raw = await elevated();
  const words = await raw.ask([
    run('DELETE FROM forbidden'),
    query("INSERT INTO items VALUES (21, 'x')"),
    run('SELECT 1'),
    SYNC,
  ]);
  assert.equal(words.length, 2);
  assert.equal(await count(), 10);
  raw.destroy();
});

test('promise 3: what is prepared in write is judged again in read', async () => {
  const raw = await elevated();
  await raw.ask([parse('del', 'DELETE FROM items WHERE id = 1'), SYNC]);
  await raw.ask(query('PREPARE gone AS DELETE FROM items WHERE id = 1'));
  await raw.ask(query('SELECT unsudo()'));
  assert.ok(refusedInRead(await raw.ask([bindText('', 'del'), execute(''), SYNC])));
  assert.ok(refusedInRead(await raw.ask([describe('S', 'del'), SYNC])));
  assert.ok(refusedInRead(await raw.ask(query('EXECUTE gone'))));
  assert.ok(refusedInRead(await raw.ask(query('EXPLAIN ANALYZE EXECUTE gone'))));
  assert.equal(await count(), 10);
  raw.destroy();
});

test('promise 3: a statement or portal that only the backend knows is not run', async () => {
  const raw = await elevated();
  await raw.ask(query(`DO $$ BEGIN EXECUTE 'PREPARE hidden AS DELETE FROM items'; END $$`));
  assert.equal(sqlstate(await raw.ask(query('EXECUTE hidden'))), '26000');
  assert.equal(sqlstate(await raw.ask([bindText('', 'hidden'), execute(''), SYNC])), '26000');
  assert.equal(await count(), 10);
  raw.destroy();
});

test('promise 3: Bind, Describe and Execute are judged in their own moment', async () => {
  const raw = await Raw.open(stage.through());
  const meanwhile = async (before: Buffer, after: Buffer) => {
    raw.send(before, FLUSH);
    while (!/^[12]$/.test(await raw.next()));
    closed = true;
    try {
      return sqlstate(await raw.ask([after, SYNC]));
    } finally {
      closed = false;
    }
  };
  assert.equal(await meanwhile(parse('b', 'SELECT 1'), bindText('', 'b')), '42501');
  assert.equal(await meanwhile(parse('d', 'SELECT 1'), describe('S', 'd')), '42501');
  await raw.ask([parse('e', 'SELECT 1'), SYNC]);
  assert.equal(await meanwhile(bindText('p', 'e'), execute('p')), '42501');
  await raw.ask([parse('f', 'SELECT 1'), SYNC]);
  assert.equal(await meanwhile(bindText('q', 'f'), describe('P', 'q')), '42501');
  raw.destroy();
});

test('promise 3: two names that differ in bytes outside UTF-8 are not one', async () => {
  const raw = await Raw.open(stage.through());
  const named = message('P', Buffer.from([0xff, 0]), 'SELECT 1', Buffer.from([0, 0]));
  assert.equal(sqlstate(await raw.ask([named, SYNC])), '22021');
  raw.destroy();
});

test('promise 3: a text that is not UTF-8 is refused', async () => {
  const raw = await Raw.open(stage.through());
  assert.equal(sqlstate(await raw.ask(message('Q', Buffer.from([0x53, 0xff, 0])))), '22021');
  assert.equal(
    sqlstate(await raw.ask([message('P', '', Buffer.from([0x53, 0xff, 0]), Buffer.from([0, 0])), SYNC])),
    '22021',
  );
  raw.destroy();
});

test('the floor is answered in plain words in both modes', async () => {
  const raw = await elevated();
  for (const text of [
    "ALTER ROLE writer PASSWORD 'x'",
    'SET ROLE reader',
    'SET SESSION AUTHORIZATION reader',
    "SET session_replication_role = 'replica'",
    "COPY items TO PROGRAM 'cat'",
    'ALTER SYSTEM SET work_mem = 1',
    "LOAD 'x'",
    "PREPARE TRANSACTION 'x'",
  ]) {
    const [error] = await raw.ask(query(text));
    assert.match(error ?? '', /^E\(42501 /, text);
  }
  assert.equal(sqlstate(await raw.ask(query('LISTEN x'))), '0A000');
  raw.destroy();
});

test('FunctionCall is refused, and the session goes on', async () => {
  const raw = await Raw.open(stage.through());
  assert.equal(sqlstate(await raw.ask(message('F', int32(1299), Buffer.alloc(8)))), '0A000');
  assert.equal((await raw.ask(query('SELECT 1'))).length, 4);
  raw.destroy();
});

test('promise 3: an explicit READ WRITE is replaced where it stands alone, and refused in a longer text', async () => {
  const raw = await Raw.open(stage.through());
  assert.deepEqual(await raw.ask(query('BEGIN READ WRITE')), ['C(BEGIN)', 'Z(T)']);
  assert.deepEqual((await raw.ask(query('SHOW transaction_read_only')))[1], 'D(on)');
  await raw.ask(query('ROLLBACK'));
  assert.deepEqual(await raw.ask(query('START TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ WRITE')), [
    'C(START TRANSACTION)',
    'Z(T)',
  ]);
  assert.deepEqual((await raw.ask(query('SHOW transaction_isolation')))[1], 'D(serializable)');
  await raw.ask(query('ROLLBACK'));
  assert.deepEqual(await raw.ask([run('BEGIN READ WRITE'), SYNC]), ['1', '2', 'C(BEGIN)', 'Z(T)']);
  assert.deepEqual((await raw.ask(query('SHOW transaction_read_only')))[1], 'D(on)');
  await raw.ask(query('ROLLBACK'));
  assert.ok(refusedInRead(await raw.ask(query('BEGIN READ WRITE; SELECT 1'))));
  raw.destroy();
});

test('promise 6: a statement that ran has an intent and an outcome, by both protocols; a refused one its refusal', async () => {
  const raw = await elevated();
  await raw.ask(query('UPDATE items SET name = name WHERE id = 9'));
  await raw.ask([run('UPDATE items SET name = name WHERE id = $1', ['9']), SYNC]);
  await raw.ask(query('UPDATE items SET id = 1 WHERE id = 2'));
  await raw.ask(query('DELETE FROM forbidden WHERE a = 4004004'));
  raw.destroy();
  const outcomes = await stage.entries('statement_outcome');
  const seen = (await stage.entries('statement_intent'))
    .filter(({ type }) => type === 'UpdateStmt')
    .map(({ statement, mode, relations }) => ({
      mode,
      relations,
      ...outcomes.find((each) => each.statement === statement),
    }));
  assert.deepEqual(
    seen.map(({ mode, relations, result, sqlstate: code, rows }) => ({ mode, relations, result, code, rows })),
    [
      { mode: 'write', relations: ['public.items'], result: 'ok', code: null, rows: 1 },
      { mode: 'write', relations: ['public.items'], result: 'ok', code: null, rows: 1 },
      { mode: 'write', relations: ['public.items'], result: 'error', code: '23505', rows: null },
    ],
  );
  const refused = (await stage.entries('statement_refused')).at(-1);
  assert.deepEqual([refused?.code, refused?.reasons, refused?.mode], ['refused_by_policy', ['no_such_thing'], 'write']);
  assert.ok(refused?.decided);
  assert.ok(!JSON.stringify(await stage.entries('statement_refused')).includes('4004004'), 'no literals in the record');
});

test('promise 6: an outcome is final at the Sync, not at CommandComplete', async () => {
  const raw = await elevated();
  const words = await raw.ask([run("INSERT INTO items VALUES (30, 'x')"), run('SELECT 1/0'), SYNC]);
  assert.equal(sqlstate(words), '22012');
  raw.destroy();
  const insert = (await stage.entries('statement_intent')).filter(({ type }) => type === 'InsertStmt').at(-1);
  const outcome = (await stage.entries('statement_outcome')).find(({ statement }) => statement === insert?.statement);
  assert.deepEqual([outcome?.result, outcome?.sqlstate, outcome?.rows], ['error', '22012', null]);
});

test('promise 11: Flush after a refusal in the middle of a batch brings the refusal out', async () => {
  const raw = await Raw.open(stage.through());
  raw.send(parse('', 'SELECT 1'), FLUSH, run('DELETE FROM items'), FLUSH);
  assert.equal(await raw.next(), '1');
  assert.ok(refusedInRead([await raw.next()]));
  assert.deepEqual(await raw.ask(SYNC), ['Z(I)']);
  raw.destroy();
});

test('promise 3: in read what calls more than stable built-ins runs in a transaction of its own, and is rolled back', async () => {
  const raw = await Raw.open(stage.through());
  const asked = 'SELECT now() < statement_timestamp() AS contained, random() < 2 AS rolled';
  const answer = ['T(contained:16:0,rolled:16:0)', 'D(t,t)', 'C(SELECT 1)', 'Z(I)'];
  assert.deepEqual(await raw.ask(query(asked)), answer);
  assert.deepEqual(await raw.ask([run(asked), SYNC]), ['1', '2', 'D(t,t)', 'C(SELECT 1)', 'Z(I)']);
  assert.deepEqual((await raw.ask(query('SELECT now() < statement_timestamp()')))[1], 'D(f)', 'a plain one is not');
  assert.deepEqual(await raw.ask(query('SELECT 1/0, random()')), ['E(22012 division by zero)', 'Z(I)']);
  assert.equal(sqlstate(await raw.ask([run(asked), run('BEGIN'), SYNC])), '0A000');
  assert.deepEqual(await raw.ask(query('SELECT 1')), ['T(?column?:23:0)', 'D(1)', 'C(SELECT 1)', 'Z(I)']);
  // A client's own transaction is its own.
  await raw.ask(query('BEGIN'));
  assert.equal((await raw.ask(query(asked))).at(-1), 'Z(T)');
  await raw.ask(query('COMMIT'));
  raw.destroy();
});

test('promise 3: what stands behind a change of search_path in one batch is not judged by the path before it', async () => {
  const raw = await Raw.open(stage.through());
  for (const change of ['SET search_path = hidden', "SELECT set_config('search_path', 'hidden', false)"]) {
    const words = await raw.ask([run(change), run('SELECT * FROM items'), SYNC]);
    assert.equal(sqlstate(words), '42501', change);
    assert.equal(sqlstate(await raw.ask(query(`${change}; SELECT * FROM items`))), '42501', change);
    await raw.ask(query('RESET search_path'));
  }
  // A rollback takes a change back, and what stands behind it is judged so.
  await raw.ask(query('SET search_path = hidden'));
  await raw.ask(query('BEGIN'));
  await raw.ask(query('SET search_path = public'));
  assert.equal(sqlstate(await raw.ask([run('ROLLBACK'), run('SELECT * FROM items'), SYNC])), '42501');
  await raw.ask(query('ROLLBACK'));
  assert.equal(sqlstate(await raw.ask(query('SELECT * FROM items'))), '42501');
  raw.destroy();
});

test('promise 3: what a name means since a moment ago in this very transaction is judged, whatever the catalogue still shows', async () => {
  const update = "UPDATE items SET name = 'x' WHERE id = 1";
  const shadows = 'CREATE VIEW shadow.items AS SELECT id, name FROM public.items';
  const forms: Record<string, (raw: Raw, before: string[]) => Promise<string[]>> = {
    simple: async (raw, before) => {
      for (const text of before) await raw.ask(query(text));
      return raw.ask(query(update));
    },
    'one text': (raw, before) => raw.ask(query([...before, update].join('; '))),
    'one text, and its COMMIT before it': (raw, before) => raw.ask(query([...before, 'COMMIT', update].join('; '))),
    'one batch': (raw, before) => raw.ask([...[...before, update].map((text) => run(text)), SYNC]),
    'Parse before, Bind behind': async (raw, before) => {
      await raw.ask([parse('u', update), SYNC]);
      return raw.ask([...before.map((text) => run(text)), bindText('', 'u'), execute(''), SYNC]);
    },
    'prepared before': async (raw, before) => {
      await raw.ask(query(`PREPARE u AS ${update}`));
      for (const text of before) await raw.ask(query(text));
      return raw.ask(query('EXECUTE u'));
    },
    'behind a savepoint that took it back': async (raw, before) => {
      for (const text of [before[0] ?? '', 'SAVEPOINT s', ...before.slice(1)]) await raw.ask(query(text));
      return raw.ask([run('ROLLBACK TO s'), run(update), SYNC]);
    },
  };
  for (const [form, ask] of Object.entries(forms)) {
    const raw = await elevated();
    await raw.ask(query('SET search_path = shadow, public'));
    assert.equal(sqlstate(await raw.ask(query(update))), undefined, form);
    assert.equal(sqlstate(await ask(raw, ['BEGIN', shadows])), '42501', form);
    await raw.ask(query('ROLLBACK'));
    assert.equal(sqlstate(await raw.ask(query(update))), undefined, `${form}: the transaction is over`);
    raw.destroy();
  }
});
