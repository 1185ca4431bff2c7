// What the layers find in one statement, gathered while they look; `facts` is made of it at the end.
import type { VerdictName } from './vetting/rules.ts';
import type { VettedFunction } from './vetting/verdict.ts';
import type { Effect, FunctionFact, RelationFact, StatementFacts } from './facts.ts';
import { type ColumnUses, together, type Use } from './meaning/column-uses.ts';

export interface FactLimits {
  relations: number;
  functions: number;
  /** Characters of the facts as JSON. */
  bytes: number;
  /** Names of columns in one list, and characters of all such names together: what would be more is told as all. */
  columns: number;
  columnNames: number;
}

export const DEFAULT_FACT_LIMITS: FactLimits = {
  relations: 200,
  functions: 200,
  bytes: 44 * 1024,
  columns: 200,
  columnNames: 4 * 1024,
};

export type Where = StatementFacts['where'];

/** A name that did not resolve, as a person would say it: `relation "x"`. */
export interface Unresolved {
  what: string;
  /** The target would do nothing with it but say that it does not exist, so Parse alone may be sent. */
  harmless: boolean;
}

type Named = Omit<RelationFact, 'columns'>;

const DANGER = ['real', 'constant', 'none'] as const;

export class Findings {
  readonly effects = new Set<Effect>();
  readonly floor = new Set<string>();
  readonly relations = new Map<string, { fact: Named; uses: Set<ColumnUses> | null }>();
  readonly functions = new Map<string, FunctionFact>();
  readonly unresolved: Unresolved[] = [];
  /** Functions that the security team could vet. */
  readonly unvetted: VettedFunction[] = [];
  readonly flags: StatementFacts['flags'] = {
    returns_rows: false,
    locking: false,
    explain: false,
    explain_analyze: false,
    resolved: true,
    copy: null,
    transaction: null,
    setting: null,
  };
  where: Where = null;
  /** A cursor WITH HOLD is declared. */
  holds = false;

  /** `uses`: of its columns; null where they are not known. */
  relation(fact: Named, uses: ColumnUses | null = null): void {
    const key = `${fact.schema}.${fact.name} ${fact.access} ${fact.via}`;
    const known = this.relations.get(key);
    if (!known) this.relations.set(key, { fact, uses: uses && new Set([uses]) });
    else if (uses === null) known.uses = null;
    else known.uses?.add(uses);
  }

  function(fact: FunctionFact): void {
    this.functions.set(fact.signature ?? `${fact.schema}.${fact.name}`, fact);
  }

  /** What calling a function of this verdict amounts to. */
  apply(verdict: Exclude<VerdictName, 'setting'>): void {
    switch (verdict) {
      case 'read':
      case 'write':
      case 'lock':
      case 'admin':
      case 'remote':
      case 'dynamic':
        this.effects.add(verdict);
        break;
      case 'sql_in_string':
      case 'server_file':
      case 'replication':
      case 'signal_backend':
      case 'secret_relation':
        this.floor.add(verdict);
        break;
    }
  }

  missing(what: string, harmless: boolean): void {
    this.flags.resolved = false;
    this.unresolved.push({ what, harmless });
  }

  /** The most dangerous WHERE counts. */
  sawWhere(where: 'none' | 'constant' | 'real'): void {
    if (this.where === null || DANGER.indexOf(where) > DANGER.indexOf(this.where)) this.where = where;
  }

  facts(
    type: string,
    text: { normalized: string; fingerprint: string },
    limits: FactLimits = DEFAULT_FACT_LIMITS,
  ): StatementFacts {
    return {
      type,
      effects: [...this.effects].sort(),
      relations: this.#relations(limits),
      functions: [...this.functions.values()],
      where: this.where,
      flags: this.flags,
      floor: [...this.floor].sort(),
      ...text,
    };
  }

  #relations({ columns, columnNames }: FactLimits): RelationFact[] {
    // A name that nobody knows may be that of a column, or in its place.
    const resolved = this.unresolved.length === 0;
    let left = columnNames;
    const told = (uses: Set<ColumnUses> | null, use: Use): string[] | null => {
      if (!resolved || uses === null) return null;
      const { names, characters } = together([...uses], use, columns);
      if (characters > left) return null;
      left -= characters;
      return names;
    };
    return Array.from(this.relations.values(), ({ fact, uses }) => ({
      ...fact,
      columns: { read: told(uses, 'read'), written: told(uses, 'written') },
    }));
  }
}
