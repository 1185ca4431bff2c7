// Judges what an author wrote where it can be interrupted: a YAML file or a decision that does not end must not hold up statements.
import { parentPort } from 'node:worker_threads';
import { compileModule } from '../compiler/compile-module.ts';
import { checkConformance } from './conformance.ts';
import type { Answering, JudgeJob, JudgeResult } from './judge.ts';
import { changesInShort } from '../matrix/changes.ts';
import { groupsAsPeople, matrixOf } from '../matrix/matrix.ts';
import { readData } from '../settings/settings.ts';
import { TEST_FUEL } from '../fuel/limits.ts';
import { HOST_FUNCTIONS } from '../host-functions.ts';
import { loadWasmPolicy } from '../wasm-policy.ts';
import { makeWasmRuntime, stopInWords } from '../wasm-runtime.ts';
import type { CompiledTests } from './run-tests.ts';

async function judge(job: JudgeJob): Promise<JudgeResult> {
  if (job.kind === 'data') return { ok: true, ...readData(job.files, job.surroundings) };
  if (job.kind === 'tests') return { ok: true, problems: [], tests: await evaluateTests(job.wasm, job.data) };
  if (job.kind === 'rights') return { ok: true, problems: [], rights: await rightsThatChange(job) };
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
  const groups = groupsAsPeople({ settings: [before.data.settings, after.data.settings] });
  const people = [...asked.people, ...groups];
  const matrix = async ({ wasm, data }: Answering) =>
    matrixOf(await loadWasmPolicy(wasm, data), people, asked.targets, asked.now);
  return changesInShort(await matrix(before), await matrix(after));
}

/** Each of the module's entrypoints is a test. */
async function evaluateTests(wasm: Uint8Array, data: unknown): Promise<CompiledTests> {
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
