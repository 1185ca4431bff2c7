// What an elevation did, gathered for its closing entry and notice: rows count when they are committed, not before.
import type { ElevationSummary } from '../../ledger/entry.ts';
import type { StatementFacts } from '../../statements/facts.ts';

/** Acts later or cannot be judged: named first in the closing notice. */
const LEAVES_BEHIND = new Set(['code', 'grant', 'remote', 'deferred', 'dynamic']);
const CHANGES = new Set(['insert', 'update', 'delete', 'truncate', 'merge', 'copy_from']);
const MOST_LEFT_BEHIND = 50;

type Pending = { savepoint: string } | { rows: [string, number][]; left: ElevationSummary['leftBehind'] };

export class Account {
  #statements = 0;
  #failed = 0;
  readonly #rows: Record<string, number> = {};
  readonly #left: ElevationSummary['leftBehind'] = [];
  #pending: Pending[] = [];

  /** A statement ran to its end; what it changed waits for the commit. `rows`: of its tag. */
  ran(facts: StatementFacts, rows: number | null): void {
    this.#statements++;
    const tables = facts.relations.filter(({ access, via }) => CHANGES.has(access) && via === null);
    const names = new Set(tables.map(({ schema, name }) => (schema === null ? name : `${schema}.${name}`)));
    const changed = rows === null ? [] : [...names].map((name): [string, number] => [name, rows]);
    const left = facts.effects
      .filter((effect) => LEAVES_BEHIND.has(effect))
      .map((effect) => ({ effect, statement: facts.normalized }));
    if (changed.length + left.length > 0) this.#pending.push({ rows: changed, left });
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
      leftBehind: [...this.#left],
      rolledBack,
      backend,
    };
  }
}
