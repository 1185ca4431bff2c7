// Generated statements against analysis, PostgreSQL itself the judge: what analysis allows is run as a superuser who may do
// anything, and must do nothing.
import pg from 'pg';
import { makeAnalyser } from '../../services/statements/analyser.ts';
import { makeCatalogues } from '../../services/statements/catalogue.ts';
import { loadParser } from '../../services/statements/parse.ts';
import { DATABASE, type Stage } from '../bypass/stage.ts';
import { judgeRead } from '../regress/judge-read.ts';
import { generate } from './grammar.ts';
import { makeRandom } from './random.ts';

export interface StatementFuzz {
  tried: number;
  /** Those that PostgreSQL ran without an error of its own: only they can tell something. */
  ran: number;
  /** Allowed and did something: none, or analysis has a hole. */
  holes: string[];
  /** Of built-ins alone, ran, did nothing, and refused all the same. */
  refusedWrongly: string[];
  /** Not harmless, allowed, and did nothing when run. */
  allowed: number;
}

export interface FuzzOptions {
  seed: number;
  /** Stops at whichever comes first. */
  count?: number;
  milliseconds?: number;
}

const SETTING = "SET client_min_messages = error; SET statement_timeout = '2s'";
const MARKS = `SELECT (SELECT last_value::text || is_called FROM app.log_id_seq) || (SELECT last_value::text || is_called FROM ticket) AS marks`;

export async function fuzzStatements(stage: Stage, options: FuzzOptions): Promise<StatementFuzz> {
  const { seed, count = Number.POSITIVE_INFINITY, milliseconds = Number.POSITIVE_INFINITY } = options;
  await loadParser();
  const connect = async () => {
    const client = new pg.Client(stage.config('superuser'));
    client.on('error', () => {});
    await client.connect();
    return client;
  };
  const analyser = makeAnalyser({ catalogues: makeCatalogues({ connect }) });
  const random = makeRandom(seed);
  const client = await connect();
  await client.query(SETTING);
  let marks = await marksOf(client);
  const result: StatementFuzz = { tried: 0, ran: 0, holes: [], refusedWrongly: [], allowed: 0 };
  const until = performance.now() + milliseconds;
  const context = { searchPath: '"$user", public', login: 'corpus_reader', target: DATABASE };
  while (result.tried < count && performance.now() < until) {
    const { sql, harmless } = generate(random, random.chance(0.2));
    result.tried++;
    const { verdict } = await judgeRead(analyser, sql, context);
    // What is refused and should be says nothing more; one in eight is run, to see that generated statements run at all.
    if (verdict !== 'allowed' && !harmless && !random.chance(0.125)) continue;
    const { ran, assigned } = await runAndForget(client, sql);
    const now = await marksOf(client);
    const did = assigned || now !== marks;
    marks = now;
    if (ran) result.ran++;
    if (verdict === 'allowed' && did) result.holes.push(sql);
    else if (verdict === 'allowed' && !harmless) result.allowed++;
    else if (verdict !== 'allowed' && harmless && ran && !did) result.refusedWrongly.push(sql);
  }
  await client.end();
  await analyser.close();
  return result;
}

/** In a transaction that is rolled back; whether it ran to its end, and whether it was given a transaction id. */
async function runAndForget(client: pg.Client, sql: string): Promise<{ ran: boolean; assigned: boolean }> {
  try {
    await client.query('BEGIN');
    await client.query(sql);
    const { rows } = await client.query('SELECT pg_current_xact_id_if_assigned() IS NOT NULL AS assigned');
    return { ran: true, assigned: rows[0]?.assigned === true };
  } catch {
    return { ran: false, assigned: false };
  } finally {
    await client.query('ROLLBACK; DEALLOCATE ALL');
  }
}

async function marksOf(client: pg.Client): Promise<string> {
  return String((await client.query(MARKS)).rows[0]?.marks);
}
