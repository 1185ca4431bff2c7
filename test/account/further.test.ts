// What triggers, rules and cascading keys change is in nobody's tag: the account says of which tables there may be more.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeStage, openPolicy, type Stage } from '../wire/stage.ts';

let stage: Stage;
before(async () => {
  stage = await makeStage({
    policy: openPolicy(),
    schema: `CREATE TABLE plain (id int PRIMARY KEY, n int);
      CREATE TABLE noted (id int);
      CREATE TABLE notes (id int);
      CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO notes SELECT generate_series(1, 10); RETURN NULL; END $$;
      CREATE TRIGGER t AFTER INSERT ON noted FOR EACH ROW EXECUTE FUNCTION note();
      CREATE TABLE above (id int PRIMARY KEY);
      CREATE TABLE below (id int REFERENCES above ON DELETE CASCADE);
      CREATE TABLE pointed (id int PRIMARY KEY);
      CREATE TABLE pointing (id int REFERENCES pointed);
      CREATE TABLE parts (id int) PARTITION BY LIST (id);
      CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
      CREATE TRIGGER t AFTER INSERT ON parts_1 FOR EACH ROW EXECUTE FUNCTION note();
      CREATE TABLE ruled (id int);
      CREATE RULE r AS ON INSERT TO ruled DO ALSO INSERT INTO notes VALUES (0);
      CREATE VIEW through AS SELECT * FROM noted;
      INSERT INTO above VALUES (1), (2); INSERT INTO below SELECT 1 FROM generate_series(1, 5); INSERT INTO plain VALUES (1, 1)`,
  });
});
after(() => stage?.remove());

let n = 0;
/** What the closing entry says of writing these, in one elevation. */
async function further(...texts: (string | { text: string; values: unknown[] })[]): Promise<string[] | undefined> {
  const reason = `further ${++n}`;
  const client = await stage.connect();
  await client.query(`SELECT sudo('${reason}')`);
  for (const text of texts) await client.query(text as never);
  await client.query('SELECT unsudo()');
  const { summary } = await stage.ended(reason);
  return summary?.further;
}

test('tables whose triggers, rules or cascading keys change more are named, however they are written', async () => {
  assert.deepEqual(await further('INSERT INTO noted VALUES (1)'), ['public.noted']);
  assert.deepEqual(await further('BEGIN', 'INSERT INTO noted VALUES (1)', 'COMMIT'), ['public.noted']);
  assert.deepEqual(await further({ text: 'INSERT INTO noted VALUES ($1)', values: [1] }), ['public.noted']);
  assert.deepEqual(await further('PREPARE p AS INSERT INTO noted VALUES (1)', 'EXECUTE p'), ['public.noted']);
  assert.deepEqual(await further('DELETE FROM above WHERE id = 1'), ['public.above']);
  assert.deepEqual(await further('INSERT INTO parts VALUES (1)'), ['public.parts']);
  assert.deepEqual(await further('INSERT INTO ruled VALUES (1)'), ['public.ruled']);
  assert.deepEqual(await further('INSERT INTO noted VALUES (1); INSERT INTO ruled VALUES (1)'), [
    'public.noted',
    'public.ruled',
  ]);
  assert.deepEqual(await further('INSERT INTO through VALUES (1)'), ['public.through']);
});

test('what changes no more than is counted is not named, nor what changed nothing or was rolled back', async () => {
  assert.equal(
    await further('UPDATE plain SET n = 2', 'INSERT INTO pointed VALUES (1)', 'INSERT INTO below VALUES (2)'),
    undefined,
  );
  assert.equal(await further('DELETE FROM above WHERE id = 99'), undefined);
  assert.equal(await further('BEGIN', 'INSERT INTO noted VALUES (1)', 'ROLLBACK'), undefined);
  assert.equal(
    await further('BEGIN', 'SAVEPOINT s', 'INSERT INTO noted VALUES (1)', 'ROLLBACK TO s', 'COMMIT'),
    undefined,
  );
  assert.equal(await further('SELECT * FROM noted'), undefined);
});
