// What a client tries so that other text runs than the one that was judged and recorded.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { close, COPY_DONE, copyData, FLUSH, int16, int32 } from '../../services/gateway/wire/frames.ts';
import { bindText, execute, message, parse, query, Raw, refusedInRead, run, sqlstate, SYNC } from './raw-client.ts';
import { makeStage, openPolicy, type Stage } from './stage.ts';

let stage: Stage;
/** While set, policy bounds the changed rows. */
let bound = true;

before(async () => {
  stage = await makeStage({
    policy: openPolicy(({ mode }) => (mode === 'write' && bound ? { max_affected_rows: 5 } : {})),
    schema: `CREATE TABLE items (id int PRIMARY KEY, name text);
      INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, 100) n;
      CREATE TABLE others (id int PRIMARY KEY);
      INSERT INTO others SELECT generate_series(1, 100);
      CREATE TABLE first AS SELECT 1 AS id FROM generate_series(1, 3);
      CREATE TABLE second AS TABLE first;
      CREATE TABLE third AS TABLE first;
      CREATE TABLE fourth AS TABLE first;
      CREATE TABLE fifth AS TABLE first;
      CREATE SCHEMA evil;
      GRANT USAGE ON SCHEMA evil TO PUBLIC;
      CREATE FUNCTION evil.lower(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'evil ran'; END $$;
      CREATE TYPE evil.mood AS ENUM ('good');
      CREATE FUNCTION evil.equals(int, evil.mood) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'evil ran'; END $$;
      CREATE OPERATOR = (LEFTARG = int, RIGHTARG = evil.mood, FUNCTION = evil.equals);
      CREATE FUNCTION evil.nap() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'evil ran'; END $$`,
  });
});
after(() => stage.remove());

async function elevated(reason = 'test'): Promise<Raw> {
  const raw = await Raw.open(stage.through());
  assert.match((await raw.ask(query(`SELECT sudo('${reason}')`)))[1] ?? '', /write mode until/);
  return raw;
}
const count = async (table = 'items') => (await stage.rows(`SELECT count(*)::int AS n FROM ${table}`))[0]?.n;

/** How many intents of a statement like `text` there are. */
const intents = async (text: string) =>
  (await stage.entries('statement_intent')).filter(({ normalized }) => normalized.startsWith(text)).length;

const DELETED = 'delete from items where id';

test('promise 6: FETCH from a portal that was only bound does not run its statement unrecorded', async () => {
  const raw = await elevated();
  const before = await intents(DELETED);
  await raw.ask([
    parse('', 'DELETE FROM items WHERE id = 1 RETURNING id'),
    bindText('p', ''),
    run('FETCH ALL FROM p'),
    SYNC,
  ]);
  const left = await stage.rows('SELECT 1 FROM items WHERE id = 1');
  assert.ok(left.length === 1 || (await intents(DELETED)) > before, 'deleted, and no intent says so');
  raw.destroy();
});

test('promise 6: FETCH from a portal, by a Query in a transaction', async () => {
  const raw = await elevated();
  const before = await intents(DELETED);
  await raw.ask(query('BEGIN'));
  await raw.ask([parse('', 'DELETE FROM items WHERE id = 2 RETURNING id'), bindText('p', ''), SYNC]);
  await raw.ask(query('FETCH ALL FROM p'));
  await raw.ask(query('COMMIT'));
  const left = await stage.rows('SELECT 1 FROM items WHERE id = 2');
  assert.ok(left.length === 1 || (await intents(DELETED)) > before, 'deleted, and no intent says so');
  raw.destroy();
});

test('promise 6: a name that DEALLOCATE frees in the same batch does not hide the text that takes it', async () => {
  const raw = await elevated();
  const before = await intents(DELETED);
  await raw.ask([parse('a', 'SELECT 1'), SYNC]);
  await raw.ask([
    run('DEALLOCATE a'),
    parse('a', 'DELETE FROM items WHERE id = 3'),
    bindText('p', 'a'),
    execute('p'),
    SYNC,
  ]);
  const left = await stage.rows('SELECT 1 FROM items WHERE id = 3');
  assert.ok(left.length === 1 || (await intents(DELETED)) > before, 'deleted, and no intent says so');
  raw.destroy();
});

test('promise 6: a late answer to DECLARE does not take the name of a portal that was bound since', async () => {
  const raw = await elevated();
  const before = await intents(DELETED);
  await raw.ask(query('BEGIN'));
  raw.send(
    run('DECLARE p CURSOR FOR SELECT 1'),
    close('P', 'p'),
    parse('', 'DELETE FROM items WHERE id = 4'),
    bindText('p', ''),
    FLUSH,
  );
  for (let n = 0; n < 6; n++) await raw.next();
  await raw.ask([execute('p'), SYNC]);
  await raw.ask(query('COMMIT'));
  const left = await stage.rows('SELECT 1 FROM items WHERE id = 4');
  assert.ok(left.length === 1 || (await intents(DELETED)) > before, 'deleted, and no intent says so');
  raw.destroy();
});

test('promise 6: a late answer to PREPARE does not take the name of a statement that was parsed since', async () => {
  const raw = await elevated();
  const before = await intents(DELETED);
  raw.send(run('PREPARE a AS SELECT 1'), close('S', 'a'), parse('a', 'DELETE FROM items WHERE id = 5'), FLUSH);
  for (let n = 0; n < 5; n++) await raw.next();
  await raw.ask([bindText('', 'a'), execute(''), SYNC]);
  const left = await stage.rows('SELECT 1 FROM items WHERE id = 5');
  assert.ok(left.length === 1 || (await intents(DELETED)) > before, 'deleted, and no intent says so');
  raw.destroy();
});

test('promise 3: an Execute of a few rows does not go round the bound on changed rows', async () => {
  const raw = await elevated();
  await raw.ask([parse('', 'DELETE FROM others RETURNING id'), bindText('', ''), execute('', 1), SYNC]);
  assert.equal(await count('others'), 100);
  raw.destroy();
});

test('promise 3: a Query behind an Execute does not go round the bound on changed rows', async () => {
  const raw = await elevated();
  await raw.ask([run('SELECT 1'), query('DELETE FROM others')]);
  assert.equal(await count('others'), 100);
  raw.destroy();
});

test('promise 3: a change inside WITH does not go round the bound on changed rows', async () => {
  const raw = await elevated();
  await raw.ask(query("WITH d AS (DELETE FROM others RETURNING id) UPDATE items SET name = 'x' WHERE id = 9"));
  assert.equal(await count('others'), 100);
  raw.destroy();
});

test('promise 3: nor does one inside COPY, or behind an EXECUTE', async () => {
  const raw = await elevated();
  const hidden = 'WITH d AS (DELETE FROM others RETURNING id) SELECT 1';
  assert.equal(sqlstate(await raw.ask(query(`COPY (${hidden}) TO STDOUT`))), '42501');
  bound = false;
  await raw.ask([parse('hidden', hidden), SYNC]);
  bound = true;
  assert.equal(sqlstate(await raw.ask(query('EXECUTE hidden'))), '42501');
  assert.equal(await count('others'), 100);
  raw.destroy();
});

test('promise 3: names are judged by the search_path that a statement before them in the batch sets', async () => {
  const raw = await Raw.open(stage.through());
  for (const set of [
    'SET search_path = evil, pg_catalog',
    "SELECT set_config('search_path', 'evil, pg_catalog', false)",
  ]) {
    const words = await raw.ask([run(set), run("SELECT lower('A')"), SYNC]);
    assert.ok(!words.some((word) => word.includes('evil ran')));
  }
  raw.destroy();
});

test('promise 6: names that the target cuts alike do not hide one text behind another', async () => {
  const raw = await elevated();
  const before = await intents(DELETED);
  const long = 'n'.repeat(63);
  await raw.ask([
    parse(`${long}1`, 'SELECT 1'),
    close('S', `${long}2`),
    parse(`${long}3`, 'DELETE FROM items WHERE id = 6'),
    bindText('', `${long}1`),
    execute(''),
    SYNC,
  ]);
  const left = await stage.rows('SELECT 1 FROM items WHERE id = 6');
  assert.ok(left.length === 1 || (await intents(DELETED)) > before, 'deleted, and no intent says so');
  raw.destroy();
});

test('promise 6: portals that the target cuts alike do not hide one text behind another', async () => {
  const raw = await elevated();
  const before = await intents(DELETED);
  const long = 'n'.repeat(63);
  await raw.ask([
    parse('', 'SELECT 1'),
    bindText(`${long}1`, ''),
    close('P', `${long}2`),
    parse('', 'DELETE FROM items WHERE id = 7'),
    bindText(`${long}3`, ''),
    execute(`${long}1`),
    SYNC,
  ]);
  const left = await stage.rows('SELECT 1 FROM items WHERE id = 7');
  assert.ok(left.length === 1 || (await intents(DELETED)) > before, 'deleted, and no intent says so');
  raw.destroy();
});

test('promise 3: COPY FROM STDIN by the extended protocol keeps to the bound on changed rows, and does not hang', async () => {
  const raw = await elevated();
  const lines = Buffer.from(Array.from({ length: 50 }, (_, n) => `${1000 + n}\n`).join(''));
  const refused = await raw.ask([run('COPY others FROM STDIN'), copyData(lines), COPY_DONE, SYNC]);
  assert.equal(sqlstate(refused), '42501');
  assert.equal(sqlstate(await raw.ask([query('COPY others FROM STDIN'), copyData(lines), COPY_DONE])), '54000');
  assert.equal(await count('others'), 100);
  raw.destroy();
});

test('promise 5: the closing account names what was changed by statements that count no rows, or too few', async () => {
  const raw = await elevated('closing account');
  bound = false;
  await raw.ask(query('WITH d AS (DELETE FROM first RETURNING id) SELECT count(*) FROM d'));
  await raw.ask(query('EXPLAIN ANALYZE DELETE FROM second'));
  await stage.rows('GRANT TRUNCATE ON third TO writer');
  await raw.ask(query('TRUNCATE third'));
  await raw.ask([parse('', 'DELETE FROM fourth RETURNING id'), bindText('', ''), execute('', 1), SYNC]);
  await raw.ask(query('EXPLAIN DELETE FROM items'));
  await raw.ask(query('PREPARE never AS DELETE FROM items'));
  await raw.ask(query('DELETE FROM fifth'));
  await raw.ask(query('SELECT unsudo()'));
  bound = true;
  const { summary } = await stage.ended('closing account');
  assert.deepEqual(summary?.rows, { 'public.fifth': 3 });
  assert.deepEqual(summary?.changed, ['public.first', 'public.fourth', 'public.second', 'public.third']);
  assert.deepEqual(
    await stage.rows('SELECT (SELECT count(*) FROM first)::int + (SELECT count(*) FROM fourth)::int AS n'),
    [{ n: 0 }],
  );
  raw.destroy();
});

/** A Parse that names `first` and then int4 for as many parameters as there can be. */
function manyTypes(name: string, text: string, first = 23): Buffer {
  const types = Buffer.alloc(2 + 4 * 65_535);
  types.writeUInt16BE(65_535);
  for (let at = 2; at < types.length; at += 4) types.writeUInt32BE(at === 2 ? first : 23, at);
  return message('P', name, text, types);
}

test('promise 3: types of parameters count however many are named', async () => {
  const raw = await Raw.open(stage.through());
  const text = 'SELECT 1 WHERE 1 = $1';
  const oid = Number((await stage.rows("SELECT 'evil.mood'::regtype::oid AS oid"))[0]?.oid);
  const one = await raw.ask([message('P', '', text, Buffer.concat([int16(1), int32(oid)])), SYNC]);
  assert.ok(refusedInRead(one));
  const nulls = Buffer.alloc(2 + 2 + 4 * 65_535 + 2, 0xff);
  nulls.writeUInt16BE(0, 0);
  nulls.writeUInt16BE(0, nulls.length - 2);
  const words = await raw.ask([manyTypes('', text, oid), message('B', '', '', nulls), execute(''), SYNC]);
  assert.ok(refusedInRead(words), words.join());
  raw.destroy();
});

test('what prepared statements hold is bounded, the types of their parameters too', async () => {
  const raw = await Raw.open(stage.through());
  const words: string[] = [];
  for (let n = 0; n < 50; n++) words.push(...(await raw.ask([manyTypes(`s${n}`, 'SELECT 1'), SYNC])));
  assert.equal(sqlstate(words), '54000');
  raw.destroy();
});
