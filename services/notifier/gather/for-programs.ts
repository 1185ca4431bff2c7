// One message an event (or several events of one kind, person, target and reason), each elevation's in the order of the record.
import type pg from 'pg';
import { momentToSend, waitAlone } from '../grouping.ts';
import type { Asked, Gathered } from './gather.ts';
import { afterOthers, orderPause, putInto, type Untold, untold, windowOpened } from './untold.ts';

/**
 * How long an event waits for an earlier one that no message names yet. What a message names is waited for until it was told or
 * given up.
 */
const ORDER_PATIENCE = '30 seconds';

/** The oldest notice that no message names leads; the job of each other may go, for the leader's exists as long as it waits. */
export async function forPrograms(client: pg.ClientBase, asked: Asked): Promise<Gathered> {
  const group = await untold(client, asked, 'grouping');
  const [leader] = group;
  if (!leader || !group.some(({ id }) => id === asked.id)) return afterOthers(client, asked.id);
  if (leader.id !== asked.id) return { do: 'nothing' };
  const moment = momentToSend(
    leader.now,
    group.map(({ created_at }) => created_at),
    waitAlone(leader.body),
    await windowOpened(client, asked.channel, leader),
  );
  if (moment.do === 'wait') return moment;
  if (await earlierIsUntold(client, group)) return orderPause(leader);
  await putInto(client, asked.id, group, { opens: moment.opens, publicUrl: asked.publicUrl });
  return { do: 'send', message: asked.id };
}

async function earlierIsUntold(client: pg.ClientBase, group: Untold[]): Promise<boolean> {
  const { rows } = await client.query(
    `SELECT FROM notice x
     JOIN notice n ON n.elevation = x.elevation AND n.channel = x.channel AND (n.created_at, n.id) < (x.created_at, x.id)
     LEFT JOIN notice_message m ON m.notice = n.id
     WHERE x.id = ANY ($1) AND x.elevation IS NOT NULL AND n.id <> ALL ($1)
       AND (m.notice IS NOT NULL OR x.created_at > clock_timestamp() - interval '${ORDER_PATIENCE}')
       AND NOT EXISTS (SELECT FROM notice_attempt a WHERE a.message = m.message AND a.outcome IN ('delivered', 'dead'))
     LIMIT 1`,
    [group.map(({ id }) => id)],
  );
  return rows.length > 0;
}
