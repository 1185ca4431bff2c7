// What Node compiled of the sources is run as it is kept: so it is only kept, and only taken, where nobody else may write.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const program = new URL('../../bin/compile-cache.js', import.meta.url).href;

/** Where compiled code is kept after it was asked for in `directory`; undefined when nowhere. */
async function keptIn(directory: string, env: Record<string, string> = {}): Promise<string | undefined> {
  const code = `import module from 'node:module';
    import { useCompileCache } from '${program}';
    useCompileCache(process.argv[1]);
    console.log(module.getCompileCacheDir());`;
  const args = ['--input-type=module', '--eval', code, directory];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  return stdout.trim() === 'undefined' ? undefined : stdout.trim();
}

test('compiled sources are taken from a directory of our own, and from none that others may write to or put in its place', async (context) => {
  const home = await mkdtemp(join(tmpdir(), 'sudoql-compiled-'));
  context.after(() => rm(home, { recursive: true, force: true }));
  const own = join(home, 'own');
  assert.ok((await keptIn(own))?.startsWith(own));
  await chmod(own, 0o777);
  assert.equal(await keptIn(own), undefined);
  await chmod(own, 0o775);
  assert.equal(await keptIn(own), undefined);
  await chmod(own, 0o755);
  assert.ok((await keptIn(own))?.startsWith(own));
  await symlink(own, join(home, 'link'));
  assert.equal(await keptIn(join(home, 'link')), undefined);
  assert.equal(
    await keptIn(join(fileURLToPath(program), 'below')),
    undefined,
    'a place that cannot be made is no failure',
  );
  const named = join(home, 'named');
  await mkdir(named);
  assert.ok((await keptIn(own, { NODE_COMPILE_CACHE: named }))?.startsWith(named));
});
