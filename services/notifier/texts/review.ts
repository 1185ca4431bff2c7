import {
  because,
  type EventOf,
  LEDGER_ADVICE,
  link,
  person,
  place,
  whenExactly,
  who,
  type Writing,
  type Written,
} from './words.ts';

export function reviewOwed(event: EventOf<'review.owed'>, writing: Writing): Written {
  const opening = `A review is owed: ${who(event)} broke glass on ${place(event)}`;
  return {
    subject: `${opening}${because(event.reason)}`,
    headline: opening,
    tone: 'alarm',
    lead: ['Nobody else has read what was written yet. This is said again until somebody has.'],
    warnings: [],
    facts: [
      ['Who', person(event)],
      ['Why', event.reason],
      ['Since', whenExactly(event.since, writing)],
      ['Elevation', event.about],
    ],
    blocks: [],
    stop: [],
    open: link('Read and close it', writing.page(`/reviews/${encodeURIComponent(event.about)}`)),
    advice: `${LEDGER_ADVICE(event.about)}; then sudoql review ${event.about} 'what you found'.`,
  };
}

export function reviewClosed(event: EventOf<'review.closed'>): Written {
  const opening = `${event.by} has reviewed what ${who(event)} wrote to ${place(event)}`;
  return {
    subject: `${opening}${because(event.reason)}`,
    headline: opening,
    tone: 'calm',
    lead: [],
    warnings: [],
    facts: [
      ['Who wrote', person(event)],
      ['Why they wrote', event.reason],
      ['Reviewed by', event.by],
      ['Comment', event.comment],
      ['Elevation', event.about],
    ],
    blocks: [],
    stop: [],
    advice: null,
  };
}
