// docs/clients.md is what the last runs of the clients' checks gave, and what is told of each: not rerun, but compared with both.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ABOUT } from '../clients/about.ts';
import { clients } from '../clients/clients.ts';
import { page, seenIn, worksIn } from '../clients/page.ts';
import { read } from './pages.ts';

test('docs/clients.md has each client that is checked, as it is pinned and told of, with what was seen to work', async () => {
  const text = await read('docs/clients.md');
  const seen = seenIn(text);
  const names = clients.map(({ name }) => name);
  assert.deepEqual([...seen.keys()], names);
  assert.deepEqual(Object.keys(ABOUT).sort(), [...names].sort());
  for (const { name, version } of clients) {
    if (typeof version === 'string')
      assert.equal(seen.get(name)?.version, version, `${name} was run with another version`);
    assert.ok((seen.get(name)?.works.length ?? 0) > 0, `${name}: no run was seen`);
    assert.ok(ABOUT[name]?.needs.split('\n').length === 3, `${name} has the three lines that it needs`);
  }
  assert.equal(page(seen), text, 'npm run test:clients -- --all --write');
});

test('what a check says to work is known by its own lines, and by the names of its tests', () => {
  const said =
    'works: COPY\nnoise\ntest_the_next_borrower_reads (__main__.Pool.test_the_next_borrower_reads) ... ok\ntest_not (x.y) ... FAIL\n';
  assert.deepEqual(worksIn(said), ['COPY', 'the next borrower reads']);
});
