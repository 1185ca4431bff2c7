// Opsgenie's Alert API, which Jira Service Management's operations take as well. https://docs.opsgenie.com/docs/alert-api
import type { Letter } from '../../letter.ts';
import type { Told } from '../../message.ts';
import { inline, shorten } from '../../render/visible.ts';
import type { WebhookSettings } from '../channel.ts';
import { type Alert, alertsOf, details } from './alerts.ts';
import type { Format, Outgoing } from './format.ts';

/** Characters that it takes. */
const MESSAGE = 130;
const DESCRIPTION = 15_000;
const DETAILS = 8_000;

const PRIORITIES: Record<Alert['severity'], string> = { critical: 'P1', error: 'P2', warning: 'P3', info: 'P5' };

export const makeOpsgenie = ({ secret }: WebhookSettings): Format => ({
  audience: 'programs',
  outgoing: (message, letter) =>
    message.told.flatMap((told) => alertsOf(told).map((alert) => requestOf(secret ?? '', told, alert, letter))),
  problemOf: () => null,
});

function requestOf(key: string, { event }: Told, alert: Alert, letter: Letter): Outgoing {
  const headers = { authorization: `GenieKey ${key}` };
  const alias = `sudoql/${alert.key}`;
  if (alert.do === 'close') {
    const body = JSON.stringify({ source: 'sudoql', note: inline(letter.subject, 1_000) });
    return { path: `/${encodeURIComponent(alias)}/close?identifierType=alias`, headers, body };
  }
  const rows = details(letter).map(([label, value]): [string, string] => [inline(label), shorten(value, 1_000)]);
  const body = JSON.stringify({
    message: inline(letter.subject, MESSAGE),
    alias,
    description: shorten(
      [letter.headline, ...letter.lead, ...letter.stop.map(({ about, url }) => `Stop ${about ?? 'it'}: ${url}`)]
        .map((line) => inline(line, 1_000))
        .join('\n'),
      DESCRIPTION,
    ),
    details: Object.fromEntries(withinSize(rows, DETAILS)),
    entity: inline('target' in event ? event.target : (event.gateway ?? 'sudoql'), 500),
    source: 'sudoql',
    priority: PRIORITIES[alert.severity],
    tags: [
      'sudoql',
      event.event,
      ...('environment' in event && event.environment ? [inline(event.environment, 50)] : []),
    ],
  });
  return { path: null, headers, body };
}

function withinSize(rows: [string, string][], most: number): [string, string][] {
  let size = 0;
  return rows.filter(([label, value]) => {
    size += label.length + value.length;
    return size <= most;
  });
}
