import { inline } from '../render/visible.ts';
import type { EventOf, Text } from './words.ts';

export const gatewayProblem: Text<EventOf<'gateway.problem'>> = ({ first }) => ({
  subject: `Problem of the gateway: ${inline(first.problem, 120)}`,
  headline: 'The gateway has a problem',
  tone: 'alarm',
  lead: first.problem.split('\n').slice(0, 20),
  warnings: [],
  facts: [],
  blocks: [],
  stop: [],
  advice: '/readyz on the gateway says which part is not well.',
});
