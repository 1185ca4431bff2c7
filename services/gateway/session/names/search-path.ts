// The search_path that names are looked up by: as the target last said it, unknown from the moment a change of it is sent.
import type { Mechanics } from '../../../statements/analysis.ts';
import type { StatementFacts } from '../../../statements/facts.ts';
import type { TransactionStatus } from '../../wire/frames.ts';

export class SearchPath {
  readonly #changed: () => void;
  #now: string | null = null;
  /** It was changed in this transaction, so that its end may take that back. */
  #touched = false;
  #ofWriter: { reader: string; writer: string } | null = null;

  /** `changed` is called when names may resolve otherwise from now on. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** As SHOW prints it; null when it is not known. */
  get now(): string | null {
    return this.#now;
  }

  /** At the switch to write mode: the reader's, and the same in words for the writer. */
  get ofWriter(): { reader: string; writer: string } | null {
    return this.#ofWriter;
  }

  /** The target has said it. */
  is(path: string | null): void {
    this.#now = path;
    this.#changed();
  }

  /** A statement was sent after which names may resolve otherwise. */
  touch(): void {
    this.#touched = true;
    this.is(null);
  }

  /** Another backend has the word. */
  forget(): void {
    this.is(null);
  }

  crosses(path: { reader: string; writer: string }): void {
    this.#ofWriter = path;
  }

  /** ReadyForQuery: a rollback, also to a savepoint, takes back what was changed. */
  ready(status: TransactionStatus): void {
    if (!this.#touched) return;
    this.#touched = status !== 'I';
    this.is(null);
  }

  /** Whether names may resolve otherwise behind a statement. */
  changedBy(mechanics: Mechanics, { effects }: StatementFacts): boolean {
    if (mechanics.searchPath !== undefined || effects.includes('dynamic')) return true;
    return this.#touched && mechanics.transaction !== undefined && mechanics.transaction !== 'savepoint';
  }
}
