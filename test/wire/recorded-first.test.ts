// Promise 6: what could take effect before a COMMIT is recorded first; COMMIT itself waits for all that was not waited for. `seen` is what a
// rollback does not take back: a sequence that is set.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LedgerUnavailable } from '../../services/ledger/ledger.ts';
import { bindText, execute, parse, query, Raw, run, sqlstate, SYNC } from './raw-client.ts';
import { until } from '../helpers/until.ts';
import { makeStage, openPolicy, type Stage } from './stage.ts';

let stage: Stage;

before(async () => {
  stage = await makeStage({
    policy: openPolicy(),
    schema: `CREATE SEQUENCE seen;
      CREATE FUNCTION act(anyelement) RETURNS anyelement LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM setval('public.seen', 77); RETURN $1; END $$;
      CREATE FUNCTION act() RETURNS int LANGUAGE sql AS $$ SELECT setval('public.seen', 77)::int $$;
      CREATE FUNCTION acts(int, int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM setval('public.seen', 77); RETURN true; END $$;
      CREATE FUNCTION on_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM setval('public.seen', 77); RETURN coalesce(NEW, OLD); END $$;
      CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = acts);
      CREATE DOMAIN acting AS int CHECK (act(VALUE) IS NULL OR VALUE > 0);
      CREATE DOMAIN acting_too AS acting;
      CREATE DOMAIN defaulted AS int DEFAULT act();
      CREATE TABLE plain (id int PRIMARY KEY, n int DEFAULT 0 CHECK (n < 1000), at timestamptz DEFAULT clock_timestamp(), r float8 DEFAULT random());
      INSERT INTO plain SELECT generate_series(1, 9);
      CREATE TABLE counted (id serial PRIMARY KEY, n int REFERENCES plain);
      CREATE VIEW plain_view AS SELECT id, n FROM plain;
      CREATE TABLE triggered (id int PRIMARY KEY, n int);
      INSERT INTO triggered VALUES (1, 1);
      CREATE TRIGGER t BEFORE INSERT OR UPDATE OR DELETE ON triggered FOR EACH ROW EXECUTE FUNCTION on_row();
      CREATE VIEW triggered_view AS SELECT id, n FROM triggered;
      CREATE VIEW triggered_views AS SELECT * FROM triggered_view;
      CREATE VIEW instead AS SELECT 1 AS id;
      CREATE TRIGGER t INSTEAD OF INSERT ON instead FOR EACH ROW EXECUTE FUNCTION on_row();
      CREATE TABLE truncated (id int);
      CREATE TRIGGER t BEFORE TRUNCATE ON truncated FOR EACH STATEMENT EXECUTE FUNCTION on_row();
      CREATE TABLE conditional (id int);
      CREATE TRIGGER t BEFORE UPDATE ON conditional FOR EACH ROW WHEN (act(OLD.id) > 0) EXECUTE FUNCTION suppress_redundant_updates_trigger();
      INSERT INTO conditional VALUES (1);
      CREATE TABLE ruled (id int);
      CREATE RULE r AS ON INSERT TO ruled DO ALSO SELECT act();
      CREATE TABLE with_default (id int, n int DEFAULT act());
      CREATE TABLE with_generated (id int, n int GENERATED ALWAYS AS (act(id)) STORED);
      CREATE TABLE with_check (id int CHECK (act(id) = id));
      CREATE TABLE with_operator (id int CHECK (id === id));
      CREATE TABLE with_domain (id int, n acting_too);
      CREATE TABLE with_domain_default (id int, n defaulted);
      CREATE TABLE with_index (id int);
      CREATE INDEX ON with_index ((act(id)));
      CREATE TABLE with_predicate (id int);
      CREATE INDEX ON with_predicate (id) WHERE act(id) > 0;
      CREATE TABLE above (id int PRIMARY KEY);
      CREATE TABLE middle (id int PRIMARY KEY REFERENCES above ON DELETE CASCADE);
      CREATE TABLE below (id int REFERENCES middle ON DELETE SET NULL);
      CREATE TRIGGER t BEFORE UPDATE ON below FOR EACH ROW EXECUTE FUNCTION on_row();
      INSERT INTO above VALUES (1); INSERT INTO middle VALUES (1); INSERT INTO below VALUES (1);
      CREATE TABLE parent (id int);
      CREATE TABLE child () INHERITS (parent);
      CREATE TRIGGER t BEFORE UPDATE ON child FOR EACH ROW EXECUTE FUNCTION on_row();
      INSERT INTO child VALUES (1);
      CREATE TABLE parts (id int) PARTITION BY LIST (id);
      CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1) PARTITION BY LIST (id);
      CREATE TABLE parts_11 PARTITION OF parts_1 FOR VALUES IN (1);
      CREATE TRIGGER t AFTER INSERT ON parts_11 FOR EACH ROW EXECUTE FUNCTION on_row();
      CREATE TABLE keyed (id int) PARTITION BY LIST ((act(id)));
      CREATE TABLE keyed_1 PARTITION OF keyed FOR VALUES IN (1);
      CREATE TABLE made_later (id int);
      CREATE PROCEDURE commits() LANGUAGE plpgsql AS $$ BEGIN UPDATE plain SET n = n + 100; COMMIT; END $$;
      SELECT setval('seen', 1)`,
  });
  await stage.rows('GRANT TRIGGER ON made_later TO writer; GRANT UPDATE ON SEQUENCE seen TO writer');
});
after(() => stage.remove());

/** A session in write mode, with what is to be done before the ledger fails. */
async function elevated(...first: string[]): Promise<Raw> {
  const raw = await Raw.open(stage.through());
  assert.match((await raw.ask(query(`SELECT sudo('recorded first')`)))[1] ?? '', /write mode until/);
  for (const text of first) assert.equal(sqlstate(await raw.ask(query(text))), undefined, text);
  return raw;
}

/** While it lasts, nobody who waits for an intent is told that it is durable. All are recorded as ever. */
async function withoutConfirmation<T>(act: () => Promise<T>): Promise<T> {
  const { ledger } = stage;
  const { hasten } = ledger;
  ledger.hasten = () => Promise.reject(new LedgerUnavailable('for the test'));
  try {
    return await act();
  } finally {
    ledger.hasten = hasten;
  }
}

/** All that a statement could have done. */
const state = () =>
  stage.rows(`SELECT (SELECT last_value::int FROM seen) AS seen, (SELECT sum(n)::int FROM plain) AS plain,
    (SELECT count(*)::int FROM counted) AS counted`);

/** `first` is recorded; then what `act` sends is to be refused, with nothing done by it. */
async function waits(first: string[], act: (raw: Raw) => Promise<string[]>): Promise<void> {
  const raw = await elevated(...first);
  try {
    const before = await state();
    const words = await withoutConfirmation(() => act(raw));
    assert.deepEqual(await state(), before);
    assert.equal(sqlstate(words), '58000', words.join(' '));
  } finally {
    raw.destroy();
  }
}

const ACTING: readonly [what: string, text: string][] = [
  ['a trigger', 'UPDATE triggered SET n = 2'],
  ['a trigger, by a CTE', 'WITH x AS (DELETE FROM triggered RETURNING id) SELECT * FROM x'],
  ['a trigger, by MERGE', 'MERGE INTO triggered USING plain ON plain.id = triggered.id WHEN MATCHED THEN DELETE'],
  ['a trigger, by ON CONFLICT', 'INSERT INTO triggered VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET n = 5'],
  ['a trigger, through a view', 'UPDATE triggered_view SET n = 2'],
  ['a trigger, through a view of a view', 'UPDATE triggered_views SET n = 2'],
  ['a trigger, by EXPLAIN ANALYZE', 'EXPLAIN ANALYZE UPDATE triggered SET n = 2'],
  ['a trigger instead', 'INSERT INTO instead VALUES (1)'],
  ['a trigger of TRUNCATE', 'TRUNCATE truncated'],
  ["a trigger's condition", 'UPDATE conditional SET id = 1'],
  ['a rule', 'INSERT INTO ruled VALUES (1)'],
  ['a default', 'INSERT INTO with_default (id) VALUES (1)'],
  ['a generated column', 'INSERT INTO with_generated VALUES (1)'],
  ['a check', 'INSERT INTO with_check VALUES (1)'],
  ["a check's operator", 'INSERT INTO with_operator VALUES (1)'],
  ['a domain of a column that is not named', 'INSERT INTO with_domain (id) VALUES (1)'],
  ["a domain's default", 'INSERT INTO with_domain_default (id) VALUES (1)'],
  ["an index's expression", 'INSERT INTO with_index VALUES (1)'],
  ["an index's predicate", 'INSERT INTO with_predicate VALUES (1)'],
  ['a foreign key that cascades twice', 'DELETE FROM above'],
  ["a child's trigger", 'UPDATE parent SET id = 2'],
  ["a partition's trigger", 'INSERT INTO parts VALUES (1)'],
  ["a partition key's function", 'INSERT INTO keyed VALUES (1)'],
  ["a partition key's function, into the partition", 'INSERT INTO keyed_1 VALUES (1)'],
  ['a function in SELECT', 'SELECT act()'],
  ['a function in WHERE', 'UPDATE plain SET n = 1 WHERE act(id) > 0'],
  ['setval', "SELECT setval('seen', 78)"],
  ['an advisory lock', 'SELECT pg_advisory_lock(1)'],
  ['a block of code', "DO $$ BEGIN PERFORM setval('public.seen', 77); END $$"],
  ['DDL', 'CREATE TABLE made (id int)'],
];

for (const [what, text] of ACTING) {
  test(`promise 6: in a transaction, what acts at once is recorded first: ${what}`, () =>
    waits(['BEGIN'], (raw) => raw.ask(query(text))));
}

const AT_ONCE: readonly [what: string, first: string[], act: (raw: Raw) => Promise<string[]>][] = [
  ['an autocommitted change', [], (raw) => raw.ask(query('UPDATE plain SET n = 5'))],
  ['the same by the extended protocol', [], (raw) => raw.ask([run('UPDATE plain SET n = 5'), SYNC])],
  ['a procedure that commits', [], (raw) => raw.ask(query('CALL commits()'))],
  ['a text of several', [], (raw) => raw.ask(query('UPDATE plain SET n = 5; SELECT 1'))],
  ['a text that begins and ends', [], (raw) => raw.ask(query('BEGIN; UPDATE plain SET n = 5; COMMIT'))],
  ['a text that ends', ['BEGIN'], (raw) => raw.ask(query('UPDATE plain SET n = 5; COMMIT'))],
  ['a text behind its ROLLBACK', ['BEGIN'], (raw) => raw.ask(query('ROLLBACK; UPDATE plain SET n = 5'))],
  ['COMMIT', ['BEGIN', 'UPDATE plain SET n = 5'], (raw) => raw.ask(query('COMMIT'))],
  ['COMMIT AND CHAIN', ['BEGIN', 'UPDATE plain SET n = 5'], (raw) => raw.ask(query('COMMIT AND CHAIN'))],
  ['END by the extended protocol', ['BEGIN', 'UPDATE plain SET n = 5'], (raw) => raw.ask([run('END'), SYNC])],
  [
    'COMMIT and a change in one batch',
    ['BEGIN', 'UPDATE plain SET n = 5'],
    (raw) => raw.ask([run('COMMIT'), run('UPDATE plain SET n = 6'), SYNC]),
  ],
  [
    'a change behind ROLLBACK in one batch',
    ['BEGIN'],
    (raw) => raw.ask([run('ROLLBACK'), run('UPDATE plain SET n = 5'), SYNC]),
  ],
  [
    'a change behind a whole transaction in one batch',
    [],
    (raw) => raw.ask([run('BEGIN'), run('ROLLBACK'), run('UPDATE plain SET n = 5'), SYNC]),
  ],
  [
    'a transaction in one batch',
    [],
    (raw) => raw.ask([run('BEGIN'), run('UPDATE plain SET n = 5'), run('COMMIT'), SYNC]),
  ],
  [
    'a trigger that was made in the same transaction',
    ['BEGIN', 'CREATE TRIGGER t BEFORE INSERT ON made_later FOR EACH ROW EXECUTE FUNCTION on_row()'],
    (raw) => raw.ask(query('INSERT INTO made_later VALUES (1)')),
  ],
  [
    'EXECUTE of a change with a trigger',
    ['PREPARE p AS UPDATE triggered SET n = 2', 'BEGIN'],
    (raw) => raw.ask(query('EXECUTE p')),
  ],
  [
    'FETCH of a portal with a trigger',
    ['BEGIN'],
    (raw) =>
      raw.ask([parse('', 'UPDATE triggered SET n = 2 RETURNING id'), bindText('c', ''), run('FETCH ALL FROM c'), SYNC]),
  ],
];

for (const [what, first, act] of AT_ONCE)
  test(`promise 6: what takes effect at once is recorded first: ${what}`, () => waits(first, act));

test('promise 6: a prepared COMMIT is recorded first', async () => {
  const raw = await elevated();
  await raw.ask([parse('c', 'COMMIT'), SYNC]);
  await raw.ask(query('BEGIN'));
  await raw.ask(query('UPDATE plain SET n = 5'));
  const before = await state();
  const words = await withoutConfirmation(() => raw.ask([bindText('', 'c'), execute(''), SYNC]));
  assert.equal(sqlstate(words), '58000', words.join(' '));
  assert.deepEqual(await state(), before);
  raw.destroy();
});

const PLAIN = [
  'BEGIN',
  'SAVEPOINT s',
  'SELECT * FROM plain',
  'UPDATE plain SET n = n + 1 WHERE id = 1',
  'UPDATE plain_view SET n = 2 WHERE id = 1',
  'INSERT INTO plain (id) VALUES (20)',
  'INSERT INTO counted (n) VALUES (1)',
  "SELECT nextval('counted_id_seq')",
  'DELETE FROM plain WHERE id = 20',
  'MERGE INTO plain USING counted ON plain.id = counted.n WHEN MATCHED THEN UPDATE SET n = 3',
  'ROLLBACK TO s',
  'RELEASE s',
  'ROLLBACK',
];

test('promise 6: nothing waits that COMMIT alone makes last, and all of it is recorded', async () => {
  const raw = await elevated();
  const before = (await stage.entries('statement_intent')).length;
  const words = await withoutConfirmation(async () => {
    const answers: string[][] = [];
    for (const text of PLAIN) answers.push(await raw.ask(query(text)));
    answers.push(await raw.ask([...PLAIN.map((text) => run(text)), SYNC]));
    return answers;
  });
  for (const [n, answer] of words.entries()) assert.equal(sqlstate(answer), undefined, `${PLAIN[n]}: ${answer}`);
  raw.destroy();
  assert.equal((await stage.entries('statement_intent')).length - before, 2 * PLAIN.length);
});

/** Intents are told to be durable, or never to be, when the test says. `recorded`: whether they are in the record meanwhile. */
function followed({ recorded }: { recorded: boolean }): { settle(error?: Error): void; restore(): void } {
  const { ledger } = stage;
  const { follow } = ledger;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  promise.catch(() => {});
  ledger.follow = (draft) => {
    if (recorded) void follow(draft);
    return promise;
  };
  return {
    settle: (error) => (error ? reject(error) : resolve()),
    restore: () => {
      ledger.follow = follow;
    },
  };
}

test('promise 6: COMMIT waits until every intent of its transaction is durable', async (context) => {
  const raw = await elevated();
  const confirming = followed({ recorded: true });
  context.after(() => confirming.restore());
  await raw.ask(query('BEGIN'));
  await raw.ask(query('UPDATE plain SET n = 40 WHERE id = 2'));
  const committing = raw.ask(query('COMMIT'));
  for (;;) {
    const intents = await stage.entries('statement_intent');
    if (intents.some(({ normalized }) => normalized === 'commit')) break;
  }
  assert.deepEqual(await stage.rows('SELECT n FROM plain WHERE id = 2'), [{ n: 0 }], 'not committed');
  confirming.settle();
  assert.deepEqual(await committing, ['C(COMMIT)', 'Z(I)']);
  assert.deepEqual(await stage.rows('SELECT n FROM plain WHERE id = 2'), [{ n: 40 }]);
  raw.destroy();
});

test('promise 6: a transaction of which an intent will never be durable cannot be committed, whatever savepoints it has', async (context) => {
  const raw = await elevated();
  const confirming = followed({ recorded: false });
  context.after(() => confirming.restore());
  for (const text of ['BEGIN', 'UPDATE plain SET n = 50 WHERE id = 4', 'SAVEPOINT s'])
    assert.equal(sqlstate(await raw.ask(query(text))), undefined, text);
  // What gathers is handed in.
  await stage.entries('statement_intent');
  confirming.settle(new LedgerUnavailable('for the test'));
  confirming.restore();
  assert.equal(sqlstate(await raw.ask(query('ROLLBACK TO s'))), '58000');
  assert.equal(sqlstate(await raw.ask(query('COMMIT'))), '25P02', 'it has failed');
  assert.deepEqual(await raw.ask(query('ROLLBACK')), ['C(ROLLBACK)', 'Z(I)']);
  assert.deepEqual(await stage.rows('SELECT n FROM plain WHERE id = 4'), [{ n: 0 }]);
  assert.equal(sqlstate(await raw.ask(query('UPDATE plain SET n = 51 WHERE id = 5'))), undefined, 'and all goes on');
  raw.destroy();
});

/** Its intent is in the record. */
const intent = (normalized: RegExp) =>
  until('the intent is there', async () =>
    (await stage.entries('statement_intent')).some((entry) => normalized.test(entry.normalized)),
  );
/** What no rollback takes back of an INSERT that ran. */
const counted = () => stage.rows('SELECT last_value, is_called FROM counted_id_seq');

test('promise 6: statements that come one behind the other wait together: none is sent before it is durable, and they share commits', async (context) => {
  const raw = await elevated();
  const { hasten } = stage.ledger;
  let commits = 0;
  stage.ledger.hasten = (done) => {
    commits++;
    return hasten(done);
  };
  const confirming = followed({ recorded: true });
  context.after(() => {
    confirming.restore();
    stage.ledger.hasten = hasten;
  });
  const before = await counted();
  raw.send(...Array.from({ length: 200 }, () => run('INSERT INTO counted (n) VALUES (1)')), SYNC);
  await intent(/^insert into counted \(n\)/i);
  assert.deepEqual(await counted(), before);
  // From here on a round takes as long as a commit does.
  confirming.restore();
  confirming.settle();
  const words = await raw.heard(1);
  assert.equal(words.filter((word) => word === 'C(INSERT 0 1)').length, 200, words.join(' '));
  // How many come in the time of one is the machine's affair; each for itself would be 200.
  assert.ok(commits <= 100, `${commits} commits`);
  assert.equal((await stage.rows('DELETE FROM counted RETURNING id')).length, 200);
  raw.destroy();
});

for (const [what, first] of [
  ['alone', []],
  ['behind others of its batch', [run('SELECT 1')]],
  ['in a transaction', [run('BEGIN'), run('UPDATE plain SET n = 60 WHERE id = 6'), run('COMMIT')]],
] as const) {
  test(`promise 5: what waits for the ledger when its elevation ends is not sent, and its client hears why: ${what}`, async (context) => {
    const raw = await elevated();
    const confirming = followed({ recorded: true });
    context.after(() => confirming.restore());
    raw.send(...first, run('UPDATE plain SET n = 61 WHERE id = 6'), SYNC);
    await intent(/^UPDATE plain SET n = \$\d WHERE id = \$\d$/i);
    await stage.revoke();
    const words = await raw.heard(1);
    assert.equal(sqlstate(words), '57014', words.join(' '));
    confirming.settle();
    assert.deepEqual(await stage.rows('SELECT n FROM plain WHERE id = 6'), [{ n: 0 }]);
    raw.destroy();
    await until(
      'its outcome is there',
      async () => (await stage.entries('statement_outcome')).at(-1)?.result === 'error',
    );
  });
}
