import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { madeOnce, openDataDirectory, removeLostData } from './data-directory.ts';
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

test('what is made once is made by one of those who ask for it at once, and anew where that one failed or is gone', async () => {
  const name = `test-${process.pid}`;
  let made = '';
  let times = 0;
  const make = async (directory: string) => {
    times++;
    await writeFile(join(directory, 'data'), '');
  };
  try {
    await assert.rejects(
      madeOnce(name, () => Promise.reject(new Error('it failed'))),
      /it failed/,
    );
    const all = await Promise.all([madeOnce(name, make), madeOnce(name, make), madeOnce(name, make)]);
    assert.equal(new Set(all).size, 1);
    assert.equal(times, 1);
    made = String(all[0]);
    assert.deepEqual(await readdir(made), ['data']);
    await rm(made, { recursive: true });
    await writeFile(`${made}.lock`, '999999999');
    assert.equal(await madeOnce(name, make), made);
    assert.equal(times, 2);
  } finally {
    if (made) await rm(made, { recursive: true, force: true });
  }
});
