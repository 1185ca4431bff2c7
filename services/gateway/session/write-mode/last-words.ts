// What the end of an elevation says to the client, by what it found under way. Pure.
import type { TransactionStatus } from '../../wire/frames.ts';

/** How a writer was left. */
export interface Left {
  /**
   * `idle`: nothing was outstanding. `answered`: with its ReadyForQuery. `unsynced`: with the error of a batch whose Sync has not
   * come. `lost`: it did not answer in time, or could not be asked.
   */
  how: 'idle' | 'answered' | 'unsynced' | 'lost';
  /** A Query or Sync was sent on and not answered. */
  sent: boolean;
  /** Messages of the extended protocol were sent on, with no Sync behind them. */
  batch: boolean;
  /** The client has been shown an error since the last ReadyForQuery. */
  told: boolean;
  /** The client's. `empty`: nothing but BEGIN ran in it, and it goes on in read. `failed`: its client knows. */
  transaction: 'none' | 'empty' | 'open' | 'failed';
}

export interface LastWords {
  /** The error that says why: at once, in answer to the next message, or not at all. */
  error: 'now' | 'owed' | 'none';
  /** ReadyForQuery, behind the error. */
  ready: boolean;
  /** All up to the client's Sync is dropped from now on; `as_before`: as it was. */
  skipping: boolean | 'as_before';
  /** Of the transaction that the session has on its reader now. */
  status: TransactionStatus;
}

/** What the end of an elevation says to the client, and leaves it in. */
export function lastWords({ how, sent, batch, told, transaction }: Left): LastWords {
  const status = transaction === 'none' ? 'I' : transaction === 'empty' ? 'T' : 'E';
  const owed = transaction === 'open' && !told ? 'owed' : 'none';
  switch (how) {
    case 'idle':
      return { error: owed, ready: false, skipping: 'as_before', status };
    case 'answered':
      return { error: owed, ready: false, skipping: false, status };
    case 'unsynced':
      return { error: 'none', ready: false, skipping: true, status };
    case 'lost':
      if (sent) return { error: told ? 'none' : 'now', ready: true, skipping: false, status };
      // What is in hand is judged again, and meets what is owed.
      if (!batch) return { error: owed, ready: false, skipping: 'as_before', status };
      return { error: told ? 'none' : 'now', ready: false, skipping: true, status };
  }
}
