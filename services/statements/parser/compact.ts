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

export interface Compacted {
  /** That are left; counting stops above `enough`. */
  nodes: number;
  depth: number;
  /** Of parameters: which of them one that is left stands for, itself among them. It does where they are all of one type. */
  alike: number[][];
  /** Parameters that stand in several places, those that were cut included. */
  repeated: number[];
}

/** Statements whose parameters have types by their own words: there no parameter stands for another. */
const TYPED_BY_ITSELF = new Set(['PrepareStmt', 'CreateFunctionStmt']);

/** Changes the statements' trees in place. `numbered`: no parameter stands for another. */
export function compact(statements: RawStatement[], enough: number, numbered = false): Compacted {
  let nodes = 0;
  let depth = 0;
  const parameters = numbered || statements.some(({ node }) => TYPED_BY_ITSELF.has(node.type)) ? null : new Alike();
  const places = new Map<number, number>();
  const stack: { value: unknown; type: string; depth: number }[] = [];
  for (const { node } of statements) stack.push({ value: node.body, type: node.type, depth: 1 });
  for (let at = stack.pop(); at; at = stack.pop()) {
    nodes++;
    depth = Math.max(depth, at.depth);
    if (nodes > enough) break;
    const below = at.depth + 1;
    if (Array.isArray(at.value)) for (const item of at.value) stack.push({ value: item, type: '', depth: below });
    else if (isTree(at.value)) {
      shorten(at.value, at.type, parameters);
      if (at.type === 'ParamRef') for (const number of parameters?.of(at.value) ?? []) count(places, number);
      for (const field in at.value) {
        const value = at.value[field];
        // A node's type is the name of the field that holds its body.
        if (typeof value === 'object') stack.push({ value, type: /^[A-Z]/.test(field) ? field : '', depth: below });
      }
    }
  }
  const repeated = [...places].flatMap(([number, times]) => (times > 1 ? [number] : []));
  return { nodes, depth, alike: parameters?.groups() ?? [], repeated };
}

const count = (places: Map<number, number>, number: number) => places.set(number, (places.get(number) ?? 0) + 1);

/** For which parameters each that is left stands. */
class Alike {
  readonly #groups = new Map<Tree, number[]>();

  of(parameter: Tree): number[] {
    return this.#groups.get(parameter) ?? [numberOf(parameter)];
  }

  /** The second is cut. */
  join(kept: Tree, cut: Tree): void {
    const group = this.of(kept);
    for (const number of this.of(cut)) group.push(number);
    this.#groups.set(kept, group);
    this.#groups.delete(cut);
  }

  groups(): number[][] {
    return [...this.#groups.values()];
  }
}

const numberOf = ({ number }: Tree) => Number(number ?? 0);

function shorten(body: Tree, type: string, parameters: Alike | null): void {
  const field = LISTS[type];
  if (field !== undefined) body[field] = oneOfEach(body[field], parameters);
  const { rexpr } = body;
  if (type === 'A_Expr' && body.kind === 'AEXPR_IN' && isTree(rexpr) && isTree(rexpr.List))
    rexpr.List.items = oneOfEach(rexpr.List.items, parameters);
}

function oneOfEach(items: unknown, parameters: Alike | null): unknown {
  if (!Array.isArray(items) || items.length <= LONG) return items;
  const kinds = new Map<string, Tree[]>();
  return items.filter((item) => {
    const references: Tree[] = [];
    const kind = kindOf(item, parameters === null ? null : references);
    if (kind === null) return true;
    const kept = kinds.get(kind);
    if (!kept) kinds.set(kind, references);
    // Of one kind, they have the same parameters in the same order.
    else for (const [n, reference] of references.entries()) if (kept[n]) parameters?.join(kept[n], reference);
    return kept === undefined;
  });
}

/** A text that is the same for like items; null for an item that must be looked at itself. `references`: its parameters, put in; null where their numbers count. */
function kindOf(item: unknown, references: Tree[] | null): string | null {
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
        const of = value[field];
        if (field === 'A_Const') parts.push(constantKind(of));
        else if (field === 'ParamRef' && references && isTree(of)) references.push(of);
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
