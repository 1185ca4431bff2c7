// JOIN: what is compared by USING and NATURAL, and the columns that both sides together show.
import { child, strings, text, type TypedNode } from '../tree.ts';
import { becomes } from './casts.ts';
import { aliased, fromItem } from './from.ts';
import type { Look } from './look.ts';
import { operate } from './operators.ts';
import { breadth, type Item, read, readWhole, type Scope, type ScopeColumn, withOrigins } from './scope.ts';
import { ANY, TYPE } from './types.ts';

/** Steps of what is looked up for one name of USING: two columns, an operator, two casts. */
const COMPARED = 30;

/** Both sides' items, or the join's own where it has an alias. `before`: the items left of it, for LATERAL. */
export function join(look: Look, node: TypedNode, outer: Scope, before: readonly Item[]): Item[] {
  const left = fromItem(look, child(node, 'larg'), outer, before);
  const right = fromItem(look, child(node, 'rarg'), outer, [...before, ...left]);
  const items = [...left, ...right];
  look.work.spend(before.length + items.length);
  const natural = node.body.isNatural === true;
  if (natural || node.body.usingClause) look.work.spend(2 * breadth(items));
  const using = natural ? shared(left, right) : strings(node.body.usingClause);
  look.work.spend(COMPARED * using.length);
  const lefts = outer.with(left);
  const rights = outer.with(right);
  for (const name of using) {
    const one = lefts.column(name, look.work);
    const other = rights.column(name, look.work);
    operate(look, ['='], one?.type ?? ANY, other?.type ?? ANY);
    if (one?.secret || other?.secret) look.found.floor.add('secret_relation');
    for (const column of [one, other]) read(column);
    look.values.compare(one?.type ?? ANY);
    const merged = look.types.common([one?.type ?? ANY, other?.type ?? ANY]);
    for (const column of [one, other]) look.values.cast(column?.type ?? ANY, merged);
  }
  const open = items.some(({ columns }) => columns === null);
  if (natural && open) {
    operate(look, ['='], ANY, ANY);
    for (const item of items) readWhole(item);
  }
  becomes(look, child(node, 'quals'), outer.with(items), TYPE.bool);
  const alias = child(node, 'alias');
  const usingAlias = child(node, 'join_using_alias');
  if (alias) {
    // What of them a column of it shows is then not known.
    if (open) for (const item of items) readWhole(item);
    const columns = columnsOfJoin(look, items, using);
    const uses = items.flatMap((item) => item.uses);
    return [aliased(look, node, { name: null, columns, rowType: TYPE.record, uses })];
  }
  const spread = using.length > 0 ? hideMerged(items, right, new Set(using)) : items;
  if (!usingAlias) return spread;
  const columns = columnsOfJoin(look, items, using)?.slice(0, using.length) ?? null;
  return [
    ...spread,
    {
      name: text(usingAlias.body.aliasname),
      schema: null,
      columns: columns?.map((each) => ({ ...each, hidden: true })) ?? null,
      rowType: TYPE.record,
      // They were read when they were compared.
      uses: [],
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

function columnsOfJoin(look: Look, items: readonly Item[], using: readonly string[]): ScopeColumn[] | null {
  if (items.some(({ columns }) => columns === null)) return null;
  look.work.spend(2 * breadth(items));
  const all = items.flatMap((item) =>
    (item.columns ?? []).filter(({ hidden }) => !hidden).map((column) => ofJoin(item, column)),
  );
  const named = Map.groupBy(all, ({ name }) => name);
  const merged = using.map((name): ScopeColumn => {
    const both = named.get(name) ?? [];
    const type = both.every((column) => column.type === both[0]?.type) ? (both[0]?.type ?? ANY) : ANY;
    const origins = both.flatMap((column) => column.origins ?? []);
    return { name, type, secret: both.some(({ secret }) => secret), origins };
  });
  const others = new Set(using);
  return [...merged, ...all.filter(({ name }) => !others.has(name))];
}

/** Of a query's columns there is nothing to be told: what they show was read there. */
const ofJoin = (item: Item, column: ScopeColumn): ScopeColumn => ({ origins: [], ...withOrigins(item, column) });

/** `*` shows a merged column once: the right side's are hidden. */
function hideMerged(items: readonly Item[], right: readonly Item[], using: ReadonlySet<string>): Item[] {
  return items.map((item) => {
    if (!right.includes(item) || item.columns === null) return item;
    const columns = item.columns.map((column) => (using.has(column.name) ? { ...column, hidden: true } : column));
    return { ...item, columns };
  });
}
