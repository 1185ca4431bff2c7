// What a session knows of the time since the last ReadyForQuery; each ReadyForQuery starts afresh.
import type { ClientError } from '../../contract/errors.ts';
import type { Mechanics } from '../../statements/analysis.ts';

export interface Batch {
  /** Something was executed. */
  dirty: boolean;
  /** BEGIN was among it. */
  began: boolean;
  /** sudo or unsudo ran: nothing may follow before the Sync. */
  commandRan: boolean;
  /** Whether what is sent next runs in a transaction block of the client's; null as long as ReadyForQuery's word holds. */
  block: boolean | null;
  /** Its statements run in a transaction of ours, which is rolled back, or committed where something in it `lasts`. */
  contained: boolean;
  /** A setting was changed in it. */
  lasts: boolean;
  /** What the client is told instead of the target's 57014. */
  interruption: ClientError | null;
  /** Rows were kept from the client: its statement must not look complete. */
  truncated: boolean;
  /** An error was shown in place of an answer: the rest up to ReadyForQuery is not. */
  muted: boolean;
  errorShown: boolean;
  /** A statement ran to its end and was refused after all: its transaction must not go on. */
  failsTransaction: boolean;
  /** The tag is kept back until the statement's own transaction has ended; then `onReady` gives the last words. */
  holdsTag: boolean;
  heldTag: Buffer | null;
  onReady: (() => Promise<Buffer>) | null;
}

export function freshBatch(): Batch {
  return {
    dirty: false,
    began: false,
    commandRan: false,
    block: null,
    contained: false,
    lasts: false,
    interruption: null,
    truncated: false,
    muted: false,
    errorShown: false,
    failsTransaction: false,
    holdsTag: false,
    heldTag: null,
    onReady: null,
  };
}

/** Whether a transaction block is open behind a statement, unless that fails, and all behind it with it. */
export function blockAfter({ transaction, chain }: Mechanics, before: boolean): boolean {
  if (transaction === 'begin') return true;
  return transaction === 'commit' || transaction === 'rollback' ? before && chain === true : before;
}
