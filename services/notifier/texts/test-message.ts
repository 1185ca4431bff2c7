import { inline } from '../render/visible.ts';
import type { NoticeEvent } from '../notice.ts';
import { type EventOf, saidBy, type Written } from './words.ts';

export const testMessage = (event: EventOf<'notices.test'>, all: NoticeEvent[]): Written => ({
  subject: `Test: messages of sudoql arrive here, asked for by ${inline(event.by, 60)}`,
  headline: 'This is a test: messages of sudoql arrive here',
  tone: 'calm',
  lead: ['Nothing has happened and there is nothing to do.'],
  warnings: [],
  facts: [['Asked for by', event.by], ...saidBy(all)],
  blocks: [],
  stop: [],
  advice: null,
});
