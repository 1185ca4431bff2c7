import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatementFacts } from '../../../statements/facts.ts';
import { Account } from './account.ts';

const ran = (table: string, effect = 'insert', normalized = 'INSERT') => ({
  facts: {
    effects: [effect],
    flags: {},
    normalized,
    relations: [{ schema: 'public', name: table, access: 'insert', via: null }],
  } as unknown as StatementFacts,
  mechanics: {},
  uncounted: false,
});

test('what an open transaction holds is counted, and no more once it is released, gone back from or ended', () => {
  const account = new Account();
  const before = { ...account.held };
  account.ran(ran('a'), 1);
  account.ran(ran('a'), 1);
  assert.equal(account.held.count, before.count + 1);
  account.savepoint('s');
  account.ran(ran('a'), 1);
  account.savepoint('t');
  account.ran(ran('b', 'grant', 'x'.repeat(1_000)), 1);
  assert.equal(account.held.count, before.count + 6);
  assert.ok(account.held.bytes >= 1_000);
  account.rollbackTo('t');
  assert.deepEqual(account.held, { count: before.count + 4, bytes: 0 });
  account.release('s');
  assert.deepEqual(account.held, { count: before.count + 1, bytes: 0 });
  for (let n = 0; n < 1_000; n++) {
    account.savepoint('s');
    account.ran(ran('a'), 1);
    account.release('s');
  }
  assert.deepEqual(account.held, { count: before.count + 1, bytes: 0 });
  account.commit();
  assert.deepEqual(account.held, before);
});
