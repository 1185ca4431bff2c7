import type pg from 'pg';
import type { ElevationFilter, ElevationRecord, ElevationRecords, OpenIntent, Pair } from './elevation-records.ts';
import type { ElevationSummary, EndReason, Stopper } from '../entry/entry.ts';
import type { Ledger } from '../ledger.ts';
import type { LedgerPool } from '../ledger-pool.ts';
import { leftExecutions, OPEN_SESSIONS, openExecutions } from './open-executions.ts';

export interface ElevationRecordsOptions {
  pool: LedgerPool;
  ledger: Pick<Ledger, 'transaction'>;
}

interface Row {
  started: {
    elevation: string;
    session: string;
    principal: string;
    target: string;
    reason: string;
    by: 'connect' | 'in-band';
    break_glass?: true;
    deadline: string;
    at: string;
    chain: string;
    seq: number;
    writer_pid: number;
    writer_started: string;
  };
  extended: { deadline: string; break_glass?: true } | null;
  ended: { at: string; why: EndReason; summary: ElevationSummary | null } | null;
  revoked_by: Stopper | null;
  replica: string;
}

/** `e`: the elevation_started entry. Its chain says which process it was. */
const SELECT = `
  SELECT e.body::jsonb AS started, c.replica, r.actor AS revoked_by,
    (SELECT body::jsonb FROM entry WHERE elevation = e.elevation AND kind = 'elevation_extended' ORDER BY at DESC, seq DESC LIMIT 1) AS extended,
    (SELECT body::jsonb FROM entry WHERE elevation = e.elevation AND kind = 'elevation_ended' ORDER BY at, seq LIMIT 1) AS ended
  FROM entry e JOIN chain c ON c.chain = e.chain LEFT JOIN elevation_revocation r ON r.elevation = e.elevation
  WHERE e.kind = 'elevation_started'`;
const NOT_ENDED = `NOT EXISTS (SELECT FROM entry x WHERE x.elevation = e.elevation AND x.kind = 'elevation_ended')`;

/** Settled by the sessions that were open: a process that ended had few, of the many statements that it recorded. */
const OPEN_INTENTS = `${OPEN_SESSIONS}
  SELECT e.statement, e.session, e.principal, e.target, e.elevation FROM open JOIN entry e USING (session)
  WHERE e.kind = 'statement_intent'
    AND NOT EXISTS (SELECT FROM entry o WHERE o.statement = e.statement AND o.kind = 'statement_outcome')
  ORDER BY e.at, e.seq`;
const SETTLING_MS = 30_000;

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 10_000;

/** What the ledger knows of elevations: nothing is kept beside the entries but who revoked which. */
export function makeElevationRecords({ pool, ledger }: ElevationRecordsOptions): ElevationRecords {
  const show = async (id: string): Promise<ElevationRecord | null> => {
    const [row] = await pool.query<Row & pg.QueryResultRow>(`${SELECT} AND e.elevation = $1`, [id]);
    return row ? recordOf(row) : null;
  };
  return {
    show,
    async list({ limit = DEFAULT_LIMIT, ...filter }: ElevationFilter) {
      const { text: where, values } = whereOf(filter);
      values.push(Math.max(0, Math.min(limit, MAX_LIMIT)));
      const text = `${SELECT}${where} ORDER BY e.at DESC, e.chain DESC, e.seq DESC LIMIT $${values.length}`;
      return (await pool.query<Row & pg.QueryResultRow>(text, values)).map(recordOf);
    },
    async pairs(filter) {
      const { text, values } = whereOf(filter);
      return pool.query<Pair & pg.QueryResultRow>(
        `SELECT DISTINCT e.principal, e.target FROM entry e WHERE e.kind = 'elevation_started'${text}`,
        values,
      );
    },
    async revoke(id, stopper, commit = (draft, mark) => ledger.transaction([draft], mark)) {
      const record = await show(id);
      if (record?.state !== 'live') return false;
      if (record.revokedBy) return true;
      const { why, ...actor } = stopper;
      const { session, principal, target } = record;
      try {
        await commit(
          {
            kind: 'elevation_revoked',
            elevation: id,
            actor,
            ...(why === undefined ? {} : { why }),
            session,
            principal,
            target,
          },
          (client) => revokeIn(client, id, stopper),
          record,
        );
      } catch (error) {
        if (error instanceof RevokedBefore) return true;
        if (error instanceof EndedBefore) return false;
        throw error;
      }
      return true;
    },
    async openIntents(replica) {
      return pool.query<OpenIntent & pg.QueryResultRow>(OPEN_INTENTS, [replica], SETTLING_MS);
    },
    openExecutions: (replica) => openExecutions(pool, replica),
    leftExecutions: () => leftExecutions(pool),
  };
}

/** Conditions on `e` and `c`, each behind an AND. */
function whereOf(filter: Omit<ElevationFilter, 'limit'>): { text: string; values: unknown[] } {
  const { live, principal, target, replica, since, until, among, after } = filter;
  const values: unknown[] = [];
  const value = (given: unknown) => `$${values.push(given)}`;
  const conditions: string[] = [];
  if (live !== undefined) conditions.push(`${live ? '' : 'NOT '}(${NOT_ENDED})`);
  if (principal !== undefined) conditions.push(`e.principal = ${value(principal)}`);
  if (target !== undefined) conditions.push(`e.target = ${value(target)}`);
  if (replica !== undefined) conditions.push(`c.replica = ${value(replica)}`);
  if (since !== undefined) conditions.push(`e.at >= ${value(since)}::timestamptz`);
  if (until !== undefined) conditions.push(`e.at < ${value(until)}::timestamptz`);
  if (among !== undefined) {
    const principals = value(among.map((pair) => pair.principal));
    const targets = value(among.map((pair) => pair.target));
    conditions.push(`(e.principal, e.target) IN (SELECT * FROM unnest(${principals}::text[], ${targets}::text[]))`);
  }
  if (after !== undefined) {
    const place = [`${value(after.at)}::timestamptz`, `${value(after.chain)}::text`, `${value(after.seq)}::bigint`];
    conditions.push(`(e.at, e.chain, e.seq) < (${place.join(', ')})`);
  }
  return { text: conditions.map((condition) => ` AND ${condition}`).join(''), values };
}

class RevokedBefore extends Error {}
class EndedBefore extends Error {}

async function revokeIn(client: pg.ClientBase, id: string, stopper: Stopper): Promise<void> {
  const { rowCount } = await client.query(
    'INSERT INTO elevation_revocation (elevation, actor) VALUES ($1, $2) ON CONFLICT DO NOTHING',
    [id, JSON.stringify(stopper)],
  );
  if (rowCount !== 1) throw new RevokedBefore();
  const ended = await client.query("SELECT FROM entry WHERE elevation = $1 AND kind = 'elevation_ended'", [id]);
  if (ended.rowCount !== 0) throw new EndedBefore();
  await client.query("SELECT pg_notify('sudoql', 'elevation')");
}

function recordOf({ started, extended, ended, revoked_by, replica }: Row): ElevationRecord {
  return {
    id: started.elevation,
    session: started.session,
    principal: started.principal,
    target: started.target,
    reason: started.reason,
    by: started.by,
    ...((started.break_glass || extended?.break_glass) && { breakGlass: true }),
    startedAt: new Date(started.at),
    deadline: new Date(extended?.deadline ?? started.deadline),
    state: ended ? 'ended' : 'live',
    revokedBy: revoked_by,
    endedAt: ended ? new Date(ended.at) : null,
    why: ended?.why ?? null,
    summary: ended?.summary ?? null,
    replica,
    writer: { pid: started.writer_pid, startedAt: started.writer_started },
    place: { at: new Date(started.at), chain: started.chain, seq: started.seq },
  };
}
