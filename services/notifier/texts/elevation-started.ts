import { inWords } from '../../contract/durations.ts';
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

export const elevationStarted: Text<EventOf<'elevation.started'>> = ({ first, events, now, stopLink }) => {
  const until = when(latest(events.map((event) => event.deadline)), now);
  const several = events.length > 1;
  const { blocks, stop } = sessionsAndStops(events, stopLink);
  return {
    subject: `${who(first)} can write to ${place(first)}${inSessions(events.length)} until ${until}${because(first.reason)}`,
    headline: `${who(first)} can write to ${place(first)}${inSessions(events.length)} until ${until}`,
    tone: 'write',
    lead: [],
    warnings: [],
    facts: [
      ['Why', first.reason],
      ['Who', person(first)],
      [
        'Until',
        `${until}, for ${inWords((Date.parse(first.deadline) - Date.parse(first.started_at)) / 1_000)}. It ends by itself.`,
      ],
      ['Since', `${when(first.started_at, now)}${first.by === 'connect' ? ', asked for when connecting' : ''}`],
      ['With', several ? `${events.length} connections` : origin(first)],
      ...(several ? [] : [['Elevation', first.elevation] as [string, string]]),
    ],
    blocks,
    stop,
    advice: stop.length
      ? 'All right? Then there is nothing to do.'
      : 'All right? Then there is nothing to do. If not: POST /v1/elevations/ID/revoke with a token that may, or sudoqld end --all on the gateway’s host.',
  };
};
