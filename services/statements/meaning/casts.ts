// Casts that are written: the value's own, and those of the parts of an array or a row that is written out.
import { child, list, type TypedNode, unwrap } from '../tree.ts';
import { columnsOf } from './calls.ts';
import { typeOf } from './expressions.ts';
import type { Look } from './look.ts';
import type { Scope } from './scope.ts';
import { ANY, TYPE } from './types.ts';

export function cast(look: Look, node: TypedNode, scope: Scope): number {
  const from = typeOf(look, child(node, 'arg'), scope);
  const name = child(node, 'typeName');
  if (!name) return from;
  const to = typeOf(look, name, scope);
  castTo(look, from, name);
  if (to !== ANY) partsCast(look, child(node, 'arg'), to, scope);
  return to;
}

/** To each type that the name may mean; element by element where it means an array. */
function castTo({ values, types, typesNamed }: Look, from: number, name: TypedNode): void {
  const named = typesNamed.get(name.body);
  for (const type of named?.types ?? []) {
    if (!named?.array) values.cast(from, type, true);
    else {
      const element = from === TYPE.unknown ? from : types.element(from) || ANY;
      // What is no array has a cast of its own or none.
      if (from === ANY || element !== ANY || types.array(type) === ANY) values.cast(element, type, true);
      if (types.array(type) !== ANY) values.cast(from, types.array(type), true);
    }
  }
}

/** A type that XML or JSON becomes: values of the server's own types are read as it, or cast to it. */
export function coerced(look: Look, name: TypedNode | null, scope: Scope): number {
  const type = typeOf(look, name, scope);
  const named = name && look.typesNamed.get(name.body);
  for (const each of named?.types ?? []) {
    look.values.ofServers(each);
    if (named?.array) look.values.ofServers(look.types.array(each));
  }
  return type;
}

/** What stands for a value of JSON's or XML's that is missing: it becomes the type that is wanted by its own cast. */
export function defaulted(look: Look, node: TypedNode | null, name: TypedNode | null, scope: Scope): void {
  if (!node) return;
  const type = typeOf(look, node, scope);
  if (name) castTo(look, type, name);
  else for (const own of [TYPE.text, TYPE.jsonb]) look.values.cast(type, own, true);
}

/** A clause that takes one type only (WHERE, LIMIT, a subscript) makes its value that, by an assignment cast where there is one. */
export function becomes(look: Look, node: TypedNode | null, scope: Scope, type: number): void {
  if (node) look.values.cast(typeOf(look, node, scope), type, true);
}

/** The elements of `ARRAY[…]::type[]` and the fields of `ROW(…)::type` become what they are wanted as one by one. */
function partsCast(look: Look, node: TypedNode | null, to: number, scope: Scope): void {
  if (node?.type === 'A_ArrayExpr') {
    const element = look.types.element(to);
    if (element === 0) return;
    for (const part of list(node.body.elements).map(unwrap)) {
      const array = part?.type === 'A_ArrayExpr';
      look.values.cast(typeOf(look, part, scope), array ? to : element, true);
      partsCast(look, part, array ? to : element, scope);
    }
  } else if (node?.type === 'RowExpr') {
    const columns = columnsOf(look, to) ?? [];
    for (const [i, part] of list(node.body.args).map(unwrap).entries()) {
      const column = columns[i]?.type ?? ANY;
      look.values.cast(typeOf(look, part, scope), column, true);
      partsCast(look, part, column, scope);
    }
  }
}
