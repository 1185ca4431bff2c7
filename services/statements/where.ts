// Whether a condition on the rows of the table that a statement changes can be expected to leave some of them out.
import { child, isTree, list, type Tree, type TypedNode, unwrap } from './tree.ts';

/** Null for what is no column of the table that is changed; else a name that is the same for the same column. `*`: a row of it. */
export type OwnColumn = (reference: Tree) => string | null;

/** What it lets through: some rows of the table, all (or all, if something that is no column of it says so), or none. */
type Passes = 'some' | 'all' | 'none';

/**
 * `constant`: nothing in it looks at a row of the table itself, or it holds for every row on its face (`true OR …`, `x = x`).
 * A parameter, an uncorrelated sub-select and a condition on another table are the same for every row.
 */
export function judgeWhere(clause: TypedNode | null, own: OwnColumn): 'none' | 'constant' | 'real' {
  if (!clause) return 'none';
  return passes(clause, false, own, 0) === 'some' ? 'real' : 'constant';
}

/**
 * A MERGE's WHERE is its ON and each clause's own AND: the most dangerous of those that update or delete counts. Null when
 * none does. NOT MATCHED BY SOURCE has the rows that ON leaves out.
 */
export function judgeMerge(
  on: TypedNode | null,
  clauses: readonly TypedNode[],
  own: OwnColumn,
): 'constant' | 'real' | null {
  const changing = clauses.filter(({ body }) => CHANGES.has(String(body.commandType)));
  if (changing.length === 0) return null;
  const narrow = changing.every((clause) => {
    const condition = child(clause, 'condition');
    const bySource = clause.body.matchKind === 'MERGE_WHEN_NOT_MATCHED_BY_SOURCE';
    return [on && passes(on, bySource, own, 0), condition && passes(condition, false, own, 0)].includes('some');
  });
  return narrow ? 'real' : 'constant';
}

const CHANGES = new Set(['CMD_UPDATE', 'CMD_DELETE']);

/** Deeper ones are not followed. */
const DEEPEST = 100;

const not = (inner: Passes): Passes => (inner === 'all' ? 'none' : inner === 'none' ? 'all' : 'some');

/** `negated`: of NOT that. */
function passes(node: TypedNode, negated: boolean, own: OwnColumn, depth: number): Passes {
  if (depth > DEEPEST) return 'all';
  const of = (inner: TypedNode, turned = negated) => passes(inner, turned, own, depth + 1);
  if (node.type === 'BoolExpr') {
    const parts = list(node.body.args).flatMap((part) => unwrap(part) ?? []);
    if (node.body.boolop === 'NOT_EXPR') return parts[0] ? of(parts[0], !negated) : 'all';
    const either = (node.body.boolop === 'OR_EXPR') !== negated;
    const each = parts.map((part) => of(part));
    if (!either) return each.includes('none') ? 'none' : each.includes('some') ? 'some' : 'all';
    if (each.includes('all') || exhaustive(parts, own)) return 'all';
    return each.includes('some') ? 'some' : 'none';
  }
  if (node.type === 'BooleanTest') {
    const turned = TESTS[String(node.body.booltesttype)];
    const arg = child(node, 'arg');
    if (turned !== undefined && arg) return of(arg, turned !== negated);
  }
  if (node.type === 'SubLink' && node.body.subLinkType === 'EXISTS_SUBLINK') {
    const select = child(node, 'subselect');
    const found = select ? exists(select, own, depth + 1) : 'all';
    // Whether there is a row at all is not known.
    return found === 'all' ? 'all' : negated ? not(found) : found;
  }
  const onItsFace = constant(node) ?? comparison(node, own);
  if (onItsFace) return negated ? not(onItsFace) : onItsFace;
  return looksAtOwn(node, own) ? 'some' : 'all';
}

/** Of IS TRUE and its kin: whether the value is turned. */
const TESTS: Readonly<Record<string, boolean | undefined>> = {
  IS_TRUE: false,
  IS_NOT_FALSE: false,
  IS_FALSE: true,
  IS_NOT_TRUE: true,
};

/** For which rows of the table an EXISTS finds something: what it gives out does not matter, what it looks for does. */
function exists(select: TypedNode, own: OwnColumn, depth: number): Passes {
  if (depth > DEEPEST) return 'all';
  const sides = [child(select, 'larg'), child(select, 'rarg')].flatMap((side) => side ?? []);
  if (sides.length > 0) {
    const each = sides.map((side) => exists(side, own, depth + 1));
    const first = each[0] ?? 'all';
    if (select.body.op !== 'SETOP_UNION')
      return select.body.op === 'SETOP_EXCEPT' ? first : each.includes('some') ? 'some' : 'all';
    return each.includes('all') ? 'all' : each.includes('some') ? 'some' : 'none';
  }
  const where = child(select, 'whereClause');
  const asked = where ? passes(where, false, own, depth + 1) : 'all';
  if (asked !== 'all') return asked;
  const rest = ['fromClause', 'havingClause', 'limitCount', 'limitOffset', 'withClause'].map(
    (field) => select.body[field],
  );
  return looksAtOwn({ type: 'List', body: { rest } }, own) ? 'some' : 'all';
}

/** `true`, `false`, NULL; a COALESCE or CASE whose first choice is one. */
function constant(node: TypedNode): Passes | null {
  if (node.type === 'A_Const') {
    if (node.body.isnull === true) return 'none';
    return isTree(node.body.boolval) ? (node.body.boolval.boolval === true ? 'all' : 'none') : null;
  }
  if (node.type === 'CoalesceExpr') {
    const first = unwrap(list(node.body.args)[0]);
    return first && constant(first);
  }
  if (node.type !== 'CaseExpr' || child(node, 'arg')) return null;
  const first = unwrap(list(node.body.args)[0]);
  const condition = first && child(first, 'expr');
  const result = first && child(first, 'result');
  return condition && result && constant(condition) === 'all' ? constant(result) : null;
}

/** What holds for each row of it. */
const SAME = new Set(['=', '<=', '>=', '~~', '~~*', '~', '~*']);
const OTHER = new Set(['<>', '<', '>', '!~~', '!~~*', '!~', '!~*']);
const ANYTHING: Readonly<Record<string, RegExp | undefined>> = {
  '~~': /^%+$/,
  '~~*': /^%+$/,
  '~': /^\^?(\.\*)?\$?$/,
  '~*': /^\^?(\.\*)?\$?$/,
};

/** A comparison with the same on both sides, or with a pattern that takes anything. */
function comparison(node: TypedNode, own: OwnColumn): Passes | null {
  if (node.type !== 'A_Expr') return null;
  const left = child(node, 'lexpr');
  const right = child(node, 'rexpr');
  if (!left || !right || !looksAtOwn(left, own)) return null;
  const kind = String(node.body.kind);
  const operator = String(unwrap(list(node.body.name).at(-1))?.body.sval ?? '');
  const listed = right.type === 'List' ? right.body.items : right.type === 'A_ArrayExpr' ? right.body.elements : null;
  const shape = shapeOf(left, own);
  if (listed !== null) {
    const items = list(listed).flatMap((item) => unwrap(item) ?? []);
    const same = (item: TypedNode) => shapeOf(item, own) === shape;
    if (kind === 'AEXPR_IN' && items.some(same)) return operator === '<>' ? 'none' : 'all';
    if (kind === 'AEXPR_OP_ANY' && SAME.has(operator) && items.some(same)) return 'all';
    if (/^AEXPR_(NOT_)?BETWEEN/.test(kind) && items.every(same)) return kind.includes('NOT') ? 'none' : 'all';
    return null;
  }
  if (kind === 'AEXPR_DISTINCT') return shapeOf(right, own) === shape ? 'none' : null;
  if (kind === 'AEXPR_NOT_DISTINCT') return shapeOf(right, own) === shape ? 'all' : null;
  if (!['AEXPR_OP', 'AEXPR_LIKE', 'AEXPR_ILIKE'].includes(kind)) return null;
  if (right.type === 'A_Const' && isTree(right.body.sval)) {
    const pattern = String(right.body.sval.sval ?? '');
    if (ANYTHING[operator]?.test(pattern)) return 'all';
    return ANYTHING[operator.slice(1)]?.test(pattern) && operator.startsWith('!') ? 'none' : null;
  }
  if (!SAME.has(operator) && !OTHER.has(operator)) return null;
  return shapeOf(right, own) === shape ? (SAME.has(operator) ? 'all' : 'none') : null;
}

/** The operator of what its negation would be. */
const OPPOSITE: Readonly<Record<string, string | undefined>> = {
  '=': '<>',
  '<>': '=',
  '<': '>=',
  '>=': '<',
  '>': '<=',
  '<=': '>',
};

/** Whether one of an OR's parts is another's negation: `x IS NULL OR x IS NOT NULL`. Only of parts that nothing else looks into, so that each is looked at once. */
function exhaustive(parts: readonly TypedNode[], own: OwnColumn): boolean {
  const plain = parts.filter((part) => !DIVIDED.has(part.type));
  const opposites = parts.flatMap((part) => negation(part) ?? []).filter((part) => !DIVIDED.has(part.type));
  if (opposites.length === 0 || parts.length < 2) return false;
  const shapes = new Set(plain.map((part) => shapeOf(part, own)));
  return opposites.some((opposite) => shapes.has(shapeOf(opposite, own)));
}

const DIVIDED = new Set(['BoolExpr', 'BooleanTest', 'SubLink']);

function negation({ type, body }: TypedNode): TypedNode | null {
  if (type === 'BoolExpr' && body.boolop === 'NOT_EXPR') return unwrap(list(body.args)[0]);
  if (type === 'NullTest') {
    const nulltesttype = body.nulltesttype === 'IS_NULL' ? 'IS_NOT_NULL' : 'IS_NULL';
    return { type, body: { ...body, nulltesttype } };
  }
  if (type !== 'A_Expr' || body.kind !== 'AEXPR_OP' || list(body.name).length !== 1) return null;
  const opposite = OPPOSITE[String(unwrap(list(body.name)[0])?.body.sval ?? '')];
  return opposite === undefined ? null : { type, body: { ...body, name: [{ String: { sval: opposite } }] } };
}

/** The same for expressions that differ only in where they stand, and in how they write the table's columns. */
function shapeOf(node: TypedNode, own: OwnColumn): string {
  return JSON.stringify({ [node.type]: node.body }, (key, value: unknown) => {
    if (/location$|_start$|_end$/.test(key)) return undefined;
    return key === 'ColumnRef' && isTree(value) ? (own(value) ?? value) : value;
  });
}

/** Iterative, for it may be deep. */
function looksAtOwn(root: TypedNode, own: OwnColumn): boolean {
  const stack: unknown[] = [{ [root.type]: root.body }];
  while (stack.length > 0) {
    const value = stack.pop();
    if (Array.isArray(value)) for (const item of value) stack.push(item);
    else if (isTree(value)) {
      for (const field in value) {
        const inner = value[field];
        if (field === 'CurrentOfExpr') return true;
        if (field === 'ColumnRef' && isTree(inner) && own(inner) !== null) return true;
        stack.push(inner);
      }
    }
  }
  return false;
}
