// The items of FROM: relations, subqueries, functions, joins, XMLTABLE and JSON_TABLE.
import type { RelationRow } from '../catalogue-rows.ts';
import { child, list, strings, text, type TypedNode, unwrap } from '../tree.ts';
import { call, columnsOf, olderCall } from './calls.ts';
import { typeOf } from './expressions.ts';
import type { Look } from './look.ts';
import { operate } from './operators.ts';
import { query, renamed } from './queries.ts';
import type { Access } from './reach.ts';
import { type Item, type Scope, type ScopeColumn, withSystemColumns } from './scope.ts';
import { secretOf } from './secrets.ts';
import { ANY, TYPE } from './types.ts';

/** What one item of FROM brings into view. `outer`: its query's scope; `before`: the items left of it, for LATERAL. */
export function fromItem(look: Look, node: TypedNode | null, outer: Scope, before: readonly Item[]): Item[] {
  if (!node) return [];
  look.seen.add(node.body);
  // What is left of it is one level, over the query's own surroundings.
  const lateral = outer.with(before);
  switch (node.type) {
    case 'RangeVar':
      return [rangeVar(look, node, outer)];
    case 'RangeSubselect': {
      const columns = query(look, child(node, 'subquery'), node.body.lateral === true ? lateral : beside(outer));
      return [aliased(node, null, columns, TYPE.record)];
    }
    case 'RangeFunction':
      return [functions(look, node, lateral)];
    case 'JoinExpr':
      return join(look, node, outer, before);
    case 'RangeTableSample': {
      const items = fromItem(look, child(node, 'relation'), outer, before);
      sampling(look, strings(node.body.method));
      for (const arg of list(node.body.args)) look.reach.cast(typeOf(look, unwrap(arg), lateral), TYPE.float4);
      look.reach.cast(typeOf(look, child(node, 'repeatable'), lateral), TYPE.float8);
      return items;
    }
    case 'RangeTableFunc':
    case 'JsonTable':
      return [tableFunction(look, node, lateral)];
    default:
      look.found.floor.add('unknown_node');
      return [];
  }
}

/** The surroundings of a query without the items of its own FROM, but with its CTEs. */
function beside(scope: Scope): Scope {
  return scope.with([]);
}

function rangeVar(look: Look, node: TypedNode, scope: Scope): Item {
  const name = text(node.body.relname);
  const schema = text(node.body.schemaname);
  const cte = schema === '' ? scope.cte(name) : undefined;
  if (cte) return aliased(node, name, cte.columns, TYPE.record);
  return relationItem(look, node, 'select');
}

/** A relation by its name, used as `access`; one that does not resolve has columns nobody knows. */
export function relationItem(look: Look, node: TypedNode, access: Access): Item {
  look.seen.add(node.body);
  const name = text(node.body.relname);
  const schema = text(node.body.schemaname);
  const path = schema === '' ? [name] : [schema, name];
  const relations = look.names.relations(path);
  const inherit = node.body.inh === true;
  for (const relation of relations) look.reach.relation(relation, access, null, inherit);
  const [only, second] = relations;
  if (!only) {
    look.found.missing(`relation "${path.join('.')}"`, true);
    look.found.relation({ schema: schema || null, name, kind: 'unknown', access, via: null });
  }
  const columns = only && !second ? relationColumns(look, only) : null;
  if (second && relations.some((each) => secretOf(each) !== false)) look.found.floor.add('secret_relation');
  const item = aliased(node, name, columns, only && !second ? only.rowType || TYPE.record : ANY);
  return child(node, 'alias') || !only || second ? item : { ...item, schema: only.schema };
}

function relationColumns(look: Look, relation: RelationRow): ScopeColumn[] | null {
  const detail = look.reach.detail(relation.oid);
  if (!detail) return null;
  const secret = secretOf(relation);
  const columns = detail.columns.map(
    (column): ScopeColumn => (column.name === secret ? { ...column, secret: true } : column),
  );
  return withSystemColumns(relation, columns);
}

function aliased(node: TypedNode, name: string | null, columns: ScopeColumn[] | null, rowType: number): Item {
  const alias = child(node, 'alias');
  if (!alias) return { name, schema: null, columns, rowType };
  return {
    name: text(alias.body.aliasname),
    schema: null,
    columns: renamed(columns, strings(alias.body.colnames)),
    rowType,
  };
}

function functions(look: Look, node: TypedNode, scope: Scope): Item {
  const alias = text(child(node, 'alias')?.body.aliasname);
  const calls = list(node.body.functions).map(unwrap);
  const first = unwrap(list(calls[0]?.body.items)[0]);
  let columns: ScopeColumn[] | null = [];
  for (const item of calls) {
    const [fn, definitions] = list(item?.body.items).map(unwrap);
    const defined = list(definitions?.body.items ?? node.body.coldeflist);
    const own = functionColumns(look, fn ?? null, scope, calls.length === 1 ? alias : '');
    const listed = defined.length > 0 ? definedColumns(look, defined, scope) : own;
    columns = columns && listed && [...columns, ...listed];
  }
  if (columns && node.body.ordinality === true) columns.push({ name: 'ordinality', type: TYPE.int8 });
  const only = calls.length === 1 && columns?.length === 1 ? columns[0]?.type : undefined;
  return aliased(node, strings(first?.body.funcname).at(-1) ?? null, columns, only ?? ANY);
}

function definedColumns(look: Look, definitions: unknown[], scope: Scope): ScopeColumn[] {
  return definitions.map(unwrap).flatMap((definition) => {
    if (!definition) return [];
    look.seen.add(definition.body);
    const type = typeOf(look, child(definition, 'typeName'), scope);
    look.reach.make(type);
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
    for (const type of types) look.reach.output(type);
    unnestEach(look, strings(fn.body.funcname), types);
    return types.map((type) => ({ name: 'unnest', type: look.types.element(type) || ANY }));
  }
  const found = call(look, fn.body, scope);
  look.typed.set(fn.body, found.returns);
  const [only, second] = found.functions;
  if (!only || second) return null;
  if (only.columns && only.columns.length > 1)
    return only.columns.map((column) => ({ name: column.name, type: plainType(look, column.type) }));
  if (only.columns && only.columns.length === 1)
    return [{ name: only.columns[0]?.name ?? name, type: plainType(look, only.columns[0]?.type ?? ANY) }];
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

/** A polymorphic OUT argument's type is not followed. */
function plainType(look: Look, type: number): number {
  return look.types.category(type) === 'P' ? ANY : type;
}

function join(look: Look, node: TypedNode, outer: Scope, before: readonly Item[]): Item[] {
  const left = fromItem(look, child(node, 'larg'), outer, before);
  const right = fromItem(look, child(node, 'rarg'), outer, [...before, ...left]);
  const items = [...left, ...right];
  const using = node.body.isNatural === true ? shared(left, right) : strings(node.body.usingClause);
  for (const name of using) {
    const one = outer.with(left).column(name);
    const other = outer.with(right).column(name);
    operate(look, ['='], one?.type ?? ANY, other?.type ?? ANY);
    if (one?.secret || other?.secret) look.found.floor.add('secret_relation');
    look.reach.compare(one?.type ?? ANY);
    const merged = look.types.common([one?.type ?? ANY, other?.type ?? ANY]);
    for (const column of [one, other]) look.reach.cast(column?.type ?? ANY, merged);
  }
  const open = items.some(({ columns }) => columns === null);
  if (node.body.isNatural === true && open) operate(look, ['='], ANY, ANY);
  typeOf(look, child(node, 'quals'), outer.with(items));
  const alias = child(node, 'alias');
  const usingAlias = child(node, 'join_using_alias');
  if (alias) return [aliased(node, null, columnsOfJoin(items, using), TYPE.record)];
  const spread = using.length > 0 ? hideMerged(items, right, using) : items;
  if (!usingAlias) return spread;
  const columns = columnsOfJoin(items, using)?.filter(({ name }) => using.includes(name)) ?? null;
  return [
    ...spread,
    {
      name: text(usingAlias.body.aliasname),
      schema: null,
      columns: columns?.map((each) => ({ ...each, hidden: true })) ?? null,
      rowType: TYPE.record,
    },
  ];
}

/** The columns that both sides of a NATURAL JOIN have; none are known where one side's are not. */
function shared(left: readonly Item[], right: readonly Item[]): string[] {
  const names = (items: readonly Item[]) =>
    items.flatMap((item) => item.columns?.filter(({ hidden }) => !hidden).map(({ name }) => name) ?? []);
  const others = new Set(names(right));
  return [...new Set(names(left))].filter((name) => others.has(name));
}

function columnsOfJoin(items: readonly Item[], using: readonly string[]): ScopeColumn[] | null {
  if (items.some(({ columns }) => columns === null)) return null;
  const all = items.flatMap(({ columns }) => columns?.filter(({ hidden }) => !hidden) ?? []);
  const merged = using.map((name): ScopeColumn => {
    const both = all.filter((column) => column.name === name);
    const type = both.every((column) => column.type === both[0]?.type) ? (both[0]?.type ?? ANY) : ANY;
    return { name, type, secret: both.some(({ secret }) => secret) };
  });
  return [...merged, ...all.filter(({ name }) => !using.includes(name))];
}

/** `*` shows a merged column once: the right side's are hidden. */
function hideMerged(items: readonly Item[], right: readonly Item[], using: readonly string[]): Item[] {
  return items.map((item) => {
    if (!right.includes(item) || item.columns === null) return item;
    const columns = item.columns.map((column) => (using.includes(column.name) ? { ...column, hidden: true } : column));
    return { ...item, columns };
  });
}

/** TABLESAMPLE's method is a function; the server's two are plain. */
function sampling(look: Look, name: readonly string[]): void {
  const found = look.names.functions(name);
  const plain = found.every(({ row }) => row.schema === 'pg_catalog' && /^(bernoulli|system)$/.test(row.name));
  if (found.length === 0) look.found.missing(`tablesample method "${name.join('.')}"`, true);
  for (const { row } of found) {
    if (plain) look.reach.functions.add(row.oid);
    else look.reach.hidden(row.oid);
  }
}

function tableFunction(look: Look, node: TypedNode, scope: Scope): Item {
  if (node.type === 'JsonTable') olderCall(look, 'json_table', 17);
  for (const field of ['docexpr', 'rowexpr', 'context_item', 'pathspec', 'on_error'])
    typeOf(look, child(node, field), scope);
  for (const field of ['namespaces', 'passing'])
    for (const item of list(node.body[field]).map(unwrap)) typeOf(look, item && (child(item, 'val') ?? item), scope);
  return aliased(
    node,
    node.type === 'JsonTable' ? 'json_table' : 'xmltable',
    tableColumns(look, list(node.body.columns), scope),
    TYPE.record,
  );
}

function tableColumns(look: Look, nodes: unknown[], scope: Scope): ScopeColumn[] {
  return nodes.map(unwrap).flatMap((node) => {
    if (!node) return [];
    look.seen.add(node.body);
    for (const field of ['colexpr', 'coldefexpr', 'on_empty', 'on_error', 'pathspec'])
      typeOf(look, child(node, field), scope);
    if (node.body.coltype === 'JTC_NESTED') return tableColumns(look, list(node.body.columns), scope);
    const name = child(node, 'typeName');
    const type = name ? typeOf(look, name, scope) : TYPE.int4;
    look.reach.cast(ANY, type, true);
    return [{ name: text(node.body.colname) || text(node.body.name), type }];
  });
}

/** The relation that INSERT, UPDATE, DELETE or MERGE changes, as an item. */
export function targetItem(look: Look, node: TypedNode | null, access: Access): Item[] {
  return node ? [relationItem(look, node, access)] : [];
}
