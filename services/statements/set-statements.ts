// SET, RESET and SET TRANSACTION.
import type { Mechanics } from './analysis.ts';
import type { Findings } from './findings.ts';
import { isOff } from './options.ts';
import { isOwnSetting, judgeSetting, READ_ONLY } from './settings.ts';
import { fold } from './sql-characters.ts';
import { askedMode } from './transactions.ts';
import { child, constantText, list, text, type Tree, unwrap } from './tree.ts';

export function classifySet(body: Tree, mode: 'read' | 'write', found: Findings, own: readonly string[]): Mechanics {
  const kind = String(body.kind ?? 'VAR_SET_VALUE');
  if (kind === 'VAR_RESET_ALL') return { resetAll: true, searchPath: null };
  const name = fold(text(body.name));
  if (kind === 'VAR_SET_MULTI') return setTransaction(name, body, mode, found);
  found.flags.setting = name;
  const reset = kind === 'VAR_RESET' || kind === 'VAR_SET_DEFAULT';
  const value = reset ? null : kind === 'VAR_SET_VALUE' ? settingValue(name, list(body.args)) : undefined;
  const verdict = judgeSetting(name, value, mode, own);
  // Sent with who it is before it; the one SET that the gateway words itself, so its value must be one and plain to see.
  const renames = name === 'application_name' && typeof value === 'string' && list(body.args).length === 1;
  // In write mode a client that wants to read only may, and may leave it again: by SET, not for a function that a reader calls.
  const ownAffair = mode === 'write' && READ_ONLY.has(name);
  if (!verdict.allowed && !renames && !ownAffair) found.floor.add(verdict.floor);
  const local = body.is_local === true;
  const mechanics: Mechanics = { sets: { name, value, local } };
  if (READ_ONLY.has(name) && (value === null || isOff(value))) {
    mechanics.asReadOnly =
      kind === 'VAR_RESET' ? 'RESET default_transaction_read_only' : `SET ${local ? 'LOCAL ' : ''}${name} = on`;
  }
  if (isOwnSetting(name, own)) mechanics.setsOwn = [name];
  if (name === 'search_path') mechanics.searchPath = value ?? null;
  return mechanics;
}

/** The value as SHOW would print it for a list setting; as one text otherwise. */
function settingValue(name: string, args: unknown[]): string | undefined {
  const values = args.map((arg) => {
    const node = unwrap(arg);
    const constant = node?.type === 'TypeCast' ? child(node, 'arg') : node;
    return constant?.type === 'A_Const' ? constantText(constant.body) : undefined;
  });
  if (values.some((value) => value === undefined || value === null)) return undefined;
  const quote = (value: string) => (name === 'search_path' ? `"${value.replaceAll('"', '""')}"` : value);
  return values.map((value) => quote(value ?? '')).join(', ');
}

function setTransaction(name: string, body: Tree, mode: 'read' | 'write', found: Findings): Mechanics {
  if (name === 'transaction snapshot') return {};
  found.effects.add('transaction');
  const local = body.is_local === true ? 'LOCAL ' : '';
  const head =
    name === 'transaction' ? `SET ${local}TRANSACTION` : `SET ${local}SESSION CHARACTERISTICS AS TRANSACTION`;
  return askedMode(head, body.args, mode, found);
}
