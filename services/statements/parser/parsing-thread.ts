// One thread that parses, one text at a time, with an end to what a text may cost.
import { Worker } from 'node:worker_threads';
import { isSpent, type Parsed } from './parse.ts';
import type { ParseAnswer, ParseRequest } from './worker.ts';

export interface ParsingThread {
  /** Ready, and parsing nothing. */
  readonly free: boolean;
  /** Only when it is free. Never rejects. */
  parse(request: ParseRequest): Promise<Parsed>;
  /** Parses no more; what it was parsing is answered as failed. */
  end(): Promise<void>;
}

export interface ThreadLimits {
  /** Milliseconds of the processor that one text may take. */
  deadlineMs: number;
  /** Milliseconds after which a text is given up on a host that has no processor for it. */
  hardEndMs: number;
  /** Texts, or 8 KiB of one, after which it ends: its memory grows with the text, and is never given back. */
  uses: number;
}

export interface ThreadEvents {
  onFree(): void;
  /** It parses no more: it did not finish a text or failed at it, or is old. */
  onEnd(why: 'failed' | 'old'): void;
}

export function startParsingThread(limits: ThreadLimits, { onFree, onEnd }: ThreadEvents): ParsingThread {
  const { deadlineMs, hardEndMs, uses } = limits;
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    stdout: false,
    resourceLimits: { maxOldGenerationSizeMb: 256, stackSizeMb: 4 },
  });
  let state: 'starting' | 'free' | 'ended' | Parsing = 'starting';
  let used = 0;
  /** Of the processor, up to the last answer, in ms. */
  let spent = 0;

  worker.unref();
  worker.on('message', ({ parsed, cpuMs }: ParseAnswer) => {
    spent = cpuMs;
    if (state === 'starting') {
      state = 'free';
      onFree();
    } else if (typeof state === 'object') {
      const { bytes, answer } = settled(state);
      const result = JSON.parse(parsed) as Parsed;
      used += 1 + bytes / 8192;
      // After an error that is not the text's its memory is not to be trusted.
      if (isSpent(result)) finish('failed');
      else if (used >= uses) finish('old');
      else state = 'free';
      answer(result);
      if (state === 'free') onFree();
    }
  });
  // Out of memory, mostly: whatever it was doing has no answer.
  const lost = () => giveUp({ kind: 'failed', message: 'it ran out of memory' });
  worker.on('messageerror', lost);
  worker.on('error', lost);
  worker.on('exit', lost);

  function giveUp(last: Parsed): void {
    if (state === 'ended') return;
    const parsing = typeof state === 'object' ? settled(state) : null;
    finish('failed');
    parsing?.answer(last);
  }

  function finish(why: 'failed' | 'old'): void {
    state = 'ended';
    void worker.terminate();
    onEnd(why);
  }

  /** What counts is what the thread used, not how long a busy host took. */
  async function look(parsing: Parsing): Promise<void> {
    const cpu = (await cpuMs(worker)) - spent;
    if (state !== parsing) return;
    if (cpu < deadlineMs) parsing.clock = setTimeout(() => void look(parsing), Math.max(1, deadlineMs - cpu));
    else
      giveUp({ kind: 'too_large', message: `parsing the statement takes more than ${deadlineMs} ms of the processor` });
  }

  return {
    get free() {
      return state === 'free';
    },
    parse(request) {
      return new Promise((answer) => {
        const tooBusy = `the host is too busy: the statement was not parsed within ${hardEndMs} ms`;
        const parsing: Parsing = {
          answer,
          bytes: request.readable.bytes,
          clock: setTimeout(() => void look(parsing), deadlineMs),
          hardEnd: setTimeout(() => giveUp({ kind: 'too_large', message: tooBusy }), hardEndMs),
        };
        state = parsing;
        worker.postMessage(request);
      });
    },
    async end() {
      const parsing = typeof state === 'object' ? settled(state) : null;
      state = 'ended';
      parsing?.answer({ kind: 'failed', message: 'it is closed' });
      await worker.terminate();
    },
  };
}

interface Parsing {
  answer(parsed: Parsed): void;
  bytes: number;
  clock: NodeJS.Timeout;
  hardEnd: NodeJS.Timeout;
}

function settled(parsing: Parsing): Parsing {
  clearTimeout(parsing.clock);
  clearTimeout(parsing.hardEnd);
  return parsing;
}

/** Node before 24.6 cannot say: there the time since it was asked counts. */
async function cpuMs(worker: Worker): Promise<number> {
  if (typeof worker.cpuUsage !== 'function') return Number.POSITIVE_INFINITY;
  const { user, system } = await worker.cpuUsage().catch(() => ({ user: 0, system: 0 }));
  return (user + system) / 1_000;
}
