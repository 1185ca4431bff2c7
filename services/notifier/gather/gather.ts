// Finds or makes the message that tells a notice: which notices it tells, and when.
import type pg from 'pg';
import type { Audience } from '../channels/channel.ts';
import { forPeople, takeInLater } from './for-people.ts';
import { forPrograms } from './for-programs.ts';

export type Gathered =
  /** This notice leads `message`, and `state` says whether it still is to be sent. */
  | { do: 'send'; message: string }
  /** Ask again in so many milliseconds. */
  | { do: 'wait'; ms: number }
  /** Another notice's job tells it, or it was told. */
  | { do: 'nothing' };

/** A notice that is to be told, and where. */
export interface Asked {
  id: string;
  channel: string;
  grouping: string;
  /** Whose writing to what it is about; null for what is about no person, or for one reader alone. */
  conversation: string | null;
  /** Of this replica; null where it has none. */
  publicUrl: string | null;
}

/**
 * Decides under a lock of the conversation, so that no two replicas put a notice into two messages, or leave one to the other.
 * `settled`: the message that this notice leads was sent as it is, and only has to be recorded. `publicUrl`: this replica's.
 */
export async function gather(
  pool: pg.Pool,
  notice: string,
  {
    audienceOf,
    settled,
    publicUrl,
  }: { audienceOf(channel: string): Audience; settled: boolean; publicUrl: string | null },
): Promise<Gathered> {
  const client = await pool.connect();
  let broken = true;
  try {
    const { rows } = await client.query<Omit<Asked, 'publicUrl'> & { message: string | null }>(
      `SELECT n.id, n.channel, n.grouping, CASE WHEN n.body ? 'to' THEN NULL ELSE n.conversation END AS conversation, m.message
       FROM notice n LEFT JOIN notice_message m ON m.notice = n.id WHERE n.id = $1`,
      [notice],
    );
    const [row] = rows;
    const gathered = row ? await place(client, { ...row, publicUrl }, audienceOf(row.channel), settled) : NOTHING;
    broken = false;
    return gathered;
  } finally {
    client.release(broken);
  }
}

const NOTHING: Gathered = { do: 'nothing' };

async function place(
  client: pg.ClientBase,
  row: Asked & { message: string | null },
  audience: Audience,
  settled: boolean,
): Promise<Gathered> {
  const people = audience === 'people' && row.conversation !== null;
  if (row.message !== null && row.message !== row.id) return NOTHING;
  if (row.message !== null && (settled || !people)) return { do: 'send', message: row.id };
  await client.query('BEGIN');
  // As the version before takes it, where there is no conversation.
  const about = row.conversation ?? row.grouping;
  await client.query('SELECT pg_advisory_xact_lock(1937073008, hashtext($1))', [`${row.channel} ${about}`]);
  const gathered = await underLock(client, row, people);
  await client.query('COMMIT');
  return gathered;
}

/** Statements of their own after the lock, so that they see what the lock's last holder committed. */
async function underLock(
  client: pg.ClientBase,
  row: Asked & { message: string | null },
  people: boolean,
): Promise<Gathered> {
  if (row.message !== null) {
    await takeInLater(client, row);
    return { do: 'send', message: row.id };
  }
  return people ? forPeople(client, row) : forPrograms(client, row);
}
