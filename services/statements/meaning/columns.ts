// References to columns, whole rows, and what looks like a column but calls a function.
import { list, strings, type Tree, unwrap } from '../tree.ts';
import { attribute } from './expressions.ts';
import type { Look } from './look.ts';
import { breadth, columnOf, type Item, read, readWhole, type Scope, type ScopeColumn } from './scope.ts';
import { ANY, TYPE } from './types.ts';

/** `c`, `t.c`, `s.t.c`, `t`, `t.*`: its type; a row's for the last two. */
export function columnReference(look: Look, node: Tree, scope: Scope): number {
  look.seen.add(node);
  const fields = strings(node.fields);
  if (unwrap(list(node.fields).at(-1))?.type === 'A_Star') {
    // Not in a list of columns it is the row whole: `f(t.*)`.
    const all = starred(look, fields.slice(0, -1), scope);
    const item = scope.item(fields.at(-2) ?? '', fields.at(-3), look.work);
    if (item) return wholeRow(look, item, node);
    look.values.record(all?.map((column) => used(look, column)) ?? [ANY]);
    return ANY;
  }
  const [name] = fields;
  if (fields.length === 1 && name !== undefined) {
    const column = scope.column(name, look.work);
    if (column) return named(look, node, column, column.of);
    const item = scope.item(name, undefined, look.work);
    return item ? wholeRow(look, item, node) : missing(look, fields);
  }
  const item = scope.item(fields.at(-2) ?? '', fields.at(-3), look.work);
  const last = fields.at(-1) ?? '';
  if (!item) return missing(look, fields);
  const column = columnOf(item, last);
  if (column) return named(look, node, column, item);
  look.origins.set(node, { item, column: last });
  if (item.columns === null && look.names.functions([last]).length === 0) return ANY;
  return attribute(look, wholeRow(look, item, null), last);
}

/** The columns that `*`, `t.*` or `s.t.*` stands for, all of which are read; null where they are not known. */
export function starred(look: Look, path: readonly string[], scope: Scope): ScopeColumn[] | null {
  if (path.length > 0) {
    const item = scope.item(path.at(-1) ?? '', path.at(-2), look.work);
    if (item) readWhole(item);
    else missing(look, [...path, '*']);
    look.work.spend(breadth(item ? [item] : []));
    return item?.columns?.filter(({ hidden }) => !hidden) ?? null;
  }
  look.work.spend(scope.items.length);
  for (const item of scope.items) readWhole(item);
  if (scope.items.some(({ columns }) => columns === null)) return null;
  look.work.spend(breadth(scope.items));
  return scope.items.flatMap(({ columns }) => columns ?? []).filter(({ hidden }) => !hidden);
}

function named(look: Look, node: Tree, column: ScopeColumn, item: Item | undefined): number {
  if (item) look.origins.set(node, { item, column: column.name });
  if (column.fields) look.fields.set(node, column.fields);
  return used(look, column);
}

/** A column's value is looked at. */
export function used(look: Look, column: ScopeColumn): number {
  if (column.secret) look.found.floor.add('secret_relation');
  read(column);
  look.values.output(column.type);
  return column.type;
}

function wholeRow(look: Look, item: Item, node: Tree | null): number {
  if (node) look.origins.set(node, { item, column: '*' });
  readWhole(item);
  look.work.spend(breadth([item]));
  const shown = item.columns?.filter(({ hidden }) => !hidden);
  const types = shown?.map((column) => used(look, column));
  if (item.rowType === TYPE.record || item.rowType === ANY) look.values.record(types ?? [ANY]);
  return item.rowType;
}

function missing(look: Look, fields: readonly string[]): number {
  look.found.missing(`column "${fields.join('.')}"`, true);
  return ANY;
}
