import { inline } from '../render/visible.ts';
import type { Story } from './stories.ts';
import { because, inSessions, origin, person, place, who, type Writing, type Written } from './words.ts';

/** All were stopped, and the end of some is not recorded yet. */
export function elevationRevoked(stories: [Story, ...Story[]], _writing: Writing): Written {
  const [first] = stories;
  const by = [...new Set(stories.flatMap(({ revoked }) => (revoked ? [inline(revoked.by, 60)] : [])))].join(', ');
  const why = [...new Set(stories.flatMap(({ revoked }) => (revoked?.why ? [inline(revoked.why, 500)] : [])))].join(
    '; ',
  );
  const opening = `${who(first.of)} was stopped on ${place(first.of)}${inSessions(stories.length)}`;
  return {
    subject: `${opening} by ${by}${because(first.reason)}`,
    headline: `${opening} by ${by}`,
    tone: 'calm',
    lead: [
      'Their connection ends within a second. The closing message says what was written, and whether it could be seen that it is over.',
    ],
    warnings: [],
    facts: [
      ['Stopped by', by],
      ...(why === '' ? [] : [['Why it was stopped', why] as [string, string]]),
      ['Who', person(first.of)],
      ['Why they wrote', first.reason],
      ['With', stories.length > 1 ? `${stories.length} connections` : origin(first.of)],
      ['Elevation', stories.map(({ elevation }) => elevation).join(', ')],
    ],
    blocks: [],
    stop: [],
    advice: null,
  };
}
