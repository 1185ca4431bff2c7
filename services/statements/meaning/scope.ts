// What a name in an expression can see: the items of FROM, level by level, and the CTEs.
import type { RelationRow } from '../catalogue-rows.ts';
import type { ColumnUses } from './column-uses.ts';
import { ANY, TYPE } from './types.ts';
import type { Work } from './work.ts';

export interface ScopeColumn {
  name: string;
  type: number;
  /** It holds what nobody should read through the gateway. */
  secret?: boolean;
  /** Not part of `*`. */
  hidden?: boolean;
  /** What a row without a name of its own has, where it is known. */
  fields?: readonly ScopeColumn[] | undefined;
  /** The columns of relations that it shows, where its item does not say which: of a join, or under another name. */
  origins?: readonly Origin[];
}

/** A column of a relation, by its own name; its whole row where that is null. */
export interface Origin {
  uses: ColumnUses;
  name: string | null;
}

export interface Item {
  /** Alias, or the relation's own name; null where nothing can name it. */
  name: string | null;
  /** Schema of a relation without an alias. */
  schema: string | null;
  /** Null where they are not known: any name may be one of them. */
  columns: ScopeColumn[] | null;
  /** Type of the whole row. */
  rowType: number;
  /** Of the relations whose columns it shows as they are; none of a query's. */
  uses: readonly ColumnUses[];
}

/** A WITH query. `columns` is null until they are known. */
export interface Cte {
  columns: ScopeColumn[] | null;
}

const SYSTEM_COLUMNS: readonly ScopeColumn[] = [
  { name: 'ctid', type: TYPE.tid, hidden: true },
  { name: 'xmin', type: TYPE.xid, hidden: true },
  { name: 'cmin', type: TYPE.cid, hidden: true },
  { name: 'xmax', type: TYPE.xid, hidden: true },
  { name: 'cmax', type: TYPE.cid, hidden: true },
  { name: 'tableoid', type: TYPE.oid, hidden: true },
];

const ROWS_WITH_SYSTEM_COLUMNS = new Set(['r', 'm', 'p', 'f', 'S', 't']);

/** The columns of a relation with those that every table has. */
export function withSystemColumns(relation: RelationRow, columns: ScopeColumn[]): ScopeColumn[] {
  if (!ROWS_WITH_SYSTEM_COLUMNS.has(relation.kind)) return columns;
  return [...columns, ...SYSTEM_COLUMNS.filter(({ name }) => !columns.some((column) => column.name === name))];
}

/** Shorter lists are searched from their beginning. */
const SHORT = 16;
const byName = new WeakMap<readonly ScopeColumn[], Map<string, ScopeColumn>>();

/** The first column of that name. Lists of columns are never changed once they can be searched. */
export function columnNamed(columns: readonly ScopeColumn[] | null, name: string): ScopeColumn | undefined {
  if (!columns || columns.length <= SHORT) return columns?.find((column) => column.name === name);
  let index = byName.get(columns);
  if (!index) {
    // Of several with the same name the first is written last.
    index = new Map(columns.toReversed().map((column) => [column.name, column]));
    byName.set(columns, index);
  }
  return index.get(name);
}

/** The first column of that name, with what it is a column of. */
export function columnOf(item: Item, name: string): ScopeColumn | undefined {
  const column = columnNamed(item.columns, name);
  return column && withOrigins(item, column);
}

export function withOrigins({ uses }: Pick<Item, 'uses'>, column: ScopeColumn): ScopeColumn {
  if (column.origins || uses.length === 0) return column;
  return { ...column, origins: uses.map((each) => ({ uses: each, name: column.name })) };
}

/** What a column shows is read, whatever becomes of it. */
export function read(column: ScopeColumn | null | undefined): void {
  for (const { uses, name } of column?.origins ?? []) uses.reads(name);
}

/** All that an item shows is read. */
export function readWhole({ uses }: Item): void {
  for (const each of uses) each.reads(null);
}

/** How many columns they have together. */
export function breadth(items: readonly Item[]): number {
  return items.reduce((sum, { columns }) => sum + (columns?.length ?? 0), 0);
}

export class Scope {
  readonly items: readonly Item[];
  readonly parent: Scope | null;
  readonly ctes: ReadonlyMap<string, Cte>;
  /** Columns of this level that have one value in every row that WHERE lets through. */
  readonly bound: ReadonlyMap<string, string>;

  constructor(
    parent: Scope | null,
    items: readonly Item[] = [],
    ctes: ReadonlyMap<string, Cte> = new Map(),
    bound: ReadonlyMap<string, string> = new Map(),
  ) {
    this.parent = parent;
    this.items = items;
    this.ctes = ctes;
    this.bound = bound;
  }

  /** The same level with these items instead. */
  with(items: readonly Item[]): Scope {
    return new Scope(this.parent, items, this.ctes);
  }

  /** The same level, where these columns have one value. */
  binding(bound: ReadonlyMap<string, string>): Scope {
    return new Scope(this.parent, this.items, this.ctes, bound);
  }

  cte(name: string, work: Work): Cte | undefined {
    work.spend(1);
    return this.ctes.get(name) ?? this.parent?.cte(name, work);
  }

  /** An unqualified column, from the innermost level that has it; several of a level that differ make ANY. `of`: whose it is, where it is one item's. */
  column(name: string, work: Work): (ScopeColumn & { of?: Item | undefined }) | null {
    work.spend(1 + this.items.length);
    const having = this.items.filter((item) => columnNamed(item.columns, name));
    // Each of several is looked at again: where they are from, and what they agree in.
    work.spend(4 * Math.max(0, having.length - 1));
    const found = having.flatMap((item) => columnOf(item, name) ?? []);
    const of = having.length === 1 ? having[0] : undefined;
    const [first] = found;
    if (first) {
      const agreed = found.every(({ type }) => type === first.type) && this.items.every(({ columns }) => columns);
      const secret = found.some((column) => column.secret);
      // Only one column's row is PostgreSQL sure to look into.
      const fields = found.length === 1 && agreed ? first.fields : undefined;
      const origins = found.flatMap((column) => column.origins ?? []);
      return { name, type: agreed ? first.type : ANY, secret, fields, of, origins };
    }
    const unknown = this.items.filter((item) => item.columns === null);
    if (unknown.length > 0) {
      const only = unknown.length === 1 ? unknown[0] : undefined;
      return { name, type: ANY, of: only, origins: this.#otherwise(name, work) };
    }
    return this.parent?.column(name, work) ?? null;
  }

  /** What a name may mean that may be, or not, one of columns that nobody knows: a column further out, or a row. */
  #otherwise(name: string, work: Work): Origin[] {
    const origins: Origin[] = [];
    for (let level: Scope | null = this; level; level = level.parent) {
      work.spend(1 + level.items.length);
      for (const item of level.items) {
        if (item.name === name) origins.push(...item.uses.map((uses) => ({ uses, name: null })));
        if (level !== this) origins.push(...(columnOf(item, name)?.origins ?? []));
      }
    }
    return origins;
  }

  /** The item that an alias or a relation's name means. */
  item(name: string, schema: string | undefined, work: Work): Item | null {
    const at = this.items.findIndex((item) => item.name === name && (schema === undefined || item.schema === schema));
    work.spend(1 + (at < 0 ? this.items.length : at));
    const found = this.items[at];
    return found ?? this.parent?.item(name, schema, work) ?? null;
  }
}
