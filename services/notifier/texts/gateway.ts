import { inline } from '../render/visible.ts';
import type { NoticeEvent } from '../notice.ts';
import { type EventOf, gatewaysOf, saidBy, type Written } from './words.ts';

export const gatewayProblem = (event: EventOf<'gateway.problem'>, all: NoticeEvent[]): Written => ({
  subject: `Problem of ${inline(gatewaysOf(all).join(', ') || 'the gateway', 60)}: ${inline(event.problem, 120)}`,
  headline: 'The gateway has a problem',
  tone: 'alarm',
  lead: event.problem.split('\n').slice(0, 20),
  warnings: [],
  facts: saidBy(all),
  blocks: [],
  stop: [],
  advice: '/readyz on the gateway says which part is not well.',
});
