// Statements that were sent and whose outcome is not final yet. Final is ReadyForQuery, or COMMIT's tag, not
// CommandComplete: a deferred constraint turns `INSERT 0 1` into an error at the Sync. What is committed and what is not is
// PostgreSQL's word, by tags and ReadyForQuery; where it gave none, what may have been committed is uncertain.
import type { Written } from '../../../ledger/entry/entry.ts';
import type { Mode } from '../../../contract/words.ts';
import type { StatementFacts } from '../../../statements/facts.ts';
import type { Mechanics } from '../../../statements/analysis.ts';
import type { Obligations } from '../../../policy/decision.ts';
import type { TransactionStatus } from '../../wire/frames.ts';
import type { Counts } from '../target/counts.ts';
import type { Account } from '../write-mode/account.ts';

export interface Outcome {
  result: 'ok' | 'error' | 'unknown';
  sqlstate: string | null;
  rows: number | null;
  durationMs: number;
  /**
   * In write mode: its transaction is open, or has ended with it, and what was committed then. Absent where another statement
   * follows before ReadyForQuery, and where the end is not known.
   */
  transaction?: 'open' | 'committed' | 'rolled_back';
  written?: Written;
}

/** What came of one result, whether one statement gives all of it or many fetch parts. */
export interface Tally {
  rows: number;
  bytes: number;
}

/** False: there are none. `counted`: all of them are, where it is asked; `in_part`: there may be more even so; `uncounted`: it is not asked. */
export type Further = NonNullable<Mechanics['further']> | false;

export interface Run {
  readonly id: string;
  readonly mode: Mode;
  /** Null in read mode. */
  readonly elevation: string | null;
  readonly facts: StatementFacts;
  readonly mechanics: Mechanics;
  /** Its tag does not count all rows that it changes. */
  readonly uncounted: boolean;
  /** What it changes may have changed further rows, that no tag counts; and whether the target counts them. */
  readonly further: Further;
  readonly obligations: Obligations;
  /** Its own text. */
  readonly text: string;
  /** Of a COMMIT: the id of the target's transaction, where that was asked for and it had one. */
  readonly transaction: string | null;
  readonly startedAt: number;
  /** DataRows and CopyData that came. */
  rows: number;
  /** Of its result, once something came of it. */
  tally: Tally | null;
  tag: string | null;
  sqlstate: string | null;
  /** Is told its outcome beside the record. */
  onOutcome: ((outcome: Outcome) => void) | null;
  /** The first outcome is final; others count for nothing. */
  settle(outcome: Outcome): void;
}

/** What is known of a run when it begins. */
export type Beginning = Pick<
  Run,
  | 'id'
  | 'mode'
  | 'elevation'
  | 'facts'
  | 'mechanics'
  | 'uncounted'
  | 'further'
  | 'obligations'
  | 'text'
  | 'transaction'
  | 'startedAt'
>;

/** `final` is told its outcome, once, in the moment in which that is final. */
export function makeRun(of: Beginning, final: (run: Run, outcome: Outcome) => void): Run {
  let settled = false;
  const run: Run = {
    ...of,
    rows: 0,
    tally: null,
    tag: null,
    sqlstate: null,
    onOutcome: null,
    settle(outcome) {
      if (settled) return;
      settled = true;
      final(run, outcome);
      run.onOutcome?.(outcome);
    },
  };
  return run;
}

/** It cannot run in a transaction block. */
const NOT_IN_A_BLOCK = '25001';

/** A COMMIT whose answer was lost, of a transaction whose id is known: the target can still say what became of it. */
export interface InDoubt {
  readonly transaction: string;
  /** Null: the target does not say. To be called once. */
  resolve(committed: boolean | null): void;
}

/** What became of the statements whose answers were lost. */
export interface Loss {
  /** True: nothing of them stays. False: they may have been committed. */
  rolledBack: boolean;
  inDoubt: InDoubt | null;
}

/** The statements between two ReadyForQuery, and the transaction that they stand in, as PostgreSQL's answers tell it. */
export class Cycle {
  #runs: Run[] = [];
  /** Runs before this one are final. */
  #from = 0;
  /** In a transaction block; else what runs from `#from` on shares an implicit transaction, and so one fate. */
  #block = false;
  /** An error came: until ReadyForQuery nothing runs any more. */
  #failed = false;
  readonly #now: () => number;
  account: Account | null = null;
  /** The gateway began a transaction for the one statement that runs, and ends it: until its COMMIT is sent nothing can stay. */
  own: 'open' | 'committing' | null = null;
  /** Whether names are folded and cut on the target as they are here. */
  namesExact: (name: string) => boolean = () => true;

  constructor(now: () => number) {
    this.#now = now;
  }

  get size(): number {
    return this.#runs.length;
  }

  get runs(): readonly Run[] {
    return this.#runs;
  }

  add(run: Run, status: TransactionStatus): void {
    if (this.#runs.length === 0) this.#block = status !== 'I';
    this.#runs.push(run);
  }

  /**
   * `run` was answered with this tag (null for an empty query or a suspended portal). `last`: it is the last of a Query's text,
   * whose tag comes when its implicit transaction has been committed.
   */
  completed(run: Run, tag: string | null, last = false): void {
    run.tag = tag ?? '';
    const { transaction: verb, chain = false, commitsItself = false } = run.mechanics;
    if (verb === 'commit' || verb === 'rollback') {
      // COMMIT of a failed transaction.
      if (tag === 'ROLLBACK' && verb === 'commit') run.sqlstate = '25P02';
      this.#over(tag === 'COMMIT' ? 'committed' : 'rolled_back', this.#runs.indexOf(run) + 1);
      this.#block = chain;
      return;
    }
    if (verb === 'begin') this.#block = true;
    this.#apply(run, rowsOf(run));
    if ((last || commitsItself) && !this.#block && this.own === null)
      this.#over('committed', this.#runs.indexOf(run) + 1);
  }

  /** Rows that the target counted in the transaction that is about to be committed; null where that does not hold any more. */
  counted(rows: Counts | null): void {
    this.account?.counted(rows);
  }

  failed(run: Run | undefined, sqlstate: string): void {
    if (run) run.sqlstate = sqlstate;
    this.#failed = true;
    if (this.#block) return;
    if (run?.mode === 'write' && run.mechanics.commitsItself && sqlstate !== NOT_IN_A_BLOCK)
      this.account?.failedHalfway(run);
    for (const other of this.#open) other.sqlstate ??= sqlstate;
    this.account?.rollback();
  }

  /** ReadyForQuery: every outcome is final. */
  ready(status: TransactionStatus): void {
    if (status !== 'I') this.#final(this.#runs.length, 'open');
    else if (this.#failed) this.#over('rolled_back', this.#runs.length);
    else if (!this.#block) this.#over('committed', this.#runs.length);
    else {
      // A block has ended that no COMMIT or ROLLBACK was seen to end.
      this.account?.uncertain();
      this.#final(this.#runs.length, null);
    }
    this.#reset();
  }

  /**
   * No more answers will come. `ending`: whether the Sync or Query that ends an implicit transaction was sent, so that it may yet
   * be committed.
   */
  lost(ending: boolean): Loss {
    const { account } = this;
    const unanswered = this.#failed ? [] : this.#open.filter(({ tag }) => tag === null);
    const [only] = unanswered;
    const inDoubt = only && unanswered.length === 1 && this.#block ? this.#inDoubt(only) : null;
    const rolledBack = inDoubt === null && !this.#mayBeCommitted(unanswered, ending);
    for (const run of this.#open) {
      if (run === only && inDoubt) continue;
      // In a block it ran to its end, and waits for that of the block. In a transaction of ours it was not committed, whatever became of it.
      if ((run.tag !== null || this.own === 'open') && !this.#block && rolledBack) run.sqlstate ??= '57014';
      const known = run.sqlstate !== null || this.#failed || (run.tag !== null && this.#block);
      this.#settle(run, account, known ? null : 'unknown', known && rolledBack ? { transaction: 'rolled_back' } : {});
    }
    this.#reset();
    return { rolledBack, inDoubt };
  }

  get #open(): Run[] {
    return this.#runs.slice(this.#from);
  }

  /** As if all of `unanswered` ran to its end: more than that cannot have been committed. */
  #mayBeCommitted(unanswered: readonly Run[], ending: boolean): boolean {
    const { account } = this;
    let block = this.#block || this.own === 'open';
    let may = false;
    const end = (how: 'commit' | 'rollback') => {
      if (how === 'rollback') account?.rollback();
      else if (account?.uncertain()) may = true;
    };
    for (const run of unanswered) {
      const { transaction: verb, chain = false, commitsItself = false } = run.mechanics;
      if (verb === 'commit' || verb === 'rollback') {
        end(verb);
        block = chain;
        continue;
      }
      if (verb === 'begin') block = true;
      this.#apply(run, null);
      if (commitsItself && !block) end('commit');
    }
    end(ending && !block && !this.#failed ? 'commit' : 'rollback');
    return may;
  }

  #inDoubt(run: Run): InDoubt | null {
    const { account } = this;
    const { transaction } = run;
    if (transaction === null || run.mechanics.transaction !== 'commit') return null;
    return {
      transaction,
      resolve: (committed) => {
        if (committed === null) {
          account?.uncertain();
          return this.#settle(run, account, 'unknown');
        }
        if (committed) run.tag = 'COMMIT';
        else run.sqlstate = '57014';
        const written = committed ? account?.commit() : account?.rollback();
        this.#settle(run, account, null, {
          transaction: committed ? 'committed' : 'rolled_back',
          ...(written && { written }),
        });
      },
    };
  }

  /** What `run`, which ran to its end, changes in the transaction. */
  #apply(run: Run, rows: number | null): void {
    const { account } = this;
    const { transaction: verb, savepoint = '' } = run.mechanics;
    if (!account || run.mode !== 'write') return;
    const name = this.namesExact(savepoint) ? savepoint : null;
    if (verb === 'savepoint') account.savepoint(name);
    else if (verb === 'release') account.release(name);
    else if (verb === 'rollback_to') account.rollbackTo(name);
    // Suspended: it has changed all that it will, and given a few rows of it.
    else account.ran({ ...run, uncounted: run.uncounted || run.tag === '' }, rows);
  }

  #reset(): void {
    this.#runs = [];
    this.#from = 0;
    this.#block = false;
    this.#failed = false;
    this.own = null;
  }

  /** A transaction ended: what came of it is told with the last of its statements. */
  #over(transaction: 'committed' | 'rolled_back', to: number): void {
    const { account } = this;
    const written = (transaction === 'committed' ? account?.commit() : account?.rollback()) ?? null;
    this.#final(to, transaction === 'committed' && written === null ? null : transaction, written);
  }

  #final(to: number, transaction: Outcome['transaction'] | null, written: Written | null = null): void {
    const { account } = this;
    const runs = this.#runs.slice(this.#from, to);
    for (const run of runs) {
      const last = run === runs.at(-1);
      const end = {
        ...(transaction && (last || transaction === 'open') && { transaction }),
        ...(last && written && { written }),
      };
      this.#settle(run, account, null, account ? end : {});
    }
    this.#from = Math.max(this.#from, to);
  }

  #settle(
    run: Run,
    account: Account | null,
    unknown: 'unknown' | null,
    end: Pick<Outcome, 'transaction' | 'written'> = {},
  ): void {
    // No tag and no error: it was skipped behind another's.
    const result = unknown ?? (run.sqlstate === null && run.tag !== null ? 'ok' : 'error');
    const rows = result === 'ok' ? rowsOf(run) : null;
    run.settle({ result, sqlstate: run.sqlstate, rows, durationMs: this.#now() - run.startedAt, ...end });
    if (run.mode === 'write') account?.settled(result);
  }
}

function rowsOf(run: Run): number | null {
  return tagRows(run.tag ?? '') ?? (run.facts.flags.returns_rows ? run.rows : null);
}

/** The count at the end of a CommandComplete's tag. */
export function tagRows(tag: string): number | null {
  const count = / (\d+)$/.exec(tag)?.[1];
  return count === undefined ? null : Number(count);
}
