// What is at hand while one statement's meaning is looked up. Handed down, never kept.
import type { Snapshot } from '../catalogue-snapshot.ts';
import type { Mechanics } from '../analysis.ts';
import type { Findings } from '../findings.ts';
import { type Remade, remadeName } from '../remakes.ts';
import { strings, type Tree } from '../tree.ts';
import type { Names } from './names.ts';
import type { Reach } from './reach.ts';
import type { Item, ScopeColumn } from './scope.ts';
import { ANY, type Types } from './types.ts';
import type { Values } from './values.ts';
import type { Work } from './work.ts';

export interface Look {
  snapshot: Snapshot;
  names: Names;
  types: Types;
  reach: Reach;
  values: Values;
  found: Findings;
  mechanics: Mechanics;
  /** Names whose meaning the transaction has changed, unseen by the snapshot. */
  remade: Remade | null;
  work: Work;
  mode: 'read' | 'write';
  /** Prefixes of settings of the users' own that reads may set. */
  ownSettings: readonly string[];
  /** Types of `$n`, by n - 1, where they are known. */
  parameters: readonly (number | undefined)[];
  /** Bodies of the nodes that were looked at. */
  seen: Set<Tree>;
  /** Types of the expressions that were looked at: none is looked at twice, however often it counts. */
  typed: Map<Tree, number>;
  /** The fields of those that are rows without a name of their own, where they are known. */
  fields: Map<Tree, readonly ScopeColumn[]>;
  /** Whose column each reference means, where that is known. */
  origins: Map<Tree, { item: Item; column: string }>;
  /** What each TypeName may mean: several where the search_path is not known. */
  typesNamed: Map<Tree, { types: readonly number[]; array: boolean }>;
  /** Results of operators and calls by name and argument types: what one reaches, its like reaches too. */
  resolved: Map<string, unknown>;
}

/** `make()`, or what it gave before for the same key. */
export function once<T>(look: Look, key: string, make: () => T): T {
  look.work.spend(2);
  const known = look.resolved.get(key);
  if (known !== undefined) return known as T;
  const made = make();
  look.resolved.set(key, made);
  return made;
}

/** The type that a TypeName means, with the functions that make its values; ANY where several or none do. */
export function typeNamed(look: Look, name: Tree): number {
  const { values, types, found, names, seen } = look;
  seen.add(name);
  const path = strings(name.names);
  const possible = names.types(path);
  // 17 made `json` a word of SQL's own; an older server looks it up like any other name.
  if (look.snapshot.version < 17 && path.join('.') === 'pg_catalog.json') {
    for (const type of names.types(['json'])) if (!possible.includes(type)) possible.push(type);
  }
  if (possible.length === 0 || remadeName(look.remade, path.at(-1) ?? '') === 'opaque')
    found.missing(`type "${path.join('.')}"`, true);
  for (const type of possible) {
    values.make(type);
    values.output(type);
  }
  const array = Array.isArray(name.arrayBounds) && name.arrayBounds.length > 0;
  look.typesNamed.set(name, { types: possible, array });
  const [only, second] = possible;
  if (only === undefined || second !== undefined) return ANY;
  return array ? types.array(only) : only;
}
