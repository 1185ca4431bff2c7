// Recognises the in-band commands from the parse tree, by the grammar in contract/commands.ts, and finds them where they hide.
import type { CommandArgument, InBandCommand, SudoOption } from '../contract/commands.ts';
import * as parameters from '../contract/parameters.ts';
import type { RawStatement } from './parser/parse.ts';
import type { Structure } from './structure.ts';
import { fold } from './sql-characters.ts';
import { child, constantText, isTree, list, strings, text, type Tree, type TypedNode, unwrap } from './tree.ts';

const COMMANDS = new Set(['sudo', 'unsudo', 'sudo_status']);
const SHOWN = new Set<string>(Object.values(parameters));

/** The command, if the text is exactly one, by the grammar in contract/commands.ts. */
export function inBandCommand(statements: RawStatement[]): InBandCommand | null {
  const [only, second] = statements;
  if (!only || second) return null;
  const { type, body } = only.node;
  if (type === 'VariableShowStmt') {
    const parameter = fold(text(body.name));
    return SHOWN.has(parameter) ? { name: 'show', parameter } : null;
  }
  return selected(only.node, MOST_WRAPPERS);
}

/** Queries around the call. */
const MOST_WRAPPERS = 4;
const SELECT_FIELDS = ['targetList', 'fromClause', 'limitOption', 'limitCount', 'op'];

function selected(node: TypedNode, wrappers: number): InBandCommand | null {
  const { type, body } = node;
  if (type !== 'SelectStmt' || !hasOnly(body, SELECT_FIELDS) || body.op !== 'SETOP_NONE' || !limited(node)) return null;
  const [target, other] = list(body.targetList).map(unwrap);
  if (!target || other !== undefined || target.type !== 'ResTarget') return null;
  const value = child(target, 'val');
  if (body.fromClause === undefined) {
    if (!hasOnly(target.body, ['name', 'val', 'location'])) return null;
    return value && command(value, text(target.body.name));
  }
  const [from, another] = list(body.fromClause).map(unwrap);
  if (!from || another !== undefined || !isStar(value) || !hasOnly(target.body, ['val', 'location'])) return null;
  const alias = child(from, 'alias');
  const [column, more] = strings(alias?.body.colnames);
  if (more !== undefined) return null;
  if (from.type === 'RangeSubselect') {
    if (wrappers === 0 || !hasOnly(from.body, ['subquery', 'alias'])) return null;
    const inner = child(from, 'subquery');
    const found = inner && selected(inner, wrappers - 1);
    return found && column !== undefined && found.name !== 'show' ? { ...found, column } : found;
  }
  if (from.type !== 'RangeFunction' || !hasOnly(from.body, ['functions', 'alias', 'is_rowsfrom'])) return null;
  if (from.body.is_rowsfrom === true) return null;
  const [item, further] = list(from.body.functions).map(unwrap);
  const [call] = list(item?.body.items).map(unwrap);
  if (further !== undefined || !call) return null;
  return command(call, column ?? text(alias?.body.aliasname));
}

/** No LIMIT, or one of at least one row, as tools put it around what they send. */
function limited({ body }: TypedNode): boolean {
  if (body.limitOption === 'LIMIT_OPTION_DEFAULT') return body.limitCount === undefined;
  const count = unwrap(body.limitCount);
  if (body.limitOption !== 'LIMIT_OPTION_COUNT' || count?.type !== 'A_Const') return false;
  return isTree(count.body.ival) ? Number(count.body.ival.ival ?? 0) > 0 : count.body.isnull === true;
}

function isStar(value: TypedNode | null): boolean {
  const [only, other] = value?.type === 'ColumnRef' ? list(value.body.fields).map(unwrap) : [];
  return only?.type === 'A_Star' && other === undefined;
}

/** The name of an in-band command that stands somewhere in a statement as an unqualified call, or as a SHOW. */
export function hiddenCommand(node: TypedNode, structure: Structure): string | null {
  if (node.type === 'VariableShowStmt' && SHOWN.has(fold(text(node.body.name)))) return text(node.body.name);
  for (const { type, body } of structure.named) {
    const name = type === 'FuncCall' ? commandName(body) : null;
    if (name !== null) return name;
  }
  return null;
}

function commandName(call: Tree): string | null {
  const [name, qualified] = strings(call.funcname);
  return name !== undefined && qualified === undefined && COMMANDS.has(name) ? name : null;
}

/** `as`: what its column is called; '' for the call's own name. */
function command(call: TypedNode, as: string): InBandCommand | null {
  if (call.type !== 'FuncCall' || !hasOnly(call.body, ['funcname', 'args', 'funcformat', 'location'])) return null;
  if (call.body.funcformat !== 'COERCE_EXPLICIT_CALL') return null;
  const name = commandName(call.body);
  if (name === null) return null;
  const column = as === '' ? name : as;
  const args = list(call.body.args).map(unwrap);
  if (name !== 'sudo') return args.length === 0 ? { name: name as 'unsudo' | 'sudo_status', column } : null;
  let reason: CommandArgument | null = null;
  const options: SudoOption[] = [];
  for (const [n, each] of args.entries()) {
    const named = each?.type === 'NamedArgExpr' ? each : null;
    const role = named ? ROLES[text(named.body.name)] : n === 0 ? 'reason' : null;
    const value = argument(named ? child(named, 'arg') : each);
    if (role === undefined || value === null) return null;
    if (role !== 'reason') options.push({ is: role, value });
    else if (reason) return null;
    else reason = value;
  }
  if (options.length > 3) return null;
  // `sudo()` is a sudo without a reason: the session says so, rather than "not alone".
  return { name, reason: reason ?? { literal: null }, options, column };
}

/** The names of its arguments. */
const ROLES: Record<string, 'reason' | 'time' | 'scope' | undefined> = Object.assign(Object.create(null), {
  reason: 'reason',
  duration: 'time',
  scope: 'scope',
});

const TEXT_TYPES = new Set(['text', 'varchar', 'unknown', 'interval']);

/** A literal or a parameter, perhaps cast to a text type or an interval as some drivers write it; null for anything else. */
function argument(value: TypedNode | null): CommandArgument | null {
  if (value?.type === 'A_Const') return { literal: constantText(value.body) };
  if (value?.type === 'ParamRef') return { parameter: Number(value.body.number ?? 0) };
  const type = value?.type === 'TypeCast' ? child(value, 'typeName') : null;
  const inner = value && type && child(value, 'arg');
  if (!type || !inner || inner.type === 'TypeCast' || type.body.arrayBounds !== undefined) return null;
  const names = strings(type.body.names);
  const name = names.at(-1) ?? '';
  if (!TEXT_TYPES.has(name) || !(names.length === 1 || names[0] === 'pg_catalog')) return null;
  const found = argument(inner);
  if (!found || name !== 'interval') return found;
  const unit = intervalUnit(list(type.body.typmods).map(unwrap));
  if (unit === null) return null;
  if ('parameter' in found) return unit === '' ? { ...found, interval: true } : null;
  return unit === '' || found.literal === null ? found : { literal: `${found.literal} ${unit}` };
}

/** PostgreSQL's INTERVAL_MASK of one field, and of all. */
const FIELDS: Record<number, string | undefined> = {
  8: 'day',
  1024: 'hour',
  2048: 'minute',
  4096: 'second',
  32767: '',
};

/** `INTERVAL '5' MINUTE`: what a bare number counts; '' where it says none, null where it says something else. */
function intervalUnit([fields]: (TypedNode | null)[]): string | null {
  if (fields === undefined) return '';
  const mask = fields?.type === 'A_Const' && isTree(fields.body.ival) ? Number(fields.body.ival.ival ?? 0) : -1;
  return FIELDS[mask] ?? null;
}

function hasOnly(body: Tree, fields: string[]): boolean {
  return Object.keys(body).every((field) => fields.includes(field));
}
