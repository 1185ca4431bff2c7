// A prepared statement's parameters keep the types that they were given where it was parsed, under the path of then.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bindText, describe, execute, parse, query, Raw, sqlstate, SYNC } from './raw-client.ts';
import { makeStage, openPolicy, type Stage } from './stage.ts';

let stage: Stage;

before(async () => {
  stage = await makeStage({
    policy: openPolicy(),
    schema: `CREATE SCHEMA a; CREATE SCHEMA b; GRANT USAGE ON SCHEMA a, b TO PUBLIC;
      CREATE FUNCTION a.checked(int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'checked in a'; RETURN true; END $$;
      GRANT EXECUTE ON FUNCTION a.checked(int) TO PUBLIC;
      CREATE DOMAIN a.d AS int CHECK (a.checked(VALUE)); CREATE DOMAIN b.d AS int CHECK (VALUE > 0)`,
  });
});
after(() => stage.remove());

test('promise 3: the CHECK of a domain that another backend made of a parameter does not run in read mode', async () => {
  const raw = await Raw.open(stage.through());
  await raw.ask(query("SELECT sudo('test')"));
  await raw.ask(query('SET search_path = a'));
  const parsed = await raw.ask([
    parse('s', 'SELECT $1::d'),
    describe('S', 's'),
    bindText('', 's', ['1']),
    execute(''),
    SYNC,
  ]);
  assert.equal(sqlstate(parsed), undefined);
  assert.equal(raw.asides.splice(0).filter((word) => word.includes('checked in a')).length > 0, true);
  await raw.ask(query('SELECT unsudo()'));
  await raw.ask(query('SET search_path = b'));
  for (const batch of [[bindText('', 's', ['1']), SYNC], [describe('S', 's'), SYNC], [query('EXECUTE s(1)')]]) {
    assert.notEqual(sqlstate(await raw.ask(batch)), undefined);
    assert.deepEqual(
      raw.asides.filter((word) => word.includes('checked in a')),
      [],
    );
  }
  // Parsed anew it is the other path's, on this backend too.
  const again = await raw.ask([parse('t', 'SELECT $1::d'), bindText('', 't', ['1']), execute(''), SYNC]);
  assert.deepEqual(again, ['1', '2', 'D(1)', 'C(SELECT 1)', 'Z(I)']);
  raw.destroy();
});

test('promise 3: a parameter keeps its type when the path changes: its CHECK is judged at each Bind, by the path of that moment', async () => {
  const raw = await Raw.open(stage.through());
  await raw.ask(query("SELECT sudo('test')"));
  await raw.ask(query('SET search_path = a'));
  await raw.ask(query('PREPARE s AS SELECT $1::d'));
  await raw.ask([parse('t', 'SELECT $1::d'), SYNC]);
  await raw.ask(query('SELECT unsudo()'));
  await raw.ask(query('SET search_path = b'));
  raw.asides.splice(0);
  for (const batch of [[query('EXECUTE s(1)')], [bindText('', 't', ['1']), SYNC]])
    assert.equal(sqlstate(await raw.ask(batch)), '25006');
  assert.deepEqual(
    raw.asides.filter((word) => word.includes('checked in a')),
    [],
  );
  raw.destroy();
});
