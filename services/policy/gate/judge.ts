import { Worker } from 'node:worker_threads';
import type { Problem } from '../compiler/messages.ts';
import { limitThread } from '../compiler/thread-limit.ts';
import type { PolicyFiles } from '../source/policy-files.ts';
import type { Surroundings } from '../lint/settings.ts';
import type { Data, ReadData } from '../settings/settings.ts';
import type { CompiledTests } from './run-tests.ts';

export type JudgeJob =
  | { kind: 'data'; files: PolicyFiles; surroundings: Surroundings }
  | { kind: 'conformance'; wasm: Uint8Array; data: Data }
  | { kind: 'tests'; wasm: Uint8Array; data: Data };
export type JudgeResult = {
  ok: true;
  problems: Problem[];
  data?: Data;
  settingsSchema?: unknown;
  warnings?: Problem[];
  module?: WebAssembly.Module;
  tests?: CompiledTests;
};

const MEMORY_MB = 256;

/** Reads a policy's data and checks it; as `readData`, in a thread that is ended when it has used up `deadlineMs` of the processor. */
export async function readDataApart(
  files: PolicyFiles,
  deadlineMs: number,
  surroundings: Surroundings = {},
): Promise<ReadData> {
  const {
    problems,
    data = {},
    settingsSchema = null,
    warnings = [],
  } = await apart({ kind: 'data', files, surroundings }, deadlineMs, {
    code: 'data_error',
    message: 'the data files could not be read',
  });
  return { problems, data, settingsSchema, warnings };
}

/** The conformance suite's problems with a compiled policy, found in a thread that is ended when it has used up `deadlineMs` of the processor; without any, its module. */
export async function conformanceApart(
  wasm: Uint8Array,
  data: Data,
  deadlineMs: number,
): Promise<Pick<JudgeResult, 'problems' | 'module'>> {
  const late = { code: 'too_slow', message: 'the decisions of the conformance suite were not made' };
  return apart({ kind: 'conformance', wasm, data }, deadlineMs, late);
}

/** What becomes of tests that were compiled to entrypoints, in a thread that is ended when it has used up `deadlineMs` of the processor. */
export async function testsApart(
  wasm: Uint8Array,
  data: Data,
  deadlineMs: number,
): Promise<{ tests: CompiledTests } | { problems: Problem[] }> {
  const late = { code: 'timeout', message: 'the compiled tests were not run' };
  const { problems, tests = {} } = await apart({ kind: 'tests', wasm, data }, deadlineMs, late);
  return problems.length > 0 ? { problems } : { tests };
}

function apart(job: JudgeJob, deadlineMs: number, late: Problem): Promise<JudgeResult> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL('./judge-worker.ts', import.meta.url), {
      workerData: job,
      env: {},
      name: 'sudoql policy judge',
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    });
    const end = (result: JudgeResult) => {
      stop();
      resolve(result);
      void worker.terminate();
    };
    const fault = (message: string) => end({ ok: true, problems: [{ code: 'judge_fault', message }] });
    const stop = limitThread(worker, { cpuMs: deadlineMs }, ({ why, words }) => {
      const code = why === 'host' ? 'host_busy' : late.code;
      end({ ok: true, problems: [{ code, message: `${late.message}: ${words}` }] });
    });
    worker.once('message', end);
    worker.once('error', (error) => fault(error instanceof Error ? error.message : String(error)));
    worker.once('exit', (code) => fault(`the judging thread ended with ${code}`));
  });
}
