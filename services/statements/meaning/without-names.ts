// Statements that change relations which they do not name. Which those are is not looked up: the catalogue may have others by then.
import { list, strings, text, type TypedNode, unwrap } from '../tree.ts';

/** Of all relations in them, or all of a kind. */
export function wholeSchemas({ type, body }: TypedNode): string[] {
  if (type === 'GrantStmt')
    return body.targtype === 'ACL_TARGET_ALL_IN_SCHEMA' && GRANTED.has(String(body.objtype))
      ? strings(body.objects)
      : [];
  if (type === 'DropStmt' && body.removeType === 'OBJECT_SCHEMA') return strings(body.objects);
  // Another name of the schema is another name of each.
  if (type === 'RenameStmt' && body.renameType === 'OBJECT_SCHEMA') return [text(body.subname)];
  return [];
}

const GRANTED: ReadonlySet<string> = new Set(['OBJECT_TABLE', 'OBJECT_SEQUENCE']);

/** Whatever hangs on what they drop, or on what they take from a table or type; an extension has relations of its own. */
export function withoutNames({ type, body }: TypedNode): boolean {
  if (type === 'TruncateStmt' || type === 'GrantStmt') return false;
  if (type === 'AlterTableMoveAllStmt' || (type === 'DropStmt' && body.removeType === 'OBJECT_EXTENSION')) return true;
  const commands = list(body.cmds).map(unwrap);
  return [body, ...commands.map((command) => command?.body)].some((part) => part?.behavior === 'DROP_CASCADE');
}
