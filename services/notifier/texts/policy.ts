import { inline } from '../render/visible.ts';
import type { EventOf, Text } from './words.ts';

const short = (revision: string): string => inline(revision, 12);

export const policyActivated: Text<EventOf<'policy.activated'>> = ({ first }) => ({
  subject: `Policy ${short(first.revision)} is in force${first.by ? `, by ${inline(first.by, 60)}` : ''}`,
  headline: `Another policy is in force${first.by ? `, by ${inline(first.by, 60)}` : ''}`,
  tone: 'calm',
  lead: first.summary ? [first.summary] : [],
  warnings: [],
  facts: [
    ['Revision', first.revision],
    ['Before', first.previous ?? 'none'],
    ['By', first.by ?? 'the gateway, from its directory'],
  ],
  blocks: [],
  stop: [],
  advice: null,
});

export const policyRefused: Text<EventOf<'policy.refused'>> = ({ first }) => ({
  subject: 'A policy was refused and did not go live',
  headline: 'A policy was refused and did not go live',
  tone: 'alarm',
  lead: ['The last good one stays in force. Where there is none, everything is denied.'],
  warnings: [],
  facts: [
    ['Revision', first.revision ?? 'none: it did not compile'],
    ['By', first.by ?? 'the gateway, from its directory'],
  ],
  blocks: [
    {
      title: 'What is wrong with it',
      note: null,
      rows: [[first.problem]],
      code: true,
    },
  ],
  stop: [],
  advice: null,
});
