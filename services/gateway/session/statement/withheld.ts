// Promise 6 (docs/design.md) where statements come one behind the other: what must be recorded first is judged and in its place in the queue, and so
// is all behind it, but nothing of it goes to the target before the intents are durable. So many share one commit of the ledger.
import { type ClientError, SQLSTATE } from '../../../contract/errors.ts';
import { POISON } from '../client/poison.ts';
import type { Backend } from '../target/backend.ts';
import type { Session } from '../session.ts';
import type { Sent } from '../state.ts';

/** What one wait is about. */
interface Waiting {
  /** The first that waits. */
  entry: Sent;
  backend: Backend;
  /** Commits of the ledger that are waited for, and the last of them: many statements share one. */
  left: number;
  last: Promise<ClientError | null> | null;
  /** Sent in place of the first. */
  instead: Uint8Array | undefined;
}

export class Withheld {
  readonly #session: Session;
  #waiting: Waiting | null = null;

  constructor(session: Session) {
    this.#session = session;
  }

  /** `send` sends one statement, in the extended protocol. `durable` comes to the reason why it may not run, or null; a fault is one. */
  until(durable: Promise<ClientError | null>, send: () => void): void {
    const { backend, replies } = this.#session;
    backend.withhold();
    send();
    const entry = replies.last;
    if (!entry) throw new Error('a statement that was sent is not in the queue');
    this.#waiting ??= { entry, backend, left: 0, last: null, instead: undefined };
    const waiting = this.#waiting;
    if (waiting.last === durable) return;
    waiting.last = durable;
    waiting.left++;
    const over = (error: ClientError | null) => {
      waiting.left--;
      // What is withheld now may be another.
      if (this.#waiting !== waiting) return;
      if (error) this.spoil(error);
      else this.#release();
    };
    void durable.then(over, (thrown: unknown) => over(this.#session.fault(thrown)));
  }

  /** The target is sent what fails, in place of the first; what stands behind it is skipped, or fails with its transaction. */
  spoil(error: ClientError): void {
    if (!this.#waiting) return;
    const { entry, backend } = this.#waiting;
    this.#waiting.instead = POISON;
    entry.refusal = error;
    // It will answer nothing any more, and was sent nothing of it.
    if (backend.closed) this.#session.cycle.failed(entry.runs?.[0], error.sqlstate ?? SQLSTATE[error.code]);
    this.#release();
  }

  #release(): void {
    if (!this.#waiting) return;
    const { backend, left, instead } = this.#waiting;
    if (left > 0 && !instead) return;
    // A cancel that is under way could hit it.
    if (backend.hold !== null && !backend.closed) return void backend.hold.then(() => this.#release());
    this.#waiting = null;
    backend.release(instead);
  }
}
