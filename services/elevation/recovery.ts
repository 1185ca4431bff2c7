import type { Log } from '../contract/log.ts';
import type { ElevationRecord, ElevationRecords, OpenExecutions } from '../ledger/read/elevation-records.ts';
import type { EntryDraft } from '../ledger/entry/entry.ts';
import type { LedgerPool } from '../ledger/ledger-pool.ts';
import { type Ledger, LedgerUnavailable } from '../ledger/ledger.ts';
import type { Announce } from '../notifier/announce.ts';
import type { NoticeEvent, NoticeSubject } from '../notifier/notice.ts';
import { recordEnd } from './end-record.ts';
import { summaryFromRecord } from './from-record.ts';
import { lost } from './left-executions.ts';
import type { WatchdogOfProcess } from './watchdog.ts';

export interface RecoveryOptions {
  ledger: Ledger;
  pool: Pick<LedgerPool, 'query'>;
  records: Pick<ElevationRecords, 'list' | 'openIntents' | 'openExecutions'>;
  announce: Announce;
  watchdog: Pick<WatchdogOfProcess, 'sweep' | 'terminate' | 'knows' | 'committed'>;
  /** Channels of a target as configured, and of those who look after the gateway. */
  notify: Readonly<Record<string, string[]>>;
  security: string[];
  log: Pick<Log, 'info'>;
  now?: () => Date;
}

export interface Settled {
  elevations: number;
  statements: number;
  sessions: number;
  unconfirmed: number;
}

/** Settles what a dead gateway process left: give it to `Heartbeat.onDeadReplica`, which calls it on one of the living, again until it succeeds. */
export type Recovery = (replica: string) => Promise<Settled>;

interface Seen {
  backend: 'gone' | 'unconfirmed';
  at: Date;
}

interface OpenSession {
  session: string;
  principal: string;
  target: string;
  statements: number;
  client_address: string;
  application_name: string;
}

/** Ending what the target still shows may take so long; then the record says `unconfirmed`. */
const END_MS = 5_000;
/** The target may take so long to say what became of a COMMIT. */
const ASK_MS = 2_000;
const BATCH = 100;
const QUERY_MS = 30_000;
const MAX_ELEVATIONS = 10_000;

/** A session is in one elevation at a time, and what it did last is of the one that is open. */
const LAST_SEEN = 'SELECT max(at) AS at FROM entry WHERE session = $1';
const OPEN_SESSIONS = `
  WITH lived AS (SELECT chain, started_at FROM chain WHERE replica = $1),
  open AS (
    SELECT s.session, s.principal, s.target, s.body::jsonb AS body FROM entry s
    WHERE s.kind = 'session_started' AND s.chain IN (SELECT chain FROM lived)
      AND s.at >= (SELECT min(started_at) - interval '1 day' FROM lived))
  SELECT o.session, o.principal, o.target, o.body ->> 'client_address' AS client_address, o.body ->> 'application_name' AS application_name,
    (SELECT count(*)::int FROM entry i WHERE i.session = o.session AND i.kind = 'statement_intent')
    + (SELECT coalesce(sum(jsonb_array_length(i.body::jsonb #> '{runs,form}')), 0)::int FROM entry i WHERE i.session = o.session AND i.kind IN ('reads', 'writes')) AS statements
  FROM open o WHERE NOT EXISTS (SELECT FROM entry x WHERE x.session = o.session AND x.kind = 'session_ended')`;

/**
 * Ends the backends of a dead process's sessions, readers too, and says in the record what can be said: elevations ended `gateway_lost`, the outcome of
 * open statements is unknown, the sessions are over. Each once, also when two of the living try.
 */
export function makeRecovery(options: RecoveryOptions): Recovery {
  const { ledger, pool, records, watchdog, log, now = () => new Date() } = options;

  return async (replica) => {
    const [elevations, sessions] = await Promise.all([
      records.list({ live: true, replica, limit: MAX_ELEVATIONS }),
      pool.query<OpenSession & Record<string, unknown>>(OPEN_SESSIONS, [replica], QUERY_MS),
    ]);
    const swept = sweepAll(sessions);
    const fates = await Promise.all(elevations.map((record) => endWriter(record)));
    await swept;
    const settled: Settled = { elevations: 0, statements: 0, sessions: 0, unconfirmed: 0 };
    for (const [at, record] of elevations.entries()) {
      const fate = fates[at] ?? { backend: 'unconfirmed', at: now() };
      const session = sessions.find((each) => each.session === record.session);
      if (await recordLoss(record, fate, session)) settled.elevations++;
      if (fate.backend === 'unconfirmed') settled.unconfirmed++;
    }
    const open = await records.openExecutions(replica);
    const writes = open.flatMap(({ elevation, numbers }) => (elevation === null ? [] : numbers));
    settled.statements = (await settleStatements(replica)) + writes.length;
    settled.sessions = await settleSessions(sessions, open);
    if (settled.elevations + settled.statements + settled.sessions > 0)
      log.info({ replica, ...settled }, 'settled what a lost gateway process left');
    return settled;
  };

  async function sweepAll(sessions: OpenSession[]): Promise<void> {
    const byTarget = Map.groupBy(sessions, ({ target }) => target);
    await Promise.all(
      [...byTarget].map(([target, open]) =>
        watchdog.knows(target)
          ? watchdog.sweep(
              target,
              open.map(({ session }) => session),
              END_MS,
            )
          : null,
      ),
    );
  }

  /** `at`: when the target did not show it any more, or was asked no longer. */
  async function endWriter({ target, writer }: ElevationRecord): Promise<Seen> {
    const backend = watchdog.knows(target) ? await watchdog.terminate({ target, ...writer }, END_MS) : 'unconfirmed';
    return { backend, at: now() };
  }

  async function recordLoss(
    record: ElevationRecord,
    { backend, at: endedAt }: Seen,
    session: OpenSession | undefined,
  ): Promise<boolean> {
    const told = await pool.query<{ body: NoticeEvent & NoticeSubject; channel: string }>(
      `SELECT body, channel FROM notice WHERE elevation = $1 AND body ->> 'event' IN ('elevation.started', 'elevation.extended') ORDER BY created_at`,
      [record.id],
      QUERY_MS,
    );
    const channels = [...new Set([...told.map(({ channel }) => channel), ...(options.notify[record.target] ?? [])])];
    // Asked once the writer has been ended: until then its transaction may be under way.
    const summary = await summaryFromRecord(pool, record.id, backend, (transaction) =>
      watchdog.committed(record.target, transaction, ASK_MS),
    );
    const [seen] = await pool.query<{ at: Date | null }>(LAST_SEEN, [record.session], QUERY_MS);
    return recordEnd(
      options.announce,
      {
        elevation: record.id,
        reason: record.reason,
        startedAt: record.startedAt,
        endedAt,
        seconds: Math.max(0, Math.round((endedAt.getTime() - record.startedAt.getTime()) / 1_000)),
        why: 'gateway_lost',
        summary,
        subject: subjectOf(record, told[0]?.body, session),
        channels: channels.length > 0 ? channels : options.security,
        ...(seen?.at ? { lastSeenAt: seen.at } : {}),
      },
      ...(backend === 'gone'
        ? []
        : [
            {
              event: {
                event: 'gateway.problem',
                problem: `${record.principal}'s connection for writing to ${record.target} (elevation ${record.id}, process ${record.writer.pid}, started ${record.writer.startedAt}) was left by a gateway that was lost, and could not be seen to be gone. It may still write: look at pg_stat_activity on ${record.target}.`,
              } as const,
              channels: [...new Set([...channels, ...options.security])],
            },
          ]),
    );
  }

  async function settleStatements(replica: string): Promise<number> {
    const open = await records.openIntents(replica);
    return settle('statement_settled', 'statement', open, ({ statement, session, principal, target, elevation }) => [
      {
        kind: 'statement_outcome',
        statement,
        elevation,
        result: 'unknown',
        sqlstate: null,
        rows: null,
        duration_ms: 0,
        session,
        principal,
        target,
      },
    ]);
  }

  async function settleSessions(open: OpenSession[], executions: OpenExecutions[]): Promise<number> {
    const running = Map.groupBy(executions, ({ session }) => session);
    return settle('session_settled', 'session', open, ({ session, principal, target, statements }) => {
      const of = { session, principal, target };
      return [
        ...(running.get(session) ?? []).map(lost),
        { kind: 'session_ended', why: 'gateway_lost', statements, ...of },
      ];
    });
  }

  /** Entries in batches, each with a row that another's would collide with. */
  async function settle<K extends 'statement' | 'session', T extends Record<K, string>>(
    table: `${K}_settled`,
    key: K,
    open: T[],
    drafts: (each: T) => EntryDraft[],
  ): Promise<number> {
    let done = 0;
    for (let from = 0; from < open.length; from += BATCH) {
      const batch = open.slice(from, from + BATCH);
      const ids = batch.map((each) => each[key]);
      const taken = await pool.query<{ id: string }>(`SELECT ${key} AS id FROM ${table} WHERE ${key} = ANY($1)`, [ids]);
      const left = batch.filter((each) => !taken.some(({ id }) => id === each[key]));
      if (left.length === 0) continue;
      await ledger.transaction(left.flatMap(drafts), async (client) => {
        const { rowCount } = await client.query(
          `INSERT INTO ${table} (${key}) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING`,
          [left.map((each) => each[key])],
        );
        // The next look finds what the other has not settled.
        if (rowCount !== left.length) throw new LedgerUnavailable('Another gateway is settling the same.');
      });
      done += left.length;
    }
    return done;
  }
}

/** Who it was: as the notice of its start said, else as the ledger has it. */
function subjectOf(
  record: ElevationRecord,
  told: NoticeSubject | undefined,
  session: OpenSession | undefined,
): NoticeSubject {
  return {
    session: record.session,
    principal: record.principal,
    target: record.target,
    email: told?.email ?? null,
    environment: told?.environment ?? null,
    client_address: told?.client_address ?? session?.client_address ?? '',
    application_name: told?.application_name ?? session?.application_name ?? '',
  };
}
