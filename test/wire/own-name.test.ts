// application_name on the target always begins with who it is and which session, whatever reaches it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { applicationName } from '../../services/gateway/session/names/application-name.ts';
import { clientSettings } from '../../services/gateway/session/names/settings.ts';
import { bindText, execute, parse, query, Raw, SYNC } from './raw-client.ts';
import { makeStage, type Stage, openPolicy } from './stage.ts';

const BEN = 'sudoql:ben:abcdefghij';
let stage: Stage;

before(async () => {
  stage = await makeStage({
    policy: openPolicy(),
    schema: `CREATE TABLE items (id int);
      CREATE TABLE seen (who text);
      CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen
        SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid(); RETURN NULL; END $$;
      CREATE TRIGGER noted AFTER INSERT ON items EXECUTE FUNCTION note();
      ALTER FUNCTION note() SECURITY DEFINER`,
  });
});
after(() => stage?.remove());

const names = async () => (await stage.rows('SELECT DISTINCT who FROM seen')).map(({ who }) => String(who));

test('inside a longer text it cannot be set, by whatever statement', async () => {
  const client = await stage.connect();
  await client.query("SELECT sudo('names')");
  const ways = [
    `SET application_name = '${BEN}'; INSERT INTO items VALUES (1)`,
    `SET LOCAL application_name = '${BEN}'; INSERT INTO items VALUES (1)`,
    `SET SESSION application_name TO "${BEN}"; INSERT INTO items VALUES (1)`,
    `BEGIN; SET application_name = 'x'; INSERT INTO items VALUES (1); COMMIT`,
    `INSERT INTO items VALUES (1); SET application_name = '${BEN}'`,
    `SELECT set_config('application_name', '${BEN}', false)`,
    `SELECT pg_catalog.set_config('Application_Name', '${BEN}', true)`,
    `WITH x AS (SELECT set_config('application_name', '${BEN}', false)) INSERT INTO items SELECT 1 FROM x`,
    `CREATE FUNCTION f() RETURNS int LANGUAGE sql SET application_name = '${BEN}' AS 'SELECT 1'`,
    `CREATE FUNCTION f() RETURNS int LANGUAGE sql SET application_name FROM CURRENT AS 'SELECT 1'`,
    `ALTER FUNCTION note() SET application_name = '${BEN}'`,
    `ALTER DATABASE shop SET application_name = '${BEN}'`,
    `ALTER ROLE CURRENT_USER SET application_name = '${BEN}'`,
    `SET application_name = '${BEN}', 'x'`,
  ];
  for (const text of ways)
    await assert.rejects(client.query(text), { code: '42501', routine: 'refused_by_floor' }, text);
  assert.deepEqual(await names(), []);
});

test('alone it is set behind who it is, in both protocols and in a transaction, and returns as in PostgreSQL', async () => {
  const client = await stage.connect({ application_name: 'first' });
  const shown = async () => String((await client.query('SHOW application_name')).rows[0].application_name);
  const start = await shown();
  assert.match(start, /^sudoql:ana:[a-z0-9]+ first$/);
  const prefix = start.slice(0, -'first'.length);
  await client.query(`SET application_name = '${BEN}'`);
  assert.equal(await shown(), `${prefix}${BEN}`.slice(0, 63));
  await client.query({ name: 'named', text: "SET application_name TO 'it''s \\ second'" });
  assert.equal(await shown(), `${prefix}it's \\ second`);
  await client.query('BEGIN');
  await client.query("SET LOCAL application_name = 'third'");
  assert.equal(await shown(), `${prefix}third`);
  await client.query('COMMIT');
  assert.equal(await shown(), `${prefix}it's \\ second`);
  await client.query('BEGIN');
  await client.query('SET application_name = fourth');
  await client.query('ROLLBACK');
  assert.equal(await shown(), `${prefix}it's \\ second`);
  await client.query(`SET application_name = '${await shown()}'`.replace("it's", "it''s"));
  assert.equal(await shown(), `${prefix}it's \\ second`);
  await client.query('RESET application_name');
  assert.equal(await shown(), start);
});

test('in one batch with what writes, it is already behind who it is', async () => {
  const raw = await Raw.open(stage.through());
  await raw.ask(query("SELECT sudo('batch')"));
  const set = [parse('', `SET application_name = '${BEN}'`), bindText('', ''), execute('')];
  const insert = [parse('', 'INSERT INTO items VALUES (2)'), bindText('', ''), execute('')];
  await raw.ask([...set, ...insert, SYNC]);
  const seen = await names();
  assert.equal(seen.length, 1);
  assert.match(seen[0] ?? '', /^sudoql:ana:/);
  raw.destroy();
});

test('what the client is told and what SHOW says is one value', async () => {
  const raw = await Raw.open(stage.through(), { application_name: 'tool' });
  const told = () => raw.asides.filter((aside) => aside.startsWith('S(application_name=')).at(-1);
  const shown = async () => (await raw.ask(query('SHOW application_name'))).find((word) => word.startsWith('D('));
  assert.equal(`D(${told()?.slice('S(application_name='.length)}`, await shown());
  await raw.ask(query("SET application_name = 'other'"));
  assert.match(told() ?? '', / other\)$/);
  assert.equal(`D(${told()?.slice('S(application_name='.length)}`, await shown());
  raw.destroy();
});

test('a long name is cut between characters, as the target shows them', async () => {
  assert.equal(applicationName('ana', 'abcdefghij', 'é'.repeat(20)), `sudoql:ana:abcdefghij ${'é'.repeat(5)}`);
  const client = await stage.connect({ application_name: 'é'.repeat(20) });
  const shown = String((await client.query('SHOW application_name')).rows[0].application_name);
  assert.match(shown, /^sudoql:ana:[a-z0-9]+ (\\xc3\\xa9)+$/);
  const [{ name } = { name: '' }] = await stage.rows(
    "SELECT application_name AS name FROM pg_stat_activity WHERE application_name LIKE 'sudoql:ana:%xc3%'",
  );
  assert.equal(name, shown);
});

test('what is asked for at connect and not known is refused, with what was meant', async () => {
  const attempts: [Record<string, string>, RegExp][] = [
    [{ options: '-c sudoql.raeson=x' }, /sudoql\.reason/],
    [{ options: '--sudoql.durations=5min' }, /sudoql\.duration/],
    [{ 'sudoql.mode': 'write' }, /sudoql\.reason, sudoql\.duration, sudoql\.break_glass:/],
    [{ options: '-c sudoql.duration=5min' }, /sudoql\.reason=why -c sudoql\.duration=/],
    [{ options: '-c sudoql.reason=x -c sudoql.break_glass=perhaps' }, /Leave it out/],
    [{ 'SUDOQL.Reasn': 'x' }, /sudoql\.reason/],
    [{ 'sudoql.': 'x' }, /sudoql\.reason/],
  ];
  for (const [parameters, hint] of attempts) {
    const settings = clientSettings(new Map(Object.entries(parameters)));
    assert.ok('code' in settings, JSON.stringify(parameters));
    assert.equal(settings.code, 'not_authorized');
    assert.match(settings.hint ?? '', hint, JSON.stringify(parameters));
  }
  await assert.rejects(stage.connect({ options: '-c sudoql.raeson=x' }), {
    code: '28000',
    hint: 'Did you mean sudoql.reason?',
  });
});
