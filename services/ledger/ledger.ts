// The append-only record, as everything above it sees it. Built by `makeLedger` (services/ledger/write/make-ledger.ts).
import type pg from 'pg';
import type { EntryDraft, Recorded } from './entry/entry.ts';

export interface Ledger {
  /** Resolves when the entry is committed; concurrent calls share a commit. Throws LedgerUnavailable within the configured time when it cannot be. */
  append(draft: EntryDraft): Promise<Recorded>;
  /**
   * Several entries and what belongs to them (notices, jobs, rows of state), in one transaction.
   * `also` runs after the entries were inserted, with their places in the chain.
   */
  transaction<T>(drafts: EntryDraft[], also: (client: pg.ClientBase, recorded: Recorded[]) => Promise<T>): Promise<T>;
  /**
   * Accepts entries, all or none, that will be durable within a second. Throws LedgerUnavailable (synchronously) once the ledger has been
   * out of reach for longer than the grace, or the principal has more waiting than its share: the read must then not run. For outcomes
   * there is always room.
   */
  queue(...drafts: EntryDraft[]): void;
  /**
   * Of an entry that was let in by `gather`, or that somebody waits for by `hasten`: resolves once it is committed, and keeps being tried
   * while the ledger is away, whatever became of the one who waited. Never throws; rejects only where it will never be in the record. What
   * comes later of the same session is committed no earlier.
   */
  follow(draft: EntryDraft): Promise<void>;
  /**
   * Commits now what waits, and resolves with `done`. Rejects with LedgerUnavailable where that is not so in time, or the ledger takes
   * nothing: what waits is then still tried, and may come to be in the record.
   */
  hasten<T>(done: Promise<T>): Promise<T>;
  /** Null, or what resolves when less of what this session did waits to be recorded: until then it must be read no further. */
  room(principal: string, session: string): Promise<void> | null;
  /**
   * For what gathers into few entries: `take` is asked for one after the other, until it gives null, within the flush time after each call
   * of what this returns, which throws as `queue` does: of a `statement` that `principal` is about to run, or of an `outcome`, for which
   * there is always room. What `take` gives is durable within a second of the call.
   */
  gather(principal: string, take: () => EntryDraft | null): (lane: 'statement' | 'outcome') => void;
  /**
   * Keeps a decision's part (facts, context) once, by content; returns its hash (32 hex digits of SHA-256 of its canonical JSON). Durable
   * no later than the entry that is appended or queued next. Remembers what it kept, so the same object costs a WeakMap look-up.
   */
  keep(part: object): string;
  /** Whether reads may run: the ledger confirmed within the grace. */
  readonly acceptsReads: boolean;
  /** The last committed entry of this process's chain. */
  readonly head: Recorded | null;
  /** Flushes what is queued and closes. */
  close(): Promise<void>;
}

/** The ledger cannot record now: what depended on it does not run (58000). */
export class LedgerUnavailable extends Error {
  /**
   * Only when the connection was lost between the commit and its answer: resolves, once the ledger answers again, to whether the
   * entries are in the record after all. Who must close what such an entry opened (an elevation) waits for it.
   */
  readonly committed: Promise<boolean> | null;

  constructor(message: string, options: { cause?: unknown; committed?: Promise<boolean> } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'LedgerUnavailable';
    this.committed = options.committed ?? null;
  }
}
