import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Mechanics } from '../../../statements/analysis.ts';
import type { StatementFacts } from '../../../statements/facts.ts';
import { SearchPath } from './search-path.ts';

const facts = (...effects: string[]) => ({ effects }) as StatementFacts;
const known = () => {
  let changes = 0;
  const path = new SearchPath(() => changes++);
  path.is('public');
  return { path, changes: () => changes };
};

test('a search_path is known when the target has said it, and unknown from when a change of it is sent', () => {
  const { path, changes } = known();
  assert.equal(path.now, 'public');
  path.touch();
  assert.equal(path.now, null);
  path.is('app');
  assert.equal(path.now, 'app');
  path.forget();
  assert.equal(path.now, null);
  assert.equal(changes(), 4, 'what is judged by it must be told each time');
});

test('what was changed in a transaction is asked for again at each ReadyForQuery, until the transaction is over', () => {
  const { path } = known();
  path.ready('I');
  assert.equal(path.now, 'public');
  path.touch();
  for (const status of ['T', 'E', 'I'] as const) {
    path.is('app');
    path.ready(status);
    assert.equal(path.now, null, status);
  }
  path.is('public');
  path.ready('I');
  assert.equal(path.now, 'public');
});

const CHANGES: [string, Mechanics, StatementFacts, boolean, boolean][] = [
  ['SET search_path', { searchPath: 'app' }, facts('session'), true, true],
  ['one that is not plain to see', { searchPath: null }, facts('read'), true, true],
  ['dynamic SQL', {}, facts('dynamic'), true, true],
  ['a read', {}, facts('read'), false, false],
  ['COMMIT', { transaction: 'commit' }, facts('transaction'), false, true],
  ['ROLLBACK TO', { transaction: 'rollback_to' }, facts('transaction'), false, true],
  ['SAVEPOINT', { transaction: 'savepoint' }, facts('transaction'), false, false],
];
for (const [what, mechanics, of, untouched, touched] of CHANGES)
  test(`names may resolve otherwise behind ${what}: ${untouched}, once the path was changed ${touched}`, () => {
    const { path } = known();
    assert.equal(path.changedBy(mechanics, of), untouched);
    path.touch();
    assert.equal(path.changedBy(mechanics, of), touched);
  });
