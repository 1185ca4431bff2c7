import { inWords } from '../../contract/durations.ts';
import { count } from '../render/times.ts';
import type { Story } from './stories.ts';
import {
  because,
  inSessions,
  LEDGER_ADVICE,
  origin,
  person,
  place,
  whenExactly,
  who,
  type Writing,
  type Written,
} from './words.ts';

/** What followed a closing message that could not confirm the end. */
export function elevationSettled(stories: [Story, ...Story[]], writing: Writing): Written {
  const [first] = stories;
  const open = stories.filter(({ settled }) => settled?.backend !== 'gone');
  const still = open.length > 0;
  const n = still ? open.length : stories.length;
  const opening = still
    ? `${who(first.of)} MAY STILL WRITE to ${place(first.of)}${inSessions(n)}`
    : `${who(first.of)} no longer writes to ${place(first.of)}${inSessions(n)}, confirmed`;
  const settled = stories.flatMap((story) => story.settled ?? []);
  const since = (event: { ended_at: string; settled_at: string }) =>
    inWords((Date.parse(event.settled_at) - Date.parse(event.ended_at)) / 1_000);
  return {
    subject: `${opening}${still ? ', please look' : ''}${because(first.reason)}`,
    headline: still
      ? `It still could not be confirmed that ${who(first.of)} can no longer write to ${place(first.of)}`
      : opening,
    tone: still ? 'alarm' : 'calm',
    lead: still
      ? [
          'The gateway goes on trying, and tells you when it has seen the end. Look at pg_stat_activity of the database yourself, or ask the operator to.',
        ]
      : [
          'All clear: the database no longer shows the connection whose end could not be confirmed before. What was not committed by then is rolled back.',
        ],
    warnings: [],
    facts: [
      ['Why they wrote', first.reason],
      ['Who', person(first.of)],
      ...settled
        .slice(0, 1)
        .map((event): [string, string] => [
          still ? 'Tried for' : 'Seen',
          still ? since(event) : `${whenExactly(event.settled_at, writing)}, ${since(event)} after the end`,
        ]),
      ['With', stories.length > 1 ? count(stories.length, 'connection') : origin(first.of)],
      ['Elevation', stories.map(({ elevation }) => elevation).join(', ')],
    ],
    blocks: [],
    stop: [],
    advice: LEDGER_ADVICE(first.elevation),
  };
}
