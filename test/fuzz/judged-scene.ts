// What sequences of function, path and replacement are played on: two schemas with functions that say that they run, each with a
// body that is vetted and others that nobody looked at.
import pg from 'pg';
import { setupTarget } from '../../services/gateway/targets/setup/setup-target.ts';
import { listFunctions } from '../../services/statements/vetting/list-functions.ts';
import type { VettedFunction } from '../../services/statements/vetting/verdict.ts';
import type { Cluster } from '../helpers/postgres.ts';
import type { Random } from './random.ts';

export const DATABASE = 'judged';
/** What a body that nobody vetted says. */
export const UNVETTED = 'unvetted';
const LOGINS = {
  reader: { user: 'judged_reader', password: 'judged-reader' },
  writer: { user: 'judged_writer', password: 'judged-writer' },
  control: { user: 'judged_control', password: 'judged-control' },
};

/** A function that others call, by a name that is looked up or was resolved. */
export interface Callee {
  signature: string;
  /** CREATE OR REPLACE with a body that says `word`. */
  make(word: string): string;
  /** Taken away and put there, rather than replaced: a name in front of another. */
  shadow?: boolean;
}

const says = (name: string, args: string, returns: string, word: string, result: string): string =>
  `CREATE OR REPLACE FUNCTION ${name}(${args}) RETURNS ${returns} LANGUAGE plpgsql AS $f$ BEGIN RAISE NOTICE 'ran ${word} ${name.replaceAll("'", '')}'; RETURN ${result}; END $f$`;

const callee = (name: string, args = 'int', returns = 'int', result = '$1', shadow = false): Callee => ({
  signature: `${name}(${args === 'int' ? 'integer' : args.replaceAll('int', 'integer').replaceAll(',', ', ')})`,
  make: (word) => says(name, args, returns, word, result),
  shadow,
});

const CALLEES: readonly Callee[] = [
  callee('a.g'),
  callee('b.g'),
  callee('a."g€"'),
  callee('b."g€"', 'int', 'int', '$1', true),
  callee('b."gÄ"', 'int', 'int', '$1', true),
  callee('b.abs', 'int', 'int', '$1', true),
  callee('a.holds', 'int', 'boolean', 'true'),
  callee('b.holds', 'int', 'boolean', 'true'),
  callee('a.same', 'int,int', 'boolean', 'true'),
  callee('a.as_int', 'a.pair', 'int', '1'),
  callee('a.allowed', 'int', 'boolean', 'true'),
];

/** What statements call: vetted, and never replaced. Each reaches callees in another way. */
const CALLERS = `SET check_function_bodies = off;
  CREATE FUNCTION a.late(int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN g($1); END $$;
  CREATE FUNCTION b.late(int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN g($1) + 1; END $$;
  CREATE FUNCTION a.late_sql(int) RETURNS int LANGUAGE sql AS $$ SELECT g($1) + abs($1) $$;
  CREATE FUNCTION a.late_immutable(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN abs($1); END $$;
  CREATE FUNCTION b.qualified(int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN a.g($1); END $$;
  CREATE FUNCTION a.atomic(x int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT a.g(x); END;
  CREATE FUNCTION b.returned(x int) RETURNS int LANGUAGE sql RETURN a.g(x) + b.g(x);
  CREATE FUNCTION a.own_path(int) RETURNS int LANGUAGE plpgsql SET search_path = b AS $$ BEGIN RETURN g($1); END $$;
  CREATE FUNCTION b.own_path_twice(int) RETURNS int LANGUAGE plpgsql SET search_path = b, a AS $$ BEGIN RETURN a.late($1); END $$;
  CREATE FUNCTION a.odd(int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN g€($1); END $$;
  CREATE FUNCTION a.folded(int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN /* " */ IF to_regproc('gÄ') IS NULL THEN RETURN 1; END IF; RETURN GÄ($1); END $$;
  CREATE FUNCTION a.quoted(int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN U&"\\0067"/* x */($1); END $$;
  CREATE FUNCTION a.of_domain(a.d) RETURNS int LANGUAGE sql AS $$ SELECT $1::int $$;
  CREATE FUNCTION a.casts(int) RETURNS int LANGUAGE plpgsql AS $$ DECLARE p a.pair := ROW($1, $1); BEGIN RETURN p::int; END $$;
  CREATE FUNCTION a.compares(int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN ($1 === 1)::int; END $$;
  CREATE FUNCTION a.compares_atomic(x int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT (x OPERATOR(a.===) 1)::int; END;
  CREATE FUNCTION b.reads_view(int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM a.calls); END $$;
  CREATE FUNCTION b.reads_guarded(int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM a.guarded); END $$;
  CREATE FUNCTION a.opens(int) RETURNS int LANGUAGE plpgsql AS $$ DECLARE r refcursor := 'opened'; BEGIN OPEN r FOR SELECT a.late($1); RETURN 1; END $$;
  CREATE FUNCTION a.moves(int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('search_path', 'b, a', false); RETURN $1; END $$;
  CREATE FUNCTION a.moves_back(int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('search_path', 'a, b', true); RETURN g($1); END $$;`;

const SCENE = `
  CREATE SCHEMA a; CREATE SCHEMA b;
  CREATE TABLE a.log (line text);
  CREATE TABLE a.rows (x int); INSERT INTO a.rows SELECT generate_series(1, 5);
  CREATE TABLE b.rows (x int); INSERT INTO b.rows SELECT generate_series(1, 3);
  CREATE TYPE a.pair AS (x int, y int);
  CREATE TABLE a.guarded (x int); INSERT INTO a.guarded VALUES (1);`;
const AFTER_CALLEES = `
  CREATE DOMAIN a.d AS int CHECK (a.holds(VALUE)); CREATE DOMAIN b.d AS int CHECK (b.holds(VALUE));
  CREATE OPERATOR a.=== (LEFTARG = int, RIGHTARG = int, PROCEDURE = a.same);
  CREATE CAST (a.pair AS int) WITH FUNCTION a.as_int(a.pair);
  CREATE VIEW a.calls AS SELECT a.g(x) AS y FROM a.rows; CREATE VIEW b.calls AS SELECT b.g(x) AS y FROM b.rows;
  ALTER TABLE a.guarded ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON a.guarded USING (a.allowed(x));`;

export interface JudgedScene {
  config(login: keyof typeof LOGINS): pg.ClientConfig;
  owner: pg.Client;
  vetted: VettedFunction[];
  /** These as they were vetted; shadows gone. */
  restore(callees: readonly Callee[]): Promise<void>;
  close(): Promise<void>;
}

/** What a body does that is replaced unseen: it writes, leaves READ ONLY where that can be done, or would leave it for good. */
const HARMS = [
  "PERFORM set_config('transaction_read_only', NULL, false); INSERT INTO a.log VALUES ('written')",
  "INSERT INTO a.log VALUES ('written')",
  "PERFORM set_config('default_transaction_read_only', 'off', false)",
] as const;

/** The same callee with a body that tries that with its owner's rights, and says nothing. */
export function writing({ make }: Callee, random: Random): string {
  const body = make(UNVETTED).replace(
    /RAISE NOTICE '[^']*'/,
    `BEGIN ${random.pick(HARMS)}; EXCEPTION WHEN OTHERS THEN END`,
  );
  return body.replace('LANGUAGE plpgsql', 'LANGUAGE plpgsql SECURITY DEFINER');
}

/** Calls, and the callees that each may come to under one path or another. */
const CALLS: readonly [text: string, callees: string][] = [
  ['SELECT late(1)', 'g'],
  ['SELECT a.late(1)', 'g'],
  ['SELECT b.late(x) FROM rows', 'g'],
  ['SELECT late_sql(1)', 'g abs'],
  ['SELECT a.late_immutable(1)', 'abs'],
  ['SELECT b.qualified(1)', 'g'],
  ['SELECT a.atomic(1)', 'g'],
  ['SELECT b.returned(1)', 'g'],
  ['SELECT a.own_path(1)', 'g'],
  ['SELECT b.own_path_twice(1)', 'g'],
  ['SELECT a.odd(1)', '"g€"'],
  ['SELECT a.folded(1)', '"gÄ"'],
  ['SELECT a.quoted(1)', 'g'],
  ['SELECT a.of_domain(1)', 'holds'],
  ['SELECT 1::a.d', 'holds'],
  ['SELECT 1::d', 'holds'],
  ['SELECT a.casts(1)', 'as_int'],
  ['SELECT a.compares(1)', 'same'],
  ['SELECT a.compares_atomic(1)', 'same'],
  ['SELECT b.reads_view(1)', 'g'],
  ['SELECT b.reads_guarded(1)', 'allowed'],
  ['SELECT g(x) FROM rows', 'g'],
  ['SELECT y FROM calls', 'g'],
  ['SELECT x FROM a.guarded', 'allowed'],
  ['SELECT abs(x) FROM rows', 'abs'],
  ['SELECT a.moves(1)', 'g'],
  ['SELECT a.moves_back(1)', 'g'],
  ['COPY (SELECT late(x) FROM rows) TO STDOUT', 'g'],
  ['EXPLAIN SELECT a.late_immutable(1)', 'abs'],
];
const TYPED: readonly [text: string, callees: string][] = [
  ['SELECT $1::d', 'holds'],
  ['SELECT $1::a.d', 'holds'],
  ['SELECT a.late($1)', 'g'],
  ['SELECT late($1)', 'g'],
];

/** What one sequence is about: a callee's name, and what may come to it. */
export interface Theme {
  callees: readonly [Callee, ...Callee[]];
  calls: readonly [string, ...string[]];
  /** With one parameter. */
  typed: readonly [string, ...string[]];
}

export function pickTheme(random: Random): Theme {
  const name = random.pick(['g', 'g', 'abs', '"g€"', '"gÄ"', 'holds', 'same', 'as_int', 'allowed']);
  const about = (all: readonly [string, string][]) =>
    all.filter(([, callees]) => callees.split(' ').includes(name)).map(([text]) => text);
  const [callee, ...callees] = CALLEES.filter(({ signature }) => signature.split('(')[0]?.split('.')[1] === name);
  const [call = 'SELECT 1', ...calls] = about(CALLS);
  const [typed = 'SELECT $1::int', ...others] = about(TYPED);
  if (!callee) throw new Error(`No callee is named ${name}.`);
  return { callees: [callee, ...callees], calls: [call, ...calls], typed: [typed, ...others] };
}

export async function makeJudgedScene(cluster: Cluster): Promise<JudgedScene> {
  await cluster.createDatabase(DATABASE);
  await cluster.sql(SCENE, DATABASE);
  for (const each of CALLEES) await cluster.sql(each.make('vetted'), DATABASE);
  await cluster.sql(AFTER_CALLEES + CALLERS, DATABASE);
  const admin = { connectionString: cluster.url(DATABASE) };
  await setupTarget(admin, { database: DATABASE, schemas: ['a', 'b'], ...LOGINS }, { apply: true });
  await cluster.sql(
    'GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA a, b TO PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA a, b TO PUBLIC',
    DATABASE,
  );
  const owner = new pg.Client(admin);
  owner.on('error', () => {});
  await owner.connect();
  await owner.query("SET lock_timeout = '10s'; SET client_min_messages = warning");
  const vetted = (await listFunctions(owner, DATABASE)).filter(({ kind }) => kind === 'function');
  const restore = async (callees: readonly Callee[]) => {
    for (const each of callees) {
      if (each.shadow) await owner.query(`DROP FUNCTION IF EXISTS ${each.signature}`);
      else await owner.query(each.make('vetted').replace('LANGUAGE plpgsql', 'LANGUAGE plpgsql SECURITY INVOKER'));
    }
    await owner.query('TRUNCATE a.log');
  };
  await restore(CALLEES);
  return {
    config: (login) => ({ host: '127.0.0.1', port: cluster.port, database: DATABASE, ...LOGINS[login] }),
    owner,
    vetted,
    restore,
    close: () => owner.end(),
  };
}
