// Threads that evaluate pages, each with the policy of its own; pages wait while all are busy.
import { Worker } from 'node:worker_threads';
import { threadEnv } from '../../contract/thread-env.ts';
import type { Data } from '../settings/settings.ts';
import type { DecisionPage, RecordedDecision, Result } from './decisions.ts';

export interface Candidate {
  wasm: Uint8Array | WebAssembly.Module;
  data: Data;
}

export interface Difference {
  /** In the page. */
  index: number;
  result: Result;
  codes: string[];
  /** Allowed as before, on other terms. */
  terms: boolean;
}

export interface Evaluated {
  differences: Difference[];
  /** Decisions whose parts are gone, or that say no result. */
  gone: number[];
  /** Decisions that the policy could not make. */
  faults: number;
}

export interface PageMessage {
  id: number;
  decisions: RecordedDecision[];
  parts: [string, string][];
}

export interface Evaluators {
  /** Resolves when a thread took the page; `done` is called with its result, in no order. Throws what a thread failed with. */
  take(page: DecisionPage, done: (evaluated: Evaluated) => void): Promise<void>;
  /** All that were taken are done. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** Pages that a thread has at once: one in work, one waiting. */
const AHEAD = 2;
/** Of a thread's heap, without the policy's own 64 MiB: a page of the largest facts takes some 100. */
const MEMORY_MB = 256;

export function makeEvaluators(candidate: Candidate, threads: number): Evaluators {
  const busy = new Map<Worker, number>();
  const waiting = new Map<number, (evaluated: Evaluated) => void>();
  let failure: Error | null = null;
  let wake = () => {};
  let ids = 0;

  for (let i = 0; i < Math.max(1, threads); i++) {
    const worker = new Worker(new URL('./evaluate-worker.ts', import.meta.url), {
      workerData: candidate,
      env: threadEnv(),
      name: 'sudoql policy replay',
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    });
    busy.set(worker, 0);
    worker.on('message', ({ id, evaluated, fault }: { id: number; evaluated?: Evaluated; fault?: string }) => {
      busy.set(worker, (busy.get(worker) ?? 1) - 1);
      const done = waiting.get(id);
      waiting.delete(id);
      if (evaluated) done?.(evaluated);
      else failure ??= new Error(fault);
      wake();
    });
    const ended = (error: unknown) => {
      failure ??= error instanceof Error ? error : new Error(String(error));
      wake();
    };
    worker.on('error', ended);
    worker.on('exit', (code) => ended(`a thread ended with ${code}`));
  }

  const until = async (met: () => boolean): Promise<void> => {
    while (!met()) {
      if (failure) throw failure;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (failure) throw failure;
  };
  const free = (): Worker | undefined =>
    [...busy].sort(([, a], [, b]) => a - b).find(([, pages]) => pages < AHEAD)?.[0];

  return {
    async take({ decisions, parts }, done) {
      await until(() => free() !== undefined);
      const worker = free();
      if (!worker) throw new Error('No thread is free.');
      const needed = new Set(
        decisions.flatMap(({ context, facts }) => (facts === null ? [context] : [context, facts])),
      );
      const message: PageMessage = {
        id: ++ids,
        decisions,
        parts: [...needed].flatMap((hash) => {
          const text = parts.get(hash);
          return text === undefined ? [] : [[hash, text] as [string, string]];
        }),
      };
      waiting.set(message.id, done);
      busy.set(worker, (busy.get(worker) ?? 0) + 1);
      worker.postMessage(message);
    },
    drain: () => until(() => waiting.size === 0),
    async close() {
      for (const worker of busy.keys()) worker.removeAllListeners();
      await Promise.all([...busy.keys()].map((worker) => worker.terminate()));
    },
  };
}
