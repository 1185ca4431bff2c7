// What the gateway asks on a client's backend must leave alone what the client has there: each of its questions with an
// unnamed statement and portal of the client's in between, on both logins; and in sessions, in both modes, message by message.
import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import { Backend } from '../../services/gateway/session/target/backend.ts';
import { asked, hidden, type Question, QUESTIONS } from '../../services/gateway/session/target/questions.ts';
import { FLUSH } from '../../services/gateway/wire/frames.ts';
import { same, type Script } from './compare.ts';
import { bindText, describe, execute, parse, query, Raw, run, sqlstate, SYNC } from './raw-client.ts';
import { makeStage, openPolicy, type Stage } from './stage.ts';

let stage: Stage;

before(async () => {
  stage = await makeStage({
    policy: openPolicy(),
    schema: `CREATE TABLE items (id int PRIMARY KEY, name text);
      INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, 10) n;
      CREATE SCHEMA other; CREATE TABLE other.items (id int); GRANT USAGE ON SCHEMA other TO PUBLIC; GRANT SELECT ON other.items TO PUBLIC;
      CREATE FUNCTION volatile() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 7; END $$`,
  });
});
after(() => stage?.remove());

/** The catalogue, with an argument each where it takes one. */
const questions: Record<keyof typeof QUESTIONS, Question> = {
  ...QUESTIONS,
  beginAgain: QUESTIONS.beginAgain('START TRANSACTION'),
  set: QUESTIONS.set([
    ['application_name', "it's"],
    ['DateStyle', 'German'],
  ]),
  reset: QUESTIONS.reset('DateStyle'),
  ownSettings: QUESTIONS.ownSettings(['app.tenant', "it's"]),
  schemas: QUESTIONS.schemas(['public', "it's"]),
};

/** After these a transaction, and with it its portals, is another's. */
const ENDS = new Set(['rollback', 'commit', 'fail', 'closeAll']);

for (const role of ['reader', 'writer'] as const) {
  for (const [name, question] of Object.entries(questions)) {
    test(`promise 11: the gateway's question "${name}" leaves a client's unnamed statement and portal alone (${role})`, async () => {
      const raw = await Raw.open(stage.past(role));
      try {
        await raw.ask([parse('', 'SELECT id FROM items ORDER BY id'), SYNC]);
        await raw.ask(query('SELECT 1 AS what_destroys_it'));
        assert.match((await raw.ask([bindText('', ''), SYNC]))[0] ?? '', /^E\(26000/);

        await raw.ask([run('BEGIN'), SYNC]);
        await raw.ask([parse('', 'SELECT id FROM items ORDER BY id'), bindText('', ''), execute('', 2), SYNC]);
        // Its own name was left behind by an error, and its answers are asked for twice.
        const words = [...(await raw.ask(asked(question))), ...(await raw.ask(asked(question)))];
        const refused = words.filter((word) => word.startsWith('E('));
        // It is asked in read mode alone, and says that a writer's transaction is no read.
        const fails = name === 'fail' || (name === 'wroteNothing' && role === 'writer');
        assert.ok(fails || refused.length === 0, words.join());
        if (fails || ENDS.has(name)) await raw.ask(asked(QUESTIONS.rollback));
        else assert.deepEqual(await raw.ask([execute('', 1), SYNC]), ['D(3)', 's', 'Z(T)']);
        assert.deepEqual((await raw.ask([bindText('', ''), execute('', 1), SYNC])).slice(0, 2), ['2', 'D(1)']);
      } finally {
        raw.destroy();
      }
    });
  }
}

test("promise 11: what the gateway puts into a client's batch leaves its unnamed statement and portal alone", async () => {
  const raw = await Raw.open(stage.past('reader'));
  const inside = [QUESTIONS.begin, QUESTIONS.wroteNothing].flatMap((each) => hidden(each).map(([, bytes]) => bytes));
  const words = await raw.ask([
    parse('', 'SELECT id FROM items ORDER BY id'),
    bindText('', ''),
    ...inside,
    execute('', 1),
    SYNC,
  ]);
  assert.deepEqual(words.slice(-3), ['D(1)', 's', 'Z(T)']);
  raw.destroy();
});

test('a question whose answer is awaited does not take the answer of another', async () => {
  const backend = await Backend.open('reader', stage.past('reader'));
  const answers = await Promise.all([
    backend.ask(QUESTIONS.searchPath),
    backend.ask(QUESTIONS.fail),
    backend.ask(QUESTIONS.identity),
  ]);
  assert.deepEqual(answers[0].rows, [['"$user", public']]);
  assert.equal(answers[1].error?.sqlstate, '42703');
  assert.deepEqual([answers[1].rows, answers[2].rows[0]?.[2]], [[], 'reader']);
  backend.close();
});

/** What makes the gateway ask something of its backend, with an unnamed statement in between. */
const BETWEEN: Record<string, Script> = {
  'SET search_path': [[query('SET search_path = other, public')], [[parse('', 'SELECT id FROM items'), SYNC]]],
  'SET LOCAL search_path in a transaction': [
    [query('BEGIN')],
    [[parse('', 'SELECT count(*) FROM items'), SYNC]],
    [[run('SELECT 1'), SYNC]],
    [[parse('x', 'SET LOCAL search_path = public'), bindText('x', 'x'), execute('x'), SYNC]],
    [[parse('', 'SELECT count(*) FROM items'), SYNC]],
  ],
  'set_config of search_path': [
    [[parse('x', "SELECT set_config('search_path', 'public', false)"), SYNC]],
    [[parse('', 'SELECT count(*) FROM items'), SYNC]],
    [[bindText('x', 'x'), execute('x'), SYNC]],
  ],
  'SET application_name': [
    [[parse('', 'SELECT count(*) FROM items'), SYNC]],
    [[parse('x', "SET application_name = 'other'"), bindText('x', 'x'), execute('x'), SYNC]],
  ],
  'a rollback of search_path': [
    [[run('BEGIN'), SYNC]],
    [[run('SET search_path = public'), SYNC]],
    [[parse('x', 'ROLLBACK'), parse('', 'SELECT count(*) FROM items'), bindText('x', 'x'), execute('x'), SYNC]],
  ],
  'a function that is contained': [
    [[parse('', 'SELECT random() < 2'), describe('S', ''), SYNC]],
    [[bindText('', ''), execute(''), SYNC]],
  ],
  'a refusal in a transaction': [
    [[run('BEGIN'), SYNC]],
    [[parse('', 'SELECT count(*) FROM items'), SYNC]],
    [[parse('x', 'SELECT 1/0'), bindText('x', 'x'), execute('x'), SYNC]],
    [[parse('r', 'ROLLBACK'), SYNC]],
    [[run('ROLLBACK'), SYNC]],
  ],
};

for (const as of ['reader', 'writer'] as const) {
  for (const [name, script] of Object.entries(BETWEEN)) {
    test(`promise 11: an unnamed statement outlives ${name} (${as})`, async () => {
      await same(
        stage,
        [...script, [[bindText('', ''), execute(''), SYNC]], [[bindText('', ''), execute(''), SYNC]]],
        as,
      );
    });
  }
}

test('promise 11: an unnamed statement and portal outlive a type made in their transaction', async () => {
  await same(
    stage,
    [
      [[run('BEGIN'), SYNC]],
      [[parse('x', "CREATE TYPE pg_temp.mood AS ENUM ('well')"), bindText('x', 'x'), execute('x'), SYNC]],
      [[parse('', "SELECT 'well'::pg_temp.mood, id FROM items ORDER BY id"), SYNC]],
      [[bindText('', ''), execute('', 1), SYNC]],
      [[execute('', 1), SYNC]],
      [[parse('y', 'SELECT $1::pg_temp.mood'), describe('S', 'y'), SYNC]],
      [[bindText('', ''), execute('', 1), FLUSH, execute('', 1), SYNC]],
      [[run('ROLLBACK'), SYNC]],
    ],
    'writer',
  );
});

test('promise 11: an unnamed statement prepared in read is there in write and again in read', async () => {
  const raw = await Raw.open(stage.through());
  await raw.ask([parse('', 'SELECT count(*) FROM items'), SYNC]);
  const again = async () => assert.deepEqual((await raw.ask([bindText('', ''), execute(''), SYNC]))[1], 'D(10)');
  const named = (text: string) => [parse('x', text), bindText('x', 'x'), execute('x'), SYNC];
  await again();
  await raw.ask(named("SELECT sudo('why')"));
  await again();
  await raw.ask([parse('y', 'SELECT unsudo()'), bindText('y', 'y'), execute('y'), SYNC]);
  await again();
  raw.destroy();
});

/** In write, with a transaction that has written; what the gateway asked for by itself since then is counted. */
async function writing(context: TestContext): Promise<{ raw: Raw; questions: () => number }> {
  const raw = await Raw.open(stage.through());
  context.after(() => raw.destroy());
  assert.equal(sqlstate(await raw.ask(query("SELECT sudo('questions')"))), undefined);
  let asks = 0;
  context.mock.method(Backend.prototype, 'ask', function (this: Backend, ...args: Parameters<Backend['exchange']>) {
    asks++;
    return this.exchange(asked(args[0] as unknown as Question));
  });
  for (const text of ['BEGIN', "INSERT INTO items VALUES (100, 'x')"])
    assert.equal((await raw.ask(query(text))).at(-1), 'Z(T)', text);
  return { raw, questions: () => asks };
}

test('a transaction of Queries is asked for its id beside one of them: its COMMIT waits for no question', async (context) => {
  const { raw, questions } = await writing(context);
  assert.deepEqual(await raw.ask(query('SELECT 7')), ['T(?column?:23:0)', 'D(7)', 'C(SELECT 1)', 'Z(T)']);
  await raw.ask(query('DELETE FROM items WHERE id = 100'));
  assert.deepEqual(await raw.ask(query('COMMIT')), ['C(COMMIT)', 'Z(I)']);
  assert.equal(questions(), 0);
  const commit = (await stage.entries('statement_intent')).filter(({ normalized }) => normalized === 'commit').at(-1);
  assert.match(commit?.transaction ?? '', /^\d+$/);
});

test('a question that fails in place of the Query behind it, as under a cancel, is one error and one ReadyForQuery', async (context) => {
  const { raw } = await writing(context);
  context.mock.property(QUESTIONS.transactionId, 'text', 'SELECT 1/0');
  assert.deepEqual(await raw.ask(query('SELECT 7')), ['E(22012 division by zero)', 'Z(E)']);
  context.mock.restoreAll();
  assert.deepEqual(await raw.ask(query('ROLLBACK')), ['C(ROLLBACK)', 'Z(I)']);
  assert.deepEqual((await raw.ask(query('SELECT 8'))).slice(1), ['D(8)', 'C(SELECT 1)', 'Z(I)']);
});
