// A message: what one channel is told at once. It names one notice, or several that happened together.
import type pg from 'pg';
import type { Recorded } from '../ledger/entry/entry.ts';
import type { Audience } from './channels/channel.ts';
import type { NoticeEvent } from './notice.ts';

export interface Told<E extends NoticeEvent = NoticeEvent> {
  notice: string;
  createdAt: Date;
  event: E;
  head: Recorded;
  /** For programs, of an elevation: the how manieth of its notices on this channel, from 1. */
  place?: number;
}

export interface Message {
  /** Of the notice that leads it: the same across attempts and replicas. */
  id: string;
  /**
   * What recipients know it by: the same as long as it tells the same. One that came to tell more has another, for a mail whose
   * answer was lost may have arrived, and what has the id of that is thrown away unread.
   */
  outwardId: string;
  channel: string;
  /** Oldest first, at least one. For programs all of the same kind of event. */
  told: [Told, ...Told[]];
  /** For people: what other messages on this channel tell of the same elevations. */
  known: NoticeEvent[];
  /** For people: outward ids of the messages on this channel that announced the same elevations' starts; empty when this is the first. */
  thread: string[];
  /** For programs: what its links begin with; null for none. Undefined for people, and where nobody said: the sender's. */
  publicUrl?: string | null;
  /** Attempts made so far. */
  attempts: number;
  firstAttemptAt: Date | null;
  /** Recipients that have not got it yet; null for all. */
  remaining: string[] | null;
  /** `delivered` and `dead` are final. */
  state: 'pending' | 'delivered' | 'dead';
}

/** Null when there is no such message. The gateway's login may select all that this reads. */
export async function loadMessage(
  client: pg.Pool | pg.ClientBase,
  id: string,
  audienceOf: (channel: string) => Audience,
): Promise<Message | null> {
  const { rows } = await client.query<{
    id: string;
    created_at: Date;
    channel: string;
    body: NoticeEvent;
    head: Recorded;
    place: number | null;
    public_url: string | null;
  }>(
    `SELECT m.public_url, n.id, n.created_at, n.channel, n.body, n.head, CASE WHEN n.elevation IS NOT NULL THEN (
       SELECT count(*)::int FROM notice e
       WHERE e.elevation = n.elevation AND e.channel = n.channel AND (e.created_at, e.id) <= (n.created_at, n.id)
     ) END AS place
     FROM notice_message m JOIN notice n ON n.id = m.notice
     WHERE m.message = $1 ORDER BY n.created_at, n.id`,
    [id],
  );
  if (!rows[0]) return null;
  const { channel } = rows[0];
  const people = audienceOf(channel) === 'people';
  const told = rows.map((row) => ({
    notice: row.id,
    createdAt: row.created_at,
    event: row.body,
    head: row.head,
    ...(people || row.place === null ? {} : { place: row.place }),
  }));
  const [first, ...others] = told;
  if (!first) return null;
  const made = rows[0].public_url;
  const { rows: attempts } = await client.query<{
    attempt: number;
    outcome: string;
    at: Date;
    remaining: string[] | null;
  }>('SELECT attempt, outcome, at, remaining FROM notice_attempt WHERE message = $1 ORDER BY attempt', [id]);
  const last = attempts.at(-1);
  const outwardId = people ? (told.at(-1) ?? first).notice : id;
  return {
    id,
    outwardId,
    channel,
    told: [first, ...others],
    known: people ? await knownOf(client, channel, told) : [],
    thread: people ? await threadOf(client, channel, [first, ...others], outwardId) : [],
    ...(people || made === null ? {} : { publicUrl: made || null }),
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

const elevationsOf = (told: Told[]): string[] =>
  told.flatMap(({ event }) => ('elevation' in event ? [event.elevation] : []));

async function knownOf(client: pg.Pool | pg.ClientBase, channel: string, told: Told[]): Promise<NoticeEvent[]> {
  const elevations = elevationsOf(told);
  if (elevations.length === 0) return [];
  const { rows } = await client.query<{ body: NoticeEvent }>(
    `SELECT body FROM notice WHERE elevation = ANY ($1) AND channel = $2 AND id <> ALL ($3) ORDER BY created_at, id`,
    [elevations, channel, told.map(({ notice }) => notice)],
  );
  return rows.map(({ body }) => body);
}

async function threadOf(
  client: pg.Pool | pg.ClientBase,
  channel: string,
  told: [Told, ...Told[]],
  outwardId: string,
): Promise<string[]> {
  const [{ notice, event }] = told;
  if (event.event !== 'elevation.started') return startsOf(client, channel, told);
  // It came to tell more: under the first one's id it may have arrived.
  return notice === outwardId || told.every((each) => each.event.event === 'elevation.started') ? [] : [notice];
}

async function startsOf(client: pg.Pool | pg.ClientBase, channel: string, told: Told[]): Promise<string[]> {
  const elevations = elevationsOf(told);
  if (elevations.length === 0) return [];
  const { rows } = await client.query<{ newest: string }>(
    `SELECT (SELECT t.id FROM notice_message mt JOIN notice t ON t.id = mt.notice WHERE mt.message = m.message
       ORDER BY t.created_at DESC, t.id DESC LIMIT 1) AS newest
     FROM notice n JOIN notice_message m ON m.notice = n.id
     WHERE n.elevation = ANY ($1) AND n.channel = $2 AND n.body ->> 'event' = 'elevation.started'
     GROUP BY m.message ORDER BY min(n.created_at) LIMIT 20`,
    [elevations, channel],
  );
  return rows.map(({ newest }) => newest);
}
