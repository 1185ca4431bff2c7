// Long lists of like items (VALUES, IN, OR) cut down to one item of each kind, so that judging a bulk insert costs what
// judging one row of it costs. Only items that name nothing but columns and operators, and differ only in constants,
// count as alike.
import { isTree, type Tree } from '../tree.ts';
import type { RawStatement } from './parse.ts';

/** Shorter lists are left as they are. */
const LONG = 64;

const LISTS = new Set(['valuesLists', 'items', 'elements', 'args']);

const PLAIN = new Set(
  `A_Const ParamRef ColumnRef String A_Expr TypeCast TypeName List RowExpr SetToDefault BoolExpr NullTest
  A_ArrayExpr A_Star`.split(/\s+/),
);

/** Changes the statements' trees in place; says how many nodes are left (counting stops above `enough`) and how deep they go. */
export function compact(statements: RawStatement[], enough: number): { nodes: number; depth: number } {
  let nodes = 0;
  let depth = 0;
  const stack: { value: unknown; depth: number }[] = statements.map(({ node }) => ({ value: node.body, depth: 1 }));
  for (let at = stack.pop(); at; at = stack.pop()) {
    nodes++;
    depth = Math.max(depth, at.depth);
    if (nodes > enough) break;
    if (Array.isArray(at.value)) for (const item of at.value) stack.push({ value: item, depth: at.depth + 1 });
    else if (isTree(at.value)) {
      for (const field in at.value) {
        const value = at.value[field];
        if (typeof value !== 'object') continue;
        if (Array.isArray(value) && value.length > LONG && LISTS.has(field)) at.value[field] = oneOfEach(value);
        stack.push({ value: at.value[field], depth: at.depth + 1 });
      }
    }
  }
  return { nodes, depth };
}

function oneOfEach(items: unknown[]): unknown[] {
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
