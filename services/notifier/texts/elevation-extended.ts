import {
  because,
  type EventOf,
  inSessions,
  latest,
  origin,
  person,
  place,
  sessionsAndStops,
  type Text,
  when,
  who,
} from './words.ts';

export const elevationExtended: Text<EventOf<'elevation.extended'>> = ({ first, events, now, stopLink }) => {
  const until = when(latest(events.map((event) => event.deadline)), now);
  const several = events.length > 1;
  return {
    subject: `${who(first)} goes on writing to ${place(first)}${inSessions(events.length)} until ${until}${because(first.reason)}`,
    headline: `${who(first)} goes on writing to ${place(first)}${inSessions(events.length)} until ${until}`,
    tone: 'write',
    lead: ['It was extended; the new end counts.'],
    warnings: [],
    facts: [
      ['Why', first.reason],
      ['Who', person(first)],
      ['Until', `${until}. It ends by itself.`],
      ['With', several ? `${events.length} connections` : origin(first)],
      ...(several ? [] : [['Elevation', first.elevation] as [string, string]]),
    ],
    ...sessionsAndStops(events, stopLink),
    advice: 'All right? Then there is nothing to do.',
  };
};
