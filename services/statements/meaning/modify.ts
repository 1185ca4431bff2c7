// INSERT, UPDATE, DELETE and MERGE: the relation they change, and all that their expressions reach.
import { classify } from '../classify.ts';
import { child, list, text, type Tree, type TypedNode, unwrap } from '../tree.ts';
import { judgeMerge, judgeWhere } from '../where.ts';
import { becomes } from './casts.ts';
import { typeOf } from './expressions.ts';
import { fromItem, relationItem } from './from.ts';
import type { Look } from './look.ts';
import { query, targets } from './queries.ts';
import type { Access } from './reach.ts';
import { columnNamed, columnOf, type Item, read, readWhole, Scope, type ScopeColumn } from './scope.ts';
import { ANY, TYPE } from './types.ts';
import { withQueries } from './with-queries.ts';

const ACCESS: Readonly<Record<string, Access>> = {
  InsertStmt: 'insert',
  UpdateStmt: 'update',
  DeleteStmt: 'delete',
  MergeStmt: 'merge',
};

/** What a MERGE is beside a MERGE. */
const MERGED: Readonly<Record<string, Access>> = { CMD_INSERT: 'insert', CMD_UPDATE: 'update', CMD_DELETE: 'delete' };

/** The columns of its RETURNING. Also for one inside a CTE, whose effects count as the statement's own. */
export function modify(look: Look, statement: TypedNode, outer: Scope | null): ScopeColumn[] | null {
  const access = ACCESS[statement.type];
  if (access === undefined) {
    look.found.floor.add('unknown_node');
    return null;
  }
  look.seen.add(statement.body);
  classify(statement, look.mode, look.found);
  const level = new Scope(outer, [], withQueries(look, child(statement, 'withClause'), outer));
  const relation = child(statement, 'relation');
  const changed = relation ? relationItem(look, relation, access, written(statement)) : null;
  if (!relation || !changed) return null;
  const items: Item[] = [changed];
  for (const item of list(statement.body.fromClause ?? statement.body.usingClause))
    items.push(...fromItem(look, unwrap(item), level, items));
  const source = child(statement, 'sourceRelation');
  if (source) items.push(...fromItem(look, source, level, []));
  const scope = level.with(items);
  const where = child(statement, 'whereClause');

  if (statement.type === 'InsertStmt') inserted(look, statement, changed, level);
  assigned(look, list(statement.body.targetList), changed, scope);
  becomes(look, where, scope, TYPE.bool);
  becomes(look, child(statement, 'joinCondition'), scope, TYPE.bool);
  for (const clause of list(statement.body.mergeWhenClauses).flatMap((each) => unwrap(each) ?? [])) {
    const done = MERGED[String(clause.body.commandType)];
    if (done) relationItem(look, relation, done, writtenBy(clause));
    merged(look, clause, changed, scope);
  }
  const conflict = child(statement, 'onConflictClause');
  if (conflict) conflicting(look, conflict, relation, changed, scope);
  narrowing(look, statement, changed);
  return returning(look, statement, changed, scope);
}

/** By the columns' own names, which no view's are: that one has what it is written through to judged by itself. Null for all of them. */
function written(statement: TypedNode): string[] | null {
  switch (statement.type) {
    case 'InsertStmt':
      return inserting(namesOf(statement.body.cols), statement.body.selectStmt !== undefined);
    case 'UpdateStmt':
      return namesOf(statement.body.targetList);
    case 'MergeStmt':
      // Its clauses say.
      return [];
    default:
      return null;
  }
}

/** Of a clause of MERGE. */
function writtenBy({ body }: TypedNode): string[] | null {
  if (body.commandType === 'CMD_INSERT') return inserting(namesOf(body.targetList), list(body.values).length > 0);
  return body.commandType === 'CMD_UPDATE' ? namesOf(body.targetList) : null;
}

/** Without a list of columns it gives all of them values, or none. */
const inserting = (names: string[], values: boolean): string[] | null => (names.length > 0 || !values ? names : null);

const namesOf = (targets: unknown): string[] => list(targets).map((target) => text(unwrap(target)?.body.name));

/** Whether it leaves rows of the relation as they are. Once its conditions were looked at, for only then it is known whose columns they name. */
function narrowing(look: Look, statement: TypedNode, changed: Item): void {
  const own = (reference: Tree) => {
    const origin = look.origins.get(reference);
    return origin?.item === changed ? origin.column : null;
  };
  if (statement.type === 'UpdateStmt' || statement.type === 'DeleteStmt') {
    look.found.sawWhere(judgeWhere(child(statement, 'whereClause'), own));
  } else if (statement.type === 'MergeStmt') {
    const clauses = list(statement.body.mergeWhenClauses).flatMap((clause) => unwrap(clause) ?? []);
    const where = judgeMerge(child(statement, 'joinCondition'), clauses, own);
    if (where) look.found.sawWhere(where);
  }
}

function inserted(look: Look, statement: TypedNode, changed: Item, level: Scope): void {
  const named = list(statement.body.cols).map(unwrap);
  const select = child(statement, 'selectStmt');
  const columns = select ? query(look, select, level) : [];
  for (const target of named) if (target) subscripts(look, target, level);
  const visible = changed.columns?.filter(({ hidden }) => !hidden) ?? null;
  for (const [i, column] of (columns ?? []).entries()) {
    const name = named.length > 0 ? text(named[i]?.body.name) : visible?.[i]?.name;
    assign(look, column.type, changed, name ?? '', named[i] ?? null);
  }
}

function assigned(look: Look, items: unknown[], changed: Item, scope: Scope): void {
  for (const target of items.map(unwrap)) {
    if (!target) continue;
    subscripts(look, target, scope);
    const value = child(target, 'val');
    const type = value?.type === 'MultiAssignRef' ? partOf(look, value, scope) : typeOf(look, value, scope);
    assign(look, type, changed, text(target.body.name), target);
  }
}

/** `SET (a, b) = …`: the type of the one that this column gets. */
function partOf(look: Look, reference: TypedNode, scope: Scope): number {
  look.seen.add(reference.body);
  const at = Number(reference.body.colno ?? 1) - 1;
  const source = child(reference, 'source');
  if (source?.type === 'SubLink') {
    look.seen.add(source.body);
    return query(look, child(source, 'subselect'), scope)?.[at]?.type ?? ANY;
  }
  const type = typeOf(look, source, scope);
  return source?.type === 'RowExpr' ? typeOf(look, unwrap(list(source.body.args)[at]), scope) : type;
}

/** A value becomes one of the column's type. Where a part of the column is set, which type that is is not followed. */
function assign(look: Look, from: number, changed: Item, name: string, target: TypedNode | null): void {
  const column = columnNamed(changed.columns, name);
  if (changed.columns && !column && name !== '') look.found.missing(`column "${name}"`, true);
  if (!column) return;
  look.values.make(column.type);
  if (list(target?.body.indirection).length === 0) look.values.cast(from, column.type, true);
}

function subscripts(look: Look, target: TypedNode, scope: Scope): void {
  for (const step of list(target.body.indirection).map(unwrap))
    if (step?.type === 'A_Indices') typeOf(look, step, scope);
}

function merged(look: Look, clause: TypedNode, changed: Item, scope: Scope): void {
  look.seen.add(clause.body);
  becomes(look, child(clause, 'condition'), scope, TYPE.bool);
  const targetList = list(clause.body.targetList);
  const values = list(clause.body.values).map(unwrap);
  if (values.length === 0) {
    assigned(look, targetList, changed, scope);
    return;
  }
  const visible = changed.columns?.filter(({ hidden }) => !hidden) ?? [];
  for (const [i, value] of values.entries()) {
    const target = unwrap(targetList[i]);
    if (target) subscripts(look, target, scope);
    const name = targetList.length > 0 ? text(target?.body.name) : (visible[i]?.name ?? '');
    assign(look, typeOf(look, value, scope), changed, name, target);
  }
}

function conflicting(look: Look, conflict: TypedNode, relation: TypedNode, changed: Item, scope: Scope): void {
  look.seen.add(conflict.body);
  // Of the rows that are there, and of no child's.
  if (conflict.body.action === 'ONCONFLICT_UPDATE')
    relationItem(
      look,
      { ...relation, body: { ...relation.body, inh: false } },
      'update',
      namesOf(conflict.body.targetList),
    );
  const infer = child(conflict, 'infer');
  const own = scope.with([changed]);
  for (const element of list(infer?.body.indexElems).map(unwrap)) {
    typeOf(look, element && child(element, 'expr'), own);
    read(columnOf(changed, text(element?.body.name)));
  }
  // Which columns a constraint is on, its name does not say.
  if (text(infer?.body.conname) !== '') readWhole(changed);
  becomes(look, infer && child(infer, 'whereClause'), own, TYPE.bool);
  // `excluded` is the row that could not be inserted.
  const excluded: Item = { ...changed, name: 'excluded', schema: null };
  const qualified = { ...excluded, columns: excluded.columns?.map((column) => ({ ...column, hidden: true })) ?? null };
  const both = scope.with([changed, qualified]);
  assigned(look, list(conflict.body.targetList), changed, both);
  becomes(look, child(conflict, 'whereClause'), both, TYPE.bool);
}

function returning(look: Look, statement: TypedNode, changed: Item, scope: Scope): ScopeColumn[] | null {
  const clause = child(statement, 'returningClause');
  if (!clause) return [];
  look.seen.add(clause.body);
  look.found.effects.add('read');
  // OLD and NEW can be named from 18 on, also under other names.
  const names = new Map([
    ['old', 'old'],
    ['new', 'new'],
  ]);
  for (const option of list(clause.body.options).map(unwrap)) {
    const of = option?.body.option === 'RETURNING_OPTION_NEW' ? 'new' : 'old';
    if (option) names.set(of, text(option.body.value));
  }
  const versions = [...names.values()]
    .filter((name) => !scope.items.some((item) => item.name === name))
    .map(
      (name): Item => ({
        name,
        schema: null,
        columns: changed.columns?.map((column) => ({ ...column, hidden: true })) ?? null,
        rowType: changed.rowType || TYPE.record,
        uses: changed.uses,
      }),
    );
  return targets(look, list(clause.body.exprs), scope.with([...scope.items, ...versions]));
}
