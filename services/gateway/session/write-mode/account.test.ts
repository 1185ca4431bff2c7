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
  further: false as const,
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

test('promise 6: where transactions together counted more tables than are named, those that may have changed more are named', () => {
  const account = new Account();
  const writes = (prefix: string) => {
    account.ran({ ...ran(prefix), further: 'counted' }, 1);
    const tables = Array.from({ length: 150 }, (_, n) => `public.${prefix}${n}`);
    account.counted(new Map(tables.map((table) => [table, { inserted: 1, updated: 0, deleted: 0 }])));
    return account.commit();
  };
  assert.equal(writes('a')?.further, undefined);
  assert.equal(account.summary('gone').further, undefined);
  assert.equal(writes('b')?.further, undefined);
  const { counted, further } = account.summary('gone');
  assert.deepEqual([Object.keys(counted ?? {}).length, further], [200, ['public.b']]);
});

test('what TRUNCATE … CASCADE empties beside what it names is told as changed', () => {
  const account = new Account();
  const { facts, ...statement } = ran('orders', 'write', 'TRUNCATE orders CASCADE');
  const relations = ['orders', 'payments'].map((name) => ({
    schema: 'public',
    name,
    kind: 'table' as const,
    access: 'truncate' as const,
    via: name === 'orders' ? null : 'public.orders',
    columns: { read: [], written: null },
  }));
  account.ran({ ...statement, facts: { ...facts, relations } }, null);
  assert.deepEqual(account.commit(), { rows: {}, changed: ['public.orders', 'public.payments'] });
});

test('what changes no table is told by its statement: never that nothing was changed', () => {
  const told = (
    effects: string[],
    functions: string[] = [],
    type = 'SelectStmt',
    end: 'commit' | 'rollback' = 'commit',
  ) => {
    const account = new Account();
    const { facts, ...statement } = ran('a', 'write', 'the text');
    const called = functions.map((name) => ({
      schema: 'pg_catalog',
      name,
      signature: null,
      volatility: 'volatile' as const,
      vetted: true,
    }));
    account.ran(
      { ...statement, facts: { ...facts, type, effects, functions: called, relations: [] } as StatementFacts },
      null,
    );
    account[end]();
    return account.summary('gone').leftBehind.map(({ effect }) => effect);
  };
  assert.deepEqual(told(['ddl'], [], 'DropStmt'), ['ddl']);
  assert.deepEqual(told(['ddl'], [], 'DropStmt', 'rollback'), []);
  assert.deepEqual(told(['read', 'write'], ['lo_unlink']), ['write']);
  assert.deepEqual(told(['read', 'write'], ['nextval', 'setval'], 'SelectStmt', 'rollback'), ['write']);
  assert.deepEqual(told(['read', 'write'], ['nextval']), []);
  assert.deepEqual(told(['write'], [], 'NotifyStmt'), []);
  assert.deepEqual(told(['code', 'ddl'], [], 'DropStmt'), ['code']);
});

test('what was refused is counted by form, and what a client can make many of is bounded', () => {
  const account = new Account();
  assert.equal(account.summary('gone').refused, undefined);
  for (let n = 0; n < 5; n++) account.refused('DROP TABLE orders', ['destructive']);
  account.refused(null, ['not_understood']);
  account.refused('DELETE FROM orders', ['b', 'a', 'b']);
  assert.deepEqual(account.summary('gone').refused, {
    statements: 7,
    forms: [
      { statement: 'DROP TABLE orders', codes: ['destructive'], times: 5 },
      { statement: null, codes: ['not_understood'], times: 1 },
      { statement: 'DELETE FROM orders', codes: ['a', 'b'], times: 1 },
    ],
  });
  for (let n = 0; n < 100; n++) account.refused(`SELECT ${'x'.repeat(5_000)}${n}`, ['no']);
  for (let n = 0; n < 100; n++) account.refused(`SELECT f${n}()`, ['no']);
  const { refused } = account.summary('gone');
  assert.equal(refused?.statements, 207);
  assert.equal(refused?.forms.length, 50);
  assert.ok(JSON.stringify(refused).length < 60_000);
  const named = refused?.forms.reduce((sum, { times }) => sum + times, 0);
  assert.equal((named ?? 0) + (refused?.unnamed ?? 0), 207);
});
