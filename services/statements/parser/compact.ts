// Long lists of like items (VALUES, IN, OR) cut down to one item of each kind, so that judging a bulk insert costs what
// judging one row of it costs. Only where neither an item's place nor their number means anything, and only items that
// name nothing but columns and operators, and differ only in constants.
import { isTree, type Tree } from '../tree.ts';
import type { RawStatement } from './parse.ts';

/** Shorter lists are left as they are. */
const LONG = 64;

/**
 * The list of each node that may be cut. Not a call's arguments, of which another number is another function; not a row's
 * fields; not a setting's values.
 */
const LISTS: Readonly<Record<string, string | undefined>> = {
  SelectStmt: 'valuesLists',
  BoolExpr: 'args',
  CoalesceExpr: 'args',
  MinMaxExpr: 'args',
  A_ArrayExpr: 'elements',
};

const PLAIN = new Set(
  `A_Const ParamRef ColumnRef String A_Expr TypeCast TypeName List RowExpr SetToDefault BoolExpr NullTest
  A_ArrayExpr A_Star`.split(/\s+/),
);

/** Changes the statements' trees in place; says how many nodes are left (counting stops above `enough`) and how deep they go. */
export function compact(statements: RawStatement[], enough: number): { nodes: number; depth: number } {
  let nodes = 0;
  let depth = 0;
  const stack: { value: unknown; type: string; depth: number }[] = [];
  for (const { node } of statements) stack.push({ value: node.body, type: node.type, depth: 1 });
  for (let at = stack.pop(); at; at = stack.pop()) {
    nodes++;
    depth = Math.max(depth, at.depth);
    if (nodes > enough) break;
    const below = at.depth + 1;
    if (Array.isArray(at.value)) for (const item of at.value) stack.push({ value: item, type: '', depth: below });
    else if (isTree(at.value)) {
      shorten(at.value, at.type);
      for (const field in at.value) {
        const value = at.value[field];
        // A node's type is the name of the field that holds its body.
        if (typeof value === 'object') stack.push({ value, type: /^[A-Z]/.test(field) ? field : '', depth: below });
      }
    }
  }
  return { nodes, depth };
}

function shorten(body: Tree, type: string): void {
  const field = LISTS[type];
  if (field !== undefined) body[field] = oneOfEach(body[field]);
  const { rexpr } = body;
  if (type === 'A_Expr' && body.kind === 'AEXPR_IN' && isTree(rexpr) && isTree(rexpr.List))
    rexpr.List.items = oneOfEach(rexpr.List.items);
}

function oneOfEach(items: unknown): unknown {
  if (!Array.isArray(items) || items.length <= LONG) return items;
  const kinds = new Set<string>();
  return items.filter((item) => {
    const kind = kindOf(item);
    if (kind === null) return true;
    if (kinds.has(kind)) return false;
    kinds.add(kind);
    return true;
  });
}
/** A text that is the same for like items; null for an item that must be looked at itself. */
function kindOf(item: unknown): string | null {
  const parts: string[] = [];
  const stack: unknown[] = [item];
  for (let steps = 0; stack.length > 0; steps++) {
    if (steps > 500) return null;
    const value = stack.pop();
    if (typeof value === 'string') parts.push(value);
    else if (Array.isArray(value)) {
      parts.push(`[${value.length}`);
      for (const each of value) stack.push(each);
    } else if (isTree(value)) {
      for (const field in value) {
        if (/^[A-Z]/.test(field) && !PLAIN.has(field)) return null;
        parts.push(field);
        if (field === 'A_Const') parts.push(constantKind(value[field]));
        else if (!/location|rexpr_list/.test(field)) stack.push(value[field]);
      }
    } else parts.push(String(value));
  }
  return parts.join(' ');
}

/** Constants are alike when they have the same type, and the same say about rows: true, false, NULL, a pattern of `%`. */
function constantKind(constant: unknown): string {
  if (!isTree(constant)) return '';
  if (isTree(constant.sval)) return /^%*$/.test(String(constant.sval.sval ?? '')) ? 'all' : 'string';
  if (isTree(constant.ival)) return 'int';
  if (isTree(constant.bsval)) return 'bits';
  return JSON.stringify({ ...constant, location: 0 } satisfies Tree);
}
