import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastWords, type Left } from './last-words.ts';

const left = (words: string): Left => ({
  how: (['idle', 'answered', 'unsynced', 'lost'] as const).find((how) => words.startsWith(how)) ?? 'idle',
  sent: words.includes('sent'),
  batch: words.includes('batch'),
  told: words.includes('told'),
  transaction: (['empty', 'open', 'failed'] as const).find((each) => words.includes(each)) ?? 'none',
});

/** How the writer was left, and what stands → what is said, and left. */
const ENDS: [string, string][] = [
  ['idle', 'none I'],
  ['idle, open', 'owed E'],
  ['idle, failed', 'none E'],
  ['idle, empty', 'none T'],
  ['answered', 'none I as read'],
  ['answered, open', 'owed E as read'],
  ['answered, failed', 'none E as read'],
  ['unsynced, batch told', 'none I skipping'],
  ['unsynced, batch told, open', 'none E skipping'],
  ['lost, sent', 'now Z I as read'],
  ['lost, sent, open', 'now Z E as read'],
  ['lost, sent, failed', 'now Z E as read'],
  ['lost, sent, told', 'none Z I as read'],
  ['lost, sent, batch', 'now Z I as read'],
  ['lost, batch', 'now I skipping'],
  ['lost, batch, open', 'now E skipping'],
  ['lost, batch told', 'none I skipping'],
  ['lost', 'none I'],
  ['lost, open', 'owed E'],
];

for (const [words, said] of ENDS) {
  test(`the end of an elevation: ${words}: ${said}`, () => {
    const { error, ready, skipping, status } = lastWords(left(words));
    const how = skipping === 'as_before' ? '' : skipping ? ' skipping' : ' as read';
    assert.equal(`${error}${ready ? ' Z' : ''} ${status}${how}`, said);
  });
}

test('the end of an elevation: in no state a client is left waiting, nor told twice', () => {
  for (const how of ['idle', 'answered', 'unsynced', 'lost'] as const)
    for (const transaction of ['none', 'empty', 'open', 'failed'] as const)
      for (let bits = 0; bits < 8; bits++) {
        const state: Left = { how, transaction, sent: (bits & 1) > 0, batch: (bits & 2) > 0, told: (bits & 4) > 0 };
        const words = lastWords(state);
        // ReadyForQuery answers what was sent on, and nothing else; who gets it is not made to skip.
        assert.equal(words.ready, how === 'lost' && state.sent);
        assert.ok(!(words.ready && words.skipping === true));
        if (state.told) assert.equal(words.error, 'none');
        // Rows that are gone are told of once: now, in answer to what follows, or before.
        if (transaction === 'open' && !state.told && how !== 'unsynced') assert.notEqual(words.error, 'none');
      }
});
