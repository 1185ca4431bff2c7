// A message: what one channel is told at once. It names one notice, or several that happened together.
import type pg from 'pg';
import type { Recorded } from '../ledger/entry/entry.ts';
import type { NoticeEvent } from './notice.ts';

export interface Told<E extends NoticeEvent = NoticeEvent> {
  notice: string;
  createdAt: Date;
  event: E;
  head: Recorded;
}

export interface Message {
  /** Stable across attempts and replicas: webhook-id, and the left side of Message-ID. */
  id: string;
  channel: string;
  /** Oldest first, at least one, all of the same kind of event. */
  told: [Told, ...Told[]];
  /** Ids of the messages on this channel that announced the same elevations' starts; empty when this is one. */
  thread: string[];
  /** Attempts made so far. */
  attempts: number;
  firstAttemptAt: Date | null;
  /** Recipients that have not got it yet; null for all. */
  remaining: string[] | null;
  /** `delivered` and `dead` are final. */
  state: 'pending' | 'delivered' | 'dead';
}

/** Null when there is no such message. The gateway's login may select all that this reads. */
export async function loadMessage(client: pg.Pool | pg.ClientBase, id: string): Promise<Message | null> {
  const { rows } = await client.query<{
    id: string;
    created_at: Date;
    channel: string;
    body: NoticeEvent;
    head: Recorded;
  }>(
    `SELECT n.id, n.created_at, n.channel, n.body, n.head FROM notice_message m JOIN notice n ON n.id = m.notice
     WHERE m.message = $1 ORDER BY n.created_at, n.id`,
    [id],
  );
  const told = rows.map((row) => ({ notice: row.id, createdAt: row.created_at, event: row.body, head: row.head }));
  const [first, ...others] = told;
  if (!first || !rows[0]) return null;
  const { rows: attempts } = await client.query<{
    attempt: number;
    outcome: string;
    at: Date;
    remaining: string[] | null;
  }>('SELECT attempt, outcome, at, remaining FROM notice_attempt WHERE message = $1 ORDER BY attempt', [id]);
  const last = attempts.at(-1);
  return {
    id,
    channel: rows[0].channel,
    told: [first, ...others],
    thread: first.event.event === 'elevation.started' ? [] : await startsOf(client, rows[0].channel, told),
    attempts: last?.attempt ?? 0,
    firstAttemptAt: sinceRetry(attempts)[0]?.at ?? null,
    remaining: last?.remaining ?? null,
    state: last?.outcome === 'delivered' || last?.outcome === 'dead' ? last.outcome : 'pending',
  };
}

/** An operator's retry begins the time that a message is tried for anew. */
function sinceRetry<A extends { outcome: string }>(attempts: A[]): A[] {
  return attempts.slice(attempts.findLastIndex((attempt) => attempt.outcome === 'retry') + 1);
}

async function startsOf(client: pg.Pool | pg.ClientBase, channel: string, told: Told[]): Promise<string[]> {
  const elevations = told.flatMap(({ event }) => ('elevation' in event ? [event.elevation] : []));
  if (elevations.length === 0) return [];
  const { rows } = await client.query<{ message: string }>(
    `SELECT m.message FROM notice n JOIN notice_message m ON m.notice = n.id
     WHERE n.elevation = ANY($1) AND n.channel = $2 AND n.body ->> 'event' = 'elevation.started'
     GROUP BY m.message ORDER BY min(n.created_at) LIMIT 20`,
    [elevations, channel],
  );
  return rows.map((row) => row.message);
}
