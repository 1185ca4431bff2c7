import { inline } from '../render/visible.ts';
import type { NoticeEvent } from '../notice.ts';
import { type EventOf, gatewaysOf, link, saidBy, type Writing, type Written } from './words.ts';

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
    ...(event.approved_by ? [['Approved by', event.approved_by.join(', ')] as [string, string]] : []),
    ...saidBy(all),
  ],
  blocks: rightsOf(event.rights ?? []),
  stop: [],
  advice: null,
});

export const policyRequested = (
  event: EventOf<'policy.requested'>,
  all: NoticeEvent[],
  { page }: Pick<Writing, 'page'>,
): Written => ({
  subject: `A policy of ${inline(event.by, 60)} waits for approval`,
  headline: `A policy of ${inline(event.by, 60)} waits for somebody else's approval`,
  tone: 'calm',
  lead: [event.summary],
  warnings: [],
  facts: [
    ['Request', event.request],
    ['Revision', event.revision],
    ['In force', event.previous ?? 'none'],
    ['By', event.by],
    ...saidBy(all),
  ],
  blocks: rightsOf(event.rights),
  stop: [],
  open: link('Look and answer', page(`/policy/requests/${encodeURIComponent(event.request)}`)),
  advice: `To read it: sudoqld policy requests ${inline(event.request, 60)}. Then: sudoqld policy approve, or deny.`,
});

export const policyDenied = (event: EventOf<'policy.denied'>, all: NoticeEvent[]): Written => ({
  subject: `The policy of ${inline(event.of, 60)} was denied by ${inline(event.by, 60)}`,
  headline: `The policy of ${inline(event.of, 60)} was denied by ${inline(event.by, 60)}`,
  tone: 'calm',
  lead: ['What is in force stays so.'],
  warnings: [],
  facts: [['Request', event.request], ['Revision', event.revision], ...saidBy(all)],
  blocks: [],
  stop: [],
  advice: null,
});

export const policyLineEnds = (event: EventOf<'policy.line_ends'>, all: NoticeEvent[]): Written => ({
  subject: `${inline(event.line, 80)} ends on ${inline(event.until, 20)} UTC`,
  headline: 'A line of the policy’s settings ends soon',
  tone: 'calm',
  lead: [`settings.${event.line} ends on ${event.until} UTC, by itself.`],
  warnings: [],
  facts: [
    ['Owner', event.owner ?? 'nobody is named'],
    ['Ticket', event.ticket ?? 'none is named'],
    ['Revision', event.revision],
    ...saidBy(all),
  ],
  blocks: [],
  stop: [],
  advice: null,
});

const rightsOf = (rights: readonly string[]): Written['blocks'] =>
  rights.length === 0
    ? []
    : [{ title: 'Who can do what', note: null, code: false, rows: rights.map((right) => [right]) }];

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
