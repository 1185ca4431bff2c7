import { isOff } from '../options.ts';
import { isOwnSetting, judgeSetting, READ_ONLY } from '../settings.ts';
import { fold } from '../sql-characters.ts';
import { child, constantText, list, strings, text, type TypedNode, unwrap } from '../tree.ts';
import type { Look } from './look.ts';
import type { Scope } from './scope.ts';
import { TYPE } from './types.ts';

/** set_config is a SET: its name and value must be plain to see. */
export function setConfig(look: Look, args: (TypedNode | null)[], scope: Scope): void {
  const { mechanics, found, mode, ownSettings } = look;
  found.effects.add('session');
  const [first = null, ...others] = args;
  const [value, local] = others.map((arg) => literal(look, arg));
  const column = first?.type === 'ColumnRef' ? strings(first.body.fields) : [];
  const name = column.length === 1 ? scope.bound.get(column[0] ?? '') : literal(look, first);
  const floor = mode === 'read' ? 'setting_in_read' : 'gateway_setting';
  if (args.length !== 3 || typeof name !== 'string') {
    found.floor.add(floor);
    return;
  }
  const setting = fold(name);
  const verdict = judgeSetting(setting, value, mode, ownSettings);
  // As by SET: in write mode a client that wants to read only may, and may leave it again.
  const ownAffair = mode === 'write' && READ_ONLY.has(setting);
  if (!verdict.allowed && !ownAffair) found.floor.add(verdict.floor);
  // The session bounds one setting of a statement.
  if (mechanics.sets && setting.endsWith('_timeout')) found.floor.add(floor);
  if (!mechanics.sets || setting.endsWith('_timeout')) {
    mechanics.sets = { name: setting, value, local: local === 'on' || local === 'true' || local === 't' };
  }
  if (isOwnSetting(setting, ownSettings)) mechanics.setsOwn = [...(mechanics.setsOwn ?? []), setting];
  if (setting === 'search_path') mechanics.searchPath = null;
}

const QUIET = new Set(['targetList', 'limitOption', 'op']);

/**
 * Of `SELECT set_config('transaction_read_only', 'off', false)` and its like, all of it plain to see and nothing beside it: the same
 * with 'on'. Undefined for anything else.
 */
export function setConfigAsReadOnly({ type, body }: TypedNode): string | undefined {
  if (type !== 'SelectStmt' || Object.keys(body).some((field) => !QUIET.has(field))) return undefined;
  const [target, another] = list(body.targetList).map(unwrap);
  const call = target && child(target, 'val');
  if (another || call?.type !== 'FuncCall') return undefined;
  if (Object.keys(call.body).some((field) => !['funcname', 'args', 'funcformat', 'location'].includes(field)))
    return undefined;
  const path = strings(call.body.funcname);
  const [name, value, local, more] = list(call.body.args).map((arg) => constant(unwrap(arg)));
  const known = path.at(-1) === 'set_config' && (path.length === 1 || (path.length === 2 && path[0] === 'pg_catalog'));
  if (!known || more !== undefined || typeof name !== 'string' || typeof local !== 'string') return undefined;
  const setting = fold(name);
  if (!READ_ONLY.has(setting) || value === undefined || !(value === null || isOff(value))) return undefined;
  const as = text(target?.body.name);
  const alias = as === '' ? '' : ` AS "${as.replaceAll('"', '""')}"`;
  return `SELECT ${path.join('.')}('${setting}', 'on', ${isOff(local) ? 'false' : 'true'})${alias}`;
}

/** Of a constant, or one cast to a type of a single, plain name: which type it is, is seen when it is looked up. */
function constant(node: TypedNode | null): string | null | undefined {
  if (node?.type === 'TypeCast') return constant(child(node, 'arg'));
  return node?.type === 'A_Const' ? constantText(node.body) : undefined;
}

/**
 * What `name` is in `SELECT … FROM pg_settings WHERE name = 'x'`: pg_dump sets a setting in this way where the server has
 * it. Only the server's own view and comparison of texts are taken at their word; in write mode the text itself may put
 * others in their place.
 */
export function settingSelected(look: Look, { body }: TypedNode, outer: Scope): Map<string, string> {
  const { names, work, mode } = look;
  if (mode === 'write') return new Map();
  const [from, another] = list(body.fromClause).map(unwrap);
  const where = unwrap(body.whereClause);
  if (from?.type !== 'RangeVar' || another || child(from, 'alias') || where?.type !== 'A_Expr') return new Map();
  const path = [text(from.body.schemaname), text(from.body.relname)].filter((part) => part !== '');
  const [relation, other] = names.relations(path);
  if (path.length === 1 && outer.cte(path[0] ?? '', work)) return new Map();
  if (other || relation?.schema !== 'pg_catalog' || relation.name !== 'pg_settings') return new Map();
  const left = child(where, 'lexpr');
  const value = literal(look, child(where, 'rexpr'));
  const compares = where.body.kind === 'AEXPR_OP' && strings(where.body.name).join('.') === '=';
  const own = names
    .operators(['='])
    .some(({ row }) => row.left === TYPE.text && row.right === TYPE.text && row.schema !== 'pg_catalog');
  const named = left?.type === 'ColumnRef' && strings(left.body.fields).join('.') === 'name';
  return names.certain && compares && !own && named && typeof value === 'string'
    ? new Map([['name', value]])
    : new Map();
}

/** The text of a constant; undefined when it is not one. Only a cast that leaves it as it is written is looked through. */
function literal(look: Look, node: TypedNode | null): string | null | undefined {
  if (node?.type === 'A_Const') return constantText(node.body);
  const name = node?.type === 'TypeCast' ? child(node, 'typeName') : null;
  if (!node || !name || name.body.typmods !== undefined || name.body.arrayBounds !== undefined) return undefined;
  const path = strings(name.body.names);
  // In write mode the text itself may make a type of that name.
  if (look.mode === 'write' && path[0] !== 'pg_catalog') return undefined;
  const [only, other] = look.names.types(path);
  if (other !== undefined || (only !== TYPE.text && only !== TYPE.bool)) return undefined;
  return literal(look, child(node, 'arg'));
}
