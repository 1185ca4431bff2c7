import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RecordedStatement, summaryOf } from './from-record.ts';

const statement = (type: string, more: Partial<RecordedStatement>): RecordedStatement => ({
  type,
  effects: type === 'TransactionStmt' ? ['transaction'] : ['write'],
  relations: type === 'TransactionStmt' ? [] : ['public.t'],
  normalized: type,
  id: null,
  result: 'ok',
  transaction: null,
  written: null,
  ...more,
});
const told = (all: RecordedStatement[]) => summaryOf(all, 'gone', async () => null);

test('promise 6: behind a COMMIT that failed, in its batch or after, nothing is told as rolled back for want of another COMMIT', async () => {
  const lost = statement('InsertStmt', { result: null });
  const block = [
    statement('TransactionStmt', { transaction: 'open' }),
    statement('InsertStmt', { transaction: 'open' }),
  ];
  // What its batch came to was told with the last of it, which is lost as well.
  const { unknown } = await told([...block, statement('TransactionStmt', { result: 'error' }), lost, lost]);
  assert.deepEqual(unknown?.changed, ['public.t']);
  const { rolledBack, unknown: none } = await told([...block, lost]);
  assert.deepEqual([rolledBack, none], [true, undefined], 'in a block only a COMMIT commits');
});

test('promise 6: what changed no table that is named is told by its statement', async () => {
  const committed: Partial<RecordedStatement> = { transaction: 'committed', relations: [] };
  const { leftBehind } = await told([
    statement('DropStmt', { ...committed, effects: ['ddl'], normalized: 'drop schema s cascade' }),
    statement('SelectStmt', { ...committed, effects: ['read', 'write'], normalized: 'select lo_unlink($1)' }),
    statement('DeleteStmt', { ...committed, relations: ['public.t'] }),
  ]);
  assert.deepEqual(leftBehind, [
    { effect: 'ddl', statement: 'drop schema s cascade' },
    { effect: 'write', statement: 'select lo_unlink($1)' },
  ]);
});
