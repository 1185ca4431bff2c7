// Recognises the in-band commands from the parse tree, exactly as docs/design.md says (in-band commands), and finds them where they hide.
import type { CommandArgument, InBandCommand } from '../contract/commands.ts';
import * as parameters from '../contract/parameters.ts';
import type { RawStatement } from './parser/parse.ts';
import type { Structure } from './structure.ts';
import { fold } from './sql-characters.ts';
import { child, constantText, isTree, list, strings, text, type Tree, type TypedNode, unwrap } from './tree.ts';

const COMMANDS = new Set(['sudo', 'unsudo', 'sudo_status']);
const SHOWN = new Set<string>(Object.values(parameters));

/** The command, if the text is exactly one: a single SELECT of that one call with constants or parameters, or its SHOW. */
export function inBandCommand(statements: RawStatement[]): InBandCommand | null {
  const [only, second] = statements;
  if (!only || second) return null;
  const { type, body } = only.node;
  if (type === 'VariableShowStmt') {
    const parameter = fold(text(body.name));
    return SHOWN.has(parameter) ? { name: 'show', parameter } : null;
  }
  if (type !== 'SelectStmt' || !hasOnly(body, ['targetList', 'limitOption', 'op'])) return null;
  if (body.op !== 'SETOP_NONE' || body.limitOption !== 'LIMIT_OPTION_DEFAULT') return null;
  const [target, other] = list(body.targetList).map(unwrap);
  if (!target || other !== undefined || target.type !== 'ResTarget' || !hasOnly(target.body, ['val', 'location']))
    return null;
  const call = child(target, 'val');
  if (call?.type !== 'FuncCall' || !hasOnly(call.body, ['funcname', 'args', 'funcformat', 'location'])) return null;
  if (call.body.funcformat !== 'COERCE_EXPLICIT_CALL') return null;
  return command(call);
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

function command(call: TypedNode): InBandCommand | null {
  const name = commandName(call.body);
  const values = list(call.body.args).map((value) => argument(unwrap(value)));
  if (name === 'unsudo' || name === 'sudo_status') return values.length === 0 ? { name } : null;
  const [reason, duration, more] = values;
  if (name !== 'sudo' || reason === null || duration === null || more !== undefined) return null;
  // `sudo()` is a sudo without a reason: the session says so, rather than "not alone".
  return { name, reason: reason ?? { literal: null }, duration: duration ?? null };
}

const TEXT_TYPES = new Set(['text', 'varchar', 'unknown', 'interval']);

/** A literal or a parameter, perhaps cast to a text type as some drivers write it; null for anything else. */
function argument(value: TypedNode | null): CommandArgument | null {
  if (value?.type === 'A_Const') return { literal: constantText(value.body) };
  if (value?.type === 'ParamRef') return { parameter: Number(value.body.number ?? 0) };
  if (value?.type !== 'TypeCast' || !isTree(value.body.typeName)) return null;
  const names = strings(value.body.typeName.names);
  const plain = !value.body.typeName.arrayBounds && TEXT_TYPES.has(names.at(-1) ?? '');
  const inner = child(value, 'arg');
  return plain && inner?.type !== 'TypeCast' && (names.length === 1 || names[0] === 'pg_catalog')
    ? argument(inner)
    : null;
}

function hasOnly(body: Tree, fields: string[]): boolean {
  return Object.keys(body).every((field) => fields.includes(field));
}
