import { count } from '../render/times.ts';
import { because, type EventOf, origin, person, place, who, type Writing, type Written } from './words.ts';

type Refused = EventOf<'elevation.refused'>;

export function elevationRefused(events: [Refused, ...Refused[]], _writing: Writing): Written {
  const [first] = events;
  const messages = [...new Set(events.flatMap((event) => event.messages))];
  const opening = `${who(first)} may not write to ${place(first)}`;
  return {
    subject: `${opening}${because(first.reason)}`,
    headline: opening,
    tone: 'calm',
    lead: ['They asked and were refused. Nothing has changed: they can still only read.'],
    warnings: [],
    facts: [
      ['Why they asked', first.reason],
      ['Who', person(first)],
      ['With', origin(first)],
      ...(events.length > 1 ? [['How often', count(events.length, 'time')] as [string, string]] : []),
    ],
    blocks: [
      {
        title: 'Why it was refused',
        note: null,
        rows: (messages.length ? messages : first.codes).slice(0, 20).map((message) => [message]),
        code: false,
      },
    ],
    stop: [],
    advice: first.codes.length ? `The policy’s codes: ${first.codes.slice(0, 20).join(', ')}` : null,
  };
}
