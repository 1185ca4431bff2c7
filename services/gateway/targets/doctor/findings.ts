/** How bad: `wrong` breaks a promise, `weak` leaves one key where there should be two, `note` is good to know. */
export type Severity = 'wrong' | 'weak' | 'note';

export interface Finding {
  severity: Severity;
  /** Whose: one of the target's logins, others, or the server. */
  who: 'reader' | 'writer' | 'control' | 'others' | 'server';
  /** A sentence. */
  says: string;
  /** What to type, or null where there is nothing. */
  fix: string | null;
}

/** A thing that the login must not be able to do, tried in a transaction that was rolled back. */
export interface Attempt {
  who: 'reader' | 'writer' | 'control';
  sql: string;
  /** The target's error; null when it was not refused. */
  refused: string | null;
  /** What it would mean if it were not. */
  severity: Exclude<Severity, 'note'>;
}
