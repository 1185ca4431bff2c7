// What each answer of the target belongs to. Every message sent on, and every one answered here, is an entry; an answer
// always belongs to the head. Pure: it holds no connection and sends nothing.
import type { ClientError } from '../../../contract/errors.ts';

export type ReplyKind = 'parse' | 'bind' | 'describe' | 'execute' | 'close' | 'sync' | 'query' | 'local';

export interface Reply {
  readonly kind: ReplyKind;
  /** The client did not send this: of its answers only an error is shown. */
  readonly hidden?: boolean;
  /** A poison: its error is shown as this one, or not at all when it is null; any other answer than an error is a fault. */
  refusal?: ClientError | null;
  /** Bytes of a `local` entry, due when everything before it has been answered. */
  readonly answer?: Buffer;
  /** Takes back what was noted when it was sent, because it was skipped, or failed. */
  readonly undo?: () => void;
  /** Instead of `undo` when it failed itself, where that differs from being skipped. */
  readonly failed?: () => void;
  /** Sees each answer to it. */
  readonly look?: (answer: Answer) => void;
  /** Bytes that it keeps from being let go until it is answered. */
  readonly held?: number;
  /** Called once: answered to its end, or not (failed, skipped, the backend was lost). */
  readonly settled?: (answered: boolean) => void;
}

/** A message of the target's. */
export interface Answer {
  readonly type: string;
  readonly body: Buffer;
}

/** What an answer means. */
export interface Step<R extends Reply> {
  /** The entry that it belongs to. */
  reply: R | undefined;
  /** Whether this was the entry's last answer. */
  finished: boolean;
  /** After an error with no Sync sent yet: whatever the client sends up to its Sync is dropped. */
  skip: boolean;
  /** Local answers that are due behind this one. */
  due: readonly Buffer[];
}

const NONE: readonly Buffer[] = [];

/** The target said something that nothing sent to it can be answered with. */
export class UnexpectedAnswer extends Error {
  override name = 'UnexpectedAnswer';
}

/** The last answer to each kind; `E` and `Z` apart. */
const LAST: Record<string, ReplyKind> = {
  '1': 'parse',
  '2': 'bind',
  '3': 'close',
  T: 'describe',
  n: 'describe',
  C: 'execute',
  I: 'execute',
  s: 'execute',
};
/** Answers that can belong to nothing but their own kind. */
const STRICT = new Set(['1', '2', '3', 'n']);

/** More than PostgreSQL holds back before it sends its answers by itself. */
const MOST = 10_000;
/** Of what the entries hold. */
const MOST_BYTES = 16 * 1024 * 1024;

export class Replies<R extends Reply = Reply> {
  #entries: R[] = [];
  /** Bytes. */
  #held = 0;
  #full: PromiseWithResolvers<void> | null = null;

  get head(): R | undefined {
    return this.#entries[0];
  }

  get last(): R | undefined {
    return this.#entries.at(-1);
  }

  get length(): number {
    return this.#entries.length;
  }

  /** Null, or what resolves when half of the entries were answered: without it a client could make us hold any number. */
  room(): Promise<void> | null {
    if (this.#entries.length < MOST && this.#held < MOST_BYTES) return null;
    this.#full ??= Promise.withResolvers();
    return this.#full.promise;
  }

  /** Local bytes to write at once, when nothing before them is outstanding. */
  push(reply: R): readonly Buffer[] {
    this.#entries.push(reply);
    this.#held += reply.held ?? 0;
    return this.#due();
  }

  /** An answer of the target that is not a row, a notice or a parameter. */
  accept(answer: Answer): Step<R> {
    const { type } = answer;
    const reply = this.head;
    reply?.look?.(answer);
    if (type === 'E') return this.#failed(reply);
    if (type === 'Z') {
      if (reply?.kind !== 'sync' && reply?.kind !== 'query') throw new UnexpectedAnswer('ReadyForQuery out of turn');
      return this.#finished(reply);
    }
    const last = reply !== undefined && LAST[type] === reply.kind;
    if (reply?.refusal !== undefined) throw new UnexpectedAnswer('a poison did not fail');
    if (!last && (STRICT.has(type) || !reply)) throw new UnexpectedAnswer(`message ${type} out of turn`);
    return last && reply ? this.#finished(reply) : { reply, finished: false, skip: false, due: NONE };
  }

  /** The backend is lost or left: nothing more will be answered. Undoes all, last first; the head's failure counts as one. */
  abandon(): void {
    const gone = this.#entries.splice(0);
    this.#held = 0;
    for (const entry of gone.reverse()) drop(entry);
    this.#shrunk();
  }

  #shrunk(): void {
    if (this.#full === null || this.#entries.length > MOST / 2 || this.#held > MOST_BYTES / 2) return;
    this.#full.resolve();
    this.#full = null;
  }

  #finished(reply: R): Step<R> {
    this.#entries.shift();
    this.#held -= reply.held ?? 0;
    reply.settled?.(true);
    const due = this.#due();
    this.#shrunk();
    return { reply, finished: true, skip: false, due };
  }

  /** After an error PostgreSQL skips to the Sync, a Query included: what was sent in between is undone, last first. */
  #failed(reply: R | undefined): Step<R> {
    if (!reply || reply.kind === 'query' || reply.kind === 'sync') {
      return { reply, finished: false, skip: false, due: NONE };
    }
    const sync = this.#entries.findIndex((entry) => entry.kind === 'sync');
    const gone = this.#entries.splice(0, sync < 0 ? this.#entries.length : sync);
    for (const { held = 0 } of gone) this.#held -= held;
    for (const entry of gone.slice(1).reverse()) drop(entry);
    (reply.failed ?? reply.undo)?.();
    reply.settled?.(false);
    this.#shrunk();
    return { reply, finished: true, skip: sync < 0, due: NONE };
  }

  #due(): readonly Buffer[] {
    if (this.head?.kind !== 'local') return NONE;
    const due: Buffer[] = [];
    while (this.head?.kind === 'local') {
      const local = this.#entries.shift();
      this.#held -= local?.held ?? 0;
      if (local?.answer) due.push(local.answer);
      local?.settled?.(true);
    }
    return due;
  }
}

/** It will not be answered. */
export function drop(entry: Reply): undefined {
  entry.undo?.();
  entry.settled?.(false);
}
