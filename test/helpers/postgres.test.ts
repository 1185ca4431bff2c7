import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDataDirectory, removeLostData } from './data-directory.ts';
import { startPostgres } from './postgres.ts';

test('a cluster of our own starts, answers and goes away', async () => {
  const cluster = await startPostgres();
  try {
    const { rows } = await cluster.sql('SELECT 1 AS one');
    assert.deepEqual(rows, [{ one: 1 }]);
  } finally {
    await cluster.remove();
  }
});

test('of data that was left behind only that of processes which are gone is removed', async () => {
  const place = await mkdtemp(join(tmpdir(), 'sudoql-lost-'));
  try {
    const ours = await openDataDirectory(place);
    // Above what any system numbers its processes by.
    await mkdir(join(place, 'sudoql-pg-999999999-left/data'), { recursive: true });
    await mkdir(join(place, 'of-others'));
    await removeLostData(place);
    assert.deepEqual((await readdir(place)).map((name) => join(place, name)).sort(), [join(place, 'of-others'), ours]);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
});
