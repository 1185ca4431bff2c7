import type { Resolved } from '../../../statements/analysis.ts';

/** Both together; `a` itself where `b` adds nothing. */
export function union<T extends Resolved | null | undefined>(a: T, b: Resolved | null | undefined): T | Resolved {
  if (!a || !b) return a ?? b ?? a;
  const functions = merged(a.functions, b.functions);
  const types = merged(a.types, b.types);
  return functions === a.functions && types === a.types ? a : { functions, types };
}

function merged(a: readonly number[], b: readonly number[]): readonly number[] {
  const all = new Set([...a, ...b]);
  return all.size === a.length ? a : [...all];
}
