// What an elevation did, gathered for its closing entry and notice: rows count when they are committed, not before.
import type { ElevationSummary } from '../../ledger/entry.ts';
import type { StatementFacts } from '../../statements/facts.ts';
import type { Run } from './runs.ts';

/** Acts later or cannot be judged: named first in the closing notice. */
const LEAVES_BEHIND = new Set(['code', 'grant', 'remote', 'deferred', 'dynamic']);
const CHANGES: ReadonlySet<string> = new Set(['insert', 'update', 'delete', 'truncate', 'merge', 'copy_from']);
const SHAPES: ReadonlySet<string> = new Set(['ddl']);
const MOST_LEFT_BEHIND = 50;

const MOST_CHANGED = 200;

interface Change {
  rows: [string, number][];
  /** Changed as well, with no count. */
  changed: string[];
  left: ElevationSummary['leftBehind'];
}
type Pending = { savepoint: string } | Change;

export class Account {
  #statements = 0;
  #failed = 0;
  readonly #rows: Record<string, number> = {};
  readonly #changed = new Set<string>();
  readonly #left: ElevationSummary['leftBehind'] = [];
  #pending: Pending[] = [];

  /** A statement ran to its end; what it changed waits for the commit. `rows`: of its tag. */
  ran({ facts, mechanics, uncounted }: Pick<Run, 'facts' | 'mechanics' | 'uncounted'>, rows: number | null): void {
    this.#statements++;
    const onlyPlanned = mechanics.prepares !== undefined || (facts.flags.explain && !facts.flags.explain_analyze);
    const written = onlyPlanned ? [] : tables(facts, CHANGES);
    const counted = rows !== null && !uncounted;
    const perTable = counted ? written.map((name): [string, number] => [name, rows]) : [];
    const changed = [...(counted ? [] : written), ...(onlyPlanned ? [] : tables(facts, SHAPES))];
    const left = facts.effects
      .filter((effect) => LEAVES_BEHIND.has(effect))
      .map((effect) => ({ effect, statement: facts.normalized }));
    if (perTable.length + changed.length + left.length > 0) this.#pending.push({ rows: perTable, changed, left });
    // A procedure may have committed by itself: what it left is named whatever becomes of the transaction.
    if (facts.effects.includes('dynamic')) this.commit();
  }

  failed(): void {
    this.#statements++;
    this.#failed++;
  }

  savepoint(name: string): void {
    this.#pending.push({ savepoint: name });
  }

  rollbackTo(name: string): void {
    const at = this.#pending.findLastIndex((entry) => 'savepoint' in entry && entry.savepoint === name);
    this.#pending.length = Math.max(0, at + 1);
  }

  commit(): void {
    for (const entry of this.#pending) {
      if ('savepoint' in entry) continue;
      for (const [table, rows] of entry.rows) this.#rows[table] = (this.#rows[table] ?? 0) + rows;
      for (const table of entry.changed) if (this.#changed.size < MOST_CHANGED) this.#changed.add(table);
      this.#left.push(...entry.left.slice(0, MOST_LEFT_BEHIND - this.#left.length));
    }
    this.#pending = [];
  }

  rollback(): void {
    this.#pending = [];
  }

  summary(rolledBack: boolean, backend: ElevationSummary['backend']): ElevationSummary {
    return {
      statements: this.#statements,
      failed: this.#failed,
      rows: { ...this.#rows },
      ...(this.#changed.size > 0 ? { changed: [...this.#changed].sort() } : {}),
      leftBehind: [...this.#left],
      rolledBack,
      backend,
    };
  }
}

function tables({ relations }: StatementFacts, accesses: ReadonlySet<string>): string[] {
  const used = relations.filter(({ access, via }) => accesses.has(access) && via === null);
  return [...new Set(used.map(({ schema, name }) => (schema === null ? name : `${schema}.${name}`)))];
}
