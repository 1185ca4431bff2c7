// What is known of each elevation that a message tells of, put together from its events: what is true when it is sent.
import type { Message } from '../message.ts';
import type { NoticeEvent, NoticeSubject } from '../notice.ts';

type EventOf<K extends NoticeEvent['event']> = Extract<NoticeEvent, { event: K }>;

export interface Story {
  elevation: string;
  of: NoticeSubject;
  /** Of its start, where that is known; else of what came first. */
  reason: string;
  started: EventOf<'elevation.started'> | null;
  extended: EventOf<'elevation.extended'> | null;
  revoked: EventOf<'elevation.revoked'> | null;
  /** With what was seen of the backend since. */
  ended: EventOf<'elevation.ended'> | null;
  settled: EventOf<'elevation.settled'> | null;
  /** The latest that was promised; null where neither start nor extension is known. */
  deadline: string | null;
  /** Kinds of its events that this message tells. */
  tells: Set<NoticeEvent['event']>;
}

/** In the order in which the message tells of them. Events that are about no elevation are left out. */
export function storiesOf({ told, known }: Pick<Message, 'told' | 'known'>): Story[] {
  const stories = new Map<string, Story>();
  for (const { event } of told) {
    if (!('elevation' in event)) continue;
    const { principal, email, target, environment, session, client_address, application_name } = event;
    const story = stories.get(event.elevation) ?? {
      elevation: event.elevation,
      of: { principal, email, target, environment, session, client_address, application_name },
      reason: event.reason,
      started: null,
      extended: null,
      revoked: null,
      ended: null,
      settled: null,
      deadline: null,
      tells: new Set(),
    };
    story.tells.add(event.event);
    stories.set(event.elevation, story);
    hear(story, event);
  }
  for (const event of known) {
    const story = 'elevation' in event ? stories.get(event.elevation) : undefined;
    if (story) hear(story, event);
  }
  return [...stories.values()].map(asSeenNow);
}

function hear(story: Story, event: NoticeEvent): void {
  switch (event.event) {
    case 'elevation.started':
      story.started = event;
      story.reason = event.reason;
      story.deadline = later(story.deadline, event.deadline);
      return;
    case 'elevation.extended':
      story.extended =
        story.extended && later(story.extended.deadline, event.deadline) !== event.deadline ? story.extended : event;
      story.deadline = later(story.deadline, event.deadline);
      return;
    case 'elevation.revoked':
      story.revoked = event;
      return;
    case 'elevation.ended':
      story.ended = event;
      return;
    case 'elevation.settled':
      if (story.settled?.backend !== 'gone') story.settled = event;
      return;
    default:
  }
}

/** A backend that was seen to be gone after all has left nothing unconfirmed. */
function asSeenNow(story: Story): Story {
  const { ended, settled } = story;
  if (!ended || settled?.backend !== 'gone') return story;
  if (ended.summary === null) return { ...story, ended: { ...ended, backend: 'gone' } };
  return { ...story, ended: { ...ended, summary: { ...ended.summary, backend: 'gone' } } };
}

const later = (a: string | null, b: string): string => (a !== null && Date.parse(a) > Date.parse(b) ? a : b);
