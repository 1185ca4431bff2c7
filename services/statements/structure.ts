// Layer C: every node of a statement, without recursion, against the list of those understood.
import { isTree, STRUCTS, type TypedNode, unwrap } from './tree.ts';

/** Over these, a statement is refused before anything recursive sees it. */
export interface StructureLimits {
  depth: number;
  nodes: number;
  /** Of one text: each is decided and recorded before the first one runs. */
  statements: number;
}

export const DEFAULT_STRUCTURE_LIMITS: StructureLimits = { depth: 1_500, nodes: 200_000, statements: 500 };

export interface Structure {
  /** Names of node types that are not understood, and fields whose type is unknown. */
  unknown: string[];
  /** Nodes that name something: the meaning layer must have looked at each of them. */
  named: TypedNode[];
  nodes: number;
  over: 'depth' | 'nodes' | null;
}

/** Node types that are understood inside any statement; the statements themselves are in statement-kinds.ts. */
const UNDERSTOOD = new Set(
  `Integer Float Boolean String BitString List A_Const Alias RangeVar IntoClause GroupingFunc MergeSupportFunc
  NamedArgExpr BoolExpr SubLink CaseExpr CaseWhen RowExpr CoalesceExpr MinMaxExpr SQLValueFunction XmlExpr JsonFormat
  JsonReturning JsonValueExpr JsonIsPredicate JsonBehavior NullTest BooleanTest SetToDefault CurrentOfExpr
  JoinExpr TypeName ColumnRef ParamRef A_Expr TypeCast CollateClause RoleSpec FuncCall A_Star A_Indices A_Indirection
  A_ArrayExpr ResTarget MultiAssignRef SortBy WindowDef RangeSubselect RangeFunction RangeTableFunc RangeTableFuncCol
  RangeTableSample ColumnDef TableLikeClause IndexElem DefElem LockingClause XmlSerialize PartitionElem PartitionSpec
  PartitionBoundSpec PartitionRangeDatum PartitionCmd GroupingSet WithClause InferClause OnConflictClause
  CTESearchClause CTECycleClause CommonTableExpr MergeWhenClause ReturningOption ReturningClause TriggerTransition
  JsonOutput JsonArgument JsonFuncExpr JsonTablePathSpec JsonTable JsonTableColumn JsonKeyValue JsonParseExpr
  JsonScalarExpr JsonSerializeExpr JsonObjectConstructor JsonArrayConstructor JsonArrayQueryConstructor
  JsonAggConstructor JsonObjectAgg JsonArrayAgg AlterTableCmd ATAlterConstraint ReplicaIdentityStmt ObjectWithArgs
  AccessPriv Constraint CreateOpClassItem StatsElem FunctionParameter VacuumRelation PublicationTable
  PublicationObjSpec ReturnStmt`.split(/\s+/),
);

const NAMED = new Set([
  'RangeVar',
  'FuncCall',
  'A_Expr',
  'TypeName',
  'ColumnRef',
  'SubLink',
  'A_Indirection',
  'SortBy',
  'SelectStmt',
  'TypeCast',
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
  'JoinExpr',
  'RangeTableSample',
  'CommonTableExpr',
  'CaseExpr',
  'MinMaxExpr',
  'XmlSerialize',
  'JsonFuncExpr',
  'JsonTable',
  'ParamRef',
]);

/** Walks all of `root`. `isStatement` says which statement types may stand anywhere inside. */
export function walk(root: TypedNode, isStatement: (type: string) => boolean, limits: StructureLimits): Structure {
  const unknown = new Set<string>();
  const named: TypedNode[] = [];
  const stack: { type: string; value: unknown; depth: number }[] = [{ type: root.type, value: root.body, depth: 1 }];
  let nodes = 0;
  for (let item = stack.pop(); item; item = stack.pop()) {
    if (++nodes > limits.nodes) return { unknown: [...unknown], named, nodes, over: 'nodes' };
    if (item.depth > limits.depth) return { unknown: [...unknown], named, nodes, over: 'depth' };
    const { type, depth } = item;
    if (!isTree(item.value)) continue;
    if (!UNDERSTOOD.has(type) && !isStatement(type)) unknown.add(type);
    if (NAMED.has(type)) named.push({ type, body: item.value });
    for (const field in item.value) {
      const value = item.value[field];
      if (Array.isArray(value)) pushList(stack, unknown, value, `${type}.${field}`, depth + 1);
      else if (isTree(value)) pushField(stack, unknown, value, type, field, depth + 1);
    }
  }
  return { unknown: [...unknown], named, nodes, over: null };
}

type Stack = { type: string; value: unknown; depth: number }[];

function pushList(stack: Stack, unknown: Set<string>, items: unknown[], place: string, depth: number): void {
  for (const item of items) {
    const node = unwrap(item);
    if (node) stack.push({ type: node.type, value: node.body, depth });
    else if (!isTree(item) || Object.keys(item).length > 0) unknown.add(place);
  }
}

function pushField(
  stack: Stack,
  unknown: Set<string>,
  value: Record<string, unknown>,
  parent: string,
  field: string,
  depth: number,
): void {
  const node = unwrap(value);
  if (node) {
    stack.push({ type: node.type, value: node.body, depth });
    return;
  }
  for (const _ in value) {
    const type = STRUCTS.get(`${parent}.${field}`) ?? STRUCTS.get(field);
    if (type === undefined) unknown.add(`${parent}.${field}`);
    else stack.push({ type, value, depth });
    return;
  }
}
