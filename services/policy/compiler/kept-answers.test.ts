import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeCompiledCache } from './compiled-cache.ts';
import { type Compiler, makeCompiler } from './compiler.ts';
import { withKeptAnswers } from './kept-answers.ts';
import type { CompilerRequest } from './messages.ts';

const compiler = makeCompiler();
after(() => compiler.close());
let home: string;
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'sudoql-answers-'));
});
after(() => rm(home, { recursive: true }));

const REQUEST: CompilerRequest = {
  op: 'check',
  files: { 'p.rego': 'package p\n\ndecision := data.a if input.x == 1\n' },
  data: { a: 1 },
  schemas: { 'input/p': { type: 'object' } },
  entrypoints: ['p/decision'],
  build: true,
};

/** Whether the compiler had to be asked. */
async function asked(request: CompilerRequest, directory: string): Promise<boolean> {
  let count = 0;
  const counting: Compiler = {
    run: (...args) => {
      count++;
      return compiler.run(...args);
    },
    close: async () => {},
  };
  const answer = await withKeptAnswers(counting, makeCompiledCache(directory)).run(request);
  const { wasm, problems } = await compiler.run(request);
  assert.deepEqual([answer.wasm, answer.problems], [wasm, problems]);
  return count > 0;
}

test('the compiler is asked the same once, and again when anything of it is another; mistakes are not kept', async () => {
  const directory = join(home, 'one');
  assert.equal(await asked(REQUEST, directory), true);
  assert.equal(await asked(REQUEST, directory), false);
  const [[path = '', text]] = Object.entries(REQUEST.files) as [[string, string]];
  const others: Partial<CompilerRequest>[] = [
    { files: { [path]: `${text}\n# more\n` } },
    { files: { ...REQUEST.files, 'q.rego': 'package q\n' } },
    { data: { a: 2 } },
    { schemas: { 'input/p': { type: 'object', properties: {} } } },
    { entrypoints: [] },
    { op: 'build' },
  ];
  for (const other of others) {
    assert.equal(await asked({ ...REQUEST, ...other }, directory), true, JSON.stringify(other));
    assert.equal(await asked({ ...REQUEST, ...other }, directory), false, JSON.stringify(other));
  }
  const wrong = { ...REQUEST, files: { [path]: 'package p\n\na if {' } };
  assert.equal(await asked(wrong, directory), true);
  assert.equal(await asked(wrong, directory), true);
});

test('what was torn or altered is not used, nor anything where others may write; nothing is left there either', async () => {
  const directory = join(home, 'two');
  await asked(REQUEST, directory);
  const [name = ''] = await readdir(directory);
  const bytes = await readFile(join(directory, name));
  for (const other of [bytes.subarray(0, 40), Buffer.from(bytes).fill(0x31, bytes.length - 9), Buffer.alloc(0)]) {
    await writeFile(join(directory, name), other);
    assert.equal(await asked(REQUEST, directory), true);
  }
  assert.equal(await asked(REQUEST, directory), false);
  await chmod(directory, 0o777);
  assert.equal(await asked(REQUEST, directory), true);

  const others = join(home, 'others');
  await mkdir(others);
  await chmod(others, 0o777);
  await asked(REQUEST, others);
  assert.deepEqual(await readdir(others), []);
});
