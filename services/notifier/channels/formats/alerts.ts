// What a pager is told: an alert is open while somebody can write, and one of its own is opened where somebody must look.
import { isAlarm } from '../../grouping.ts';
import type { Letter } from '../../letter.ts';
import type { Told } from '../../message.ts';
import type { NoticeEvent } from '../../notice.ts';

export interface Alert {
  /** What tells alerts apart; the same at each attempt, and for what belongs together. */
  key: string;
  do: 'open' | 'close';
  severity: 'critical' | 'error' | 'warning' | 'info';
}

/**
 * Of one event. An alarm has a key of its own: as part of an alert that is open, and perhaps acknowledged, nobody would be called.
 * It stays open until somebody closes it, or until the writing connection was seen to be gone after all.
 */
export function alertsOf({ event, notice }: Told): Alert[] {
  switch (event.event) {
    case 'elevation.started':
    case 'elevation.extended':
    case 'elevation.revoked':
      return [{ key: event.elevation, do: 'open', severity: isAlarm(event) ? 'error' : 'warning' }];
    case 'elevation.ended':
      if (unconfirmed(event)) return [{ key: `${event.elevation}/unconfirmed`, do: 'open', severity: 'critical' }];
      return [
        { key: event.elevation, do: 'close', severity: 'info' },
        ...(isAlarm(event) ? [{ key: `${event.elevation}/review`, do: 'open', severity: 'error' } as const] : []),
      ];
    case 'elevation.settled':
      if (event.backend === 'unconfirmed')
        return [{ key: `${event.elevation}/unconfirmed`, do: 'open', severity: 'critical' }];
      return [
        { key: event.elevation, do: 'close', severity: 'info' },
        { key: `${event.elevation}/unconfirmed`, do: 'close', severity: 'info' },
      ];
    case 'request.made':
    case 'request.reminder':
      return [{ key: event.request, do: 'open', severity: 'warning' }];
    case 'request.answered':
      return [{ key: event.request, do: 'close', severity: 'info' }];
    case 'review.owed':
      return [{ key: `${event.about}/review owed`, do: 'open', severity: 'error' }];
    case 'review.closed':
      return [{ key: `${event.about}/review owed`, do: 'close', severity: 'info' }];
    case 'policy.refused':
    case 'gateway.problem':
      return [{ key: notice, do: 'open', severity: 'error' }];
    case 'elevation.refused':
    case 'remark.made':
    case 'policy.activated':
    case 'policy.requested':
    case 'policy.denied':
    case 'policy.line_ends':
    case 'ledger.heads':
    case 'notices.test':
      return [{ key: notice, do: 'open', severity: 'info' }];
  }
}

const unconfirmed = (event: Extract<NoticeEvent, { event: 'elevation.ended' }>): boolean =>
  (event.summary?.backend ?? event.backend) === 'unconfirmed';

/** Everything that the letter says, by label; for a pager's table. */
export const details = (letter: Letter): [string, string][] => [
  ...letter.warnings.map(({ title, note, rows }, i): [string, string] => [
    letter.warnings.length > 1 ? `Look ${i + 1}` : 'Look',
    [[title, note].filter(Boolean).join('. '), ...rows.slice(0, 20).map((row) => row.join('  '))].join('\n'),
  ]),
  ...letter.facts,
  ...letter.blocks.map(({ title, rows }): [string, string] => [
    title,
    rows
      .slice(0, 20)
      .map((row) => row.join('  '))
      .join('\n'),
  ]),
  ['Head', letter.head],
];
