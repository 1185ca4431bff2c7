import { count } from '../render/times.ts';
import { because, type EventOf, origin, person, place, type Text, who } from './words.ts';

export const elevationRefused: Text<EventOf<'elevation.refused'>> = ({ first, events }) => {
  const messages = [...new Set(events.flatMap((event) => event.messages))];
  return {
    subject: `${who(first)} was refused write access to ${place(first)}${because(first.reason)}`,
    headline: `${who(first)} was refused write access to ${place(first)}`,
    tone: 'calm',
    lead: ['Nothing has changed: they can still only read.'],
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
};
