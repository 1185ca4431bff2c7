// Finds or makes the message that tells a notice.
import type pg from 'pg';
import { momentToSend, waitAlone } from './grouping.ts';
import type { NoticeEvent } from './notice.ts';

export type Gathered =
  /** This notice leads `message`, and `state` says whether it still is to be sent. */
  | { do: 'send'; message: string }
  /** Ask again in so many milliseconds. */
  | { do: 'wait'; ms: number }
  /** Another notice's job tells it, or it was told. */
  | { do: 'nothing' };

const MOST_IN_A_MESSAGE = 500;
/** How long an end waits for its start to be sent first. */
const ORDER_PATIENCE = 30_000;

/**
 * Decides under a lock of the group, so that no two replicas put a notice into two messages, or leave one to the other.
 * The oldest notice that no message names leads; the job of each other may go, for the leader's exists as long as it waits.
 */
export async function gather(pool: pg.Pool, notice: string): Promise<Gathered> {
  const client = await pool.connect();
  let broken = true;
  try {
    const { rows } = await client.query<{ channel: string; grouping: string; message: string | null }>(
      'SELECT n.channel, n.grouping, m.message FROM notice n LEFT JOIN notice_message m ON m.notice = n.id WHERE n.id = $1',
      [notice],
    );
    const row = rows[0];
    if (!row) {
      broken = false;
      return { do: 'nothing' };
    }
    if (row.message) {
      broken = false;
      return row.message === notice ? { do: 'send', message: notice } : { do: 'nothing' };
    }
    await client.query('BEGIN');
    const gathered = await underLock(client, notice, row);
    await client.query('COMMIT');
    broken = false;
    return gathered;
  } finally {
    client.release(broken);
  }
}

async function underLock(
  client: pg.ClientBase,
  notice: string,
  { channel, grouping }: { channel: string; grouping: string },
): Promise<Gathered> {
  await client.query('SELECT pg_advisory_xact_lock(1937073008, hashtext($1))', [`${channel} ${grouping}`]);
  // A statement of its own after the lock, so that it sees what the lock's last holder committed.
  const { rows } = await client.query<{ id: string; created_at: Date; body: NoticeEvent; now: Date }>(
    `SELECT n.id, n.created_at, n.body, clock_timestamp() AS now
     FROM notice n LEFT JOIN notice_message m ON m.notice = n.id
     WHERE n.channel = $1 AND n.grouping = $2 AND m.notice IS NULL ORDER BY n.created_at, n.id LIMIT ${MOST_IN_A_MESSAGE}`,
    [channel, grouping],
  );
  const leader = rows[0];
  if (!leader) return afterOthers(client, notice);
  if (leader.id !== notice)
    return rows.some((row) => row.id === notice) ? { do: 'nothing' } : afterOthers(client, notice);

  const opened = await client.query<{ opens: Date | null }>(
    `SELECT max(m.opens) AS opens FROM notice n JOIN notice_message m ON m.notice = n.id
     WHERE n.channel = $1 AND n.grouping = $2 AND n.created_at > $3::timestamptz - interval '1 minute'`,
    [channel, grouping, leader.created_at],
  );
  const moment = momentToSend(
    leader.now,
    rows.map((row) => row.created_at),
    waitAlone(leader.body),
    opened.rows[0]?.opens ?? null,
  );
  if (moment.do === 'wait') return moment;
  if (await startIsUntold(client, channel, rows, leader)) return { do: 'wait', ms: 200 };
  await client.query('INSERT INTO notice_message (notice, message, opens) SELECT unnest($1::text[]), $2, $3', [
    rows.map((row) => row.id),
    notice,
    moment.opens,
  ]);
  return { do: 'send', message: notice };
}

/** While this one waited for the lock, it was put into a message. */
async function afterOthers(client: pg.ClientBase, notice: string): Promise<Gathered> {
  const { rows } = await client.query<{ message: string }>('SELECT message FROM notice_message WHERE notice = $1', [
    notice,
  ]);
  if (!rows[0]) return { do: 'wait', ms: 200 };
  return rows[0].message === notice ? { do: 'send', message: notice } : { do: 'nothing' };
}

/** An end is not told before its start was at least tried: a migration of 300 ms ends while its start still waits for company. */
async function startIsUntold(
  client: pg.ClientBase,
  channel: string,
  rows: { body: NoticeEvent }[],
  leader: { created_at: Date; now: Date; body: NoticeEvent },
): Promise<boolean> {
  if (leader.body.event === 'elevation.started') return false;
  if (leader.now.getTime() - leader.created_at.getTime() > ORDER_PATIENCE) return false;
  const elevations = rows.flatMap(({ body }) => ('elevation' in body ? [body.elevation] : []));
  if (elevations.length === 0) return false;
  const { rows: untold } = await client.query(
    `SELECT FROM notice n LEFT JOIN notice_message m ON m.notice = n.id
     WHERE n.elevation = ANY($1) AND n.channel = $2 AND n.body ->> 'event' = 'elevation.started'
       AND NOT EXISTS (SELECT FROM notice_attempt a WHERE a.message = m.message) LIMIT 1`,
    [elevations, channel],
  );
  return untold.length > 0;
}
