// PostgreSQL's raw parse tree as libpg-query's JSON shows it.
//
// A node is wrapped: `{ "ColumnRef": { … } }`. A field of a fixed type is not: `larg: { … }`; its type is in STRUCTS.
// Absent fields have their zero value; an empty object is a NULL in a list, or a struct of zero values.

export interface Tree {
  [field: string]: unknown;
}

export interface TypedNode {
  type: string;
  body: Tree;
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `{ Name: body }` → `{ type: 'Name', body }`; null for anything else. */
export function unwrap(value: unknown): TypedNode | null {
  if (!isTree(value)) return null;
  for (const type in value) {
    const first = type.charCodeAt(0);
    const body = value[type];
    return first >= 65 && first <= 90 && isTree(body) ? { type, body } : null;
  }
  return null;
}

export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The strings of a list of String nodes; anything else in it becomes ''. */
export function strings(value: unknown): string[] {
  return list(value).map((item) => {
    const node = unwrap(item);
    return node?.type === 'String' ? text(node.body.sval) : '';
  });
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The value of an A_Const node's body as text; null for NULL. */
export function constantText(constant: Tree): string | null {
  if (constant.isnull === true) return null;
  if (isTree(constant.sval)) return text(constant.sval.sval);
  if (isTree(constant.ival)) return String(constant.ival.ival ?? 0);
  if (isTree(constant.fval)) return text(constant.fval.fval);
  if (isTree(constant.boolval)) return constant.boolval.boolval === true ? 'on' : 'off';
  if (isTree(constant.bsval)) return text(constant.bsval.bsval);
  return null;
}

/** Fields of a fixed type, as `Parent.field` where the field's name alone does not tell. */
export const STRUCTS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ival: 'Integer',
    fval: 'Float',
    boolval: 'Boolean',
    sval: 'String',
    bsval: 'BitString',
    alias: 'Alias',
    join_using_alias: 'Alias',
    rel: 'RangeVar',
    relation: 'RangeVar',
    identitySequence: 'RangeVar',
    pktable: 'RangeVar',
    table: 'RangeVar',
    constrrel: 'RangeVar',
    sequence: 'RangeVar',
    typevar: 'RangeVar',
    view: 'RangeVar',
    'PartitionCmd.name': 'RangeVar',
    typeName: 'TypeName',
    ofTypename: 'TypeName',
    datatype: 'TypeName',
    storedtype: 'TypeName',
    returnType: 'TypeName',
    argType: 'TypeName',
    sourcetype: 'TypeName',
    targettype: 'TypeName',
    type_name: 'TypeName',
    over: 'WindowDef',
    collClause: 'CollateClause',
    bound: 'PartitionBoundSpec',
    partbound: 'PartitionBoundSpec',
    partspec: 'PartitionSpec',
    infer: 'InferClause',
    search_clause: 'CTESearchClause',
    cycle_clause: 'CTECycleClause',
    format: 'JsonFormat',
    returning: 'JsonReturning',
    on_empty: 'JsonBehavior',
    on_error: 'JsonBehavior',
    'JsonArgument.val': 'JsonValueExpr',
    context_item: 'JsonValueExpr',
    output: 'JsonOutput',
    pathspec: 'JsonTablePathSpec',
    'JsonKeyValue.value': 'JsonValueExpr',
    'JsonParseExpr.expr': 'JsonValueExpr',
    'JsonSerializeExpr.expr': 'JsonValueExpr',
    constructor: 'JsonAggConstructor',
    'JsonObjectAgg.arg': 'JsonKeyValue',
    'JsonArrayAgg.arg': 'JsonValueExpr',
    'PLAssignStmt.val': 'SelectStmt',
    onConflictClause: 'OnConflictClause',
    returningClause: 'ReturningClause',
    withClause: 'WithClause',
    intoClause: 'IntoClause',
    into: 'IntoClause',
    larg: 'SelectStmt',
    rarg: 'SelectStmt',
    authrole: 'RoleSpec',
    newowner: 'RoleSpec',
    grantor: 'RoleSpec',
    owner: 'RoleSpec',
    user: 'RoleSpec',
    role: 'RoleSpec',
    newrole: 'RoleSpec',
    'AlterDefaultPrivilegesStmt.action': 'GrantStmt',
    base: 'CreateStmt',
    setstmt: 'VariableSetStmt',
    func: 'ObjectWithArgs',
    opername: 'ObjectWithArgs',
    fromsql: 'ObjectWithArgs',
    tosql: 'ObjectWithArgs',
    'CreateOpClassItem.name': 'ObjectWithArgs',
    funccall: 'FuncCall',
    extname: 'String',
    pubtable: 'PublicationTable',
  }),
);

/** The node or struct in a field of `parent`; null when there is none. Throws UnknownNode for a struct not in the list. */
export function child(parent: TypedNode, field: string): TypedNode | null {
  const value = parent.body[field];
  if (!isTree(value)) return null;
  const wrapped = unwrap(value);
  if (wrapped) return wrapped;
  for (const _ in value) {
    const type = STRUCTS.get(`${parent.type}.${field}`) ?? STRUCTS.get(field);
    if (type === undefined) throw new UnknownNode(`${parent.type}.${field}`);
    return { type, body: value };
  }
  return null;
}

/** A part of the tree that this code does not know: the statement is refused. */
export class UnknownNode extends Error {}
