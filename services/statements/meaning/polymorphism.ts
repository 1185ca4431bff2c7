// What polymorphic parameters make of the arguments, and the type of a result that follows from them.
import type { Look } from './look.ts';
import { ANY, POLYMORPHIC, TYPE, type Types } from './types.ts';

/** Arguments of anycompatible and its kin become one type. */
export function compatible({ values, types }: Look, args: readonly number[], params: readonly number[]): void {
  const elements = params.flatMap((param, i) => {
    const shape = POLYMORPHIC.get(param);
    const arg = args[i] ?? ANY;
    if (!shape?.compatible || arg === TYPE.unknown) return [];
    if (shape.shape === 'element') return [arg];
    return [(shape.shape === 'array' ? types.element(arg) : types.subtype(arg)) || ANY];
  });
  if (elements.length < 2) return;
  const common = types.common(elements);
  for (const element of elements) values.cast(element, common);
}

/** The type of a call's result, where a polymorphic one follows from its arguments. */
export function returned(
  types: Types,
  { row, params }: { row: { returns: number }; params: readonly number[] },
  args: readonly number[],
): number {
  const result = POLYMORPHIC.get(row.returns);
  if (!result) return row.returns;
  if (result.shape === 'range' || result.shape === 'multirange') {
    const same = params.indexOf(row.returns);
    return same === -1 ? ANY : notLiteral(args[same]);
  }
  const elements = params.flatMap((param, i) => {
    const shape = POLYMORPHIC.get(param);
    if (!shape || shape.compatible !== result.compatible) return [];
    const arg = args[i] ?? ANY;
    if (shape.shape === 'element') return [arg];
    return [(shape.shape === 'array' ? types.element(arg) : types.subtype(arg)) || ANY];
  });
  if (elements.length === 0 || elements.every((type) => type === TYPE.unknown)) return ANY;
  const element = types.common(elements);
  return result.shape === 'array' ? types.array(element) : element;
}

function notLiteral(type: number | undefined): number {
  return type === undefined || type === TYPE.unknown ? ANY : type;
}
