// A refusal of read mode says what write mode would say, for this person on this target; its first line alone suffices.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Policy, Reason } from '../../services/policy/decision.ts';
import { parse, query, Raw, SYNC } from './raw-client.ts';
import { makeStage, openPolicy, type Stage } from './stage.ts';

interface Said {
  code: string;
  routine: string;
  message: string;
  detail: string;
  hint: string;
}

let stage: Stage;
/** What policy denies, for the test at hand. */
let deny: { ddl?: Reason; elevation?: Reason } = {};

const policy = (): Policy => {
  const open = openPolicy();
  return {
    ...open,
    statement: (input) => {
      const evaluated = open.statement(input);
      const { mode, statement } = input;
      if (deny.ddl && mode === 'write' && statement.effects.includes('ddl') && evaluated.ok)
        return { ...evaluated, decision: { ...evaluated.decision, allow: false, reasons: [deny.ddl] } };
      return evaluated;
    },
    elevation: (input) => {
      const evaluated = open.elevation(input);
      return deny.elevation && evaluated.ok
        ? { ...evaluated, decision: { ...evaluated.decision, result: 'deny', reasons: [deny.elevation] } }
        : evaluated;
    },
  };
};

before(async () => {
  stage = await makeStage({ policy: policy(), schema: 'CREATE TABLE items (id int PRIMARY KEY, name text)' });
});
after(() => stage.remove());

const DDL = {
  code: 'ddl_on_production',
  message: 'this changes the schema, and the target is production',
  remedy: 'ask',
};

async function refusal(text: string, user = 'ana'): Promise<Said> {
  const client = await stage.connect({ user });
  return client.query(text).then(
    () => assert.fail(`${text} ran`),
    (error: Said) => error,
  );
}

test('what write mode permits is refused with what to do, in the first line already', async () => {
  deny = { ddl: DDL };
  const said = await refusal('DELETE FROM items');
  assert.deepEqual([said.code, said.routine], ['25006', 'write_needs_elevation']);
  assert.equal(
    said.message,
    "this session is in read mode and the statement does more than read; to write, say why: SELECT sudo('why')",
  );
  assert.equal(said.hint, "To write to shop, say why: SELECT sudo('why'); then send the statement again.");
});

test('what write mode refuses as well is not offered, and says why, by policy and by the floor', async () => {
  deny = { ddl: DDL };
  for (const [text, words, reason] of [
    ['CREATE TABLE x (id int)', DDL.message, /ddl_on_production/],
    ['DELETE FROM items; CREATE TABLE x (id int)', DDL.message, /ddl_on_production/],
    ["SET work_mem = '1GB'; CREATE TABLE x (id int)", DDL.message, /ddl_on_production/],
    ['DELETE FROM items; ALTER SYSTEM SET work_mem = 1', 'ALTER SYSTEM changes the whole server', /alter_system/],
  ] as const) {
    const said = await refusal(text);
    assert.equal(said.routine, text.startsWith('SET') ? 'refused_by_floor' : 'write_needs_elevation', text);
    assert.ok(said.message.endsWith(`, and write mode would not permit it either: ${words}`), said.message);
    assert.match(said.detail, reason, text);
    assert.doesNotMatch(said.hint, /sudo\(/, text);
  }
  const [refused] = (await stage.entries('statement_refused')).filter(({ type }) => type === 'CreateStmt');
  assert.deepEqual(refused?.reasons, ['write_needs_elevation', 'ddl_on_production']);
});

test('by Parse it says the same', async () => {
  deny = { ddl: DDL };
  const raw = await Raw.open(stage.through());
  const [first = ''] = await raw.ask([parse('', 'CREATE TABLE x (id int)'), SYNC]);
  assert.match(first, /^E\(25006 .*write mode would not permit it either: this changes the schema/);
  assert.deepEqual(await raw.ask(query('SELECT 1')), ['T(?column?:23:0)', 'D(1)', 'C(SELECT 1)', 'Z(I)']);
  raw.destroy();
});

test('a setting that only write mode may change says so, and one that nobody may does not', async () => {
  deny = {};
  const may = await refusal("SET work_mem = '1GB'");
  assert.equal(may.message, "this setting cannot be changed in read mode; to write, say why: SELECT sudo('why')");
  const never = await refusal('SET session_replication_role = replica');
  assert.doesNotMatch(`${never.message} ${never.hint}`, /sudo\(/);
});

test('a cursor WITH HOLD is refused with what Django calls its setting', async () => {
  deny = {};
  const said = await refusal('DECLARE c CURSOR WITH HOLD FOR SELECT random()');
  assert.match(said.hint, /DISABLE_SERVER_SIDE_CURSORS/);
});

test('who may not write is told so, and by whom or how it is done', async () => {
  deny = {};
  for (const [user, code, words] of [
    ['helper', 'write_needs_elevation', /and you may not write here: agents never write/],
    ['ben', 'write_needs_elevation', /and you may not write here: this token is for reading$/],
    ['deploy', 'write_needs_elevation', /connect with options='-c sudoql.reason=why'$/],
  ] as const) {
    const said = await refusal('DELETE FROM items', user);
    assert.deepEqual([said.code, said.routine], ['25006', code], user);
    assert.match(said.message, words, user);
    assert.doesNotMatch(said.hint, /SELECT sudo\(/, user);
  }
  deny = { elevation: { code: 'frozen', message: 'Writes are frozen until Monday.', remedy: 'Wait, or ask oncall.' } };
  const said = await refusal('DELETE FROM items');
  assert.equal(said.routine, 'write_needs_elevation');
  assert.match(said.message, /, and you may not write here: writes are frozen until Monday$/);
  assert.match(said.hint, /ask oncall/);
  assert.equal((await stage.entries('elevation_refused')).length, 0, 'nobody asked');
});

test('a reason of another form is not a refusal: what it must have is said', async () => {
  for (const code of ['reason_form', 'no_open_ticket']) {
    deny = { elevation: { code, message: 'the reason lacks a ticket like OPS-123', remedy: 'give one' } };
    const said = await refusal('DELETE FROM items');
    assert.equal(said.routine, 'write_needs_elevation');
    assert.match(
      said.hint,
      /SELECT sudo\('why'\).*\nOf a reason policy says: the reason lacks a ticket like OPS-123\./,
    );
  }
});

test('what was judged as in write mode permits nothing: the statement is refused each time, and nothing is written', async () => {
  deny = {};
  const client = await stage.connect();
  for (let n = 0; n < 3; n++)
    await assert.rejects(client.query("INSERT INTO items VALUES (1, 'x')"), { code: '25006' });
  assert.deepEqual(await stage.rows('SELECT * FROM items'), []);
  assert.deepEqual(
    (await stage.entries('statement_intent')).filter(({ type }) => type === 'InsertStmt'),
    [],
  );
});

test('what is asked for by a name that writes, and a lock, are told what reads', async () => {
  deny = {};
  for (const name of ['txid_current', 'pg_current_xact_id'])
    assert.match((await refusal(`SELECT ${name}()`)).hint, /pg_snapshot_xmax\(pg_current_snapshot\(\)\)/);
  assert.match(
    (await refusal('SELECT * FROM items FOR UPDATE')).hint,
    /Without the lock it is a read[\s\S]*SELECT sudo\('why'\)/,
  );
  const client = await stage.connect();
  await client.query('SELECT txid_snapshot_xmax(txid_current_snapshot()), pg_snapshot_xmax(pg_current_snapshot())');
});
