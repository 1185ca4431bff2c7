// Operators, also those that SQL's words stand for: IN, BETWEEN, LIKE, DISTINCT FROM, NULLIF, CASE x WHEN, USING.
import type { OperatorRow } from '../catalogue-rows.ts';
import { child, list, strings, type Tree, type TypedNode, unwrap } from '../tree.ts';
import { passed } from './calls.ts';
import { type Candidate, choose } from './choose.ts';
import { typeOf } from './expressions.ts';
import { type Look, once } from './look.ts';
import { remember } from './names.ts';
import { returned } from './polymorphism.ts';
import { remadeName } from '../remakes.ts';
import type { Scope } from './scope.ts';
import { ANY, TYPE } from './types.ts';

type OperatorCandidate = Candidate & { row: OperatorRow };

/** Reaches every operator that `left name right` could mean and says the type of its result. `left` null: a prefix operator. */
export function operate(look: Look, name: readonly string[], left: number | null, right: number): number {
  return once(look, `operator ${left} ${right} ${name.join('.')}`, () => resolve(look, name, left, right));
}

function resolve(look: Look, name: readonly string[], left: number | null, right: number): number {
  const { types, reach, found } = look;
  const args = left === null ? [right] : [left, right];
  const key = `chosen ${left} ${right} ${JSON.stringify(name)}`;
  const known = look.names.found.get(key) as Chosen | undefined;
  if (known) look.work.spend(known.steps);
  const { chosen } = known ?? among(look, name, args, key);
  if (chosen.length === 0) {
    found.missing(`operator "${name.join('.')}"`, true);
    return ANY;
  }
  if (remadeName(look.remade, name.at(-1) ?? '') === 'opaque') found.missing(`operator "${name.join('.')}"`, true);
  for (const { row, params } of chosen) {
    reach.operator(row.oid);
    passed(look, args, params, look.snapshot.functionByOid.get(row.function));
  }
  const results = new Set(
    chosen.map(({ row, params }) => returned(types, { row: { returns: row.result }, params }, args)),
  );
  for (const each of results) look.values.make(each);
  const [only] = results;
  return results.size === 1 && only !== undefined ? only : ANY;
}

interface Chosen {
  chosen: readonly OperatorCandidate[];
  /** What finding them cost, and costs again. */
  steps: number;
}

function among(look: Look, name: readonly string[], args: number[], key: string): Chosen {
  const candidates: OperatorCandidate[] = [];
  const prefix = args.length === 1;
  const rows = look.names.operators(name);
  for (const { row, place } of rows) {
    if ((row.left === 0) !== prefix) continue;
    candidates.push({ row, place, params: prefix ? [row.right] : [row.left, row.right] });
  }
  look.work.spend(4 * candidates.length);
  const chosen = exact(look, candidates, args) ?? choose(look.types, candidates, args);
  return remember(look.names.found, key, { chosen, steps: rows.length + 4 * candidates.length });
}

/** PostgreSQL takes an operator of just these types before it weighs others; a literal counts as the other side's type. */
function exact({ types, names }: Look, candidates: OperatorCandidate[], args: number[]): OperatorCandidate[] | null {
  if (!names.certain || args.includes(ANY)) return null;
  const [left, right] = args;
  const literal = args.length === 2 && (left === TYPE.unknown) !== (right === TYPE.unknown);
  const wanted = literal ? (left === TYPE.unknown ? right : left) : undefined;
  const find = (sought: readonly number[]) => {
    const found = candidates.filter(({ params }) => params.every((param, i) => param === sought[i]));
    const first = Math.min(...found.map(({ place }) => place));
    return found.length > 0 ? found.filter(({ place }) => place === first) : null;
  };
  if (wanted === undefined) return find(args);
  const base = types.base(wanted);
  return find([wanted, wanted]) ?? (base === wanted ? null : find([base, base]));
}

/** Both sides compared, part by part where they are rows. */
export function compareNodes(
  look: Look,
  name: readonly string[],
  left: TypedNode | null,
  right: TypedNode | null,
  scope: Scope,
): number {
  if (left?.type === 'RowExpr' && right?.type === 'RowExpr') {
    const [lefts, rights] = [list(left.body.args).map(unwrap), list(right.body.args).map(unwrap)];
    if (cannotBeEquallyLong(look, lefts, rights)) {
      for (const side of [left, right]) if (!look.seen.has(side.body)) typeOf(look, side, scope);
    } else for (const [i, part] of lefts.entries()) compareNodes(look, name, part, rights[i] ?? null, scope);
    look.seen.add(left.body).add(right.body);
    return TYPE.bool;
  }
  return operate(look, name, left ? typeOf(look, left, scope) : null, typeOf(look, right, scope));
}

/** Of such rows PostgreSQL compares nothing; a long one may stand before many that are short. */
function cannotBeEquallyLong(look: Look, lefts: (TypedNode | null)[], rights: (TypedNode | null)[]): boolean {
  if (lefts.length === rights.length) return false;
  look.work.spend(lefts.length + rights.length);
  return ![lefts, rights].some((side) =>
    side.some((part) => unwrap(list(part?.body.fields ?? part?.body.indirection).at(-1))?.type === 'A_Star'),
  );
}

const BETWEEN: Readonly<Record<string, readonly string[]>> = {
  AEXPR_BETWEEN: ['>=', '<='],
  AEXPR_NOT_BETWEEN: ['<', '>'],
  AEXPR_BETWEEN_SYM: ['>=', '<='],
  AEXPR_NOT_BETWEEN_SYM: ['<', '>'],
};

/** An A_Expr of any kind. */
export function operation(look: Look, node: Tree, scope: Scope): number {
  look.seen.add(node);
  const whole: TypedNode = { type: 'A_Expr', body: node };
  const name = strings(node.name);
  const left = child(whole, 'lexpr');
  const right = child(whole, 'rexpr');
  const kind = String(node.kind ?? 'AEXPR_OP');
  switch (kind) {
    case 'AEXPR_OP':
      return left?.type === 'RowExpr' && right?.type === 'SubLink'
        ? rowAgainstQuery(look, name, left, right, scope)
        : compareNodes(look, name, left, right, scope);
    case 'AEXPR_OP_ANY':
    case 'AEXPR_OP_ALL': {
      const array = typeOf(look, right, scope);
      const element = array === TYPE.unknown ? TYPE.unknown : look.types.element(array) || ANY;
      operate(look, name, typeOf(look, left, scope), element);
      return TYPE.bool;
    }
    case 'AEXPR_DISTINCT':
    case 'AEXPR_NOT_DISTINCT':
      compareNodes(look, ['='], left, right, scope);
      return TYPE.bool;
    case 'AEXPR_NULLIF': {
      const type = typeOf(look, left, scope);
      operate(look, name, type, typeOf(look, right, scope));
      return type === TYPE.unknown ? ANY : type;
    }
    case 'AEXPR_IN': {
      const items = right?.type === 'List' ? list(right.body.items).map(unwrap) : [right];
      inList(look, name, left, items, scope);
      return TYPE.bool;
    }
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE':
    case 'AEXPR_SIMILAR':
      return compareNodes(look, name, left, right, scope);
    default: {
      const operators = BETWEEN[kind];
      if (!operators) look.found.floor.add('unknown_node');
      for (const bound of list(right?.body.items).map(unwrap))
        for (const operator of operators ?? []) compareNodes(look, [operator], left, bound, scope);
      return TYPE.bool;
    }
  }
}

/** Each item alone, and the array that PostgreSQL may make of the constants among them. */
function inList(
  look: Look,
  name: readonly string[],
  left: TypedNode | null,
  items: (TypedNode | null)[],
  scope: Scope,
): void {
  if (left?.type === 'RowExpr') {
    for (const item of items) compareNodes(look, name, left, item, scope);
    return;
  }
  const type = typeOf(look, left, scope);
  const types = new Set(items.map((item) => typeOf(look, item, scope)));
  for (const each of types) operate(look, name, type, each);
  // The array's element type is the common type of the left side and the constants.
  const common = look.types.common([type, ...types]);
  for (const each of [type, ...types]) look.values.cast(each, common);
  if (items.length > 1 && common !== ANY) operate(look, name, type, common);
}

function rowAgainstQuery(look: Look, name: readonly string[], left: TypedNode, right: TypedNode, scope: Scope): number {
  look.seen.add(left.body);
  typeOf(look, right, scope);
  for (const part of list(left.body.args).map(unwrap)) operate(look, name, typeOf(look, part, scope), ANY);
  return TYPE.bool;
}
