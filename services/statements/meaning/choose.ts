// Which of several functions or operators of one name PostgreSQL would call, or which it could.
//
// The rules are those of "Functions" and "Operators" in the manual's chapter "Type Conversion". Where they cannot be
// followed to the end, because a type is not known, all that are left count.
import { ANY, POLYMORPHIC, TYPE, type Types } from './types.ts';

export interface Candidate {
  /** One type for each argument of the call. */
  params: readonly number[];
  /** Place of its schema in the search_path. */
  place: number;
}

/** The candidates that could be meant by a call with arguments of these types; none when no candidate takes them. */
export function choose<C extends Candidate>(types: Types, all: readonly C[], args: readonly number[]): C[] {
  const taking = all.filter(
    (each) => each.params.every((param, i) => types.coercible(args[i] ?? ANY, param)) && consistent(types, each, args),
  );
  const shown = unhidden(taking);
  if (shown.length < 2 || args.includes(ANY)) return shown;
  const exact = shown.filter((each) => each.params.every((param, i) => param === args[i]));
  return exact.length > 0 ? exact : best(types, shown, args);
}

/** Of several with the same arguments the one whose schema comes first. */
function unhidden<C extends Candidate>(candidates: C[]): C[] {
  if (candidates.length < 2) return candidates;
  const first = new Map<string, number>();
  for (const { params, place } of candidates) {
    const key = params.join();
    first.set(key, Math.min(first.get(key) ?? place, place));
  }
  return candidates.filter(({ params, place }) => first.get(params.join()) === place);
}

/** Arguments of anyelement, anyarray and their kin must fit together. */
function consistent(types: Types, candidate: Candidate, args: readonly number[]): boolean {
  let agreed = 0;
  for (const [i, param] of candidate.params.entries()) {
    const shape = POLYMORPHIC.get(param);
    const arg = args[i] ?? ANY;
    if (!shape || shape.compatible || arg === ANY || arg === TYPE.unknown) continue;
    const element = shape.shape === 'element' ? arg : shape.shape === 'array' ? types.element(arg) : types.subtype(arg);
    if (element === 0) continue;
    if (agreed !== 0 && agreed !== element) return false;
    agreed = element;
  }
  return true;
}

/** A candidate that this code cannot be sure PostgreSQL keeps: it must never push another out. */
function doubtful(candidate: Candidate): boolean {
  return candidate.params.filter((param) => POLYMORPHIC.has(param)).length > 1;
}

function most<C extends Candidate>(candidates: C[], score: (each: C) => number): C[] {
  const sure = candidates.filter((each) => !doubtful(each));
  if (sure.length === 0) return candidates;
  const highest = Math.max(...sure.map(score));
  return candidates.filter((each) => score(each) >= highest || doubtful(each));
}

function best<C extends Candidate>(types: Types, candidates: C[], args: readonly number[]): C[] {
  const based = args.map((arg) => (arg === TYPE.unknown ? arg : types.base(arg)));
  const known = based.flatMap((type, i) => (type === TYPE.unknown ? [] : [{ type, i }]));
  const count = (each: C, fits: (param: number, type: number) => boolean) =>
    known.filter(({ type, i }) => fits(each.params[i] ?? ANY, type)).length;

  let left = most(candidates, (each) => count(each, (param, type) => param === type));
  if (left.length < 2) return left;
  left = most(left, (each) =>
    count(
      each,
      (param, type) => param === type || (types.preferred(param) && types.category(param) === types.category(type)),
    ),
  );
  if (left.length < 2 || known.length === based.length) return left;
  left = byCategory(types, left, based);
  if (left.length < 2) return left;
  const [first] = known;
  if (first === undefined || known.some(({ type }) => type !== first.type)) return left;
  const same = left.filter((each) => each.params.every((param) => types.coercible(first.type, param)));
  return same.length === 1 ? same : left;
}

/** A literal is taken as a string where any candidate takes one, else as the category that all agree on. */
function byCategory<C extends Candidate>(types: Types, candidates: C[], based: readonly number[]): C[] {
  const slots: { i: number; category: string; preferred: boolean }[] = [];
  for (const [i, type] of based.entries()) {
    if (type !== TYPE.unknown) continue;
    const params = candidates.map((each) => each.params[i] ?? ANY);
    const categories = new Set(params.map((param) => types.category(param)));
    const category = categories.has('S') ? 'S' : categories.size === 1 ? [...categories][0] : undefined;
    if (category === undefined) return candidates;
    const preferred = params.some((param) => types.category(param) === category && types.preferred(param));
    slots.push({ i, category, preferred });
  }
  const fitting = candidates.filter((each) =>
    slots.every(({ i, category, preferred }) => {
      const param = each.params[i] ?? ANY;
      return types.category(param) === category && (!preferred || types.preferred(param));
    }),
  );
  return fitting.length > 0 ? fitting : candidates;
}
