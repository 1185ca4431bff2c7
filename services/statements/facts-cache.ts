// Facts by whole text: never by a text with its literals stripped, for literals decide what runs.
import type { Analysis, AnalysisContext } from './analysis.ts';
import type { ReadableText } from './text.ts';

export interface FactsCache {
  /** `catalogue`: whatever identifies the snapshot and server version that names were resolved against. */
  get(text: string, context: AnalysisContext, catalogue: string): Analysis | undefined;
  set(readable: ReadableText, context: AnalysisContext, catalogue: string, analysis: Analysis): void;
}

/** Longer texts are seldom sent twice (dumps, bulk inserts). */
const LONGEST = 16 * 1024;
/** Types of parameters are part of the key; a Parse may name 65,535, other ones each time. */
const MOST_TYPES = 256;

/** Two generations of at most `size` texts each: what was used since the last turn survives it. */
export function makeFactsCache(size: number): FactsCache {
  let young = new Map<string, Map<string, Analysis>>();
  let old = young;
  let count = 0;
  // A context's key is long and nearly always the last one again.
  let last: { context: AnalysisContext; catalogue: string; key: string } | null = null;
  const keyOf = (context: AnalysisContext, catalogue: string) => {
    if (last?.catalogue === catalogue && sameContext(last.context, context)) return last.key;
    const { target, searchPath, mode, login, parameterTypes } = context;
    const key = JSON.stringify([target, searchPath, mode, login, parameterTypes ?? null, catalogue]);
    last = { context: { ...context, ...(parameterTypes && { parameterTypes: [...parameterTypes] }) }, catalogue, key };
    return key;
  };
  const put = (key: string, text: string, analysis: Analysis) => {
    if (count >= size) {
      old = young;
      young = new Map();
      count = 0;
    }
    const texts = young.get(key) ?? new Map<string, Analysis>();
    young.set(key, texts.set(text, analysis));
    count++;
  };
  return {
    get(text, context, catalogue) {
      if (!keeps(context)) return undefined;
      const key = keyOf(context, catalogue);
      const found = young.get(key)?.get(text);
      if (found || old === young) return found;
      const survivor = old.get(key)?.get(text);
      if (survivor) put(key, text, survivor);
      return survivor;
    },
    set({ text, bytes }, context, catalogue, analysis) {
      if (bytes <= LONGEST && keeps(context)) put(keyOf(context, catalogue), text, analysis);
    },
  };
}

const keeps = ({ parameterTypes }: AnalysisContext) => (parameterTypes?.length ?? 0) <= MOST_TYPES;

function sameContext(a: AnalysisContext, b: AnalysisContext): boolean {
  const types = a.parameterTypes;
  const others = b.parameterTypes;
  return (
    a.target === b.target &&
    a.searchPath === b.searchPath &&
    a.mode === b.mode &&
    a.login === b.login &&
    types?.length === others?.length &&
    (types?.every((type, i) => type === others?.[i]) ?? true)
  );
}
