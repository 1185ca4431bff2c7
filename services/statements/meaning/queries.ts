// SELECT, VALUES, set operations and WITH: what they reach, and the columns they give.
import { child, constantText, list, strings, text, type TypedNode, unwrap } from '../tree.ts';
import { becomes } from './casts.ts';
import { starred, used } from './columns.ts';
import { settingSelected } from './set-config.ts';
import { typeOf } from './expressions.ts';
import { fromItem } from './from.ts';
import type { Look } from './look.ts';
import { modify } from './modify.ts';
import { sorted, windowed } from './ordering.ts';
import { outputName } from './output-names.ts';
import { columnNamed, type Item, read, readWhole, Scope, type ScopeColumn } from './scope.ts';
import { ANY, TYPE } from './types.ts';
import { withQueries } from './with-queries.ts';

/** The columns of a query; null where they are not known. `statement` is a SELECT or a statement with RETURNING. */
export function query(look: Look, statement: TypedNode | null, outer: Scope | null): ScopeColumn[] | null {
  if (!statement) return null;
  look.work.spend(1);
  look.seen.add(statement.body);
  if (statement.type !== 'SelectStmt') return modify(look, statement, outer);
  const scope = new Scope(outer, [], withQueries(look, child(statement, 'withClause'), outer));
  into(look, statement);
  return body(look, statement, scope, null);
}

/** `started` is told the columns of a set operation's left arm as soon as they are known. */
export function body(
  look: Look,
  select: TypedNode,
  scope: Scope,
  started: ((columns: ScopeColumn[] | null) => void) | null,
): ScopeColumn[] | null {
  look.seen.add(select.body);
  const operation = String(select.body.op ?? 'SETOP_NONE');
  if (operation !== 'SETOP_NONE') return setOperation(look, select, scope, started);
  if (list(select.body.valuesLists).length > 0) return values(look, select, scope);
  return plain(look, select, scope);
}

/** An arm may have a WITH of its own. */
function arm(
  look: Look,
  select: TypedNode | null,
  scope: Scope,
  started: ((columns: ScopeColumn[] | null) => void) | null,
): ScopeColumn[] | null {
  if (!select) return null;
  const inner = new Scope(scope, [], withQueries(look, child(select, 'withClause'), scope));
  into(look, select);
  return body(look, select, inner, started);
}

function setOperation(
  look: Look,
  select: TypedNode,
  scope: Scope,
  started: ((columns: ScopeColumn[] | null) => void) | null,
): ScopeColumn[] | null {
  const left = arm(look, child(select, 'larg'), scope, null);
  started?.(left);
  const right = arm(look, child(select, 'rarg'), scope, null);
  look.work.spend(2 * (left?.length ?? 0));
  const columns = left && right ? left.map((column, i) => unite(look, column, right[i])) : null;
  if (select.body.all !== true) for (const column of columns ?? []) look.values.compare(column.type);
  const result = new Scope(scope, [{ name: null, schema: null, columns, rowType: TYPE.record, uses: [] }]);
  for (const item of list(select.body.sortClause)) sorted(look, unwrap(item), result);
  limits(look, select, scope);
  return columns;
}

function unite(look: Look, left: ScopeColumn, right: ScopeColumn | undefined): ScopeColumn {
  const type = look.types.common([left.type, right?.type ?? ANY]);
  look.values.cast(left.type, type);
  if (right) look.values.cast(right.type, type);
  return { name: left.name, type };
}

function values(look: Look, select: TypedNode, scope: Scope): ScopeColumn[] | null {
  const types: number[][] = [];
  for (const row of list(select.body.valuesLists).map(unwrap)) {
    for (const [i, item] of list(row?.body.items).entries()) {
      const type = typeOf(look, unwrap(item), scope);
      const column = types[i];
      if (!column) types[i] = [type];
      else if (!column.includes(type)) column.push(type);
    }
  }
  const columns = types.map((possible, i): ScopeColumn => {
    const type = look.types.common(possible);
    for (const each of possible) look.values.cast(each, type);
    return { name: `column${i + 1}`, type };
  });
  const result = new Scope(scope, [{ name: null, schema: null, columns, rowType: TYPE.record, uses: [] }]);
  for (const item of list(select.body.sortClause)) sorted(look, unwrap(item), result);
  limits(look, select, scope);
  return columns;
}

function plain(look: Look, select: TypedNode, outer: Scope): ScopeColumn[] | null {
  const items: Item[] = [];
  for (const item of list(select.body.fromClause)) items.push(...fromItem(look, unwrap(item), outer, items));
  const scope = outer.with(items);
  const columns = targets(look, list(select.body.targetList), scope.binding(settingSelected(look, select, outer)));
  becomes(look, child(select, 'whereClause'), scope, TYPE.bool);
  for (const item of list(select.body.groupClause).map(unwrap)) grouped(look, item, scope, columns);
  becomes(look, child(select, 'havingClause'), scope, TYPE.bool);
  for (const window of list(select.body.windowClause).map(unwrap)) windowed(look, window, scope);
  const distinct = list(select.body.distinctClause).map(unwrap);
  for (const item of distinct) if (item) look.values.compare(outputOr(look, item, scope, columns));
  if (list(select.body.distinctClause).length > 0 && distinct.every((item) => item === null)) {
    look.work.spend(columns?.length ?? 0);
    for (const column of columns ?? []) look.values.compare(column.type);
  }
  for (const item of list(select.body.sortClause).map(unwrap)) {
    const node = item && child(item, 'node');
    sorted(look, item, scope, node ? outputOr(look, node, scope, columns) : undefined);
  }
  limits(look, select, scope);
  return columns;
}

function limits(look: Look, select: TypedNode, scope: Scope): void {
  for (const field of ['limitOffset', 'limitCount']) becomes(look, child(select, field), scope, TYPE.int8);
  for (const clause of list(select.body.lockingClause).map(unwrap)) {
    look.found.effects.add('lock');
    look.found.flags.locking = true;
    // They name items of FROM, which were looked at there.
    for (const relation of list(clause?.body.lockedRels).map(unwrap)) if (relation) look.seen.add(relation.body);
  }
}

function grouped(look: Look, item: TypedNode | null, scope: Scope, columns: ScopeColumn[] | null): void {
  if (!item) return;
  if (item.type === 'GroupingSet' || (item.type === 'RowExpr' && item.body.row_format === 'COERCE_IMPLICIT_CAST')) {
    look.seen.add(item.body);
    const inner = list(item.type === 'GroupingSet' ? item.body.content : item.body.args);
    for (const each of inner.map(unwrap)) grouped(look, each, scope, columns);
    return;
  }
  look.values.compare(outputOr(look, item, scope, columns, true));
}

/**
 * An item of ORDER BY, GROUP BY or DISTINCT ON: an output column by name or number, or an expression over the input. `inputFirst`: a name
 * that both have is the input's, as in GROUP BY.
 */
function outputOr(
  look: Look,
  node: TypedNode,
  scope: Scope,
  columns: ScopeColumn[] | null,
  inputFirst = false,
): number {
  if (node.type === 'A_Const') {
    if (typeOf(look, node, scope) !== TYPE.int4) return TYPE.text;
    return columns?.[Number(constantText(node.body)) - 1]?.type ?? ANY;
  }
  const [name, qualified] = node.type === 'ColumnRef' ? strings(node.body.fields) : [];
  if (name === undefined || qualified !== undefined) return typeOf(look, node, scope);
  const output = columnNamed(columns, name);
  const input = scope.column(name, look.work);
  if (!output && !input) {
    if (columns !== null) return typeOf(look, node, scope);
    const row = scope.item(name, undefined, look.work);
    if (row) readWhole(row);
    return ANY;
  }
  look.seen.add(node.body);
  if (input) {
    look.values.compare(input.type);
    if (!output) return used(look, input);
    if (inputFirst) read(input);
  }
  return output?.type ?? ANY;
}

/** The columns of a target list, `*` spread out; null where one of them is not known. */
export function targets(look: Look, items: unknown[], scope: Scope): ScopeColumn[] | null {
  const columns: ScopeColumn[] = [];
  let known = true;
  for (const target of items.map(unwrap)) {
    const value = target && child(target, 'val');
    if (!value) continue;
    const last = unwrap(list(value.body.fields ?? value.body.indirection).at(-1));
    if (last?.type === 'A_Star' && value.type === 'ColumnRef') {
      const all = starred(look, strings(value.body.fields).slice(0, -1), scope);
      look.seen.add(value.body);
      for (const column of all ?? []) {
        used(look, column);
        columns.push({ name: column.name, type: column.type, fields: column.fields });
      }
      known &&= all !== null;
    } else {
      const type = typeOf(look, value, scope);
      look.values.output(type);
      known &&= last?.type !== 'A_Star';
      columns.push({ name: text(target.body.name) || outputName(value), type, fields: look.fields.get(value.body) });
    }
  }
  return known ? columns : null;
}

/** SELECT … INTO makes a table. */
export function into(look: Look, select: TypedNode): void {
  const made = child(select, 'intoClause');
  const relation = made && child(made, 'rel');
  if (!relation) return;
  look.found.effects.add('ddl').add('write');
  look.seen.add(relation.body);
  look.found.relation({
    schema: text(relation.body.schemaname) || null,
    name: text(relation.body.relname),
    kind: 'table',
    access: 'ddl',
    via: null,
  });
}
