// Calls of functions: FuncCall nodes, and names that call one without looking like it.
import type { FunctionRow } from '../catalogue-rows.ts';
import { child, list, strings, text, type Tree, type TypedNode, unwrap } from '../tree.ts';
import { type Candidate, choose } from './choose.ts';
import { becomes } from './casts.ts';
import { used } from './columns.ts';
import { remadeName } from '../remakes.ts';
import { typeOf } from './expressions.ts';
import { type Look, once } from './look.ts';
import { sorted, windowed } from './ordering.ts';
import { compatible, returned } from './polymorphism.ts';
import type { Scope, ScopeColumn } from './scope.ts';
import { setConfig } from './set-config.ts';
import { TO_TEXT } from './reach.ts';
import { ANY, POLYMORPHIC, TYPE } from './types.ts';

export interface Call {
  /** Every function that could be meant. */
  functions: FunctionRow[];
  /** Type of the result; ANY where not sure. */
  returns: number;
  /** What OUT arguments or RETURNS TABLE give, where only one function can be meant. */
  columns: ScopeColumn[] | null;
}

type FunctionCandidate = Candidate & { row: FunctionRow };

interface Arguments {
  types: number[];
  /** Name of each argument that is given by name. */
  names: (string | null)[];
  /** VARIADIC before the last. */
  spread: boolean;
}

/** The call's arguments, filter, order and window are looked at as well. */
export function call(look: Look, node: Tree, scope: Scope): Call {
  look.seen.add(node);
  const name = strings(node.funcname);
  if (look.snapshot.version < 16 && node.funcformat === 'COERCE_SQL_SYNTAX' && name.at(-1) === 'system_user') {
    // A word of SQL's own only from 16 on; a column's name before.
    const column = scope.column('system_user', look.work);
    if (!column) look.found.missing('column "system_user"', true);
    return { functions: [], returns: column ? used(look, column) : ANY, columns: null };
  }
  // 16 made it SQL's own, and its old form the server's function; before it was looked up like any other name.
  if (name.join('.') === 'pg_catalog.json_object') olderCall(look, 'json_object', 16);
  const given = list(node.args).map(unwrap);
  const args: Arguments = { types: [], names: [], spread: node.func_variadic === true };
  for (const arg of given) {
    const named = arg?.type === 'NamedArgExpr';
    args.names.push(named ? text(arg.body.name) : null);
    args.types.push(arg ? typeOf(look, named ? child(arg, 'arg') : arg, scope) : ANY);
  }
  const order = list(node.agg_order).map((item) => sorted(look, unwrap(item), scope));
  if (node.agg_within_group === true) {
    for (const type of order) {
      args.types.push(type);
      args.names.push(null);
    }
  }
  if (node.agg_distinct === true) for (const type of args.types) look.values.compare(type);
  const whole: TypedNode = { type: 'FuncCall', body: node };
  becomes(look, child(whole, 'agg_filter'), scope, TYPE.bool);
  windowed(look, child(whole, 'over'), scope);
  const found = callNamed(look, name, args);
  if (found.columns && found.returns === TYPE.record) look.fields.set(node, found.columns);
  if (found.functions.some((fn) => fn.name === 'set_config')) setConfig(look, given, scope);
  return found;
}

/** Looks a name up as a function with these arguments. */
export function callNamed(look: Look, name: readonly string[], args: Arguments): Call {
  const key = `call ${JSON.stringify([name, args.types, args.names, args.spread])}`;
  return once(look, key, () => resolve(look, name, args));
}

function resolve(look: Look, name: readonly string[], args: Arguments): Call {
  const { names, types, reach, found } = look;
  const candidates = names.functions(name).flatMap(({ row, place }) => {
    const params = paramsFor(row, args);
    return params ? [{ row, place, params }] : [];
  });
  look.work.spend(candidates.length * (1 + args.types.length));
  const chosen = choose<FunctionCandidate>(types, candidates, args.types);
  const casts = args.types.length === 1 ? castsNamed(look, name, chosen, args.types[0] ?? ANY) : [];
  if (chosen.length === 0 && casts.length === 0) {
    const column = args.types.length === 1 && projects(look, args.types[0] ?? ANY, name);
    if (!column) missingFunction(look, name);
    return { functions: [], returns: ANY, columns: null };
  }
  if (remadeName(look.remade, name.at(-1) ?? '') === 'opaque') missingFunction(look, name);
  for (const { row, params } of chosen) {
    reach.function(row.oid, true);
    if (args.types.length < row.args.length) reach.defaults(row.oid);
    passed(look, args.types, params, row);
  }
  const returns = new Set([...chosen.map((each) => returned(types, each, args.types)), ...casts]);
  const [only] = returns;
  const type = returns.size === 1 && only !== undefined ? only : ANY;
  for (const each of returns) {
    look.values.make(each);
    look.values.output(each);
  }
  if (chosen.some(({ row }) => row.kind === 'p')) found.effects.add('dynamic');
  return { functions: chosen.map(({ row }) => row), returns: type, columns: columnsGiven(look, chosen, args.types) };
}

function columnsGiven(
  { types }: Look,
  [only, second]: readonly FunctionCandidate[],
  args: readonly number[],
): ScopeColumn[] | null {
  if (!only?.row.columns || second) return null;
  return only.row.columns.map(({ name, type }) => {
    if (POLYMORPHIC.has(type))
      return { name, type: returned(types, { row: { returns: type }, params: only.params }, args) };
    return { name, type: types.category(type) === 'P' ? ANY : type };
  });
}

/** What the target will refuse by itself when read; in write mode a function of this transaction may be meant. */
export function missingFunction({ found }: Look, name: readonly string[]): void {
  found.missing(`function "${name.join('.')}"`, true);
  const schema = name.length > 1 ? (name.at(-2) ?? null) : null;
  found.function({ schema, name: name.at(-1) ?? '', signature: null, volatility: 'unknown', vetted: false });
}

/** One type for each argument, or null when the function does not take so many or not by these names. */
function paramsFor(fn: FunctionRow, { types, names, spread }: Arguments): number[] | null {
  const count = types.length;
  const total = fn.args.length;
  if (names.some((name) => name !== null)) return paramsByName(fn, names);
  if (spread) return count === total && fn.variadic !== 0 ? [...fn.args] : null;
  if (
    count <= total &&
    count >= total - fn.defaults &&
    (fn.variadic === 0 || fn.variadic === TYPE.any || count < total)
  )
    return fn.args.slice(0, count);
  if (fn.variadic !== 0 && count >= total - 1 - fn.defaults) {
    return types.map((_, i) => (i < total - 1 ? (fn.args[i] ?? ANY) : fn.variadic));
  }
  return null;
}

function paramsByName(fn: FunctionRow, names: (string | null)[]): number[] | null {
  if (names.length > fn.args.length || !fn.argNames) return null;
  const params: number[] = [];
  for (const [i, name] of names.entries()) {
    const at = name === null ? i : fn.argNames.indexOf(name);
    const param = fn.args[at];
    if (param === undefined) return null;
    params.push(param);
  }
  return params;
}

/** Arguments become what the parameters are. `fn`: the function that takes them, where it is known. */
export function passed(
  look: Look,
  args: readonly number[],
  params: readonly number[],
  fn: FunctionRow | undefined,
): void {
  const { values } = look;
  compatible(look, args, params);
  literalsMade(look, args, params);
  for (const [i, param] of params.entries()) {
    const arg = args[i] ?? ANY;
    // A polymorphic function may compare or sort what it is given.
    if (POLYMORPHIC.has(param) || param === TYPE.any || param === TYPE.record) {
      values.compare(arg);
      if (!fn || POPULATES.test(fn.name)) values.literal(arg);
      if (!fn || fn.name.includes('json')) values.json(arg);
      if (!fn || TO_TEXT.has(fn.name)) values.cast(arg, TYPE.text, true);
    } else values.cast(arg, param);
    values.output(arg);
  }
}

/** JSON's functions that make a row of the type of their first argument, whether or not they give it back. */
const POPULATES = /^jsonb?_populate_record/;

/** A literal for anyarray, anyelement and their kin is made what the other arguments are: an array of a domain, its element. */
function literalsMade({ values, types }: Look, args: readonly number[], params: readonly number[]): void {
  const polymorphic = args.filter((_, i) => POLYMORPHIC.has(params[i] ?? ANY));
  // A parameter that stands in several places is a value of no known type here.
  if (!polymorphic.includes(TYPE.unknown) && !polymorphic.includes(ANY)) return;
  if (polymorphic.includes(TYPE.unknown) && polymorphic.includes(ANY)) values.literal(ANY);
  for (const type of polymorphic) for (const each of [type, types.element(type), types.array(type)]) values.make(each);
}

/** `typename(x)` may be a cast, where no function takes x as it is. */
function castsNamed(look: Look, name: readonly string[], chosen: FunctionCandidate[], arg: number): number[] {
  if (chosen.length > 0 && !chosen.some(({ params }) => params[0] !== arg)) return [];
  const possible = look.names.types(name);
  for (const type of possible) {
    look.values.cast(arg, type, true);
    look.values.output(type);
  }
  return possible;
}

/** `name(x)` is also how a column `name` of a row `x` can be written. */
function projects(look: Look, arg: number, name: readonly string[]): boolean {
  if (name.length > 1) return false;
  if (arg === ANY || arg === TYPE.record) return true;
  return columnsOf(look, arg)?.some((column) => column.name === name[0]) ?? false;
}

/** The columns of a composite type; null where it has none or they are not known yet. */
export function columnsOf(look: Look, type: number): { name: string; type: number }[] | null {
  const row = look.snapshot.typeByOid.get(look.types.base(type));
  const relation = row?.kind === 'c' ? row.relation : look.snapshot.relationByRowType.get(look.types.base(type))?.oid;
  return relation === undefined ? null : (look.reach.detail(relation)?.columns ?? null);
}

/** SQL's own syntax that an older server reads as a call of a function of that name. */
export function olderCall(look: Look, name: string, since: number): void {
  if (look.snapshot.version >= since) return;
  for (const { row } of look.names.functions([name])) look.reach.function(row.oid, true);
}
