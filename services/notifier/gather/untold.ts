// The notices that no message names yet, and putting them into one.
import type pg from 'pg';
import { ADD_JOB } from '../jobs.ts';
import type { NoticeEvent } from '../notice.ts';
import type { Asked, Gathered } from './gather.ts';

export interface Untold {
  id: string;
  created_at: Date;
  grouping: string;
  elevation: string | null;
  body: NoticeEvent;
  /** By the database's clock. */
  now: Date;
}

/** A message that names more is a mail that nobody reads. */
const MOST_IN_A_MESSAGE = 200;

/** Oldest first, of the same conversation or of the same grouping. */
export async function untold(
  client: pg.ClientBase,
  { channel, grouping, conversation }: Asked,
  of: 'conversation' | 'grouping',
): Promise<Untold[]> {
  const { rows } = await client.query<Untold>(
    `SELECT n.id, n.created_at, n.grouping, n.elevation, n.body, clock_timestamp() AS now
     FROM notice n LEFT JOIN notice_message m ON m.notice = n.id
     WHERE n.channel = $1 AND n.${of} = $2 AND m.notice IS NULL ${of === 'conversation' ? "AND NOT n.body ? 'to'" : ''}
     ORDER BY n.created_at, n.id LIMIT ${MOST_IN_A_MESSAGE}`,
    [channel, of === 'grouping' ? grouping : conversation],
  );
  return rows;
}

/** When the last window of the group began, in which later notices wait for its end. */
export async function windowOpened(client: pg.ClientBase, channel: string, leader: Untold): Promise<Date | null> {
  const { rows } = await client.query<{ opens: Date | null }>(
    `SELECT max(m.opens) AS opens FROM notice n JOIN notice_message m ON m.notice = n.id
     WHERE n.channel = $1 AND n.grouping = $2 AND n.created_at > $3::timestamptz - interval '1 minute'`,
    [channel, leader.grouping, leader.created_at],
  );
  return rows[0]?.opens ?? null;
}

export async function putInto(
  client: pg.ClientBase,
  message: string,
  notices: Untold[],
  { opens, publicUrl }: { opens: Date | null; publicUrl: string | null },
): Promise<void> {
  await client.query(
    'INSERT INTO notice_message (notice, message, opens, public_url) SELECT unnest($1::text[]), $2, $3, $4',
    [notices.map(({ id }) => id), message, opens, publicUrl ?? ''],
  );
}

/** Their jobs may have gone, for the notice that led them was to tell them. */
export async function leadThemselves(client: pg.ClientBase, notices: Untold[]): Promise<void> {
  if (notices.length === 0) return;
  await client.query(`SELECT ${ADD_JOB('id', 'now()')} FROM unnest($1::text[]) AS _(id)`, [
    notices.map(({ id }) => id),
  ]);
}

/** Moves the job of a notice that leads others. */
export async function leadIn(client: pg.ClientBase, notice: string, ms: number): Promise<void> {
  await client.query(`SELECT ${ADD_JOB('$1::text', "clock_timestamp() + $2::int * interval '1 millisecond'")}`, [
    notice,
    Math.ceil(ms),
  ]);
}

/** While this one waited for the lock, it was put into a message. */
export async function afterOthers(client: pg.ClientBase, notice: string): Promise<Gathered> {
  const { rows } = await client.query<{ message: string }>('SELECT message FROM notice_message WHERE notice = $1', [
    notice,
  ]);
  if (!rows[0]) return { do: 'wait', ms: 200 };
  return rows[0].message === notice ? { do: 'send', message: notice } : { do: 'nothing' };
}

/** What waits for another message asks often at first, then seldom: an outage of a day must not be one of questions. */
export const orderPause = (leader: Untold): Gathered => ({
  do: 'wait',
  ms: Math.min(Math.max(100, (leader.now.getTime() - leader.created_at.getTime()) / 4), 5_000),
});
