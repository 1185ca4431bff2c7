// Shapes of writing that nobody generates, case by case: the account is compared with what is in the tables.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { close, COPY_DONE, copyData, execute, FLUSH, TERMINATE } from '../../services/gateway/wire/frames.ts';
import { sampled } from '../helpers/sample.ts';
import { type Cluster, startPostgres } from '../helpers/postgres.ts';
import { bindText, parse, query, Raw, run, sqlstate, SYNC } from '../wire/raw-client.ts';
import { makeStage, openPolicy } from '../wire/stage.ts';
import { never } from './play.ts';
import { CLEAN, SCHEMA, TRUTH } from './script.ts';

/** 62 bytes in UTF-8, 31 in an encoding of one byte a letter. */
const LONG = 'é'.repeat(31);
const LONG_TABLES = [`${LONG}a`, `${LONG}b`];
const MORE = `
  CREATE FUNCTION writes() RETURNS int LANGUAGE sql AS 'INSERT INTO proc DEFAULT VALUES RETURNING 1';
  ${LONG_TABLES.map((name) => `CREATE TABLE "${name}" (LIKE ins INCLUDING ALL);`).join('\n')}
  GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC;`;
const COUNTS = [TRUTH, ...LONG_TABLES.map((name) => `SELECT 'public.${name}', count(*)::int FROM "${name}"`)].join(
  ' UNION ALL ',
);
const EMPTY = [CLEAN, ...LONG_TABLES.map((name) => `DELETE FROM "${name}"`)].join('; ');

interface Case {
  /** The client leaves once three answers have come. */
  interrupted?: true;
  steps: (Buffer | Buffer[])[];
}
const q = query;
const CASES: Record<string, Case> = {
  'a portal with RETURNING, one row taken, then Sync': {
    steps: [[parse('', 'INSERT INTO ins (n) VALUES (0),(0),(0) RETURNING id'), bindText('', ''), execute('', 1), SYNC]],
  },
  'a portal with RETURNING, one row taken, closed': {
    steps: [
      [
        parse('', 'INSERT INTO ins (n) VALUES (0),(0),(0) RETURNING id'),
        bindText('p', ''),
        execute('p', 1),
        close('P', 'p'),
        SYNC,
      ],
    ],
  },
  'a portal with RETURNING in a block, one row, COMMIT': {
    steps: [
      q('BEGIN'),
      [parse('', 'INSERT INTO ins (n) VALUES (0),(0),(0) RETURNING id'), bindText('p', ''), execute('p', 1), SYNC],
      q('COMMIT'),
    ],
  },
  'a portal with RETURNING in a block, one row, COMMIT pipelined': {
    steps: [
      q('BEGIN'),
      [
        parse('', 'INSERT INTO ins (n) VALUES (0),(0),(0) RETURNING id'),
        bindText('p', ''),
        execute('p', 1),
        ...[run('COMMIT')],
        SYNC,
      ],
    ],
  },
  'a portal run in parts to its end': {
    steps: [
      [
        parse('', 'INSERT INTO ins (n) VALUES (0),(0),(0) RETURNING id'),
        bindText('p', ''),
        execute('p', 1),
        execute('p', 1),
        execute('p', 9),
        SYNC,
      ],
    ],
  },
  'the same portal executed twice': {
    steps: [[parse('', 'INSERT INTO ins (n) VALUES (0)'), bindText('p', ''), execute('p', 0), execute('p', 0), SYNC]],
  },
  'two portals of one statement, the second fails': {
    steps: [
      [parse('s', 'INSERT INTO ins (k) VALUES ($1)'), bindText('p', 's', ['1']), execute('p', 0), SYNC],
      [bindText('p', 's', ['1']), execute('p', 0), bindText('p', 's', ['x']), SYNC],
    ],
  },
  'COMMIT in an implicit block': {
    steps: [q('INSERT INTO ins DEFAULT VALUES; COMMIT; INSERT INTO ins DEFAULT VALUES; SELECT 1/0')],
  },
  'ROLLBACK in an implicit block': {
    steps: [q('INSERT INTO ins DEFAULT VALUES; ROLLBACK; INSERT INTO ins DEFAULT VALUES')],
  },
  'BEGIN behind an INSERT, ROLLBACK': {
    steps: [q('INSERT INTO ins DEFAULT VALUES; BEGIN; INSERT INTO ins DEFAULT VALUES; ROLLBACK')],
  },
  'BEGIN behind an INSERT, COMMIT, fails': {
    steps: [q('INSERT INTO ins DEFAULT VALUES; BEGIN; INSERT INTO ins DEFAULT VALUES; COMMIT; SELECT 1/0')],
  },
  'BEGIN behind an INSERT in a batch': {
    steps: [
      [run('INSERT INTO ins DEFAULT VALUES'), run('BEGIN'), run('INSERT INTO upd DEFAULT VALUES'), SYNC],
      q('ROLLBACK'),
    ],
  },
  'COMMIT in a batch without BEGIN': {
    steps: [
      [
        run('INSERT INTO ins DEFAULT VALUES'),
        run('COMMIT'),
        run('INSERT INTO upd DEFAULT VALUES'),
        run('SELECT 1/0'),
        SYNC,
      ],
    ],
  },
  'ROLLBACK in a batch without BEGIN': {
    steps: [[run('INSERT INTO ins DEFAULT VALUES'), run('ROLLBACK'), run('INSERT INTO upd DEFAULT VALUES'), SYNC]],
  },
  'SAVEPOINT in an implicit block': {
    steps: [q('INSERT INTO ins DEFAULT VALUES; SAVEPOINT a; INSERT INTO ins DEFAULT VALUES')],
  },
  'SAVEPOINT in a batch': {
    steps: [[run('INSERT INTO ins DEFAULT VALUES'), run('SAVEPOINT a'), run('INSERT INTO upd DEFAULT VALUES'), SYNC]],
  },
  'COMMIT AND CHAIN, ROLLBACK AND CHAIN': {
    steps: [
      q(
        'BEGIN; INSERT INTO ins DEFAULT VALUES; COMMIT AND CHAIN; INSERT INTO upd DEFAULT VALUES; ROLLBACK AND CHAIN; INSERT INTO ins DEFAULT VALUES',
      ),
      q('END'),
    ],
  },
  'COMMIT AND CHAIN of a failed one': {
    steps: [
      q('BEGIN; INSERT INTO ins DEFAULT VALUES'),
      q('SELECT 1/0'),
      q('COMMIT AND CHAIN'),
      q('INSERT INTO upd DEFAULT VALUES'),
      q('COMMIT'),
    ],
  },
  'prepared INSERT by EXECUTE': {
    steps: [
      q('PREPARE p (int) AS INSERT INTO ins (n) SELECT 0 FROM generate_series(1, $1)'),
      q('EXECUTE p (3); EXECUTE p (2)'),
      q('BEGIN; EXECUTE p(1); ROLLBACK'),
    ],
  },
  'EXECUTE in an EXPLAIN ANALYZE': {
    steps: [
      q('PREPARE p (int) AS INSERT INTO ins (n) SELECT 0 FROM generate_series(1, $1)'),
      q('EXPLAIN ANALYZE EXECUTE p (3)'),
    ],
  },
  'EXPLAIN ANALYZE': { steps: [q('EXPLAIN (ANALYZE, COSTS off) INSERT INTO ins (n) VALUES (0), (0)')] },
  'a function': { steps: [q('SELECT writes()')] },
  'a function in a cursor, fetched in part': {
    steps: [
      q('BEGIN; DECLARE c CURSOR FOR SELECT writes() FROM generate_series(1, 3)'),
      q('FETCH 2 FROM c'),
      q('COMMIT'),
    ],
  },
  'a function in a cursor WITH HOLD': {
    steps: [q('BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT writes() FROM generate_series(1, 3)'), q('COMMIT')],
  },
  COPY: { steps: [[q('COPY ins (n) FROM STDIN'), copyData(Buffer.from('0\n0\n')), COPY_DONE]] },
  'COPY in a text with more': {
    steps: [[q('BEGIN; COPY ins (n) FROM STDIN; COMMIT; SELECT 1/0'), copyData(Buffer.from('0\n0\n')), COPY_DONE]],
  },
  'COPY in a batch': { steps: [[run('COPY ins (n) FROM STDIN'), copyData(Buffer.from('0\n0\n')), COPY_DONE, SYNC]] },
  'COPY and a deferred constraint': {
    steps: [[q('COPY late (k) FROM STDIN'), copyData(Buffer.from('7\n7\n')), COPY_DONE]],
  },
  'SET CONSTRAINTS makes a deferred one fail at once': {
    steps: [
      q('BEGIN; INSERT INTO late (k) VALUES (1), (1); SAVEPOINT a'),
      q('SET CONSTRAINTS ALL IMMEDIATE'),
      q('ROLLBACK TO a; INSERT INTO ins DEFAULT VALUES; COMMIT'),
      q('INSERT INTO ins DEFAULT VALUES'),
    ],
  },
  'a savepoint named K and Kelvin': {
    steps: [
      q(
        'BEGIN; INSERT INTO ins DEFAULT VALUES; SAVEPOINT k; INSERT INTO ins DEFAULT VALUES; SAVEPOINT \u212a; INSERT INTO ins DEFAULT VALUES; ROLLBACK TO k; COMMIT',
      ),
    ],
  },
  'names that are one only if cut by characters': {
    steps: [
      q(
        `BEGIN; INSERT INTO ins DEFAULT VALUES; SAVEPOINT ${LONG}a; INSERT INTO ins DEFAULT VALUES; SAVEPOINT ${LONG}b; INSERT INTO ins DEFAULT VALUES; ROLLBACK TO ${LONG}a; COMMIT`,
      ),
    ],
  },
  'tables whose names are one only if cut by bytes': {
    steps: [q(`INSERT INTO "${LONG}a" DEFAULT VALUES`), q(`INSERT INTO "${LONG}b" (n) VALUES (0), (0)`)],
  },
  'a savepoint in capitals beyond ASCII': {
    steps: [
      q(
        `BEGIN; INSERT INTO ins DEFAULT VALUES; SAVEPOINT ä; INSERT INTO ins DEFAULT VALUES; SAVEPOINT Ä; INSERT INTO ins DEFAULT VALUES; ROLLBACK TO ä; COMMIT`,
      ),
    ],
  },
  'a procedure that commits, then fails': { steps: [q('CALL commits(true)')] },
  'a procedure that commits behind rows in its text': {
    steps: [q('INSERT INTO ins DEFAULT VALUES; CALL commits(false)')],
  },
  'a procedure in DO, with savepoints': {
    steps: [
      q('DO $a$ BEGIN INSERT INTO proc DEFAULT VALUES; COMMIT; INSERT INTO proc DEFAULT VALUES; ROLLBACK; END $a$'),
    ],
  },
  'RELEASE, then ROLLBACK TO the outer': {
    steps: [
      q('BEGIN; SAVEPOINT a; INSERT INTO ins DEFAULT VALUES; SAVEPOINT b; INSERT INTO ins DEFAULT VALUES; RELEASE a'),
      q('ROLLBACK TO b'),
      q('COMMIT'),
    ],
  },
  MERGE: {
    steps: [
      q(
        'MERGE INTO upd USING (SELECT -1 AS id UNION ALL SELECT 77) s ON s.id = upd.id WHEN MATCHED THEN UPDATE SET n = n + 1 WHEN NOT MATCHED THEN INSERT (n) VALUES (0)',
      ),
    ],
  },
  'ON CONFLICT DO UPDATE': {
    steps: [q('INSERT INTO upd (id) VALUES (-1), (-2) ON CONFLICT (id) DO UPDATE SET n = upd.n + 1')],
  },
  'UPDATE WHERE CURRENT OF': {
    steps: [
      q(
        'BEGIN; DECLARE c CURSOR FOR SELECT * FROM upd FOR UPDATE; FETCH c; UPDATE upd SET n = n + 1 WHERE CURRENT OF c; COMMIT',
      ),
    ],
  },
  'a batch without Sync that ends with its client': {
    steps: [[run('INSERT INTO ins DEFAULT VALUES'), run('COMMIT'), FLUSH]],
    interrupted: true,
  },
  'WITH that writes twice': {
    steps: [
      q(
        'WITH a AS (INSERT INTO ins DEFAULT VALUES RETURNING id), b AS (UPDATE upd SET n = n + 1 WHERE id = -1 RETURNING id) SELECT * FROM a, b',
      ),
    ],
  },
  'INSERT … SELECT from a WITH': {
    steps: [q('WITH b AS (UPDATE upd SET n = n + 1 WHERE id = -1 RETURNING 0) INSERT INTO ins (n) SELECT * FROM b')],
  },
  'a failed COMMIT and more in the text': {
    steps: [
      q(
        'BEGIN; INSERT INTO late (k) VALUES (3), (3); INSERT INTO ins DEFAULT VALUES; COMMIT; INSERT INTO ins DEFAULT VALUES',
      ),
      q('INSERT INTO ins DEFAULT VALUES'),
    ],
  },
  'a COMMIT prepared by protocol': {
    steps: [
      [parse('c', 'COMMIT'), SYNC],
      q('BEGIN; INSERT INTO ins DEFAULT VALUES'),
      [bindText('', 'c'), execute('', 0), run('INSERT INTO upd DEFAULT VALUES'), run('SELECT 1/0'), SYNC],
    ],
  },
  'a ROLLBACK TO prepared by protocol': {
    steps: [
      [parse('c', 'ROLLBACK TO SAVEPOINT "a"'), SYNC],
      q('BEGIN; INSERT INTO ins DEFAULT VALUES; SAVEPOINT A; INSERT INTO ins DEFAULT VALUES'),
      [bindText('', 'c'), execute('', 0), SYNC],
      q('COMMIT'),
    ],
  },
  'dollar quotes within': {
    steps: [
      q(
        "SELECT $a$ ; ROLLBACK; $b$ $a$; INSERT INTO ins DEFAULT VALUES; SELECT $é$ COMMIT; $é$; SELECT E'\\'; ROLLBACK; --'",
      ),
    ],
  },
};

/** The target's database in another encoding: names are folded and cut by its bytes, not by those that the client sent. */
async function inLatin1(): Promise<Cluster> {
  const cluster = await startPostgres();
  return {
    ...cluster,
    createDatabase: async (name) => {
      if (name === 'ledger') return cluster.createDatabase(name);
      await cluster.sql(`CREATE DATABASE ${name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`);
    },
  };
}

/** `only`: of all cases, those that are about names. */
const SERVERS: Record<string, { make: () => Promise<Cluster>; only?: RegExp }> = {
  '18': { make: startPostgres },
  '18 in LATIN1': { make: inLatin1, only: /names|named|capitals/ },
};

for (const [server, { make, only }] of Object.entries(SERVERS)) {
  test(`promise 6: what is told of shapes that are seldom written, on ${server}`, async (context) => {
    const stage = await makeStage({ policy: openPolicy(), schema: SCHEMA + MORE, cluster: await make() });
    try {
      for (const [what, { steps, interrupted }] of sampled(Object.entries(CASES), 4)) {
        if (only && !only.test(what)) continue;
        await context.test(what, async () => {
          await stage.rows(EMPTY);
          const raw = await Raw.open(stage.through());
          assert.equal(sqlstate(await raw.ask(query(`SELECT sudo('${what}')`))), undefined);
          const words: string[] = [];
          for (const step of steps) {
            if (!interrupted) words.push(...(await raw.ask(step)));
            else {
              raw.send(...[step].flat());
              for (let answers = 0; answers < 3; answers++) words.push(await raw.next());
            }
          }
          raw.send(TERMINATE);
          raw.destroy();
          const { summary } = await stage.ended(what);
          assert.ok(summary);
          const truth = new Map<string, number>();
          for (const { name, rows } of await stage.rows(COUNTS)) truth.set(String(name), Number(rows));
          const said = `${words.join(' ')} ${JSON.stringify(summary)}`;
          assert.deepEqual(never(summary, truth), [], said);
          // Where a name cannot be told from another, what stays is unknown; else all is known.
          if (!interrupted && !only) assert.equal(summary.unknown, undefined, said);
        });
      }
    } finally {
      await stage.remove();
    }
  });
}
