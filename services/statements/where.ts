// Whether the WHERE of an UPDATE or DELETE can be expected to leave rows out.
import { child, isTree, list, type Tree, type TypedNode, unwrap } from './tree.ts';

/** `constant`: nothing in it looks at a row, or it holds for every row on its face (`true OR …`, `x = x`). */
export function judgeWhere(clause: TypedNode | null): 'none' | 'constant' | 'real' {
  if (!clause) return 'none';
  return alwaysTrue(clause, 0) || !looksAtRows(clause) ? 'constant' : 'real';
}

function alwaysTrue(node: TypedNode, depth: number): boolean {
  if (depth > 50) return false;
  if (node.type === 'BoolExpr') {
    const parts = list(node.body.args).flatMap((part) => unwrap(part) ?? []);
    if (node.body.boolop === 'OR_EXPR') return parts.some((part) => alwaysTrue(part, depth + 1) || constantTrue(part));
    if (node.body.boolop === 'AND_EXPR')
      return parts.every((part) => alwaysTrue(part, depth + 1) || constantTrue(part));
    return false;
  }
  if (
    node.type === 'A_Expr' &&
    ['AEXPR_OP', 'AEXPR_NOT_DISTINCT', 'AEXPR_LIKE', 'AEXPR_ILIKE'].includes(String(node.body.kind))
  ) {
    const left = child(node, 'lexpr');
    const right = child(node, 'rexpr');
    const operator = operatorName(node.body);
    if (left && right && ['=', '<=', '>='].includes(operator)) return same(left, right);
    if ((operator === '~~' || operator === '~~*') && right?.type === 'A_Const') {
      return isTree(right.body.sval) && /^%+$/.test(String(right.body.sval.sval ?? ''));
    }
  }
  return constantTrue(node);
}

function operatorName(body: Tree): string {
  const last = unwrap(list(body.name).at(-1));
  return String(last?.body.sval ?? '');
}

/** Something constant that is not plainly false. */
function constantTrue(node: TypedNode): boolean {
  if (node.type === 'A_Const' && isTree(node.body.boolval)) return node.body.boolval.boolval === true;
  if (node.type === 'A_Const' && node.body.isnull === true) return false;
  return !looksAtRows(node) && node.type !== 'BoolExpr';
}

function same(left: TypedNode, right: TypedNode): boolean {
  const shape = (node: TypedNode) => JSON.stringify(node, (key, value) => (key === 'location' ? undefined : value));
  return left.type === 'ColumnRef' && right.type === 'ColumnRef' && shape(left) === shape(right);
}

/** Iterative, for it may be deep. A parameter or an uncorrelated sub-select is the same for every row. */
function looksAtRows(root: TypedNode): boolean {
  const stack: unknown[] = [{ [root.type]: root.body }];
  while (stack.length > 0) {
    const value = stack.pop();
    if (Array.isArray(value)) for (const item of value) stack.push(item);
    else if (isTree(value)) {
      for (const field in value) {
        if (field === 'ColumnRef' || field === 'CurrentOfExpr') return true;
        stack.push(value[field]);
      }
    }
  }
  return false;
}
