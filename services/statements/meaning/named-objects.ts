// Statements that are not queries: the relations and functions that they name, without following their expressions.
import { classify } from '../classify.ts';
import type { RelationFact } from '../facts.ts';
import { remadeName } from '../remakes.ts';
import { isStatement } from '../statement-kinds.ts';
import type { Structure } from '../structure.ts';
import { list, strings, text, type Tree, type TypedNode, unwrap } from '../tree.ts';
import { missingFunction } from './calls.ts';
import { elsewhere } from './from.ts';
import type { Look } from './look.ts';
import type { Access } from './reach.ts';
import { wholeSchemas, withoutNames } from './without-names.ts';

const ACCESS: Readonly<Record<string, Access>> = { TruncateStmt: 'truncate', LockStmt: 'lock' };

/** They reach the children as well, where they do not say ONLY. */
const WITH_CHILDREN = new Set(['TruncateStmt', 'LockStmt', 'AlterTableStmt']);

/** What DROP and COMMENT name by a list of strings. */
const RELATIONS: Readonly<Record<string, RelationFact['kind']>> = {
  OBJECT_TABLE: 'table',
  OBJECT_VIEW: 'view',
  OBJECT_MATVIEW: 'materialized_view',
  OBJECT_FOREIGN_TABLE: 'foreign_table',
  OBJECT_SEQUENCE: 'sequence',
  OBJECT_INDEX: 'index',
};

/** What DROP and COMMENT name by a relation and a name of its own. */
const PARTS = new Set(['TRIGGER', 'RULE', 'POLICY', 'COLUMN', 'TABCONSTRAINT'].map((kind) => `OBJECT_${kind}`));

/** Each name on its own: a function counts with every candidate of its name, whatever its arguments. */
export function namesIn(look: Look, statement: TypedNode, structure: Structure): void {
  const access = ACCESS[statement.type] ?? 'ddl';
  // A column is renamed in the children as well, a table is not.
  const children = WITH_CHILDREN.has(statement.type) || statement.body.renameType === 'OBJECT_COLUMN';
  const referring = statement.type === 'TruncateStmt' && statement.body.behavior === 'DROP_CASCADE';
  // The walk finds the last first.
  for (const node of structure.named.toReversed()) {
    look.seen.add(node.body);
    if (node.type === 'RangeVar')
      relationNamed(look, node.body, access, { children: children && node.body.inh === true, referring });
    else if (node.type === 'FuncCall') functionNamed(look, node.body);
    // A query inside (CREATE RULE … DO, EXECUTE's parameters) counts with its own effects.
    else if (node.body !== statement.body && isStatement(node.type)) classify(node, look.mode, look.found);
  }
  for (const schema of wholeSchemas(statement)) look.reach.unnamed(schema, 'ddl', schema);
  if (withoutNames(statement)) look.reach.unnamed(null, 'ddl', 'CASCADE');
  const object = String(statement.body.removeType ?? statement.body.objtype ?? '');
  const kind = RELATIONS[object];
  const part = PARTS.has(object);
  if (kind === undefined && !part) return;
  const objects = statement.type === 'DropStmt' ? list(statement.body.objects) : [statement.body.object];
  for (const each of objects.map(unwrap)) {
    const path = strings(each?.body.items);
    if (part) path.pop();
    if (path.length > 0) relationNamed(look, { relname: path.at(-1), schemaname: path.at(-2) }, 'ddl', {}, kind);
  }
}

function relationNamed(
  look: Look,
  node: Tree,
  access: Access,
  reach: { children?: boolean; referring?: boolean },
  kind: RelationFact['kind'] = 'unknown',
): void {
  const name = text(node.relname);
  const schema = text(node.schemaname);
  const relations = look.names.relations(schema === '' ? [name] : [schema, name]);
  for (const relation of relations) {
    look.reach.relation(relation, access, { inherit: reach.children === true });
    if (reach.referring === true) look.reach.referring(relation, access);
  }
  if (relations.length > 0) {
    if (access !== 'ddl') elsewhere(look, node, access);
    return;
  }
  look.found.relation({ schema: schema || null, name, kind, access, via: null });
  // What does not exist may be about to be made.
  if (access !== 'ddl') look.found.missing(`relation "${name}"`, true);
}

function functionNamed(look: Look, node: Tree): void {
  const name = strings(node.funcname);
  const functions = look.names.functions(name);
  if (functions.length === 0 || remadeName(look.remade, name.at(-1) ?? '') === 'opaque') missingFunction(look, name);
  for (const { row } of functions) {
    if (look.reach.function(row.oid, true) === 'setting') look.found.floor.add('gateway_setting');
  }
}
