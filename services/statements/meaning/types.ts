// Types of expressions as object ids, with one more: ANY, a value whose type analysis does not know.
import type { Snapshot } from '../catalogue-snapshot.ts';

/** Could be of any type: every candidate that takes something there counts. */
export const ANY = 0;

/** Object ids that are the same in every PostgreSQL (pg_type.dat). */
export const TYPE = {
  bool: 16,
  name: 19,
  int8: 20,
  int4: 23,
  text: 25,
  xid: 28,
  cid: 29,
  tid: 27,
  oid: 26,
  json: 114,
  jsonb: 3802,
  xml: 142,
  float4: 700,
  float8: 701,
  unknown: 705,
  date: 1082,
  time: 1083,
  timestamp: 1114,
  timestamptz: 1184,
  timetz: 1266,
  bit: 1560,
  numeric: 1700,
  record: 2249,
  recordArray: 2287,
  cstring: 2275,
  internal: 2281,
  any: 2276,
} as const;

type Shape = 'element' | 'array' | 'range' | 'multirange';

/** Polymorphic types: whether all of a call's must agree exactly, and what of the argument they name. */
export const POLYMORPHIC: ReadonlyMap<number, { compatible: boolean; shape: Shape }> = new Map([
  [2283, { compatible: false, shape: 'element' }],
  [2277, { compatible: false, shape: 'array' }],
  [2776, { compatible: false, shape: 'element' }],
  [3500, { compatible: false, shape: 'element' }],
  [3831, { compatible: false, shape: 'range' }],
  [4537, { compatible: false, shape: 'multirange' }],
  [5077, { compatible: true, shape: 'element' }],
  [5078, { compatible: true, shape: 'array' }],
  [5079, { compatible: true, shape: 'element' }],
  [5080, { compatible: true, shape: 'range' }],
  [4538, { compatible: true, shape: 'multirange' }],
]);

export interface Types {
  /** A domain's base type; the type itself for anything else. */
  base(type: number): number;
  /** The element type of a true array; 0 for anything else. */
  element(type: number): number;
  /** What a range or multirange is over; 0 for anything else. */
  subtype(type: number): number;
  /** The array of a type; ANY where there is none known. */
  array(type: number): number;
  composite(type: number): boolean;
  kind(type: number): string;
  category(type: number): string;
  preferred(type: number): boolean;
  /** Whether PostgreSQL could turn `from` into `to` by itself. Too many is safe, too few is not. */
  coercible(from: number, to: number): boolean;
  /** The type that PostgreSQL gives a CASE, a UNION's column or an array of these; ANY where not sure. */
  common(types: readonly number[]): number;
}

export function makeTypes(snapshot: Snapshot): Types {
  const row = (type: number) => snapshot.typeByOid.get(type);
  const base = (type: number): number => {
    let at = type;
    for (let steps = 0; steps < 32; steps++) {
      const found = row(at);
      if (found?.kind !== 'd' || found.base === 0) return at;
      at = found.base;
    }
    return at;
  };
  const element = (type: number) => row(base(type))?.element ?? 0;
  const composite = (type: number) => row(type)?.kind === 'c' || snapshot.relationByRowType.has(type);
  const kind = (type: number) => row(type)?.kind ?? (snapshot.relationByRowType.has(type) ? 'c' : '');
  const category = (type: number) => {
    if (type === TYPE.unknown) return 'X';
    return row(type)?.category ?? (composite(type) ? 'C' : '?');
  };

  const polymorphicTakes = (from: number, to: number): boolean => {
    switch (to) {
      case 2277:
      case 5078:
        return element(from) !== 0 || kind(base(from)) === '';
      case 2776:
      case 5079:
        return element(from) === 0;
      case 3500:
        return kind(base(from)) === 'e';
      case 3831:
      case 5080:
        return kind(base(from)) === 'r';
      case 4537:
      case 4538:
        return kind(base(from)) === 'm';
      default:
        return true;
    }
  };

  const coercible = (from: number, to: number): boolean => {
    if (from === to || from === ANY || to === ANY || from === TYPE.unknown || to === TYPE.any) return true;
    if (POLYMORPHIC.has(to)) return polymorphicTakes(from, to);
    const source = base(from);
    const target = base(to);
    if (source === target) return true;
    if (snapshot.casts.get(source)?.some((cast) => cast.target === target && cast.implicit)) return true;
    const fromElement = element(source);
    const toElement = element(target);
    if (fromElement !== 0 && toElement !== 0) return coercible(fromElement, toElement);
    if (to === TYPE.record) return composite(source);
    if (to === TYPE.recordArray) return fromElement !== 0 && composite(fromElement);
    // A row of a child where its parent's is wanted; an anonymous row where a named one is.
    return composite(target) && (source === TYPE.record || composite(source));
  };

  const common = (types: readonly number[]): number => {
    const known = types.filter((type) => type !== TYPE.unknown);
    const [first] = known;
    if (first === undefined) return TYPE.text;
    if (known.includes(ANY)) return ANY;
    if (known.every((type) => type === first)) return first;
    let best = base(first);
    for (const each of known) {
      const next = base(each);
      if (next === best) continue;
      if (category(next) !== category(best)) return ANY;
      if (!preferred(best) && coercible(best, next) && !coercible(next, best)) best = next;
    }
    return best;
  };

  const preferred = (type: number) => row(type)?.preferred ?? false;

  return {
    base,
    element,
    subtype: (type) => snapshot.rangeParts.get(base(type))?.subtype ?? 0,
    array: (type) => row(type)?.array || ANY,
    composite,
    kind,
    category,
    preferred,
    coercible,
    common,
  };
}
