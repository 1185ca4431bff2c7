// What an elevation did, gathered for its closing entry and notice: what is committed counts, not what ran. What may have
// been committed and was not seen to be is kept apart, and never left out.
import type { ElevationSummary, Written } from '../../../ledger/entry/entry.ts';
import type { StatementFacts } from '../../../statements/facts.ts';
import { RefusedForms } from '../../../elevation/refused-forms.ts';
import type { Run } from '../statement/runs.ts';
import { type Counts, sumOf } from '../target/counts.ts';

/** Acts later or cannot be judged: named first in the closing notice. */
const LEAVES_BEHIND = new Set(['code', 'grant', 'remote', 'deferred', 'dynamic']);
/**
 * No rollback takes it back for certain: a procedure commits by itself, another server does as it likes. So is what is told of a `write`
 * without a table: a sequence stays as it was set.
 */
const STAYS: ReadonlySet<string> = new Set(['dynamic', 'remote', 'write']);
/** They change nothing that anybody could look for: what a sequence counts on, an id, a notification. */
const COUNTS_ON: ReadonlySet<string> = new Set(['nextval', 'txid_current', 'pg_current_xact_id', 'pg_notify']);
/** What has no other effects is not missed, whatever became of it. */
const CHANGES_NOTHING: ReadonlySet<string> = new Set(['read', 'session', 'transaction', 'lock']);
const CHANGES: ReadonlySet<string> = new Set(['insert', 'update', 'delete', 'truncate', 'merge', 'copy_from']);
const SHAPES: ReadonlySet<string> = new Set(['ddl']);
/** More are counted, not named. */
const MOST_NAMED = { changed: 200, left: 50 };

type Ran = Pick<Run, 'facts' | 'mechanics' | 'uncounted' | 'further'>;
/** `bytes`: characters of statements. */
type Size = { count: number; bytes: number };
type Left = ElevationSummary['leftBehind'][number];

/** What some statements did together. */
class Changes {
  /** Statements that do more than read. */
  statements = 0;
  readonly rows = new Map<string, number>();
  /** Changed as well, with no count. */
  readonly changed = new Set<string>();
  /** Whose triggers, rules or cascading keys may have changed further rows. */
  readonly further = new Set<string>();
  /** Not all of those are in what the target counts. */
  uncountedFurther = false;
  /** Of statements on such tables, by their tags: the target cannot have counted fewer. */
  furtherRows = 0;
  /** As the target counted them; null where it was not asked. */
  counted: Counts | null = null;
  readonly left = new Map<string, Left>();
  #characters = 0;

  /** `rows`: of the statement's tag; null when it did not come or does not count. */
  add({ facts, mechanics, uncounted, further }: Ran, rows: number | null): void {
    const onlyPlanned = mechanics.prepares !== undefined || (facts.flags.explain && !facts.flags.explain_analyze);
    if (onlyPlanned || facts.effects.every((effect) => CHANGES_NOTHING.has(effect))) return;
    this.statements++;
    if (further && !uncounted) this.furtherRows += rows ?? 0;
    for (const table of tables(facts, CHANGES)) {
      // Though its tag says no row: a trigger sent it on to another table, or is the statement's.
      if (further) {
        this.further.add(table);
        this.uncountedFurther ||= further !== 'counted';
      }
      if (rows === null || uncounted) this.changed.add(table);
      else this.rows.set(table, (this.rows.get(table) ?? 0) + rows);
    }
    for (const table of tables(facts, SHAPES)) this.changed.add(table);
    const left = facts.effects.filter((effect) => LEAVES_BEHIND.has(effect));
    for (const effect of left) this.leave({ effect, statement: facts.normalized });
    const nameless = left.length === 0 && tables(facts, CHANGES).length === 0 && tables(facts, SHAPES).length === 0;
    const effect = nameless ? changesNoTable(facts) : null;
    if (effect) this.leave({ effect, statement: facts.normalized });
  }

  leave(left: Left): void {
    const key = `${left.effect} ${left.statement}`;
    if (!this.left.has(key)) this.#characters += key.length;
    // What is certain of one is not taken back by another that is not.
    if (!this.left.has(key) || !left.unknown) this.left.set(key, left);
  }

  /** What it holds. */
  get size(): Size {
    const { rows, changed, further, left, counted } = this;
    const count = rows.size + changed.size + further.size + left.size + (counted?.size ?? 0);
    return { count, bytes: this.#characters };
  }

  /** Whether what the target counted has all that tables' triggers, rules and keys changed. */
  get isCounted(): boolean {
    if (this.counted === null || !this.namesAllCounted || this.uncountedFurther) return false;
    let counted = 0;
    for (const { inserted, updated, deleted } of this.counted.values()) counted += inserted + updated + deleted;
    return counted >= this.furtherRows;
  }

  get namesAllCounted(): boolean {
    return (this.counted?.size ?? 0) <= MOST_NAMED.changed;
  }

  take(other: Changes): void {
    this.statements += other.statements;
    for (const [table, rows] of other.rows) this.rows.set(table, (this.rows.get(table) ?? 0) + rows);
    for (const table of other.changed) this.changed.add(table);
    for (const table of other.further) this.further.add(table);
    this.uncountedFurther ||= other.uncountedFurther;
    this.furtherRows += other.furtherRows;
    if (other.counted) this.counted = sumOf(this.counted ?? new Map(), other.counted);
    for (const left of other.left.values()) this.leave(left);
  }

  get written(): Written {
    const changed = [...this.changed].sort();
    const unnamed = changed.length - MOST_NAMED.changed;
    return {
      rows: Object.fromEntries(this.rows),
      ...(changed.length > 0 ? { changed: changed.slice(0, MOST_NAMED.changed) } : {}),
      ...(unnamed > 0 ? { unnamed } : {}),
      ...(this.further.size > 0 ? { further: [...this.further].sort().slice(0, MOST_NAMED.changed) } : {}),
      ...(this.counted ? { counted: Object.fromEntries([...this.counted].slice(0, MOST_NAMED.changed)) } : {}),
    };
  }
}

/** Since the transaction's start (null), or since a savepoint. */
interface Level {
  savepoint: string | null;
  changes: Changes;
}

export class Account {
  #statements = 0;
  #failed = 0;
  readonly #refused = new RefusedForms();
  readonly #committed = new Changes();
  readonly #unknown = new Changes();
  #levels: Level[] = [level(null)];
  /** PostgreSQL went back to a savepoint that is not known here: what of this transaction stays is not either. */
  #inexact = false;
  #rolledBack = false;
  /** Of all levels; each is one itself. */
  readonly #held: Size = { count: 1, bytes: 0 };

  /** A statement's outcome is final. */
  settled(result: 'ok' | 'error' | 'unknown'): void {
    this.#statements++;
    if (result === 'error') this.#failed++;
  }

  /** It did not run. `statement`: without its literals; null where it could not be parsed. */
  refused(statement: string | null, codes: string[]): void {
    this.#refused.add(statement, codes);
  }

  /** It ran to its end; what it changed waits for the commit. */
  ran(run: Ran, rows: number | null): void {
    const top = this.#top;
    this.#count(top, -1);
    top.add(run, rows);
    this.#count(top, 1);
  }

  /** What the target counted in the open transaction, which is about to be committed; null where that does not hold any more. */
  counted(rows: Counts | null): void {
    const [{ changes } = level(null)] = this.#levels;
    this.#count(changes, -1);
    changes.counted = rows;
    this.#count(changes, 1);
  }

  /** It ended with an error, and may have committed a part before: an invalid index, what a procedure wrote. */
  failedHalfway({ facts }: Pick<Run, 'facts'>): void {
    this.#committed.add({ facts, mechanics: {}, uncounted: true, further: false }, null);
  }

  /** Savepoints by name, as the target folds and cuts it; null where that is not known. */
  savepoint(name: string | null): void {
    this.#levels.push(level(name));
    this.#held.count++;
  }

  release(name: string | null): void {
    const at = this.#find(name);
    if (at < 0) return;
    const released = this.#gone(at);
    const top = this.#top;
    this.#count(top, -1);
    for (const { changes } of released) top.take(changes);
    this.#count(top, 1);
  }

  rollbackTo(name: string | null): void {
    const at = this.#find(name);
    if (at < 0) return;
    for (const { changes } of this.#gone(at)) this.#keepWhatStays(changes);
    this.savepoint(name);
  }

  /** What is committed with it; null where that is not known. */
  commit(): Written | null {
    if (this.#inexact) {
      this.uncertain();
      return null;
    }
    const changes = this.#taken();
    const further = [...changes.further];
    if (changes.isCounted) changes.further.clear();
    this.#committed.take(changes);
    // Of all transactions together no more tables are named than of one.
    if (!this.#committed.namesAllCounted) for (const table of further) this.#committed.further.add(table);
    return changes.written;
  }

  rollback(): null {
    this.#keepWhatStays(this.#taken());
    return null;
  }

  /** Nobody said whether it was committed. True when something of it matters. */
  uncertain(): boolean {
    const changes = this.#taken();
    this.#doubt(changes);
    return changes.statements > 0;
  }

  /** The elevation is over: whether a transaction was open, and was certainly rolled back. */
  over(rolledBack: boolean): void {
    this.#rolledBack = rolledBack;
  }

  summary(backend: ElevationSummary['backend']): ElevationSummary {
    const left = new Changes();
    for (const each of [this.#committed, this.#unknown]) for (const one of each.left.values()) left.leave(one);
    // What is not certain itself says enough.
    const { statements } = this.#unknown;
    const { further: _further, counted: _counted, ...unknown } = this.#unknown.written;
    const unnamed = left.left.size - MOST_NAMED.left;
    return {
      statements: this.#statements,
      failed: this.#failed,
      ...this.#committed.written,
      ...(statements > 0 ? { unknown: { statements, ...unknown } } : {}),
      leftBehind: [...left.left.values()].slice(0, MOST_NAMED.left),
      ...(unnamed > 0 ? { moreLeftBehind: unnamed } : {}),
      ...this.#refused.summary,
      rolledBack: this.#rolledBack,
      backend,
    };
  }

  /** What the open transaction makes it hold: savepoints, and what each names. */
  get held(): Readonly<Size> {
    return this.#held;
  }

  get #top(): Changes {
    const top = this.#levels.at(-1) ?? level(null);
    if (this.#levels.length === 0) this.#levels.push(top);
    return top.changes;
  }

  /** The levels from `at` on, which are none any more. */
  #gone(at: number): Level[] {
    const gone = this.#levels.splice(at);
    for (const { changes } of gone) this.#count(changes, -1);
    this.#held.count -= gone.length;
    return gone;
  }

  #count({ size }: Changes, sign: 1 | -1): void {
    this.#held.count += sign * size.count;
    this.#held.bytes += sign * size.bytes;
  }

  #find(name: string | null): number {
    const at = name === null ? -1 : this.#levels.findLastIndex(({ savepoint }) => savepoint === name);
    this.#inexact ||= at < 0;
    return at;
  }

  /** All of this transaction; the next one begins. */
  #taken(): Changes {
    const all = new Changes();
    for (const { changes } of this.#gone(0)) all.take(changes);
    this.#levels = [level(null)];
    this.#held.count++;
    this.#inexact = false;
    return all;
  }

  #doubt(changes: Changes): void {
    for (const left of changes.left.values()) changes.leave({ ...left, unknown: true });
    for (const table of changes.counted?.keys() ?? []) if (!changes.rows.has(table)) changes.changed.add(table);
    this.#unknown.take(changes);
  }

  #keepWhatStays({ left }: Changes): void {
    for (const each of left.values()) if (STAYS.has(each.effect)) this.#committed.leave(each);
  }
}

const level = (savepoint: string | null): Level => ({ savepoint, changes: new Changes() });

/** A schema with all that was in it, a large object, a sequence that was set: no table shows it, so the statement itself is told. */
function changesNoTable({ type, effects, functions }: StatementFacts): 'ddl' | 'write' | null {
  if (effects.includes('ddl')) return 'ddl';
  const countsOn = functions.every(({ name, volatility }) => COUNTS_ON.has(name) || volatility !== 'volatile');
  return effects.includes('write') && !countsOn && type !== 'NotifyStmt' ? 'write' : null;
}

/** As they are named; what TRUNCATE reaches from there is emptied as well, and nothing counts it. */
function tables({ relations }: StatementFacts, accesses: ReadonlySet<string>): string[] {
  const used = relations.filter(({ access, via }) => accesses.has(access) && (via === null || access === 'truncate'));
  return [...new Set(used.map(({ schema, name }) => (schema === null ? name : `${schema}.${name}`)))];
}
