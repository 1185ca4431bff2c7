import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { DIRECTORY_LIMITS, makeDirectorySource } from './directory-source.ts';
import { contentHashOf, revisionOf } from './policy-files.ts';

const made: string[] = [];
after(() => Promise.all(made.map((directory) => rm(directory, { recursive: true, force: true }))));

async function directoryWith(files: Record<string, string | Buffer>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sudoql-policy-'));
  made.push(directory);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(directory, path, '..'), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  return directory;
}

const codesOf = async (directory: string, limits = DIRECTORY_LIMITS) => {
  const found = await makeDirectorySource(directory, limits).read();
  return found.ok ? [] : found.problems.map(({ file, code }) => `${file ?? ''} ${code}`.trim());
};

const rego = 'package x\n';

test('Rego, data and the schema of settings are read; all else that is no mistake is left out', async () => {
  const directory = await directoryWith({
    'a/x.rego': rego,
    'a/x_test.rego': rego,
    'settings/a/data.yaml': 'b: 1\n',
    'settings/c/data.json': '{}',
    'schemas/settings.json': '{}',
    'schemas/input/statement.json': '{}',
    'README.md': 'hello',
    '.git/config': 'x',
  });
  const found = await makeDirectorySource(directory).read();
  assert.deepEqual(found.ok && [...found.files.keys()], [
    'a/x.rego',
    'a/x_test.rego',
    'schemas/settings.json',
    'settings/a/data.yaml',
    'settings/c/data.json',
  ]);
});

test('a symbolic link is a problem, wherever it leads', async () => {
  const directory = await directoryWith({ 'x.rego': rego, 'real/y.rego': rego });
  await symlink(join(directory, 'x.rego'), join(directory, 'link.rego'));
  await symlink('/etc', join(directory, 'etc'));
  await symlink('../..', join(directory, 'up'));
  assert.deepEqual(await codesOf(directory), ['etc symlink', 'link.rego symlink', 'up symlink']);
});

test('what is not UTF-8, too large, too many, too deep or no file is a problem that names it', async () => {
  assert.deepEqual(await codesOf(await directoryWith({ 'x.rego': Buffer.from([0x70, 0xff, 0xfe]) })), [
    'x.rego not_utf8',
  ]);
  assert.deepEqual(await codesOf(await directoryWith({ 'x.rego': Buffer.alloc(10 * 1024 * 1024, 0x20) })), [
    'x.rego too_large',
  ]);
  assert.deepEqual(await codesOf(await directoryWith({ 'x.rego': rego, 'data.yaml': '#'.repeat(300 * 1024) })), [
    'data.yaml too_large',
  ]);
  const small = { file: 100, data: 50, total: 25, files: 3, depth: 1 };
  assert.deepEqual(await codesOf(await directoryWith({ 'a.rego': rego, 'b.rego': rego, 'c.rego': rego }), small), [
    'c.rego too_large',
  ]);
  assert.deepEqual(
    await codesOf(await directoryWith({ 'a.rego': '', 'b.rego': '', 'c.rego': '', 'd.rego': '' }), small),
    ['d.rego too_many'],
  );
  assert.deepEqual(await codesOf(await directoryWith({ 'a.rego': rego, 'b/c/d.rego': rego }), small), ['b/c too_deep']);
  const pipe = await directoryWith({ 'a.rego': rego });
  execFileSync('mkfifo', [join(pipe, 'b.rego')]);
  assert.deepEqual(await codesOf(pipe), ['b.rego no_file']);
});

test('a data file with another name is a problem, not silently left out', async () => {
  assert.deepEqual(await codesOf(await directoryWith({ 'x.rego': rego, 'settings/elevation.yaml': 'a: 1' })), [
    'settings/elevation.yaml not_read',
  ]);
});

test('no directory, and one without Rego, are problems', async () => {
  assert.deepEqual(await codesOf('/nowhere/at/all'), ['unreadable']);
  assert.deepEqual(await codesOf(await directoryWith({ 'README.md': '' })), ['no_policy']);
});

test('a revision is of everything that decides, and of nothing else', async () => {
  const files = new Map([
    ['a/x.rego', rego],
    ['a/x_test.rego', rego],
    ['settings/data.yaml', 'a: 1\n'],
    ['schemas/settings.json', '{}'],
  ]);
  const changed = (path: string, text: string) => new Map([...files, [path, text]]);
  const revision = revisionOf(files);
  assert.match(revision, /^[0-9a-f]{64}$/);
  assert.equal(revisionOf(new Map([...files].reverse())), revision);
  assert.notEqual(revisionOf(changed('a/x.rego', 'package y\n')), revision);
  assert.notEqual(revisionOf(changed('settings/data.yaml', 'a: 2\n')), revision);
  assert.notEqual(revisionOf(changed('b/x.rego', rego)), revision);
  assert.equal(revisionOf(changed('a/x_test.rego', 'package z\n')), revision);
  assert.notEqual(contentHashOf(changed('a/x_test.rego', 'package z\n')), contentHashOf(files));
});

test('files that meet at their ends are different files', () => {
  const one = new Map([['a.rego', 'b.regoX']]);
  const two = new Map([
    ['a.rego', ''],
    ['b.rego', 'X'],
  ]);
  assert.notEqual(revisionOf(one), revisionOf(two));
});
