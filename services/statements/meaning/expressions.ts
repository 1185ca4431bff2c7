// The type of an expression, and on the way everything that evaluating it reaches.
import { child, isTree, list, strings, text, type Tree, type TypedNode, unwrap } from '../tree.ts';
import { call, callNamed, columnsOf, olderCall } from './calls.ts';
import { becomes, cast, coerced, defaulted } from './casts.ts';
import { columnReference } from './columns.ts';
import { type Look, typeNamed } from './look.ts';
import { compareNodes, operate, operation } from './operators.ts';
import { windowed } from './ordering.ts';
import { query } from './queries.ts';
import type { Scope, ScopeColumn } from './scope.ts';
import { ANY, TYPE } from './types.ts';

type Typing = (look: Look, node: TypedNode, scope: Scope) => number;

/** The type of `node`'s value (ANY where not sure). Looks at all of it, once. */
export function typeOf(look: Look, node: TypedNode | null, scope: Scope): number {
  if (!node) return ANY;
  look.work.spend(1);
  const known = look.typed.get(node.body);
  if (known !== undefined) return known;
  look.seen.add(node.body);
  const type = (TYPINGS[node.type] ?? parts)(look, node, scope);
  look.typed.set(node.body, type);
  return type;
}

/** Looks at every expression inside, for nodes whose own type does not matter. */
const parts: Typing = (look, node, scope) => {
  for (const field in node.body) {
    const value = node.body[field];
    if (Array.isArray(value)) for (const item of value) typeOf(look, unwrap(item), scope);
    else if (isTree(value)) typeOf(look, child(node, field), scope);
  }
  return ANY;
};

const partsThen =
  (type: number): Typing =>
  (look, node, scope) => {
    parts(look, node, scope);
    return type;
  };

/** Several values of which one is taken. */
function oneOf(look: Look, types: readonly number[]): number {
  const common = look.types.common(types);
  for (const type of types) look.values.cast(type, common);
  return common;
}

const typesOf = (look: Look, items: unknown, scope: Scope) =>
  list(items).map((item) => typeOf(look, unwrap(item), scope));

const VALUE_TYPES: Readonly<Record<string, number>> = {
  SVFOP_CURRENT_DATE: TYPE.date,
  SVFOP_CURRENT_TIME: TYPE.timetz,
  SVFOP_CURRENT_TIME_N: TYPE.timetz,
  SVFOP_CURRENT_TIMESTAMP: TYPE.timestamptz,
  SVFOP_CURRENT_TIMESTAMP_N: TYPE.timestamptz,
  SVFOP_LOCALTIME: TYPE.time,
  SVFOP_LOCALTIME_N: TYPE.time,
  SVFOP_LOCALTIMESTAMP: TYPE.timestamp,
  SVFOP_LOCALTIMESTAMP_N: TYPE.timestamp,
};

function constantType(constant: Tree): number {
  if (constant.isnull === true || isTree(constant.sval)) return TYPE.unknown;
  if (isTree(constant.ival)) return TYPE.int4;
  if (isTree(constant.boolval)) return TYPE.bool;
  if (isTree(constant.bsval)) return TYPE.bit;
  if (!isTree(constant.fval)) return ANY;
  // A whole number too large for int4, in whatever notation.
  try {
    const value = BigInt(text(constant.fval.fval).replaceAll('_', ''));
    return value < 2n ** 63n && value >= -(2n ** 63n) ? TYPE.int8 : TYPE.numeric;
  } catch {
    return TYPE.numeric;
  }
}

function indirection(look: Look, node: TypedNode, scope: Scope): number {
  const arg = child(node, 'arg');
  let type = typeOf(look, arg, scope);
  let fields = arg ? look.fields.get(arg.body) : undefined;
  let sliced = false;
  for (const step of list(node.body.indirection).map(unwrap)) {
    if (step?.type === 'A_Indices') {
      typeOf(look, step, scope);
      const element = look.types.element(type);
      sliced ||= step.body.is_slice === true;
      type = sliced ? (element === 0 ? ANY : look.types.base(type)) : element || ANY;
    } else if (step?.type === 'String') {
      type = attribute(look, type, text(step.body.sval), fields);
    }
    fields = undefined;
  }
  return type;
}

/** `value.name`: a field of a row, or a function called in attribute notation. `fields`: of a row without a name of its own. */
export function attribute(look: Look, type: number, name: string, fields?: readonly ScopeColumn[]): number {
  const columns = type === TYPE.record ? fields : type === ANY ? null : columnsOf(look, type);
  const column = columns?.find((each) => each.name === name);
  if (column) {
    look.values.output(column.type);
    return column.type;
  }
  if (columns && look.names.functions([name]).length === 0) {
    look.found.missing(`column "${name}"`, true);
    return ANY;
  }
  const opaque = type === ANY || type === TYPE.record || (!columns && look.types.composite(type));
  if (opaque && look.names.functions([name]).length === 0) return ANY;
  // Not a row: PostgreSQL looks for a function all the same.
  const found = callNamed(look, [name], { types: [type], names: [null], spread: false });
  return opaque ? ANY : found.returns;
}

function subquery(look: Look, node: TypedNode, scope: Scope): number {
  const columns = query(look, child(node, 'subselect'), scope);
  const only = columns?.length === 1 ? (columns[0]?.type ?? ANY) : ANY;
  const kind = String(node.body.subLinkType ?? 'EXISTS_SUBLINK');
  switch (kind) {
    case 'EXISTS_SUBLINK':
      return TYPE.bool;
    case 'ARRAY_SUBLINK':
      return look.types.array(only === TYPE.unknown ? TYPE.text : only);
    case 'EXPR_SUBLINK':
      return only === TYPE.unknown ? TYPE.text : only;
    case 'ANY_SUBLINK':
    case 'ALL_SUBLINK': {
      const test = child(node, 'testexpr');
      const name = strings(node.body.operName);
      const operator = name.length > 0 ? name : ['='];
      const sides = test?.type === 'RowExpr' ? list(test.body.args).map(unwrap) : [test];
      if (test) look.seen.add(test.body);
      for (const [i, side] of sides.entries())
        operate(look, operator, typeOf(look, side, scope), columns?.[i]?.type ?? ANY);
      return TYPE.bool;
    }
    default:
      typeOf(look, child(node, 'testexpr'), scope);
      return ANY;
  }
}

function caseOf(look: Look, node: TypedNode, scope: Scope): number {
  const tested = child(node, 'arg');
  const results: number[] = [];
  for (const when of list(node.body.args).map(unwrap)) {
    if (!when) continue;
    look.seen.add(when.body);
    const condition = child(when, 'expr');
    if (tested) compareNodes(look, ['='], tested, condition, scope);
    else becomes(look, condition, scope, TYPE.bool);
    results.push(typeOf(look, child(when, 'result'), scope));
  }
  const fallback = child(node, 'defresult');
  if (fallback) results.push(typeOf(look, fallback, scope));
  return oneOf(look, results);
}

/** JSON's SQL syntax, which an older server may read as a call of a user's function. */
const json =
  (name: string, since: number, type: number = ANY): Typing =>
  (look, node, scope) => {
    olderCall(look, name, since);
    return partsThen(type)(look, node, scope);
  };

/** Where no RETURNING says another. */
const JSON_RESULTS: Readonly<Record<string, number>> = {
  json_exists: TYPE.bool,
  json_value: TYPE.text,
  json_query: TYPE.jsonb,
};

const TYPINGS: Readonly<Record<string, Typing | undefined>> = {
  A_Const: (_look, node) => constantType(node.body),
  ColumnRef: (look, node, scope) => columnReference(look, node.body, scope),
  ParamRef: (look, node) => look.parameters[Number(node.body.number ?? 0) - 1] ?? ANY,
  FuncCall: (look, node, scope) => call(look, node.body, scope).returns,
  A_Expr: (look, node, scope) => operation(look, node.body, scope),
  TypeCast: cast,
  XmlSerialize: (look, node, scope) => {
    becomes(look, child(node, 'expr'), scope, TYPE.xml);
    return coerced(look, child(node, 'typeName'), scope);
  },
  JsonOutput: (look, node, scope) => coerced(look, child(node, 'typeName'), scope),
  TypeName: (look, node, scope) => {
    const modifiers = list(node.body.typmods);
    for (const modifier of modifiers) typeOf(look, unwrap(modifier), scope);
    const type = typeNamed(look, node.body);
    if (modifiers.length > 0) look.values.resize(look.types.base(type));
    return type;
  },
  A_Indirection: indirection,
  SubLink: subquery,
  SelectStmt: (look, node, scope) => {
    query(look, node, scope);
    return ANY;
  },
  CaseExpr: caseOf,
  A_ArrayExpr: (look, node, scope) => {
    const elements = typesOf(look, node.body.elements, scope);
    const element = oneOf(look, elements);
    // An array of arrays has the same type as they.
    return elements.length === 0 ? ANY : look.types.element(element) ? element : look.types.array(element);
  },
  RowExpr: (look, node, scope) => {
    look.values.record(typesOf(look, node.body.args, scope));
    return TYPE.record;
  },
  CoalesceExpr: (look, node, scope) => oneOf(look, typesOf(look, node.body.args, scope)),
  MinMaxExpr: (look, node, scope) => {
    const type = oneOf(look, typesOf(look, node.body.args, scope));
    look.values.compare(type);
    return type;
  },
  CollateClause: (look, node, scope) => typeOf(look, child(node, 'arg'), scope),
  WindowDef: (look, node, scope) => {
    windowed(look, node, scope);
    return ANY;
  },
  BoolExpr: (look, node, scope) => {
    for (const arg of list(node.body.args).map(unwrap)) becomes(look, arg, scope, TYPE.bool);
    return TYPE.bool;
  },
  NullTest: partsThen(TYPE.bool),
  BooleanTest: (look, node, scope) => {
    becomes(look, child(node, 'arg'), scope, TYPE.bool);
    return TYPE.bool;
  },
  // An array's subscript is an integer, JSON's may be text.
  A_Indices: (look, node, scope) => {
    for (const field of ['lidx', 'uidx'])
      for (const type of [TYPE.int4, TYPE.text]) becomes(look, child(node, field), scope, type);
    return ANY;
  },
  CurrentOfExpr: partsThen(TYPE.bool),
  GroupingFunc: partsThen(TYPE.int4),
  SQLValueFunction: (look, node) => {
    if (node.body.op === 'SVFOP_CURRENT_SCHEMA') look.reach.asksForSchema = true;
    return VALUE_TYPES[String(node.body.op ?? '')] ?? TYPE.name;
  },
  XmlExpr: (look, node, scope) => {
    parts(look, node, scope);
    const { op } = node.body;
    // XMLELEMENT prints what it is given; the others take one type.
    const wanted = op === 'IS_XMLPARSE' || op === 'IS_XMLPI' ? TYPE.text : TYPE.xml;
    if (op !== 'IS_XMLELEMENT' && op !== 'IS_XMLFOREST')
      for (const arg of list(node.body.args).map(unwrap)) becomes(look, arg, scope, wanted);
    return op === 'IS_DOCUMENT' ? TYPE.bool : TYPE.xml;
  },
  SetToDefault: () => TYPE.unknown,
  JsonIsPredicate: partsThen(TYPE.bool),
  // Text with FORMAT JSON, else whatever JSON is made of it.
  JsonValueExpr: (look, node, scope) => {
    const type = typeOf(look, child(node, 'raw_expr'), scope);
    look.values.json(type);
    look.values.cast(type, TYPE.text, true);
    return ANY;
  },
  JsonObjectConstructor: json('json_object', 16),
  JsonArrayConstructor: json('json_array', 16),
  JsonArrayQueryConstructor: (look, node, scope) => {
    for (const column of query(look, child(node, 'query'), scope) ?? [{ type: ANY }]) look.values.json(column.type);
    return json('json_array', 16)(look, node, scope);
  },
  JsonObjectAgg: json('json_objectagg', 16),
  JsonArrayAgg: json('json_arrayagg', 16),
  JsonParseExpr: json('json', 17),
  JsonScalarExpr: (look, node, scope) => {
    look.values.json(typeOf(look, child(node, 'expr'), scope));
    return json('json_scalar', 17)(look, node, scope);
  },
  JsonSerializeExpr: json('json_serialize', 17),
  JsonFuncExpr: (look, node, scope) => {
    const name = String(node.body.op ?? 'JSON_EXISTS_OP')
      .replace(/_OP$/, '')
      .toLowerCase();
    const output = child(node, 'output');
    const wanted = output && child(output, 'typeName');
    for (const clause of [child(node, 'on_empty'), child(node, 'on_error')])
      if (clause) defaulted(look, child(clause, 'expr'), wanted, scope);
    const type = json(name, 17, JSON_RESULTS[name] ?? ANY)(look, node, scope);
    if (look.snapshot.version < 17) return ANY;
    return wanted ? typeOf(look, wanted, scope) : type;
  },
  JsonAggConstructor: (look, node, scope) => {
    windowed(look, child(node, 'over'), scope);
    typeOf(look, child(node, 'agg_filter'), scope);
    typeOf(look, child(node, 'output'), scope);
    for (const item of list(node.body.agg_order).map(unwrap)) if (item) typeOf(look, item, scope);
    return ANY;
  },
  SortBy: (look, node, scope) => {
    const type = typeOf(look, child(node, 'node'), scope);
    const using = strings(node.body.useOp);
    if (using.length > 0) operate(look, using, type, type);
    look.values.compare(type);
    return type;
  },
  MergeSupportFunc: json('merge_action', 17, TYPE.text),
};
