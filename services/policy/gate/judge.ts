import { Worker } from 'node:worker_threads';
import type { Principal, Target } from '../../contract/words.ts';
import type { Problem } from '../compiler/messages.ts';
import { threadEnv } from '../../contract/thread-env.ts';
import { SpareThread } from '../compiler/spare-thread.ts';
import { limitThread } from '../compiler/thread-limit.ts';
import type { PolicyFiles } from '../source/policy-files.ts';
import type { ReadUpload } from '../source/upload.ts';
import type { Surroundings } from '../lint/settings.ts';
import type { Data, ReadData } from '../settings/settings.ts';
import type { CompiledTests } from './run-tests.ts';

export type JudgeJob =
  | { kind: 'upload'; bytes: Uint8Array }
  | { kind: 'data'; files: PolicyFiles; surroundings: Surroundings }
  /** `toRun`: what is judged will be run here, if it is good: compiled as for that. */
  | { kind: 'conformance'; wasm: Uint8Array; data: Data; toRun: boolean }
  | { kind: 'tests'; wasm: Uint8Array; data: Data }
  | { kind: 'rights'; before: Answering; after: Answering; asked: Asked };

/** A policy that can be asked; `wasm`: bytes, or the module that was made of them. */
export interface Answering {
  wasm: Uint8Array | WebAssembly.Module;
  data: Data;
}

/** Whom a policy is asked about, where, and when; the groups that settings name come to them. */
export interface Asked {
  people: Principal[];
  targets: Target[];
  now: Date;
}

export type JudgeResult = {
  ok: true;
  problems: Problem[];
  data?: Data;
  settingsSchema?: unknown;
  warnings?: Problem[];
  module?: WebAssembly.Module;
  tests?: CompiledTests;
  rights?: string[];
  upload?: ReadUpload;
};

const MEMORY_MB = 256;

/** As `readUpload`, in a thread that is ended when it has used up `deadlineMs` of the processor: then the upload is none. */
export async function readUploadApart(bytes: Uint8Array, deadlineMs: number): Promise<ReadUpload> {
  const late = { code: 'too_slow', message: 'The body was not read' };
  const { problems, upload } = await apart({ kind: 'upload', bytes }, deadlineMs, late);
  return upload ?? { invalid: `${problems[0]?.message}.` };
}

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

/**
 * The conformance suite's problems with a compiled policy, found in a thread that is ended when it has used up `deadlineMs` of the
 * processor; without any, its module, when it is `toRun`.
 */
export async function conformanceApart(
  wasm: Uint8Array,
  data: Data,
  deadlineMs: number,
  { toRun }: { toRun: boolean },
): Promise<Pick<JudgeResult, 'problems' | 'module'>> {
  const late = { code: 'too_slow', message: 'the decisions of the conformance suite were not made' };
  return apart({ kind: 'conformance', wasm, data, toRun }, deadlineMs, late);
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

/**
 * What everybody can do by one policy and not by the other, in sentences for people, found in a thread that is ended when it has used up
 * `deadlineMs` of the processor: then, and for any fault, it rejects.
 */
export async function rightsThatChange(
  before: Answering,
  after: Answering,
  asked: Asked,
  deadlineMs: number,
): Promise<string[]> {
  const late = { code: 'too_slow', message: 'so many people and targets were not asked about' };
  const plain = ({ wasm, data }: Answering): Answering => ({ wasm, data });
  const job = { kind: 'rights', before: plain(before), after: plain(after), asked } as const;
  const { problems, rights } = await apart(job, deadlineMs, late);
  if (!rights) throw new Error(problems[0]?.message ?? 'nothing was answered');
  return rights;
}

interface Thread {
  worker: Worker;
  /** What comes of its job: a result, or a fault of its own. */
  onEnd: (result: JudgeResult | { fault: string }) => void;
}

/**
 * One that has done its job well waits a while for the next: a candidate is three jobs, and a thread loads its code for longer than it
 * works. A job leaves nothing in it: what an author wrote is data there, or a module with a memory of its own.
 */
const IDLE_MS = 30_000;
const spare = new SpareThread<Thread>();

function apart(job: JudgeJob, deadlineMs: number, late: Problem): Promise<JudgeResult> {
  return new Promise((resolve) => {
    const thread = spare.take() ?? startThread();
    const { worker } = thread;
    worker.ref();
    const stop = limitThread(worker, { cpuMs: deadlineMs }, ({ why, words }) => {
      const code = why === 'host' ? 'host_busy' : late.code;
      discard({ code, message: `${late.message}: ${words}` });
    });
    const discard = (problem: Problem) => {
      thread.onEnd = () => {};
      stop();
      resolve({ ok: true, problems: [problem] });
      void worker.terminate();
    };
    thread.onEnd = (end) => {
      if ('fault' in end) return discard({ code: 'judge_fault', message: end.fault });
      stop();
      keep(thread);
      resolve(end);
    };
    worker.postMessage(job);
  });
}

function keep(thread: Thread): void {
  const gone = () => {
    spare.gone(thread);
    thread.onEnd = () => {};
    void thread.worker.terminate();
  };
  thread.onEnd = gone;
  spare.keep(thread, IDLE_MS, gone);
}

function startThread(): Thread {
  const worker = new Worker(new URL('./judge-worker.ts', import.meta.url), {
    env: threadEnv(),
    name: 'sudoql policy judge',
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  });
  const thread: Thread = { worker, onEnd: () => {} };
  worker.on('message', (result: JudgeResult) => thread.onEnd(result));
  worker.on('error', (error) => thread.onEnd({ fault: error instanceof Error ? error.message : String(error) }));
  worker.on('exit', (code) => thread.onEnd({ fault: `the judging thread ended with ${code}` }));
  return thread;
}
