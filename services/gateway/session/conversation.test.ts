import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Conversation, type Event, type Moment, NEXT, type Phase, turnOf } from './conversation.ts';

/** What happens, in order → whether the next message is taken, dropped, data, or waits. */
const COURSES: [string, Phase][] = [
  ['', 'greeting'],
  ['ready failed sent', 'greeting'], // Nothing that happens to an elevation at connect lets the client speak.
  ['greeted', 'open'],
  ['greeted sent', 'awaiting'],
  ['greeted sent ready', 'open'],
  ['greeted failed', 'skipping'],
  ['greeted failed failed', 'skipping'],
  ['greeted failed sent', 'skipping'], // A Query, which the target does not answer.
  ['greeted failed synced', 'awaiting'],
  ['greeted failed synced ready', 'open'],
  ['greeted synced ready', 'open'],
  ['greeted sent failed', 'skipping'], // A Query behind a batch that failed.
  ['greeted sent copy_begins', 'copy_of_query'],
  ['greeted sent copy_begins copy_ends', 'awaiting'],
  ['greeted sent copy_begins copy_ends copy_begins copy_ends ready', 'open'], // Two in one Query.
  ['greeted copy_asked', 'copy_asked'],
  ['greeted copy_asked copy_refused', 'open'],
  ['greeted copy_asked copy_refused failed', 'skipping'],
  ['greeted copy_asked copy_begins', 'copy_of_batch'],
  ['greeted copy_asked copy_begins copy_ends', 'open'],
  ['greeted copy_asked copy_begins copy_ends synced copy_refused', 'awaiting'], // Its answer comes behind the Sync.
  ['greeted copy_asked copy_begins copy_ends failed', 'skipping'],
  ['greeted sent left', 'open'],
  ['greeted copy_asked copy_begins left', 'open'],
  ['greeted failed left', 'skipping'], // The client's Sync is still to come.
  ['greeted failed left forgiven', 'open'],
  ['greeted left failed synced ready', 'open'],
];

function after(events: string): Conversation {
  const conversation = new Conversation();
  for (const event of events.split(' ').filter(Boolean)) conversation.on(event as Event);
  return conversation;
}

for (const [events, phase] of COURSES)
  test(`a conversation: ${events || 'at first'}: ${phase}`, () => assert.equal(after(events).phase, phase));

const PHASES = Object.keys(NEXT) as Phase[];

test('a conversation: whatever has happened, the client comes to speak again', () => {
  const opens = new Set<Phase>(['open']);
  for (let before = 0; before < opens.size; ) {
    before = opens.size;
    for (const phase of PHASES) if (Object.values(NEXT[phase]).some((next) => opens.has(next))) opens.add(phase);
  }
  assert.deepEqual(
    PHASES.filter((phase) => !opens.has(phase)),
    [],
  );
});

test('a conversation: R1: behind what was sent nothing is taken before its ReadyForQuery, an error that skips, or its data', () => {
  const leaves = Object.entries(NEXT.awaiting).map(([event, next]) => `${event} ${next}`);
  assert.deepEqual(leaves, ['ready open', 'failed skipping', 'copy_begins copy_of_query', 'left open']);
  for (const phase of PHASES) assert.notEqual(NEXT[phase].sent, 'open');
  assert.equal(NEXT.skipping.sent, undefined, 'what the target skips is not waited for');
});

test('a conversation: what was taken is owed until ReadyForQuery, an error that skips, or an answer of ours', () => {
  for (const [event, owed] of [
    ['ready', null],
    ['failed', null],
    ['left', 'query'],
    ['copy_begins', 'query'],
  ] as const) {
    const conversation = after('greeted');
    conversation.take('query');
    conversation.on('sent');
    conversation.on(event);
    assert.equal(conversation.taken, owed, event);
  }
  const conversation = after('greeted');
  conversation.take('query');
  conversation.answered();
  assert.equal(conversation.taken, null);
});

test('a conversation: the pieces of a Bind go to the writer that had its head, and to no other', () => {
  const conversation = after('greeted');
  conversation.bind(true);
  conversation.on('failed');
  assert.equal(conversation.bindOpen, true); // Its length was announced: the target waits for the rest.
  conversation.on('left');
  assert.equal(conversation.bindOpen, false);
});

const phaseIn = (words: string): Phase =>
  words.includes('sent')
    ? 'awaiting'
    : words.includes('copy')
      ? 'copy_of_query'
      : words.includes('greeting')
        ? 'greeting'
        : 'open';

const moment = (words: string): Moment => ({
  phase: phaseIn(words),
  taken: words.includes('query') ? 'query' : words.includes('sync') ? 'sync' : null,
  inHand: words.includes('in hand'),
  queued: words.includes('queued') ? 1 : 0,
  finishing: words.includes('finishing'),
  ending: words.includes('ending'),
});

const TURNS: [string, ReturnType<typeof turnOf>][] = [
  ['nothing', 'client'],
  ['greeting', 'gateway'],
  ['queued', 'client'], // A batch with no Sync: whatever is owed, the next message is the client's.
  ['query in hand', 'gateway'],
  ['query in hand queued', 'gateway'],
  ['query sent queued', 'target'],
  ['sync sent queued', 'target'],
  ['query sent finishing', 'gateway'],
  ['query copy queued', 'client'],
  ['query ending', 'gateway'],
  ['query sent ending', 'gateway'],
  ['query', 'nobody'],
  ['sync', 'nobody'],
  ['query queued', 'nobody'],
  ['query sent', 'nobody'],
  ['sync sent', 'nobody'],
];

for (const [words, turn] of TURNS) {
  test(`whose turn it is: ${words}: ${turn}`, () => assert.equal(turnOf(moment(words)), turn));
}
