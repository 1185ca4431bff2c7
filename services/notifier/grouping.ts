// Which notices share a message, and how long the first waits for company (docs/decisions.md, "One mail for a pool, and yet at once").
import { createHash } from 'node:crypto';
import type { NoticeEvent } from './notice.ts';

/** Milliseconds. */
export const WINDOW = 10_000;
const QUIET = 1_000;
const ALONE = 60;
const AT_CONNECT = 1_000;

/** How long a notice with no company waits. Pools elevate at connect, one connection after the other; people in band. */
export function waitAlone(event: NoticeEvent): number {
  if (event.event === 'elevation.started') return event.by === 'connect' ? AT_CONNECT : ALONE;
  return event.event.startsWith('elevation.') ? ALONE : 0;
}

/** Equal for events that one message can tell: the same kind, principal, target and reason; otherwise the same words. */
export function groupingOf(event: NoticeEvent): string {
  return createHash('sha256')
    .update(JSON.stringify(sameness(event)))
    .digest('hex')
    .slice(0, 32);
}

function sameness(event: NoticeEvent): unknown[] {
  switch (event.event) {
    case 'elevation.started':
    case 'elevation.extended':
    case 'elevation.ended':
      return [event.event, event.principal, event.target, event.reason];
    case 'elevation.revoked':
      return [event.event, event.principal, event.target, event.reason, event.by, event.why];
    case 'elevation.settled':
      return [event.event, event.principal, event.target, event.reason, event.backend];
    case 'elevation.refused':
      return [event.event, event.principal, event.target, event.reason, [...event.codes].sort()];
    case 'request.made':
    case 'request.reminder':
      return [event.event, event.request, event.to];
    case 'request.answered':
      return [event.event, event.request];
    case 'review.owed':
    case 'review.closed':
      return [event.event, event.about];
    case 'remark.made':
      return [event.event, event.about, event.says, event.by, event.words];
    case 'policy.activated':
      return [event.event, event.revision, event.previous];
    case 'policy.line_ends':
      return [event.event, event.line, event.until];
    case 'policy.requested':
    case 'policy.denied':
      return [event.event, event.request];
    case 'policy.refused':
      return [event.event, event.revision, event.problem];
    case 'ledger.heads':
      return [event.event, event.at];
    case 'notices.test':
      return [event.event, event.by];
    case 'gateway.problem':
      return [event.event, event.problem];
  }
}

/** Milliseconds from the first notice of a digest to its end; and when somebody must look. */
const DIGEST = 20_000;
const DIGEST_ALARM = 3_000;

/** When to tell what a flood left: the notices, oldest first, at least one. */
export function digestMoment(now: Date, notices: { created_at: Date; body: NoticeEvent }[]): Moment {
  const first = notices[0]?.created_at.getTime() ?? now.getTime();
  const ms = Math.min(first + DIGEST, alarmAt(notices) + DIGEST_ALARM) - now.getTime();
  return ms > 0 ? { do: 'wait', ms } : { do: 'send', opens: null };
}

/** As `moment`, but no alarm waits for company. */
export function atAlarm(moment: Moment, now: Date, notices: { created_at: Date; body: NoticeEvent }[]): Moment {
  if (moment.do === 'send') return moment;
  const ms = alarmAt(notices) + ALONE - now.getTime();
  if (ms <= 0) return { do: 'send', opens: null };
  return ms < moment.ms ? { do: 'wait', ms } : moment;
}

function alarmAt(notices: { created_at: Date; body: NoticeEvent }[]): number {
  return Math.min(...notices.filter(({ body }) => isAlarm(body)).map(({ created_at }) => created_at.getTime()));
}

/** Whether somebody must look. */
export function isAlarm(event: NoticeEvent): boolean {
  if (event.event === 'elevation.started' || event.event === 'elevation.extended') return event.break_glass === true;
  if (event.event === 'elevation.settled') return event.backend === 'unconfirmed';
  if (event.event !== 'elevation.ended') return false;
  const { summary, backend } = event;
  return (
    summary === null ||
    (summary.backend ?? backend) === 'unconfirmed' ||
    summary.unknown !== undefined ||
    summary.leftBehind.length > 0
  );
}

export type Moment = { do: 'send'; opens: Date | null } | { do: 'wait'; ms: number };

/**
 * What to do now with the notices of a group that no message names yet. `created`: their times, oldest first, at least one.
 * `windowOpened`: when the group's last window began, if there was one. `opens` of the answer is null for the message at a window's end.
 */
export function momentToSend(now: Date, created: Date[], wait: number, windowOpened: Date | null): Moment {
  const first = created[0]?.getTime() ?? now.getTime();
  const last = created.at(-1)?.getTime() ?? first;
  if (windowOpened && first < windowOpened.getTime() + WINDOW) return until(windowOpened.getTime() + WINDOW, null);
  if (created.length === 1) return until(first + wait, new Date(first));
  return until(Math.min(Math.max(last + QUIET, first + wait), first + WINDOW), new Date(first));

  function until(due: number, opens: Date | null): Moment {
    const ms = due - now.getTime();
    return ms > 0 ? { do: 'wait', ms } : { do: 'send', opens };
  }
}
