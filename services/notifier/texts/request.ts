import { inWords } from '../../contract/durations.ts';
import type { NoticeEvent } from '../notice.ts';
import { inline } from '../render/visible.ts';
import {
  because,
  type EventOf,
  link,
  origin,
  person,
  place,
  when,
  whenExactly,
  who,
  type Writing,
  type Written,
} from './words.ts';

type Asking = EventOf<'request.made' | 'request.reminder'>;
type Answered = EventOf<'request.answered'>;
export type OfRequest = Asking | Answered;

export const isOfRequest = (event: NoticeEvent): event is OfRequest => event.event.startsWith('request.');

/** Several only where one message tells them because so much happened at once: the first is what was asked last. */
export function requests(events: [OfRequest, ...OfRequest[]], writing: Writing): Written {
  const last = events.at(-1) ?? events[0];
  const letter = last.event === 'request.answered' ? answered(last) : asking(last, writing);
  const others = events.filter((event) => event !== last);
  if (others.length === 0) return letter;
  const rows = others.map((event) => [
    (event.event === 'request.answered' ? answered(event) : asking(event, writing)).subject,
  ]);
  return { ...letter, blocks: [...letter.blocks, { title: 'Told together', note: null, rows, code: false }] };
}

function asking(event: Asking, writing: Writing): Written {
  const over = Date.parse(event.expires) <= writing.now.getTime();
  const again = event.event === 'request.reminder' ? 'still ' : '';
  const opening = `${who(event)} ${again}asks to write to ${place(event)} for ${inWords(event.seconds)}`;
  return {
    subject: `${opening}${because(event.reason)}`,
    headline: opening,
    tone: over ? 'calm' : 'write',
    ...(!over && { label: 'PLEASE ANSWER' }),
    lead: [
      over
        ? 'It is too late to answer.'
        : `Somebody must agree first, until ${when(event.expires, writing)}. Until then they can only read.`,
    ],
    warnings: [],
    facts: [
      ['Who', person(event)],
      ['Groups', event.groups.map((group) => inline(group, 60)).join(', ') || 'none'],
      ['With', origin(event)],
      ['How long', inWords(event.seconds)],
      ['Asked', event.asked.map(({ name, count }) => `${count} of ${inline(name, 60)}`).join(' and ')],
      ['Until', whenExactly(event.expires, writing)],
      ['In their words', event.reason],
      ['Request', event.request],
    ],
    blocks: [],
    stop: [],
    open: over ? null : link('Look and answer', writing.page(`/requests/${encodeURIComponent(event.request)}`)),
    advice: over
      ? null
      : `sudoql approve ${event.request}, or sudoql deny ${event.request} --why '…', with your token.`,
  };
}

const ANSWERS: Record<Answered['answer'], string> = {
  approved: 'may write to',
  denied: 'was told no, and may not write to',
  withdrawn: 'took back the request to write to',
  expired: 'was not answered in time, and may not write to',
};

function answered(event: Answered): Written {
  const by = event.by !== null && event.answer !== 'withdrawn' ? `, says ${inline(event.by, 60)}` : '';
  const opening = `${who(event)} ${ANSWERS[event.answer]} ${place(event)}${by}`;
  return {
    subject: `${opening}${because(event.reason)}`,
    headline: opening,
    tone: 'calm',
    lead: event.answer === 'approved' ? ['Once, for what was asked. You are told when it begins.'] : [],
    warnings: [],
    facts: [
      ['Who', person(event)],
      ['In their words', event.reason],
      ...(event.by === null ? [] : [['By', event.by] as [string, string]]),
      ...(event.why === null ? [] : [['Why', event.why] as [string, string]]),
      ['Request', event.request],
    ],
    blocks: [],
    stop: [],
    advice: null,
  };
}
