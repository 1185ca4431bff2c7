import { inline } from '../render/visible.ts';
import { because, type EventOf, link, person, place, who, type Writing, type Written } from './words.ts';

/** A question about what somebody writes, or the answer. */
export function remarkMade(event: EventOf<'remark.made'>, writing: Writing): Written {
  const by = inline(event.by, 60);
  const opening =
    event.says === 'question'
      ? `${by} asks ${who(event)} about ${place(event)}`
      : `${by} answers about writing to ${place(event)}`;
  return {
    subject: `${opening}${because(event.words)}`,
    headline: opening,
    tone: 'calm',
    lead: [
      event.says === 'question' ? 'Their session shows them the question, and this page takes the answer.' : '',
    ].filter(Boolean),
    warnings: [],
    facts: [
      [event.says === 'question' ? 'Question' : 'Answer', event.words],
      ['Who writes', person(event)],
      ['Why they wrote', event.reason],
      ['Elevation', event.about],
    ],
    blocks: [],
    stop: [],
    open: link('Look and answer', writing.page(`/elevations/${encodeURIComponent(event.about)}`)),
    advice: null,
  };
}
