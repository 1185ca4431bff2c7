// Which columns of a relation a statement reads and writes. Never fewer than it does: what cannot be told counts as all.

/** Names in their order; null for all, whichever they are. */
export interface Told {
  names: string[] | null;
  /** As JSON. */
  characters: number;
}

export type Use = 'read' | 'written';

/** Of one relation, used in one way. */
export class ColumnUses {
  readonly #named: Record<Use, Set<string>> = { read: new Set(), written: new Set() };
  readonly #whole: Record<Use, boolean> = { read: false, written: false };
  readonly #told: Partial<Record<Use, Told>> = {};
  #unknown = false;
  readonly #all: () => readonly string[] | null;

  /** `all`: the names of the relation's columns; null where they are not known. */
  constructor(all: () => readonly string[] | null) {
    this.#all = all;
  }

  /** A column, or the whole row. */
  reads(column: string | null): void {
    if (column === null) this.#whole.read = true;
    else this.#named.read.add(column);
  }

  /** The columns of an INSERT, an UPDATE or a COPY; null where whole rows are written. */
  writes(columns: readonly string[] | null): void {
    if (columns === null) this.#whole.written = true;
    else for (const column of columns) this.#named.written.add(column);
  }

  /** What becomes of its columns is not known. */
  unknown(): void {
    this.#unknown = true;
  }

  /** So far. Null: all. */
  get sets(): readonly string[] | null {
    return this.#unknown || this.#whole.written ? null : [...this.#named.written];
  }

  /** Once all of the statement was looked at, for it is worked out once. More than `most` are told as all. */
  told(use: Use, most: number): Told {
    this.#told[use] ??= toldOf(this.#unknown ? null : this.#names(use), most);
    return this.#told[use];
  }

  #names(use: Use): Iterable<string> | null {
    if (!this.#whole[use]) return this.#named[use];
    const all = this.#all();
    // System columns are in no `*`.
    return all && [...this.#named[use], ...all];
  }
}

function toldOf(all: Iterable<string> | null, most: number): Told {
  const set = all && new Set(all);
  const names = set && set.size <= most ? [...set].sort() : null;
  return { names, characters: JSON.stringify(names).length };
}

/** One list for several uses of a relation. */
export function together(uses: readonly ColumnUses[], use: Use, most: number): Told {
  const lists = uses.map((each) => each.told(use, most));
  const [only, second] = lists;
  if (only && !second) return only;
  const some = lists.every(({ names }) => names) ? lists.flatMap(({ names }) => names ?? []) : null;
  return toldOf(some, most);
}
