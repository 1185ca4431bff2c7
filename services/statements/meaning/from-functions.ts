// Functions in FROM: calls, and the columns that they give.
import { child, list, strings, text, type TypedNode, unwrap } from '../tree.ts';
import { call, columnsOf } from './calls.ts';
import { typeOf } from './expressions.ts';
import { aliased } from './from.ts';
import type { Look } from './look.ts';
import type { Item, Scope, ScopeColumn } from './scope.ts';
import { ANY, TYPE } from './types.ts';

export function functionItem(look: Look, node: TypedNode, scope: Scope): Item {
  const alias = text(child(node, 'alias')?.body.aliasname);
  const calls = list(node.body.functions).map(unwrap);
  const first = unwrap(list(calls[0]?.body.items)[0]);
  let columns: ScopeColumn[] | null = [];
  for (const item of calls) {
    const [fn, definitions] = list(item?.body.items).map(unwrap);
    const defined = list(definitions?.body.items ?? node.body.coldeflist);
    const own = functionColumns(look, fn ?? null, scope, calls.length === 1 ? alias : '');
    const listed = defined.length > 0 ? definedColumns(look, defined, scope) : own;
    look.work.spend((columns?.length ?? 0) + (listed?.length ?? 0));
    columns = columns && listed && [...columns, ...listed];
  }
  if (columns && node.body.ordinality === true) columns.push({ name: 'ordinality', type: TYPE.int8 });
  const only = calls.length === 1 && columns?.length === 1 ? columns[0]?.type : undefined;
  const name = strings(first?.body.funcname).at(-1) ?? null;
  return aliased(look, node, { name, columns, rowType: only ?? ANY });
}

function definedColumns(look: Look, definitions: unknown[], scope: Scope): ScopeColumn[] {
  return definitions.map(unwrap).flatMap((definition) => {
    if (!definition) return [];
    look.seen.add(definition.body);
    const type = typeOf(look, child(definition, 'typeName'), scope);
    look.values.make(type);
    return [{ name: text(definition.body.colname), type }];
  });
}

/** The columns that a function in FROM gives, by its OUT arguments or the type it returns. */
function functionColumns(look: Look, fn: TypedNode | null, scope: Scope, alias: string): ScopeColumn[] | null {
  if (fn?.type !== 'FuncCall') {
    const type = typeOf(look, fn, scope);
    return fn ? [{ name: alias || 'column', type }] : null;
  }
  const name = strings(fn.body.funcname).at(-1) ?? '';
  const args = list(fn.body.args);
  if (name === 'unnest' && args.length > 1) {
    const types = args.map((arg) => typeOf(look, unwrap(arg), scope));
    look.seen.add(fn.body);
    for (const type of types) look.values.output(type);
    unnestEach(look, strings(fn.body.funcname), types);
    return types.map((type) => ({ name: 'unnest', type: look.types.element(type) || ANY }));
  }
  const found = call(look, fn.body, scope);
  look.typed.set(fn.body, found.returns);
  const [only, second] = found.functions;
  if (!only || second) return null;
  if (found.columns && found.columns.length > 0) return found.columns;
  if (found.returns === ANY || found.returns === TYPE.record) return null;
  if (look.types.composite(look.types.base(found.returns))) return columnsOf(look, found.returns);
  return [{ name: alias || name, type: found.returns }];
}

/** `unnest(a, b)` in FROM stands for one call each. */
function unnestEach(look: Look, name: readonly string[], types: readonly number[]): void {
  const path = name.length === 1 ? ['pg_catalog', ...name] : name;
  for (const { row } of look.names.functions(path)) if (types.length > 0) look.reach.function(row.oid, true);
  // A function of the users' own that takes them all is called as it stands.
  for (const { row } of look.names.functions(name)) {
    if (row.args.length >= types.length || row.variadic !== 0) look.reach.function(row.oid, true);
  }
}
