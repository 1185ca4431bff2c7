import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Snapshot } from '../catalogue-snapshot.ts';
import { makeNames, schemasOf } from './names.ts';
import { Work } from './work.ts';

test('a search_path is read as PostgreSQL reads it, and is not known where that cannot be said', () => {
  const read = (path: string) => schemasOf(path, 'reader');
  assert.deepEqual(read('"$user", public'), ['pg_catalog', 'reader', 'public']);
  assert.deepEqual(read('App , "Two Words","a""b"'), ['pg_catalog', 'app', 'Two Words', 'a"b']);
  assert.deepEqual(read('shadow, pg_catalog'), ['shadow', 'pg_catalog']);
  assert.deepEqual(read(''), ['pg_catalog']);
  assert.deepEqual(read('""'), ['pg_catalog', '']);
  for (const odd of ['public\u00a0, shadow', 'public"", shadow', 'GRÖSSE, shadow', `${'x'.repeat(64)}, shadow`])
    assert.equal(read(odd), null, odd);
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
