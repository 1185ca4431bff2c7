// Who owes the client its next answer, and what the end of an elevation has to say of it. Pure: each state is a row of a table.
import type { TransactionStatus } from '../wire/frames.ts';

/** What is known when a session comes to rest. */
export interface Moment {
  /** A Query or Sync was taken, and no ReadyForQuery has been given for it. */
  taken: 'query' | 'sync' | null;
  /** A message is being judged, recorded, elevated, or is about to be judged again. */
  inHand: boolean;
  /** It was sent on, or stands behind what was. */
  sent: boolean;
  /** Answers that the target owes. */
  queued: number;
  /** The target has answered, and the gateway ends the statement's own transaction before the client hears of it. */
  finishing: boolean;
  /** The target waits for the data of a COPY. */
  copyIn: boolean;
  /** An elevation is ending, which says what is owed. */
  ending: boolean;
}

/** Whose move it is. `nobody`: the client waits for an answer that will not come. */
export type Turn = 'client' | 'gateway' | 'target' | 'nobody';

export function turnOf(moment: Moment): Turn {
  if (moment.inHand || moment.ending) return 'gateway';
  if (moment.taken === null || moment.copyIn) return 'client';
  if (!moment.sent) return 'nobody';
  if (moment.finishing) return 'gateway';
  return moment.queued > 0 ? 'target' : 'nobody';
}

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
