// How notices stand, for operators: /metrics, /readyz and `sudoqld notices`.
import type pg from 'pg';
import type { Recorded } from '../ledger/entry/entry.ts';
import type { ChannelCounts, Counters } from './counters.ts';
import { ADD_JOB, UNDELIVERED } from './jobs.ts';
import type { NoticeEvent } from './notice.ts';

/** The ledger's database, however it is reached. */
export interface Asked {
  query<R extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<{ rows: R[] }>;
}

export type NoticeState = 'pending' | 'delivered' | 'dead';

export interface NoticeRow {
  id: string;
  createdAt: Date;
  channel: string;
  /** That it is about; null when it is about none. */
  elevation: string | null;
  event: NoticeEvent;
  head: Recorded;
  state: NoticeState;
  /** Of its message; 0 while no message names it. */
  attempts: number;
  lastAt: Date | null;
  /** Of the last attempt. */
  problem: string | null;
  /** What recipients know it by (webhook-id, Message-ID); null while no message names it. */
  message: string | null;
}

export interface NoticeStats {
  pending: number;
  /** Age of the oldest pending notice in seconds; 0 when there is none. */
  oldestPendingSeconds: number;
  /** Channels on which nothing arrives: since when attempts fail with no success after, and the last problem. */
  failing: { channel: string; seconds: number; problem: string }[];
  /** Given up and not retried. Above 0 wants an operator. */
  dead: number;
  /** Of this process since its start. */
  channels: Record<string, ChannelCounts>;
}

interface StateRow extends pg.QueryResultRow {
  id: string;
  created_at: Date;
  channel: string;
  elevation: string | null;
  body: NoticeEvent;
  head: Recorded;
  state: NoticeState;
  attempts: number;
  last_at: Date | null;
  problem: string | null;
  message: string | null;
}

const LOOK_BACK = "interval '30 days'";

export interface NoticeFilter {
  state?: NoticeState;
  channel?: string;
  /** Only those of which an attempt failed, or only others. */
  failing?: boolean;
  /** Default 100. */
  limit?: number;
}

/** Newest first, of the last 30 days. */
export async function listNotices(client: Asked, filter: NoticeFilter): Promise<NoticeRow[]> {
  const { rows } = await client.query<StateRow>(
    `SELECT * FROM notice_state
     WHERE created_at > now() - ${LOOK_BACK} AND ($1::text IS NULL OR state = $1) AND ($2::text IS NULL OR channel = $2)
       AND ($4::boolean IS NULL OR (problem IS NOT NULL) = $4)
     ORDER BY created_at DESC, id LIMIT $3`,
    [filter.state ?? null, filter.channel ?? null, filter.limit ?? 100, filter.failing ?? null],
  );
  return rows.map(toRow);
}

/** Of one elevation, in the order in which they were queued. */
export async function noticesOf(client: Asked, elevation: string, limit = 200): Promise<NoticeRow[]> {
  const { rows } = await client.query<StateRow>(
    'SELECT * FROM notice_state WHERE elevation = $1 ORDER BY created_at, id LIMIT $2',
    [elevation, limit],
  );
  return rows.map(toRow);
}

/** Those given up. */
export const deadNotices = (client: Asked, limit = 100): Promise<NoticeRow[]> =>
  listNotices(client, { state: 'dead', limit });

export interface NoticeDetail extends NoticeRow {
  attemptLog: { attempt: number; at: Date; outcome: string; problem: string | null }[];
}

export async function showNotice(client: Asked, id: string): Promise<NoticeDetail | null> {
  const { rows } = await client.query<StateRow>('SELECT * FROM notice_state WHERE id = $1', [id]);
  if (!rows[0]) return null;
  const attempts = await client.query<NoticeDetail['attemptLog'][number]>(
    'SELECT attempt, at, outcome, problem FROM notice_attempt WHERE message = $1 ORDER BY attempt',
    [rows[0].message],
  );
  return { ...toRow(rows[0]), attemptLog: attempts.rows };
}

export type Retried = 'queued' | 'unknown' | 'delivered already';

/** Tries a notice (and those that its message names) again: now when it is pending, anew when it was given up. */
export async function retryNotice(client: Asked, id: string): Promise<Retried> {
  const { rows } = await client.query<StateRow>('SELECT * FROM notice_state WHERE id = $1', [id]);
  const row = rows[0];
  if (!row) return 'unknown';
  if (row.state === 'delivered') return 'delivered already';
  await client.query(
    `WITH again AS (
       INSERT INTO notice_attempt (message, attempt, outcome, remaining)
       SELECT message, attempt + 1, 'retry', remaining FROM notice_attempt
       WHERE message = $1 AND attempt = (SELECT max(attempt) FROM notice_attempt WHERE message = $1) AND outcome = 'dead'
       ON CONFLICT DO NOTHING
     )
     SELECT ${ADD_JOB('$1::text', 'now()')}`,
    [row.message ?? row.id],
  );
  return 'queued';
}

/** Channels on which nothing arrives: since when, in seconds, and the last problem. A success is looked for only where something fails. */
export const FAILING = `
  SELECT u.channel, extract(epoch FROM now() - min(f.at))::float8 AS seconds, (array_agg(f.problem ORDER BY f.at DESC))[1] AS problem
  FROM (${UNDELIVERED}) AS u JOIN notice_attempt f ON f.message = u.message AND f.outcome = 'failed'
  WHERE NOT u.dead AND u.created_at > now() - ${LOOK_BACK}
    AND NOT EXISTS (SELECT FROM notice p WHERE p.id = u.message AND p.body ? 'to') AND NOT EXISTS (
    SELECT FROM notice n JOIN notice_attempt d ON d.message = n.id AND d.outcome = 'delivered'
    WHERE n.channel = u.channel AND n.created_at > f.at - interval '2 days' AND d.at > f.at)
  GROUP BY u.channel ORDER BY u.channel`;

export async function noticeStats(client: pg.Pool | pg.ClientBase, counters: Counters): Promise<NoticeStats> {
  const { rows } = await client.query<{ pending: string; dead: string; oldest: number | null }>(
    `SELECT count(*) FILTER (WHERE NOT dead) AS pending, count(*) FILTER (WHERE dead) AS dead,
       extract(epoch FROM now() - min(created_at) FILTER (WHERE NOT dead))::float8 AS oldest
     FROM (${UNDELIVERED}) AS _ WHERE created_at > now() - ${LOOK_BACK}`,
  );
  const { rows: failing } = await client.query<{ channel: string; seconds: number; problem: string }>(FAILING);
  return {
    failing,
    pending: Number(rows[0]?.pending ?? 0),
    dead: Number(rows[0]?.dead ?? 0),
    oldestPendingSeconds: Math.max(rows[0]?.oldest ?? 0, 0),
    channels: counters.read(),
  };
}

function toRow(row: StateRow): NoticeRow {
  return {
    id: row.id,
    createdAt: row.created_at,
    channel: row.channel,
    elevation: row.elevation,
    event: row.body,
    head: row.head,
    state: row.state,
    attempts: row.attempts,
    lastAt: row.last_at,
    problem: row.problem,
    message: row.message,
  };
}
