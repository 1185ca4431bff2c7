import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('every test that test/README.md names is there', async () => {
  const page = await readFile(`${root}/test/README.md`, 'utf8');
  const rows = [...page.matchAll(/^\| (.+) \| `(\S+\.test\.ts)` \| (.+) \|$/gm)];
  assert.ok(rows.length > 30, `${rows.length} rows`);
  for (const [, what, file, name = ''] of rows) {
    const text = await readFile(`${root}/${file}`, 'utf8');
    const names = [...text.matchAll(/^\s*test\(\s*(['`"])(.+)\1/gm)].map((found) => found[2] ?? '');
    assert.ok(
      names.some((each) => each.includes(name)),
      `${what}: no test of ${file} is named “${name}”`,
    );
  }
});
