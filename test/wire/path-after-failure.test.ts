// A search_path that was set by what failed is taken back by PostgreSQL: what comes then is judged by the path that is left.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startVersion, VERSIONS } from '../helpers/debian-postgres.ts';
import { until } from '../helpers/until.ts';
import { bindText, execute, parse, query, Raw, run, sqlstate, SYNC } from './raw-client.ts';
import { makeStage, openPolicy, type Stage } from './stage.ts';

const SCHEMA = `
  CREATE SCHEMA shadow; GRANT USAGE ON SCHEMA shadow TO PUBLIC;
  CREATE FUNCTION shadow.lower(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'ran' USING ERRCODE = 'ZZ001'; END $$`;

/** Shadowed before and after each: the harmless path in it does not last. */
const SHADOWED = 'SET search_path = shadow, pg_catalog';
const HARMLESS = 'SET search_path = pg_catalog';
const FAILURES: Record<string, Buffer[]> = {
  'a statement of its batch': [run(HARMLESS), run('SELECT 1/0'), SYNC],
  'a Parse of its batch': [run(HARMLESS), parse('', 'SELECT nothing FROM'), SYNC],
  'a Bind of its batch': [run(HARMLESS), parse('', 'SELECT $1::int'), bindText('', '', ['x']), SYNC],
  'an Execute of no portal': [run(HARMLESS), execute('none'), SYNC],
  'a Bind of no statement': [run(HARMLESS), bindText('', 'none'), SYNC],
  'what is refused in its batch': [run(HARMLESS), run('DELETE FROM items'), SYNC],
  'a statement of its text': [query(`${HARMLESS}; SELECT 1/0`)],
  'what is refused in its text': [query(`${HARMLESS}; DELETE FROM items`)],
  'the ROLLBACK of its text': [query(`${HARMLESS}; ROLLBACK`)],
  'the ROLLBACK of its batch': [run(HARMLESS), run('ROLLBACK'), SYNC],
  'the end of its function call': [query("SELECT set_config('search_path', 'pg_catalog', false), 1/0")],
  'the end of the batch in which it was local': [run('SET LOCAL search_path = pg_catalog'), SYNC],
  'the end of the text in which it was local': [query('SET LOCAL search_path = pg_catalog; SELECT 1')],
};

for (const version of VERSIONS) {
  let stage: Stage;
  before(async () => {
    const cluster = { cluster: await startVersion(version) };
    stage = await makeStage({ policy: openPolicy(), schema: SCHEMA, ...cluster });
  });
  after(() => stage.remove());

  for (const [what, messages] of Object.entries(FAILURES)) {
    for (const how of ['in turn', 'at once']) {
      test(`promise 3: a search_path is taken back with ${what}, sent ${how}, on ${version}`, async () => {
        const raw = await Raw.open(stage.through());
        // The target's catalogue is read at the first look, which may take longer than a statement waits for it.
        await until('the catalogue is read', async () => sqlstate(await raw.ask(query('SELECT 1'))) === undefined);
        const all = [query(SHADOWED), Buffer.concat(messages), query("SELECT lower('X')")];
        const words: string[] = [];
        if (how === 'at once') words.push(...(await raw.ask(all, all.length)));
        else for (const each of all) words.push(...(await raw.ask(each)));
        const last = words.slice(words.findLastIndex((word, n) => word.startsWith('Z(') && n < words.length - 1) + 1);
        assert.equal(sqlstate(last), '25006', words.join(' '));
        raw.destroy();
      });
    }
  }
}
