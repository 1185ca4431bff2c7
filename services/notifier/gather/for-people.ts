// What people get: when a message is sent it tells all that is known by then of its elevations, and settles all the notices
// of it; and a flood becomes a few messages that name everything.
import type pg from 'pg';
import { atAlarm, digestMoment, isAlarm, momentToSend, waitAlone } from '../grouping.ts';
import type { Asked, Gathered } from './gather.ts';
import {
  afterOthers,
  leadIn,
  leadThemselves,
  orderPause,
  putInto,
  type Untold,
  untold,
  windowOpened,
} from './untold.ts';

/** Messages of one person and target that go out by themselves within a minute; what follows is gathered. */
const AT_ONCE = 10;
/**
 * Seconds after which a notice is late: then its message tells what came of it as well. Before, start and end are messages of
 * their own, one after the other.
 */
const LATE = 2;

export async function forPeople(client: pg.ClientBase, asked: Asked): Promise<Gathered> {
  const all = await untold(client, asked, 'conversation');
  const own = all.find(({ id }) => id === asked.id);
  if (!own) return afterOthers(client, asked.id);
  const taken = await takenElsewhere(client, asked.channel, all);
  const waiting = all.filter(({ elevation }) => elevation === null || !taken.has(elevation));
  // The message that nobody has got yet will tell it as well.
  if (!waiting.includes(own)) return orderPause(own);

  const flood = (await recentMessages(client, asked)) >= AT_ONCE;
  const connected = flood ? waiting : belongingTo(own, waiting);
  const leader = connected[0] ?? own;
  const late = leader.now.getTime() - leader.created_at.getTime() > LATE * 1_000;
  const alike = connected.filter(({ grouping }) => grouping === leader.grouping);
  const group = flood || late ? connected : alike;
  const moment = flood
    ? digestMoment(leader.now, group)
    : atAlarm(
        momentToSend(
          leader.now,
          alike.map(({ created_at }) => created_at),
          waitAlone(leader.body),
          await windowOpened(client, asked.channel, leader),
        ),
        leader.now,
        connected,
      );
  if (leader !== own) {
    // Its job sleeps until the moment that it saw: an alarm that came since is not to wait for that.
    if (isAlarm(own.body)) await leadIn(client, leader.id, moment.do === 'wait' ? moment.ms : 0);
    return { do: 'nothing' };
  }
  if (moment.do === 'wait') return moment;
  await putInto(client, asked.id, group, { opens: moment.opens, publicUrl: asked.publicUrl });
  await leadThemselves(
    client,
    waiting.filter((each) => !group.includes(each)),
  );
  return { do: 'send', message: asked.id };
}

/** What became of a message's elevations since it was made, unless somebody has got it already. */
export async function takeInLater(client: pg.ClientBase, { id, channel }: Asked): Promise<void> {
  await client.query(
    `INSERT INTO notice_message (notice, message)
     SELECT n.id, $1 FROM notice n
     WHERE n.channel = $2
       AND (SELECT l.created_at FROM notice l WHERE l.id = $1) < clock_timestamp() - interval '${LATE} seconds'
       AND n.elevation IN (
         SELECT t.elevation FROM notice_message m JOIN notice t ON t.id = m.notice WHERE m.message = $1 AND t.elevation IS NOT NULL)
       AND NOT EXISTS (SELECT FROM notice_message m WHERE m.notice = n.id)
       AND NOT EXISTS (SELECT FROM notice_attempt a WHERE a.message = $1 AND (a.outcome = 'delivered' OR a.remaining IS NOT NULL))`,
    [id, channel],
  );
}

/** Elevations of which a message is under way that nobody has got yet. */
async function takenElsewhere(client: pg.ClientBase, channel: string, notices: Untold[]): Promise<Set<string>> {
  const { rows } = await client.query<{ elevation: string }>(
    `SELECT DISTINCT n.elevation FROM notice n JOIN notice_message m ON m.notice = n.id
     WHERE n.channel = $1 AND n.elevation = ANY ($2) AND NOT EXISTS (
       SELECT FROM notice_attempt a
       WHERE a.message = m.message AND (a.outcome IN ('delivered', 'dead') OR a.remaining IS NOT NULL))`,
    [channel, notices.flatMap(({ elevation }) => elevation ?? [])],
  );
  return new Set(rows.map(({ elevation }) => elevation));
}

async function recentMessages(client: pg.ClientBase, { channel, conversation }: Asked): Promise<number> {
  const { rows } = await client.query<{ messages: number }>(
    `SELECT count(DISTINCT m.message)::int AS messages FROM notice n JOIN notice_message m ON m.notice = n.id
     WHERE n.channel = $1 AND n.conversation = $2 AND n.created_at > clock_timestamp() - interval '1 minute' AND NOT n.body ? 'to'`,
    [channel, conversation],
  );
  return rows[0]?.messages ?? 0;
}

/** What one message can tell beside `own`: of the same grouping, or of an elevation that is in it. */
function belongingTo(own: Untold, waiting: Untold[]): Untold[] {
  const group = new Set([own]);
  const groupings = new Set([own.grouping]);
  const elevations = new Set(own.elevation === null ? [] : [own.elevation]);
  for (let before = 0; before < group.size; ) {
    before = group.size;
    for (const each of waiting) {
      if (!groupings.has(each.grouping) && (each.elevation === null || !elevations.has(each.elevation))) continue;
      group.add(each);
      groupings.add(each.grouping);
      if (each.elevation !== null) elevations.add(each.elevation);
    }
  }
  return waiting.filter((each) => group.has(each));
}
