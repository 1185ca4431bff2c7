// The items of FROM: relations, subqueries, functions, joins, XMLTABLE and JSON_TABLE.
import type { RelationDetail, RelationRow } from '../catalogue-rows.ts';
import { child, list, strings, text, type Tree, type TypedNode, unwrap } from '../tree.ts';
import { remadeName } from '../remakes.ts';
import { olderCall } from './calls.ts';
import { becomes, coerced, defaulted } from './casts.ts';
import { typeOf } from './expressions.ts';
import { functionItem } from './from-functions.ts';
import { join } from './joins.ts';
import type { Look } from './look.ts';
import { query } from './queries.ts';
import type { Access } from './reach.ts';
import { type Item, type Scope, type ScopeColumn, withOrigins, withSystemColumns } from './scope.ts';
import { secretOf } from './secrets.ts';
import { ANY, TYPE } from './types.ts';
import { renamed } from './with-queries.ts';

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
      return [aliased(look, node, { name: null, columns, rowType: TYPE.record })];
    }
    case 'RangeFunction':
      return [functionItem(look, node, lateral)];
    case 'JoinExpr':
      return join(look, node, outer, before);
    case 'RangeTableSample': {
      const items = fromItem(look, child(node, 'relation'), outer, before);
      sampling(look, strings(node.body.method));
      for (const arg of list(node.body.args)) becomes(look, unwrap(arg), lateral, TYPE.float4);
      becomes(look, child(node, 'repeatable'), lateral, TYPE.float8);
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
  const cte = schema === '' ? scope.cte(name, look.work) : undefined;
  if (cte) return aliased(look, node, { name, columns: cte.columns, rowType: TYPE.record });
  return relationItem(look, node, 'select', []);
}

export function relationsNamed(look: Look, { schemaname, relname }: Tree): RelationRow[] {
  const schema = text(schemaname);
  return look.names.relations(schema === '' ? [text(relname)] : [schema, text(relname)]);
}

function unknownRelation({ found }: Look, { schemaname, relname }: Tree, access: Access): void {
  const schema = text(schemaname) || null;
  const name = text(relname);
  found.missing(`relation "${schema === null ? name : `${schema}.${name}`}"`, true);
  found.relation({ schema, name, kind: 'unknown', access, via: null });
}

/** The transaction has made another relation of that name: then it is not known whether this one is meant, nor which rows were counted. */
export function elsewhere(look: Look, node: Tree, access: Access): void {
  const remade = remadeName(look.remade, text(node.relname));
  if (remade === null) return;
  unknownRelation(look, node, access);
  if (remade === 'opaque') look.found.effects.add('dynamic');
  look.mechanics.uncounted = true;
}

/**
 * A relation by its name, used as `access`; one that does not resolve has columns nobody knows. `written`: the columns that are given
 * values; null for all.
 */
export function relationItem(look: Look, node: TypedNode, access: Access, written: readonly string[] | null): Item {
  look.seen.add(node.body);
  const name = text(node.body.relname);
  const relations = relationsNamed(look, node.body);
  const inherit = node.body.inh === true;
  const [only, second] = relations;
  const uses = relations.map((relation) => {
    const use = look.reach.usesOf(relation, access);
    if (second) use.unknown();
    else use.writes(written);
    look.reach.relation(relation, access, { inherit, uses: use });
    return use;
  });
  if (!only) unknownRelation(look, node.body, access);
  else elsewhere(look, node.body, access);
  const columns = only && !second ? relationColumns(look, only) : null;
  if (second && relations.some((each) => secretOf(each) !== false)) look.found.floor.add('secret_relation');
  const rowType = only && !second ? only.rowType || TYPE.record : ANY;
  const item = aliased(look, node, { name, columns, rowType, uses });
  return child(node, 'alias') || !only || second ? item : { ...item, schema: only.schema };
}

const columnsOfDetail = new WeakMap<RelationDetail, ScopeColumn[]>();

function relationColumns(look: Look, relation: RelationRow): ScopeColumn[] | null {
  const detail = look.reach.detail(relation.oid);
  if (!detail) return null;
  const known = columnsOfDetail.get(detail);
  if (known) return known;
  look.work.spend(detail.columns.length);
  const secret = secretOf(relation);
  const columns = detail.columns.map(
    (column): ScopeColumn =>
      typeof secret === 'object' && secret.has(column.name) ? { ...column, secret: true } : column,
  );
  const all = withSystemColumns(relation, columns);
  columnsOfDetail.set(detail, all);
  return all;
}

interface Shown extends Pick<Item, 'name' | 'rowType'> {
  columns: ScopeColumn[] | null;
  /** Of relations; none of what a query or a function gives. */
  uses?: Item['uses'];
}

/** An item under its alias, if it has one. */
export function aliased(look: Look, node: TypedNode, { name, columns, rowType, uses = [] }: Shown): Item {
  const alias = child(node, 'alias');
  if (!alias) return { name, schema: null, columns, rowType, uses };
  const names = strings(alias.body.colnames);
  // Under another name a column does not say any more which of the relation's it is.
  const apart = names.length > 0 && uses.length > 0;
  if (apart) look.work.spend(columns?.length ?? 0);
  const own = apart ? (columns?.map((column) => withOrigins({ uses }, column)) ?? null) : columns;
  return { name: text(alias.body.aliasname), schema: null, columns: renamed(look, own, names), rowType, uses };
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
  for (const field of ['context_item', 'pathspec', 'on_error']) typeOf(look, child(node, field), scope);
  becomes(look, child(node, 'docexpr'), scope, TYPE.xml);
  becomes(look, child(node, 'rowexpr'), scope, TYPE.text);
  for (const field of ['namespaces', 'passing'])
    for (const item of list(node.body[field]).map(unwrap)) typeOf(look, item && (child(item, 'val') ?? item), scope);
  return aliased(look, node, {
    name: node.type === 'JsonTable' ? 'json_table' : 'xmltable',
    columns: tableColumns(look, list(node.body.columns), scope),
    rowType: TYPE.record,
  });
}

function tableColumns(look: Look, nodes: unknown[], scope: Scope): ScopeColumn[] {
  return nodes.map(unwrap).flatMap((node) => {
    if (!node) return [];
    look.seen.add(node.body);
    const name = child(node, 'typeName');
    const type = name ? coerced(look, name, scope) : TYPE.int4;
    for (const field of ['on_empty', 'on_error', 'pathspec']) typeOf(look, child(node, field), scope);
    for (const field of ['on_empty', 'on_error']) defaulted(look, behaviour(node, field), name, scope);
    defaulted(look, child(node, 'coldefexpr'), name, scope);
    becomes(look, child(node, 'colexpr'), scope, TYPE.text);
    if (node.body.coltype === 'JTC_NESTED') return tableColumns(look, list(node.body.columns), scope);
    return [{ name: text(node.body.colname) || text(node.body.name), type }];
  });
}

function behaviour(node: TypedNode, field: string): TypedNode | null {
  const clause = child(node, field);
  return clause && child(clause, 'expr');
}
