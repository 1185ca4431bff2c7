// The table in docs/read-mode.md of what read mode does with settings, transactions, cursors and prepared statements: each of
// its rows is played here, and there is no row that is not.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { makeStage, openPolicy, type Stage } from './stage.ts';

interface Row {
  /** Each in a session of its own; `;;` parts messages. All of them pass. */
  passes?: string[];
  /** The last message is refused with this code of ours. */
  refused?: [text: string, code: string][];
  /** What the last message answers. */
  shows?: [text: string, value: string][];
}

/** By the first words of a row. */
const ROWS: Record<string, Row> = {
  '`SET`, `RESET`, `set_config` of display settings': {
    passes: [
      'SET DateStyle = ISO;;RESET DateStyle',
      "SELECT set_config('search_path', 'pg_catalog', false)",
      "SET TIME ZONE 'UTC'",
      'SET enable_seqscan = off',
      "SET statement_timeout = '1s'",
    ],
    // The gateway's own clock rings first.
    refused: [["SET statement_timeout = '10h';;SELECT pg_sleep(60)", 'statement_cancelled']],
  },
  'of anything else': {
    refused: [
      ["SET work_mem = '1GB'", 'refused_by_floor'],
      ["SET app.tenant = 'x'", 'refused_by_floor'],
      ["SELECT set_config('work_mem', '1GB', true)", 'refused_by_floor'],
    ],
  },
  'of `role`, `session_authorization`': {
    refused: [
      ['SET ROLE writer', 'refused_by_floor'],
      ['RESET ROLE', 'refused_by_floor'],
      ['SET SESSION AUTHORIZATION DEFAULT', 'refused_by_floor'],
      ['SET session_replication_role = replica', 'refused_by_floor'],
      ['SET tcp_keepalives_idle = 1', 'refused_by_floor'],
      ["SET log_statement = 'none'", 'refused_by_floor'],
    ],
  },
  '`SET default_transaction_read_only = on`': {
    passes: ['SET default_transaction_read_only = on', 'BEGIN;;SET TRANSACTION READ ONLY;;COMMIT'],
  },
  '`RESET ALL`, `DISCARD ALL`': {
    passes: ['RESET ALL', 'DISCARD ALL'],
    shows: [
      ["SELECT sudo('table');;RESET ALL;;SHOW sudoql.mode", 'read'],
      ["SELECT sudo('table');;DISCARD ALL;;SHOW sudoql.mode", 'read'],
    ],
  },
  '`DISCARD PLANS`, `TEMP`': { passes: ['DISCARD PLANS', 'DISCARD TEMP', 'DISCARD SEQUENCES', 'UNLISTEN *'] },
  '`SHOW`, `current_setting`': { passes: ['SHOW work_mem', 'SHOW ALL', "SELECT current_setting('work_mem')"] },
  '`BEGIN`, `COMMIT`, `ROLLBACK`': {
    passes: [
      'BEGIN;;SAVEPOINT a;;RELEASE a;;COMMIT',
      'BEGIN ISOLATION LEVEL SERIALIZABLE DEFERRABLE;;ROLLBACK AND CHAIN;;COMMIT',
    ],
    shows: [['BEGIN;;COMMIT AND CHAIN;;SHOW transaction_read_only', 'on']],
  },
  'what asks for `READ WRITE`, alone': {
    shows: [
      ['BEGIN READ WRITE;;SHOW transaction_read_only', 'on'],
      ['BEGIN;;SET TRANSACTION READ WRITE;;SHOW transaction_read_only', 'on'],
      ['SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE;;SHOW default_transaction_read_only', 'on'],
      ['SET default_transaction_read_only = off;;SHOW default_transaction_read_only', 'on'],
      ['RESET default_transaction_read_only;;SHOW default_transaction_read_only', 'on'],
      ["SELECT set_config('default_transaction_read_only', 'off', false)", 'on'],
    ],
  },
  'the same in a longer text': {
    refused: [
      ['BEGIN READ WRITE; SELECT 1', 'write_needs_elevation'],
      ['SET default_transaction_read_only = off; SELECT 1', 'write_needs_elevation'],
      ["SELECT set_config('transaction_read_only', 'off', false), 1", 'refused_by_floor'],
    ],
  },
  '`PREPARE TRANSACTION`': {
    refused: [
      ["BEGIN;;PREPARE TRANSACTION 'x'", 'refused_by_floor'],
      ["COMMIT PREPARED 'x'", 'refused_by_floor'],
      ["ROLLBACK PREPARED 'x'", 'refused_by_floor'],
    ],
  },
  '`LOCK … ACCESS SHARE`': { passes: ['BEGIN;;LOCK TABLE items IN ACCESS SHARE MODE;;COMMIT'] },
  '`LOCK` of any other mode': {
    refused: [
      ['BEGIN;;LOCK TABLE items IN ROW SHARE MODE', 'write_needs_elevation'],
      ['SELECT * FROM items FOR KEY SHARE', 'write_needs_elevation'],
      ['SELECT pg_advisory_lock(1)', 'write_needs_elevation'],
    ],
  },
  '`DECLARE`, `FETCH`': {
    passes: ['BEGIN;;DECLARE c SCROLL CURSOR FOR SELECT 1;;FETCH c;;MOVE BACKWARD 1 c;;CLOSE c;;COMMIT'],
    refused: [['BEGIN;;DECLARE c CURSOR FOR SELECT * FROM items FOR UPDATE', 'write_needs_elevation']],
  },
  '`DECLARE … WITH HOLD`': {
    passes: ['DECLARE c CURSOR WITH HOLD FOR SELECT count(*) FROM items;;FETCH c;;CLOSE c'],
    refused: [
      ['BEGIN;;DECLARE c CURSOR WITH HOLD FOR SELECT random()', 'refused_by_floor'],
      ['EXPLAIN DECLARE c CURSOR WITH HOLD FOR SELECT random()', 'refused_by_floor'],
    ],
  },
  '`PREPARE`, `EXECUTE`': {
    passes: ['PREPARE p AS SELECT count(*) FROM items;;EXECUTE p;;DEALLOCATE p'],
    refused: [
      ['PREPARE p AS DELETE FROM items', 'write_needs_elevation'],
      ['PREPARE p AS SELECT lower(name) FROM public.items;;SET search_path = shadow, pg_catalog;;EXECUTE p', 'refused'],
    ],
  },
  'a Parse that declares': { refused: [['PREPARE p (noisy) AS SELECT 1', 'refused']] },
  '`PREPARE` with a parameter of a type': { refused: [['PREPARE p (cased) AS SELECT 1', 'refused']] },
  '`COPY … TO STDOUT`': {},
  '`COPY … FROM`': {
    refused: [
      ['COPY items FROM STDIN', 'write_needs_elevation'],
      ["COPY items TO '/tmp/x'", 'refused_by_floor'],
      ["COPY items TO PROGRAM 'true'", 'refused_by_floor'],
    ],
  },
  '`EXPLAIN`, also `ANALYZE`': {
    passes: ['EXPLAIN SELECT 1', 'EXPLAIN ANALYZE SELECT 1'],
    refused: [['EXPLAIN DELETE FROM items', 'write_needs_elevation']],
  },
  'a function of the server': { passes: ['SELECT random()', 'BEGIN;;SELECT pg_sleep(0);;COMMIT'] },
  '`LISTEN`, `NOTIFY`': {
    refused: [
      ['LISTEN x', 'refused'],
      ['NOTIFY x', 'refused'],
      ["SELECT pg_notify('x', '')", 'refused'],
    ],
  },
  'temporary tables': {
    refused: [
      ['CREATE TEMP TABLE x (a int)', 'write_needs_elevation'],
      ['CREATE TEMP VIEW x AS SELECT 1', 'write_needs_elevation'],
      ['CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$', 'write_needs_elevation'],
    ],
  },
};

let stage: Stage;

before(async () => {
  stage = await makeStage({
    policy: openPolicy(),
    limits: { statementTimeout: 1_000 },
    schema: `CREATE TABLE items (id int PRIMARY KEY, name text);
      CREATE SCHEMA shadow; GRANT USAGE ON SCHEMA shadow TO PUBLIC;
      CREATE FUNCTION shadow.lower(text) RETURNS text LANGUAGE sql AS $$ SELECT $1 $$;
      CREATE FUNCTION checks(text) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$;
      CREATE DOMAIN noisy AS text CHECK (checks(VALUE));
      CREATE TYPE cased AS (a int);
      CREATE FUNCTION casts(text) RETURNS cased LANGUAGE sql AS $$ SELECT NULL::cased $$;
      CREATE CAST (text AS cased) WITH FUNCTION casts(text) AS ASSIGNMENT`,
  });
});
after(() => stage?.remove());

async function play(text: string): Promise<pg.QueryResult> {
  const client = await stage.connect();
  try {
    let last: pg.QueryResult | undefined;
    for (const message of text.split(';;')) last = await client.query(message);
    assert.ok(last);
    return last;
  } finally {
    await client.end();
  }
}

test('the table of settings, transactions, cursors and prepared statements has just the rows that are played', async () => {
  const page = await readFile(new URL('../../docs/read-mode.md', import.meta.url), 'utf8');
  const [, section = ''] = page.split('## Settings, transactions, cursors, prepared statements');
  const [table = ''] = section.split('\n## ');
  const firsts = [...table.matchAll(/^\| (.*?) \| .* \|$/gm)].map(([, first = '']) => first);
  const rows = firsts.filter((first) => first !== 'command' && first !== '---');
  const played = Object.keys(ROWS);
  assert.deepEqual(
    rows.filter((first) => !played.some((words) => first.startsWith(words))),
    [],
  );
  assert.deepEqual(
    played.filter((words) => !rows.some((first) => first.startsWith(words))),
    [],
  );
});

for (const [words, { passes = [], refused = [], shows = [] }] of Object.entries(ROWS)) {
  test(`the table says what read mode does: ${words}`, async () => {
    for (const text of passes) await play(text);
    for (const [text, code] of refused) {
      await assert.rejects(play(text), (error) => {
        assert.ok(error instanceof pg.DatabaseError, String(error));
        assert.equal(error.file, 'sudoql', `${text}: ${error.message}`);
        if (code !== 'refused') assert.equal(error.routine, code, text);
        return true;
      });
    }
    for (const [text, value] of shows) assert.equal(Object.values((await play(text)).rows[0])[0], value, text);
  });
}
