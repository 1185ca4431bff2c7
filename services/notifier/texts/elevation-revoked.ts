import { inline } from '../render/visible.ts';
import { because, type EventOf, inSessions, origin, person, place, type Text, who } from './words.ts';

export const elevationRevoked: Text<EventOf<'elevation.revoked'>> = ({ first, events }) => ({
  subject: `${inline(first.by, 60)} stopped ${who(first)} writing to ${place(first)}${inSessions(events.length)}${because(first.reason)}`,
  headline: `${inline(first.by, 60)} stopped ${who(first)} writing to ${place(first)}${inSessions(events.length)}`,
  tone: 'calm',
  lead: [
    'Their connection ends within a second. The closing message says what was written, and whether it could be seen that it is over.',
  ],
  warnings: [],
  facts: [
    ['Stopped by', first.by],
    ['Who', person(first)],
    ['Why they wrote', first.reason],
    ['With', events.length > 1 ? `${events.length} connections` : origin(first)],
    ['Elevation', events.length > 1 ? `${first.elevation} and ${events.length - 1} more` : first.elevation],
  ],
  blocks: [],
  stop: [],
  advice: null,
});
