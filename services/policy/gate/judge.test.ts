import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { lean, shippedFiles, shippedModule } from '../testing.ts';
import { conformanceApart, readDataApart } from './judge.ts';

const started: Worker[] = [];
// Not those of the compiler.
const onWorker = (worker: Worker) => {
  if (worker.threadName === 'sudoql policy judge') started.push(worker);
};
process.on('worker', onWorker);
after(() => void process.off('worker', onWorker));
const shipped = lean(await shippedFiles());
const PATH = 'settings/whole_table/data.yaml';

test('a thread that has judged well judges the next; one that was stopped, or failed, judges nothing more', async () => {
  const judged = () => readDataApart(shipped, 30_000);
  const { data } = await judged();
  assert.deepEqual((await judged()).data, data);
  assert.equal(started.length, 1);

  // The suite takes some hundred milliseconds.
  const late = await conformanceApart((await shippedModule()).wasm, data, 1, { toRun: false });
  assert.deepEqual(
    late.problems.map(({ code }) => code),
    ['too_slow'],
  );
  assert.deepEqual((await judged()).data, data);
  assert.equal(started.length, 2);

  const { problems } = await conformanceApart(Uint8Array.of(1, 2, 3), data, 30_000, { toRun: false });
  assert.deepEqual(
    problems.map(({ code }) => code),
    ['not_loadable'],
  );
  assert.deepEqual((await judged()).data, data);
  assert.equal(started.length, 2, 'bytes that are no module are an answer, not a failure');

  await started[1]?.terminate();
  assert.deepEqual((await judged()).data, data);
  assert.equal(started.length, 3);
});

test('promise 9: nothing of one policy is left in the thread for the next, and two at once have one each', async () => {
  const other = new Map(shipped).set(PATH, 'enabled: false\nallowed: ["public.a"]\n');
  const bad = new Map(shipped).set(PATH, 'enabled: perhaps\n');
  const [one, two] = await Promise.all([readDataApart(other, 30_000), readDataApart(bad, 30_000)]);
  assert.deepEqual(one.problems, []);
  assert.equal(two.problems[0]?.file, PATH);
  const again = await readDataApart(shipped, 30_000);
  assert.deepEqual(again.problems, []);
  assert.deepEqual((again.data.settings as Record<string, unknown>).whole_table, { enabled: true, allowed: [] });
});
