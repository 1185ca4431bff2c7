import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Replies, type Reply, UnexpectedAnswer } from './replies.ts';

/** `parse bind execute sync`, `local=words`, `hidden:parse`: entries; each keeps in `log` what became of it. */
function queue(words: string): { replies: Replies; log: string[]; pushed: string[] } {
  const replies = new Replies();
  const log: string[] = [];
  const pushed: string[] = [];
  for (const word of words.split(' ').filter(Boolean)) {
    const [, hidden, kind, answer] = /^(hidden:)?(\w+)(?:=(\S+))?$/.exec(word) ?? [];
    const reply: Reply = {
      kind: kind as Reply['kind'],
      ...(hidden ? { hidden: true } : {}),
      ...(answer === undefined ? {} : { answer: Buffer.from(answer) }),
      undo: () => log.push(`undo ${word}`),
      settled: (answered) => log.push(`${answered ? 'answered' : 'dropped'} ${word}`),
    };
    pushed.push(...replies.push(reply).map(String));
  }
  return { replies, log, pushed };
}

/** Feeds answers, a letter each; what was shown as local answers is put behind its letter. */
function feed(replies: Replies, letters: string): string {
  let seen = '';
  for (const letter of letters) {
    const step = replies.accept({ type: letter, body: Buffer.alloc(1) });
    seen += letter + (step.due.length > 0 ? `[${step.due.map(String).join()}]` : '') + (step.skip ? '!' : '');
  }
  return seen;
}

// queue | answers of the target → what is due behind which, `!` = skip to the Sync | entries left
const TABLE: [string, string, string, number][] = [
  ['query', 'TDCZ'.replace('D', ''), 'TCZ', 0],
  ['query', 'EZ', 'EZ', 0],
  ['query', 'IZ', 'IZ', 0],
  ['parse bind describe execute sync', '12TCZ', '12TCZ', 0],
  ['parse describe sync', '1tTZ', '1tTZ', 0],
  ['parse describe sync', '1tnZ', '1tnZ', 0],
  ['bind execute execute sync', '2sCZ', '2sCZ', 0],
  // A local answer waits for what stands before it.
  ['parse local=a bind local=b sync', '12Z', '1[a]2[b]Z', 0],
  ['parse local=a local=b', '1', '1[a,b]', 0],
  // An error drops all up to the Sync, local answers too.
  ['parse bind execute local=a sync', 'EZ', 'EZ', 0],
  ['parse bind execute', 'E', 'E!', 0],
  // A Query behind a failed batch is skipped with it.
  ['parse bind query', 'E', 'E!', 0],
  ['parse sync', '1E', '1E', 1],
  ['parse sync', '1EZ', '1EZ', 0],
  ['close sync', '3Z', '3Z', 0],
  // Row descriptions belong to the statement that runs, not to a Describe behind it.
  ['execute describe sync', 'CTZ', 'CTZ', 0],
  ['query', 'GCZ', 'GCZ', 0],
  ['query', 'HcCZ', 'HcCZ', 0],
];

for (const [words, answers, expected, left] of TABLE) {
  test(`the queue: ${words} answered by ${answers}`, () => {
    const { replies } = queue(words);
    assert.equal(feed(replies, answers), expected);
    assert.equal(replies.length, left);
  });
}

test('the queue: local answers with nothing before them are due at once', () => {
  assert.deepEqual(queue('local=a local=b parse local=c').pushed, ['a', 'b']);
});

test('the queue: what an error skips is undone last first, the failed one last of all', () => {
  const { replies, log } = queue('parse bind local=a execute sync');
  feed(replies, '1E');
  assert.deepEqual(
    log.filter((line) => line.startsWith('undo')),
    ['undo execute', 'undo local=a', 'undo bind'],
  );
  assert.deepEqual(
    log.filter((line) => !line.startsWith('undo')),
    ['answered parse', 'dropped execute', 'dropped local=a', 'dropped bind'],
  );
});

test('the queue: `failed` stands in for `undo` only for what failed itself', () => {
  const log: string[] = [];
  const replies = new Replies();
  const entry = (name: string): Reply => ({
    kind: 'parse',
    undo: () => log.push(`undo ${name}`),
    failed: () => log.push(`failed ${name}`),
  });
  replies.push(entry('one'));
  replies.push(entry('two'));
  replies.accept({ type: 'E', body: Buffer.alloc(1) });
  assert.deepEqual(log, ['undo two', 'failed one']);
});

test('the queue: a poison that does not fail is a fault', () => {
  const replies = new Replies();
  replies.push({ kind: 'parse', refusal: null });
  assert.throws(() => replies.accept({ type: '1', body: Buffer.alloc(0) }), UnexpectedAnswer);
});

test('the queue: answers that nothing asked for are a fault', () => {
  for (const [words, answer] of [
    ['', 'C'],
    ['bind', '1'],
    ['parse', 'Z'],
    ['execute', '3'],
  ] as const) {
    assert.throws(() => feed(queue(words).replies, answer), UnexpectedAnswer, `${words} ${answer}`);
  }
});

test('the queue: a lost backend undoes all', () => {
  const { replies, log } = queue('parse bind execute sync');
  feed(replies, '12G');
  replies.abandon();
  assert.deepEqual(log.slice(-4), ['undo sync', 'dropped sync', 'undo execute', 'dropped execute']);
  assert.equal(replies.length, 0);
});

test('the queue: nothing more is taken while too much is unanswered', async () => {
  const { replies } = queue('execute');
  for (let n = 0; n < 20_000 && replies.room() === null; n++) replies.push({ kind: 'local', answer: Buffer.alloc(1) });
  assert.equal(replies.length, 10_000);
  const room = replies.room();
  replies.accept({ type: 'C', body: Buffer.alloc(1) });
  await room;
  assert.equal(replies.room(), null);
  for (let n = 0; n < 10_000; n++) replies.push({ kind: 'parse' });
  const again = replies.room();
  replies.abandon();
  await again;
});
