import type pg from 'pg';
import type { ElevationFilter, ElevationRecord, ElevationRecords, OpenIntent } from './elevation-records.ts';
import type { Actor, ElevationSummary, EndReason } from './entry.ts';
import type { Ledger } from './ledger.ts';
import type { LedgerPool } from './ledger-pool.ts';
import { OPEN_SESSIONS, openReads } from './open-reads.ts';

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
    deadline: string;
    at: string;
    writer_pid: number;
    writer_started: string;
  };
  extended: { deadline: string } | null;
  ended: { at: string; why: EndReason; summary: ElevationSummary | null } | null;
  revoked_by: Actor | null;
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
    async list({ live, principal, target, replica, limit = DEFAULT_LIMIT }: ElevationFilter) {
      const values: unknown[] = [];
      const where = (condition: string, value: unknown) => {
        values.push(value);
        return ` AND ${condition} = $${values.length}`;
      };
      let text = SELECT;
      if (live !== undefined) text += ` AND ${live ? '' : 'NOT '}(${NOT_ENDED})`;
      if (principal !== undefined) text += where('e.principal', principal);
      if (target !== undefined) text += where('e.target', target);
      if (replica !== undefined) text += where('c.replica', replica);
      values.push(Math.max(0, Math.min(limit, MAX_LIMIT)));
      text += ` ORDER BY e.at DESC, e.chain, e.seq DESC LIMIT $${values.length}`;
      return (await pool.query<Row & pg.QueryResultRow>(text, values)).map(recordOf);
    },
    async revoke(id, actor, also) {
      const record = await show(id);
      if (record?.state !== 'live') return false;
      if (record.revokedBy) return true;
      const { session, principal, target } = record;
      try {
        await ledger.transaction(
          [{ kind: 'elevation_revoked', elevation: id, actor, session, principal, target }],
          async (client) => {
            await revokeIn(client, id, actor);
            await also?.(client, record);
          },
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
    openReads: (replica) => openReads(pool, replica),
  };
}

class RevokedBefore extends Error {}
class EndedBefore extends Error {}

async function revokeIn(client: pg.ClientBase, id: string, actor: Actor): Promise<void> {
  const { rowCount } = await client.query(
    'INSERT INTO elevation_revocation (elevation, actor) VALUES ($1, $2) ON CONFLICT DO NOTHING',
    [id, JSON.stringify(actor)],
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
    startedAt: new Date(started.at),
    deadline: new Date(extended?.deadline ?? started.deadline),
    state: ended ? 'ended' : 'live',
    revokedBy: revoked_by,
    endedAt: ended ? new Date(ended.at) : null,
    why: ended?.why ?? null,
    summary: ended?.summary ?? null,
    replica,
    writer: { pid: started.writer_pid, startedAt: started.writer_started },
  };
}
