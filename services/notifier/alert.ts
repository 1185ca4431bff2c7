// Somebody must hear that a channel gave something up, and not by that channel.
import type pg from 'pg';
import type { Alert } from './deliver.ts';
import { groupingOf } from './grouping.ts';
import type { ChannelSettings } from './channels/channel.ts';
import type { NoticeEvent, Outbox } from './notice.ts';
import { wants } from './subscription.ts';

export interface AlertDeps {
  outbox: Outbox;
  /** Channels of those who look after the gateway, and all that there are. */
  security: readonly string[];
  channels: Readonly<Record<string, Pick<ChannelSettings, 'events'>>>;
  gateway: string;
}

/** A channel that is gone gives up each message that it gets: to say it once an hour is enough. */
const SAID = `SELECT FROM notice WHERE channel = ANY ($1) AND grouping = $2 AND created_at > clock_timestamp() - interval '1 hour' LIMIT 1`;

/** Whether one of these channels was told the same within the hour. */
export async function wasSaidLately(
  client: Pick<pg.ClientBase, 'query'>,
  event: NoticeEvent,
  channels: readonly string[],
): Promise<boolean> {
  return (await client.query(SAID, [channels, groupingOf(event)])).rowCount !== 0;
}

export function makeAlert({ outbox, security, channels, gateway }: AlertDeps): Alert {
  return async (client, channel, why, head) => {
    const problem = `Channel ${channel} gave up what it was to tell, so those who read it were not told: ${why}\nsudoqld notices list --state dead names what it was; sudoqld notices retry --all tells it once the channel is mended.`;
    const event: NoticeEvent = { event: 'gateway.problem', problem, gateway };
    const others = (names: readonly string[]) =>
      names.filter((name) => name !== channel && wants(channels[name]?.events, event));
    const to = others(security).length > 0 ? others(security) : others(Object.keys(channels));
    if (to.length === 0) return;
    if (!(await wasSaidLately(client, event, to))) await outbox.enqueue(client, event, to, head);
  };
}
