import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { makeCancelKeys, makeSessionNumbers, ownerOf } from './keys.ts';

test('no session gets the number of an earlier one, however many there were: its owner takes another number first', () => {
  const owners: number[] = [];
  const number = makeSessionNumbers((owner) => owners.push(owner));
  assert.equal(owners.length, 1, 'it has a number before its first session: answers come to it');
  const first = number();
  let before = first;
  let count = 1;
  for (;;) {
    const next = number();
    if (owners[1] !== undefined) break;
    if (next === first || next === before || next <= 0 || ownerOf(next) !== owners[0]) assert.fail(`${next}`);
    before = next;
    count++;
  }
  assert.equal(count, 2 ** 19);
});

test('a key proves itself to every gateway that has the secret, and to no other', () => {
  const secret = randomBytes(32);
  const [one, two, stranger] = [secret, secret, randomBytes(32)].map((shared) =>
    makeCancelKeys({ secret: () => shared, onOwner: () => {} }),
  );
  for (const minor of [0, 2] as const) {
    const key = one?.issue(minor);
    assert.ok(key && one?.proves(key.processId, key.secret) && two?.proves(key.processId, key.secret));
    assert.equal(stranger?.proves(key.processId, key.secret), false);
    assert.equal(two?.proves(key.processId + 1, key.secret), false);
    assert.equal(two?.proves(key.processId, key.secret.subarray(1)), false);
  }
});

test('without the secret there are no keys, and none proves itself', () => {
  const keys = makeCancelKeys({ secret: () => null, onOwner: () => {} });
  assert.equal(keys.issue(0), null);
  assert.equal(keys.proves(1, Buffer.alloc(4)), false);
});
