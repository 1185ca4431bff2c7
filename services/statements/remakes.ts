// The names whose meaning a statement changes: until its transaction ends, the catalogue as others see it does not show that.
import { isTree, list, strings, text, type Tree, type TypedNode, unwrap } from './tree.ts';

/** Names without their schemas: for the same name, another path may lead to another thing. */
export interface Remakes {
  /** Now they mean another relation, or none. */
  moved: readonly string[];
  /** What is done by these is not known: a view, a rule, what inherits, a function, an operator, a type. */
  opaque: readonly string[];
}

/** Of a transaction. */
export interface Remade {
  /** Another one with each addition. */
  id: number;
  moved: Set<string>;
  opaque: Set<string>;
  /** What names that are not among them are: a schema was moved, or there were too many to be held. */
  others: 'moved' | 'opaque' | null;
}

const MOST_NAMES = 10_000;
/** Of a schema that was renamed or dropped: whatever is in it. */
const ANY_NAME = '*';

let ids = 0;

/** `before` with these, which is not to be used any more: its names are not copied each time. */
export function remadeBy(before: Remade | null, { moved, opaque }: Remakes): Remade {
  const after = before ?? { id: 0, moved: new Set(), opaque: new Set(), others: null };
  for (const name of moved) after.moved.add(name);
  for (const name of opaque) after.opaque.add(name);
  const tooMany = after.moved.size + after.opaque.size > MOST_NAMES;
  const others = tooMany ? 'opaque' : after.moved.has(ANY_NAME) ? (after.others ?? 'moved') : after.others;
  return { ...after, id: ++ids, others, ...(tooMany && { moved: new Set<string>(), opaque: new Set<string>() }) };
}

/** To be added to while a text is analysed that may never be sent. */
export function copyOf(remade: Remade | null): Remade | null {
  return remade && { ...remade, moved: new Set(remade.moved), opaque: new Set(remade.opaque) };
}

type Named = (body: Tree) => unknown;
const relation = (value: unknown) => text((value as Tree | undefined)?.relname);
const last = (value: unknown) => strings(value).at(-1);
const objects = (value: unknown) => {
  const node = unwrap(value);
  if (node?.type === 'List') return last(node.body.items);
  if (node?.type === 'ObjectWithArgs') return last(node.body.objname);
  return node?.type === 'TypeName' ? last(node.body.names) : text(node?.body.sval);
};

const MOVED: Readonly<Record<string, Named>> = {
  CreateStmt: (body) => relation(body.relation),
  CreateForeignTableStmt: (body) => relation((body.base as Tree | undefined)?.relation ?? body.relation),
  CreateTableAsStmt: (body) => relation((body.into as Tree | undefined)?.rel),
  SelectStmt: (body) => relation((body.intoClause as Tree | undefined)?.rel),
  CreateSeqStmt: (body) => relation(body.sequence),
  RenameStmt: (body) => (RELATIONS.has(String(body.renameType)) ? [body.newname, relation(body.relation)] : ''),
  DropStmt: (body) => list(body.objects).map(objects),
};

const OPAQUE: Readonly<Record<string, Named>> = {
  ViewStmt: (body) => relation(body.view),
  RuleStmt: (body) => relation(body.relation),
  CreateStmt: (body) => (list(body.inhRelations).length > 0 ? relation(body.relation) : ''),
  AlterTableStmt: inherits,
  CompositeTypeStmt: (body) => relation(body.typevar),
  CreateEnumStmt: (body) => last(body.typeName),
  CreateRangeStmt: (body) => last(body.typeName),
  CreateDomainStmt: (body) => last(body.domainname),
  AlterDomainStmt: (body) => last(body.typeName),
  CreateFunctionStmt: (body) => last(body.funcname),
  AlterFunctionStmt: (body) => last((body.func as Tree | undefined)?.objname),
  DefineStmt: (body) => last(body.defnames),
  RenameStmt: (body) => (body.relation === undefined ? body.newname : ''),
  AlterObjectSchemaStmt: (body) => relation(body.relation) || objects(body.object),
};

/** What is a relation when it is renamed; by ALTER TABLE a view may be as well. */
const RELATIONS = new Set(
  ['TABLE', 'VIEW', 'MATVIEW', 'SEQUENCE', 'FOREIGN_TABLE', 'INDEX'].map((kind) => `OBJECT_${kind}`),
);

const INHERITS = new Set(['AT_AddInherit', 'AT_DropInherit', 'AT_AttachPartition', 'AT_DetachPartition']);

function inherits(body: Tree): string[] {
  const commands = list(body.cmds).flatMap((command) => unwrap(command) ?? []);
  return commands
    .filter(({ body: command }) => INHERITS.has(String(command.subtype)))
    .flatMap(({ body: command }) => {
      const def = unwrap(command.def);
      return [relation(body.relation), relation(def?.type === 'RangeVar' ? def.body : def?.body.name)];
    });
}

const SCHEMA = 'OBJECT_SCHEMA';

/** What has become of a name in this transaction. */
export function remadeName(remade: Remade | null, name: string): 'moved' | 'opaque' | null {
  if (!remade) return null;
  if (remade.opaque.has(name)) return 'opaque';
  return remade.moved.has(name) ? 'moved' : remade.others;
}

/** Null where it changes the meaning of no name. `isView`: of a relation's node. */
export function remakes(statement: TypedNode, isView: (relation: Tree) => boolean): Remakes | null {
  const { type, body } = statement;
  const moved = named(MOVED[type]?.(body));
  const opaque = named(OPAQUE[type]?.(body));
  if (type === 'RenameStmt' && isTree(body.relation) && isView(body.relation)) opaque.push(...moved);
  for (const element of type === 'CreateSchemaStmt' ? list(body.schemaElts) : []) {
    const inner = unwrap(element);
    const found = inner && remakes(inner, isView);
    if (found) {
      moved.push(...found.moved);
      opaque.push(...found.opaque);
    }
  }
  if (body.renameType === SCHEMA || body.removeType === SCHEMA) moved.push(ANY_NAME);
  return moved.length + opaque.length === 0 ? null : { moved, opaque };
}

const named = (names: unknown): string[] =>
  (Array.isArray(names) ? names : [names]).filter((name): name is string => typeof name === 'string' && name !== '');
