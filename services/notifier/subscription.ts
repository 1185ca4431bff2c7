// Which events a channel is told of, where it does not want all.
import { isAlarm } from './grouping.ts';
import { type NoticeEvent, ownAddress } from './notice.ts';

/** Kinds of events; `alarms` is what somebody must look at, and what an alarm about a connection came to. */
export const SUBSCRIPTIONS = [
  'elevation.started',
  'elevation.extended',
  'elevation.ended',
  'elevation.settled',
  'elevation.refused',
  'elevation.revoked',
  'request.made',
  'request.reminder',
  'request.answered',
  'review.owed',
  'review.closed',
  'remark.made',
  'policy.activated',
  'policy.requested',
  'policy.denied',
  'policy.line_ends',
  'policy.refused',
  'gateway.problem',
  'ledger.heads',
  'alarms',
] as const;
export type Subscription = (typeof SUBSCRIPTIONS)[number];

/** Whether a channel with these subscriptions is told of `event`; without any it is told of everything. */
export function wants(subscriptions: readonly Subscription[] | undefined, event: NoticeEvent): boolean {
  // What somebody is written to alone is for none of its readers.
  if (subscriptions === undefined || ownAddress(event) !== null) return true;
  if (subscriptions.some((each) => each === event.event)) return true;
  return subscriptions.includes('alarms') && isOfAlarms(event);
}

function isOfAlarms(event: NoticeEvent): boolean {
  return (
    isAlarm(event) ||
    event.event === 'elevation.settled' ||
    event.event === 'policy.refused' ||
    event.event === 'gateway.problem'
  );
}
