import { inline } from '../render/visible.ts';
import type { NoticeEvent } from '../notice.ts';
import { type EventOf, gatewaysOf, saidBy, type Written } from './words.ts';

const short = (revision: string): string => inline(revision, 12);

export const policyActivated = (event: EventOf<'policy.activated'>, all: NoticeEvent[]): Written => ({
  subject: `Policy ${short(event.revision)} is in force${event.by ? `, by ${inline(event.by, 60)}` : ''}`,
  headline: `Another policy is in force${event.by ? `, by ${inline(event.by, 60)}` : ''}`,
  tone: 'calm',
  lead: event.summary ? [event.summary] : [],
  warnings: [],
  facts: [
    ['Revision', event.revision],
    ['Before', event.previous ?? 'none'],
    ['By', event.by ?? 'the gateway, from its directory'],
    ...saidBy(all),
  ],
  blocks: [],
  stop: [],
  advice: null,
});

export const policyRefused = (event: EventOf<'policy.refused'>, all: NoticeEvent[]): Written => ({
  subject: `A policy was refused at ${inline(gatewaysOf(all).join(', ') || 'the gateway', 60)} and did not go live`,
  headline: 'A policy was refused and did not go live',
  tone: 'alarm',
  lead: ['The last good one stays in force. Where there is none, everything is denied.'],
  warnings: [],
  facts: [
    ['Revision', event.revision ?? 'none: it did not compile'],
    ['By', event.by ?? 'the gateway, from its directory'],
    ...saidBy(all),
  ],
  blocks: [
    {
      title: 'What is wrong with it',
      note: null,
      rows: [[event.problem]],
      code: true,
    },
  ],
  stop: [],
  advice: null,
});
