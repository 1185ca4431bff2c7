import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { makeCompiler } from './compiler.ts';
import { limitThread, type Over } from './thread-limit.ts';

const started = async (code: string): Promise<Worker> => {
  const worker = new Worker(code, { eval: true });
  await new Promise((resolve) => worker.once('online', resolve));
  return worker;
};
const overOf = (worker: Worker, limit: { cpuMs: number; wallMs?: number }) =>
  new Promise<Over>((resolve) => limitThread(worker, limit, resolve));

test('a thread that works without end is ended by what it took of the processor', async () => {
  const worker = await started('for (;;);');
  const before = performance.now();
  const { why, words } = await overOf(worker, { cpuMs: 200 });
  assert.deepEqual([why, words], ['spent', 'not finished within 200 ms of the processor']);
  assert.ok(performance.now() - before >= 190);
  await worker.terminate();
});

test('one that has to wait is not, however long; when the machine gives it nothing for very long, the words say so', async () => {
  // As a thread is that gets no turn: it waits, and takes nothing.
  const worker = await started('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);');
  const { why, words } = await overOf(worker, { cpuMs: 5_000, wallMs: 400 });
  assert.equal(why, 'host');
  assert.match(words, /^the machine gave it \d+ ms of the processor in \d+ s, .* the host is too busy, try again$/);
  await worker.terminate();
});

test('what ended before is not called back about', async () => {
  const worker = await started('for (;;);');
  const end = limitThread(worker, { cpuMs: 50 }, () => assert.fail('it was ended'));
  end();
  await overOf(worker, { cpuMs: 200 });
  await worker.terminate();
});

test('promise 9: a request that the machine had no time for says that it was the host', async () => {
  const compiler = makeCompiler({ deadlineMs: 30_000, wallMs: 1 });
  try {
    const { problems } = await compiler.run({ op: 'check', files: { 'x.rego': 'package x\n\na := 1\n' } });
    assert.equal(problems?.[0]?.code, 'host_busy');
    assert.match(problems?.[0]?.message ?? '', /the host is too busy, try again/);
  } finally {
    await compiler.close();
  }
});
