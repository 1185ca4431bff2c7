// Judges what an author wrote where it can be interrupted: a YAML file or a decision that does not end must not hold up statements.
import { parentPort } from 'node:worker_threads';
import type { Answering, JudgeJob, JudgeResult } from './judge.ts';
import type { CompiledTests } from './run-tests.ts';

// What one kind of job needs is loaded when there is one: that takes longer than most jobs.
const policies = () => import('../wasm-policy.ts');
const modules = () => import('../compiler/compile-module.ts');

async function judge(job: JudgeJob): Promise<JudgeResult> {
  if (job.kind === 'upload') {
    const { readUpload } = await import('../source/upload.ts');
    return { ok: true, problems: [], upload: readUpload(job.bytes) };
  }
  if (job.kind === 'data') {
    const { readData } = await import('../settings/settings.ts');
    return { ok: true, ...readData(job.files, job.surroundings) };
  }
  if (job.kind === 'tests') return { ok: true, problems: [], tests: await evaluateTests(job.wasm, job.data) };
  if (job.kind === 'rights') return { ok: true, problems: [], rights: await rightsThatChange(job) };
  const [{ checkConformance }, { compileModule }, { loadWasmPolicy }] = await Promise.all([
    import('./conformance.ts'),
    modules(),
    policies(),
  ]);
  try {
    const module = await compileModule(job.wasm, { optimised: job.toRun });
    const problems = checkConformance(await loadWasmPolicy(module, job.data), job.data);
    // With the code of all that the suite called, which is then not compiled where statements wait.
    return { ok: true, problems, ...(job.toRun && { module }) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ok: true, problems: [{ code: 'not_loadable', message }] };
  }
}

/** Both are asked about the same: everybody that is known, and the groups that either's settings name. */
async function rightsThatChange({ before, after, asked }: JudgeJob & { kind: 'rights' }): Promise<string[]> {
  const [{ groupsAsPeople, matrixOf }, { changesInShort }, { loadWasmPolicy }] = await Promise.all([
    import('../matrix/matrix.ts'),
    import('../matrix/changes.ts'),
    policies(),
  ]);
  const groups = groupsAsPeople({ settings: [before.data.settings, after.data.settings] });
  const people = [...asked.people, ...groups];
  const matrix = async ({ wasm, data }: Answering) =>
    matrixOf(await loadWasmPolicy(wasm, data), people, asked.targets, asked.now);
  return changesInShort(await matrix(before), await matrix(after));
}

/** Each of the module's entrypoints is a test. */
async function evaluateTests(wasm: Uint8Array, data: unknown): Promise<CompiledTests> {
  const [{ compileModule }, { makeWasmRuntime, stopInWords }, { HOST_FUNCTIONS }, { TEST_FUEL }] = await Promise.all([
    modules(),
    import('../wasm-runtime.ts'),
    import('../host-functions.ts'),
    import('../fuel/limits.ts'),
  ]);
  const runtime = makeWasmRuntime(await compileModule(wasm, { optimised: false }), data, HOST_FUNCTIONS);
  const tests: CompiledTests = {};
  for (const [path, number] of Object.entries(runtime.entrypoints)) {
    const { result, stopped } = runtime.evaluate(number, undefined, TEST_FUEL);
    const error = stopped ? `in the compiled policy: ${stopInWords(stopped, TEST_FUEL, 'test')}` : undefined;
    tests[path] = { passed: result === true, ...(error && { error }) };
  }
  return tests;
}

parentPort?.on('message', async (job: JudgeJob) => parentPort?.postMessage(await judge(job)));
