// Statements that were sent and whose outcome is not final yet. Final is ReadyForQuery, or COMMIT's tag, not
// CommandComplete: a deferred constraint turns `INSERT 0 1` into an error at the Sync.
import type { Mode } from '../../contract/words.ts';
import type { StatementFacts } from '../../statements/facts.ts';
import type { Mechanics } from '../../statements/analysis.ts';
import type { Obligations } from '../../policy/decision.ts';
import type { TransactionStatus } from '../wire/frames.ts';
import type { Account } from './account.ts';

export interface Outcome {
  result: 'ok' | 'error' | 'unknown';
  sqlstate: string | null;
  rows: number | null;
  durationMs: number;
}

/** What came of one result, whether one statement gives all of it or many fetch parts. */
export interface Tally {
  rows: number;
  bytes: number;
}

export interface Run {
  readonly id: string;
  readonly mode: Mode;
  /** Null in read mode. */
  readonly elevation: string | null;
  readonly facts: StatementFacts;
  readonly mechanics: Mechanics;
  /** Its tag does not count all rows that it changes. */
  readonly uncounted: boolean;
  readonly obligations: Obligations;
  /** Its own text, for savepoint names; null where facts say enough. */
  readonly text: string;
  readonly startedAt: number;
  /** DataRows and CopyData that came. */
  rows: number;
  /** Of its result, once something came of it. */
  tally: Tally | null;
  tag: string | null;
  sqlstate: string | null;
  readonly final: Promise<Outcome>;
  readonly settle: (outcome: Outcome) => void;
}

export function makeRun(
  of: Pick<
    Run,
    'id' | 'mode' | 'elevation' | 'facts' | 'mechanics' | 'uncounted' | 'obligations' | 'text' | 'startedAt'
  >,
): Run {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  return { ...of, rows: 0, tally: null, tag: null, sqlstate: null, final: promise, settle: resolve };
}

/** The statements between two ReadyForQuery. */
export class Cycle {
  #runs: Run[] = [];
  /** Runs before this one are final. */
  #from = 0;
  /** Of the runs from `#from` on: whether they share an implicit transaction, and so one fate. */
  #implicit = true;
  readonly #now: () => number;
  account: Account | null = null;

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
    if (this.#runs.length === 0) this.#implicit = status === 'I';
    this.#runs.push(run);
  }

  /** `run` was answered with this tag (null for an empty query or a suspended portal). */
  completed(run: Run, tag: string | null): void {
    run.tag = tag ?? '';
    const verb = run.mechanics.transaction;
    if (verb === 'begin') this.#implicit = false;
    if (verb === 'commit' || verb === 'rollback') {
      if (tag === 'ROLLBACK' && verb === 'commit') run.sqlstate = '25P02';
      this.#final(null, this.#runs.indexOf(run) + 1);
      if (tag === 'COMMIT') this.account?.commit();
      else this.account?.rollback();
      this.#implicit = run.mechanics.chain !== true;
    } else if (verb === 'savepoint') this.account?.savepoint(savepointName(run.text));
    else if (verb === 'rollback_to') this.account?.rollbackTo(savepointName(run.text));
  }

  failed(run: Run | undefined, sqlstate: string): void {
    if (run) run.sqlstate = sqlstate;
    if (!this.#implicit) return;
    for (const other of this.#runs.slice(this.#from)) other.sqlstate ??= sqlstate;
    this.account?.rollback();
  }

  /** ReadyForQuery: every outcome is final. */
  ready(status: TransactionStatus): void {
    this.#final(null, this.#runs.length);
    // An implicit transaction ended with it; a failed one has been rolled back above.
    if (status === 'I') this.account?.commit();
    this.#reset();
  }

  /** The backend was lost: what was not final is unknown. */
  lost(): void {
    this.#final('unknown', this.#runs.length);
    this.account?.rollback();
    this.#reset();
  }

  #reset(): void {
    this.#runs = [];
    this.#from = 0;
    this.#implicit = true;
  }

  #final(forced: 'unknown' | null, to: number): void {
    for (const run of this.#runs.slice(this.#from, to)) {
      const ok = run.sqlstate === null && run.tag !== null;
      const rows = ok ? (tagRows(run.tag ?? '') ?? (run.facts.flags.returns_rows ? run.rows : null)) : null;
      // No tag and no error: it was skipped behind another's.
      const result = forced ?? (ok ? 'ok' : 'error');
      run.settle({ result, sqlstate: run.sqlstate, rows, durationMs: this.#now() - run.startedAt });
      if (run.mode === 'write') {
        // Suspended: it has changed all that it will, and given a few rows of it.
        const uncounted = run.uncounted || run.tag === '';
        if (result === 'ok') this.account?.ran({ ...run, uncounted }, rows);
        else this.account?.failed();
      }
    }
    this.#from = Math.max(this.#from, to);
  }
}

/** The count at the end of a CommandComplete's tag. */
export function tagRows(tag: string): number | null {
  const count = / (\d+)$/.exec(tag)?.[1];
  return count === undefined ? null : Number(count);
}

/** The last name of SAVEPOINT x, ROLLBACK TO SAVEPOINT x; folded as PostgreSQL folds it. */
export function savepointName(text: string): string {
  const name = /("(?:[^"]|"")+"|[^\s;"]+)\s*;?\s*$/.exec(text)?.[1] ?? '';
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();
}
