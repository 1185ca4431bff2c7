import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeTurns } from './turns.ts';

const always = () => true;

test('who waits has a turn after one of each other, however many another has', () => {
  const turns = makeTurns<number>();
  for (let n = 0; n < 5; n++) turns.add('eve', n);
  turns.add('ana', 10);
  turns.add('ben', 20);
  turns.add('ana', 11);
  const order = [];
  for (let turn = turns.take(always); turn; turn = turns.take(always)) order.push(turn.item);
  assert.deepEqual(order, [0, 10, 20, 1, 11, 2, 3, 4]);
});

test('who may not have one keeps their place', () => {
  const turns = makeTurns<number>();
  turns.add('eve', 0);
  turns.add('ana', 10);
  turns.add('eve', 1);
  assert.deepEqual(
    turns.take((whose) => whose !== 'eve'),
    { whose: 'ana', item: 10 },
  );
  assert.equal(
    turns.take((whose) => whose !== 'eve'),
    undefined,
  );
  assert.equal(turns.waiting('eve'), 2);
  assert.equal(turns.waiting('ana'), 0);
  assert.deepEqual(turns.take(always), { whose: 'eve', item: 0 });
  assert.deepEqual(turns.clear(), [1]);
  assert.equal(turns.take(always), undefined);
});
