import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertLinear } from '../../../test/helpers/linear.ts';
import type { Snapshot } from '../catalogue-snapshot.ts';
import { LONGEST_PATH, makeNames, schemasOf } from './names.ts';
import { OverWork, Work } from './work.ts';

test('a search_path is read as PostgreSQL reads it, and is not known where that cannot be said', () => {
  const read = (path: string) => schemasOf(path, 'reader');
  assert.deepEqual(read('"$user", public'), ['pg_catalog', 'reader', 'public']);
  assert.deepEqual(read('App , "Two Words","a""b"'), ['pg_catalog', 'app', 'Two Words', 'a"b']);
  assert.deepEqual(read('shadow, pg_catalog'), ['shadow', 'pg_catalog']);
  assert.deepEqual(read(''), ['pg_catalog']);
  assert.deepEqual(read('""'), ['pg_catalog', '']);
  for (const odd of ['public\u00a0, shadow', 'public"", shadow', 'GRÖSSE, shadow', `${'x'.repeat(64)}, shadow`])
    assert.equal(read(odd), null, odd);
  for (const broken of [',', 'a,', ',a', 'a,,b', 'a b', '"a', '"a"b', 'a"b"', 'a;b', 'a\u2003', ' , '])
    assert.equal(read(broken), null, broken);
  assert.deepEqual(read(' \t\n'), ['pg_catalog']);
  assert.deepEqual(read(' a\t,\v"b" \n'), ['pg_catalog', 'a', 'b']);
});

test('promise 3: a search_path that is longer than anybody writes is not known, and one up to that is read in a straight line', () => {
  assert.equal(schemasOf('s, '.repeat(LONGEST_PATH), 'reader'), null);
  const shapes: Record<string, (size: number) => string> = {
    'blanks between two names': (size) => `a${' '.repeat(size - 2)}b`,
    'blanks and nothing else': (size) => ' '.repeat(size),
    'many names, and then none': (size) => `${'a,'.repeat(size / 2 - 1)} !`,
    'many names': (size) => `${'a ,'.repeat(size / 3 - 1)}b`,
    'a quote that does not end': (size) => `"${'""'.repeat(size / 2 - 1)}`,
    'doubled quotes': (size) => `"${'""'.repeat(size / 2 - 1)}"`,
  };
  for (const [name, make] of Object.entries(shapes))
    assertLinear(name, LONGEST_PATH, make, (path) => schemasOf(path, 'reader'));
});

test('a schema that the reader may not use hides nothing behind it, and one named twice counts where it stands first', () => {
  const relation = (oid: number, schema: string) => ({ oid, schema, name: 'customers' });
  const relations = new Map([['customers', [relation(1, 'locked'), relation(2, 'shadow'), relation(3, 'public')]]]);
  const snapshot = { relations, closed: new Set(['locked']) } as unknown as Snapshot;
  const found = (searchPath: string) =>
    makeNames(snapshot, { searchPath, login: 'reader', temporaries: false, throughClosed: false }, new Work())
      .relations(['customers'])
      .map(({ oid }) => oid);
  assert.deepEqual(found('locked, shadow, public'), [2]);
  assert.deepEqual(found('shadow, public, shadow'), [2]);
});

test('what is found of a name is found along the path that is asked for, and costs the same the second time', () => {
  const fn = (oid: number, schema: string) => ({ oid, schema, name: 'f' });
  const functions = new Map([['f', [fn(1, 'a'), fn(2, 'b'), fn(3, 'c')]]]);
  const snapshot = { functions, closed: new Set(['b']) } as unknown as Snapshot;
  const found = (searchPath: string, { steps = 1_000, throughClosed = false, name = ['f'] } = {}) =>
    makeNames(
      snapshot,
      { searchPath, login: 'reader', temporaries: false, throughClosed },
      new Work({ statement: steps, text: steps }),
    )
      .functions(name)
      .map(({ row, place }) => `${row.oid}:${place}`)
      .join();
  for (let n = 0; n < 2; n++) {
    assert.equal(found('a, b'), '1:1');
    assert.equal(found('b, a'), '1:1');
    assert.equal(found('b, a', { throughClosed: true }), '1:2,2:1');
    assert.equal(found('b, a', { name: ['c', 'f'] }), '3:0');
    assert.equal(found('c'), '3:1');
  }
  const least = [1, 2, 3, 4, 5, 6].find((steps) => {
    try {
      return found('c', { steps });
    } catch {
      return undefined;
    }
  });
  assert.equal(least, 4, 'three rows, and the path');
  assert.throws(() => found('c', { steps: 3 }), OverWork);
});
