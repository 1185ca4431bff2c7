// What a statement does when it is run directly, in a disposable database: the truth that analysis is measured against.
import pg from 'pg';
import type { ScriptStatement } from './script.ts';

export interface Observed {
  ok: boolean;
  /** A transaction id was assigned, a sequence or a large object moved, a lock stayed, or the server's files changed. */
  changed: string[];
  /** False where a lock kept the onlooker out before: what it sees now may be an earlier statement's. */
  sure: boolean;
}

/** Runs statements one after the other in one session, as psql would, and looks on from another. */
export interface DirectRun {
  run(statement: ScriptStatement): Promise<Observed>;
  /** What names mean in the session now: null in a failed transaction. */
  names(): Promise<{ searchPath: string; login: string } | null>;
  close(): Promise<void>;
}

const STATE = `SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS completed,
  (SELECT string_agg(transactionid::text, ',') FROM pg_locks WHERE locktype = 'transactionid' AND mode = 'ExclusiveLock') AS running,
  (SELECT coalesce(sum(last_value), 0)::text FROM pg_sequences) AS sequences,
  (SELECT count(*)::text FROM pg_locks WHERE granted AND pid <> pg_backend_pid() AND locktype = 'advisory') AS locks,
  (SELECT count(*)::text FROM pg_replication_slots) AS slots,
  (SELECT modification::text FROM pg_stat_file('postgresql.auto.conf')) AS configuration`;

const PARTS = ['sequences', 'locks', 'slots', 'configuration'];

/** `config`: a superuser of the disposable database. */
export async function directRun(config: pg.ClientConfig, timeoutMs: number): Promise<DirectRun> {
  const connect = async () => {
    const client = new pg.Client(config);
    client.on('error', () => {});
    await client.connect();
    return client;
  };
  const onlooker = await connect();
  let session = await connect();
  const prepare = () => session.query(`SET statement_timeout = ${timeoutMs}; SET client_min_messages = error`);
  await prepare();
  // A script may hold a lock on a sequence: then the onlooker says what it saw last.
  await onlooker.query("SET lock_timeout = '200ms'");
  let seen: Record<string, string | null> = {};
  let keptOut = false;
  const look = async () => {
    const answer = await onlooker.query(STATE).catch(() => null);
    keptOut = answer === null;
    if (answer) seen = answer.rows[0] as Record<string, string | null>;
    return seen;
  };
  let before = await look();
  return {
    async run({ text, rows }) {
      let ok = true;
      const sure = !keptOut;
      try {
        await (rows === null ? session.query(text) : copyIn(session, text, rows));
      } catch (error) {
        ok = false;
        if (!(error instanceof pg.DatabaseError) || error.severity === 'FATAL') {
          await session.end().catch(() => undefined);
          session = await connect();
          await prepare();
        }
      }
      const after = await look();
      // Fewer locks are a release: nothing that was not taken before can be given back.
      const changed = PARTS.filter((part) =>
        part === 'locks' ? Number(after[part]) > Number(before[part]) : after[part] !== before[part],
      );
      if (assigned(before, after)) changed.push('transaction id');
      before = after;
      return { ok, changed, sure };
    },
    async names() {
      try {
        const { rows } = await session.query("SELECT current_setting('search_path') AS path, current_user AS login");
        return { searchPath: String(rows[0].path), login: String(rows[0].login) };
      } catch {
        return null;
      }
    },
    async close() {
      await session.end().catch(() => undefined);
      await onlooker.end();
    },
  };
}

/**
 * Whether a transaction id was given between two looks. It shows while its (sub)transaction runs, and afterwards in what is
 * completed; that one which ran before has ended, or was aborted by an error, is no second change.
 */
function assigned(before: Record<string, string | null>, after: Record<string, string | null>): boolean {
  const running = (state: Record<string, string | null>) =>
    (state.running ?? '').split(',').filter(Boolean).map(BigInt);
  const known = running(before);
  if (running(after).some((id) => !known.includes(id))) return true;
  const ended = [BigInt(before.completed ?? 0), ...known.map((id) => id + 1n)];
  return ended.every((id) => BigInt(after.completed ?? 0) > id);
}

/** A simple query whose CopyInResponse is answered with the script's rows. */
function copyIn(client: pg.Client, text: string, rows: string): Promise<void> {
  const { connection } = client as unknown as {
    connection: { query(text: string): void; sendCopyFromChunk(chunk: Buffer): void; endCopyFrom(): void };
  };
  return new Promise((resolve, reject) => {
    client.query({
      submit: () => connection.query(text),
      handleCopyInResponse: () => {
        connection.sendCopyFromChunk(Buffer.from(rows));
        connection.endCopyFrom();
      },
      // node-postgres lets go of a query at its error.
      handleError: (error: Error) => reject(error),
      handleReadyForQuery: () => resolve(),
      handleCommandComplete: () => {},
      handleRowDescription: () => {},
      handleDataRow: () => {},
      handleEmptyQuery: () => {},
      handlePortalSuspended: () => {},
      handleCopyData: () => {},
    } as unknown as pg.Submittable);
  });
}
