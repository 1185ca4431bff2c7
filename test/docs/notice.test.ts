import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

/** In go.mod because modules that are linked in name them; no package of theirs is. */
const NOT_LINKED = new Set([
  'github.com/decred/dcrd/dcrec/secp256k1/v4',
  'github.com/goccy/go-json',
  'github.com/lestrrat-go/dsig-secp256k1',
  'github.com/segmentio/asm',
  'golang.org/x/sys',
]);

test('NOTICE names every Go module that the compiler holds, in the version that it holds, with a licence', async () => {
  const [notice, goMod] = await Promise.all([read('NOTICE'), read('services/policy/compiler/go.mod')]);
  const required = [...goMod.matchAll(/^\t(\S+) (v\S+)/gm)].map(([, path = '', version = '']) => ({ path, version }));
  assert.ok(required.length > 10);
  for (const { path, version } of required.filter(({ path }) => !NOT_LINKED.has(path))) {
    assert.ok(notice.includes(`\n  ${path} ${version}\n`), `${path} ${version} is not listed`);
    assert.ok(notice.includes(`\n${path} ${version}\n`), `${path} ${version} has no licence`);
  }
  const versions = new Map(required.map(({ path, version }) => [path, version]));
  for (const [, path = '', version] of notice.matchAll(/^ {2}(\S+\.\S+\/\S+) (v\S+)$/gm)) {
    const module = [...versions.keys()].find((known) => path === known || path.startsWith(`${known}/`));
    assert.ok(module && !NOT_LINKED.has(module), `${path} is listed, but not in go.mod`);
    assert.equal(versions.get(module), version, path);
  }
});
