// OPA's compiler as the rest of the project sees it: a queue of requests to a worker thread that is ended when idle.
import { Worker } from 'node:worker_threads';
import { threadEnv } from '../../contract/thread-env.ts';
import { SpareThread } from './spare-thread.ts';
import { optimiseAgain } from './wasm-flags.ts';
import type { CompilerAnswer, CompilerRequest } from './messages.ts';
import { limitThread, type Over } from './thread-limit.ts';

export interface CompilerOptions {
  /** Of one request, in ms of the processor; the thread is ended when it is over. Default 60,000. */
  deadlineMs?: number;
  /** The same by the clock, for a machine that hardly runs (thread-limit.ts). */
  wallMs?: number;
  /** The thread is ended when it had nothing to do so long, and its memory (some 200 MB) is returned. Default 30,000. */
  idleMs?: number;
  /** A thread was started, or is gone. */
  onThread?: (event: 'started' | 'ended') => void;
}

export interface Compiler {
  /**
   * Answers one request; requests wait for one another. An author's mistakes are `problems` of the answer, as is a request that
   * took too long or too much memory (`timeout`, `out_of_memory`), or which the machine had no time for (`host_busy`): the thread is
   * then replaced. `deadlineMs`: of the processor.
   */
  run(request: CompilerRequest, deadlineMs?: number): Promise<CompilerAnswer>;
  /** What is under way is ended. */
  close(): Promise<void>;
}

// A thread that once grew so far is not kept: WASM memory never shrinks.
const RECYCLE_BYTES = 512 * 1024 * 1024;

interface Thread {
  worker: Worker;
  waiting: Map<number, (answer: { answer?: string; fault?: string; bytes?: number }) => void>;
  progress: string;
}

export function makeCompiler(options: CompilerOptions = {}): Compiler {
  const deadline = options.deadlineMs ?? 60_000;
  const { idleMs = 30_000, onThread = () => {} } = options;
  let thread: Thread | null = null;
  let queue: Promise<unknown> = Promise.resolve();
  let count = 0;
  let closed = false;

  const discard = async () => {
    const old = thread;
    thread = null;
    if (!old) return;
    await old.worker.terminate();
    onThread('ended');
    for (const settle of old.waiting.values()) settle({ fault: 'the compiler was ended' });
  };

  const one = async (request: CompilerRequest, deadlineMs: number): Promise<CompilerAnswer> => {
    if (closed) return problem('compiler_fault', 'the compiler is closed');
    const current = spare.take() ?? startThread(onThread);
    thread = current;
    current.progress = '';
    current.worker.ref();
    const id = ++count;
    let stop = () => {};
    const outcome = await new Promise<{ answer?: string; fault?: string; bytes?: number; over?: Over }>((resolve) => {
      current.waiting.set(id, resolve);
      const limit = { cpuMs: deadlineMs, ...(options.wallMs !== undefined && { wallMs: options.wallMs }) };
      stop = limitThread(current.worker, limit, (over) => resolve({ over }));
      current.worker.postMessage({ id, request: JSON.stringify(request) });
    });
    stop();
    current.waiting.delete(id);
    if (outcome.answer === undefined || (outcome.bytes ?? 0) > RECYCLE_BYTES) await discard();
    else {
      thread = null;
      keep(current, idleMs, onThread);
    }
    if (outcome.answer !== undefined) return JSON.parse(outcome.answer) as CompilerAnswer;
    const during = current.progress ? ` while ${current.progress} ran` : '';
    if (outcome.over)
      return problem(outcome.over.why === 'host' ? 'host_busy' : 'timeout', `${outcome.over.words}${during}`);
    if (outcome.fault === 'out of memory') return problem('out_of_memory', `more memory needed than is given${during}`);
    return problem('compiler_fault', `${outcome.fault}${during}`);
  };

  return {
    run: (request, deadlineMs = deadline) => {
      const answer = queue.then(() => one(request, deadlineMs));
      queue = answer.catch(() => undefined);
      return answer;
    },
    close: async () => {
      closed = true;
      await discard();
    },
  };
}

/**
 * One that answered well waits a while for the next request of whichever compiler of this process: it takes half a second to start, and
 * knows the files that it has parsed. A request leaves nothing else in it.
 */
const spare = new SpareThread<Thread>();

function keep(thread: Thread, idleMs: number, onThread: NonNullable<CompilerOptions['onThread']>): void {
  spare.keep(thread, idleMs, () => void thread.worker.terminate().then(() => onThread('ended')));
}

function startThread(onThread: NonNullable<CompilerOptions['onThread']>): Thread {
  onThread('started');
  const worker = new Worker(new URL('./compiler-worker.ts', import.meta.url), {
    env: threadEnv(),
    name: 'sudoql policy compiler',
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const thread: Thread = { worker, waiting: new Map(), progress: '' };
  worker.on(
    'message',
    (message: { id?: number; progress?: string; answer?: string; fault?: string; bytes?: number }) => {
      if (message.progress !== undefined) thread.progress = message.progress;
      else if (message.id !== undefined) thread.waiting.get(message.id)?.(message);
    },
  );
  const fail = (fault: string) => {
    for (const settle of thread.waiting.values()) settle({ fault });
  };
  worker.on('error', (error) => fail(String(error instanceof Error ? error.message : error)));
  worker.on('exit', (code) => {
    spare.gone(thread);
    // Perhaps in its first request.
    optimiseAgain();
    fail(`the compiler's thread ended with ${code}`);
  });
  return thread;
}

function problem(code: string, message: string): CompilerAnswer {
  return { problems: [{ code, message }] };
}
