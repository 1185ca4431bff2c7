// PagerDuty's Events API v2. https://developer.pagerduty.com/docs/send-alert-event
import { inline, shorten } from '../../render/visible.ts';
import type { Message } from '../../message.ts';
import type { Letter } from '../../letter.ts';
import type { WebhookSettings } from '../channel.ts';
import { type Alert, alertsOf, details } from './alerts.ts';
import { type Format, json } from './format.ts';

/** Characters that it takes of a summary. */
const SUMMARY = 1_024;

export interface PagerdutyEvent {
  routing_key: string;
  event_action: 'trigger' | 'resolve';
  dedup_key: string;
  payload?: {
    summary: string;
    source: string;
    severity: Alert['severity'];
    timestamp: string;
    component: string;
    group?: string;
    class: string;
    custom_details: Record<string, string>;
  };
  links?: { href: string; text: string }[];
  client?: string;
}

export const makePagerduty = ({ secret }: WebhookSettings): Format => ({
  audience: 'programs',
  outgoing: (message, letter) =>
    message.told.flatMap((told) => alertsOf(told).map((alert) => json(eventOf(secret ?? '', told, alert, letter)))),
  problemOf: () => null,
});

function eventOf(key: string, { event, createdAt }: Message['told'][0], alert: Alert, letter: Letter): PagerdutyEvent {
  const head = { routing_key: key, dedup_key: `sudoql/${alert.key}` };
  if (alert.do === 'close') return { ...head, event_action: 'resolve' };
  const about = 'target' in event ? event.target : (event.gateway ?? 'sudoql');
  return {
    ...head,
    event_action: 'trigger',
    payload: {
      summary: inline(letter.subject, SUMMARY),
      source: inline(about),
      severity: alert.severity,
      timestamp: createdAt.toISOString(),
      component: 'sudoql',
      ...('environment' in event && event.environment !== null ? { group: inline(event.environment) } : {}),
      class: event.event,
      custom_details: Object.fromEntries(
        details(letter).map(([label, value]) => [inline(label), shorten(value, 2_000).toWellFormed()]),
      ),
    },
    links: letter.stop.map(({ about, url }) => ({
      href: new URL(url).href,
      text: `Stop ${about ? inline(about) : 'it'}`,
    })),
    client: 'sudoql',
  };
}
