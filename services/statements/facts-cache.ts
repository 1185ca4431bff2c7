// Facts by whole text: never by a text with its literals stripped, for literals decide what runs.
import type { Analysis, AnalysisContext } from './analysis.ts';
import type { ReadableText } from './text.ts';

export interface FactsCache {
  /** `catalogue`: whatever identifies the snapshot and server version that names were resolved against. */
  get(text: string, context: AnalysisContext, catalogue: string): Analysis | undefined;
  /** `bytes`: of the analysis, roughly, without the text. */
  set(readable: ReadableText, context: AnalysisContext, catalogue: string, analysis: Analysis, bytes: number): void;
}

/** Longer texts are seldom sent twice (dumps, bulk inserts). */
const LONGEST = 16 * 1024;
/** Types of parameters are part of the key; a Parse may name 65,535, other ones each time. */
const MOST_TYPES = 256;

interface Kept {
  analysis: Analysis;
  /** With its text. */
  bytes: number;
}

/** Two generations of at most `size` texts and `most` bytes each: what was used since the last turn survives it. */
export function makeFactsCache(size: number, most = 16_000_000): FactsCache {
  let young = new Map<string, Map<string, Kept>>();
  let old = young;
  let count = 0;
  let held = 0;
  // A context's key is long and nearly always the last one again.
  let last: { context: AnalysisContext; catalogue: string; key: string } | null = null;
  const keyOf = (context: AnalysisContext, catalogue: string) => {
    if (last?.catalogue === catalogue && sameContext(last.context, context)) return last.key;
    const { target, searchPath, bodyPath = searchPath, also = null, remade, mode, login, parameterTypes } = context;
    const names = remade?.id ?? null;
    const key = JSON.stringify([
      target,
      searchPath,
      bodyPath,
      also,
      names,
      mode,
      login,
      parameterTypes ?? null,
      catalogue,
    ]);
    last = { context: { ...context, ...(parameterTypes && { parameterTypes: [...parameterTypes] }) }, catalogue, key };
    return key;
  };
  const put = (key: string, text: string, kept: Kept) => {
    if (count >= size || held + kept.bytes > most) {
      old = young;
      young = new Map();
      count = held = 0;
    }
    const texts = young.get(key) ?? new Map<string, Kept>();
    young.set(key, texts.set(text, kept));
    count++;
    held += kept.bytes;
  };
  return {
    get(text, context, catalogue) {
      if (!keeps(context)) return undefined;
      const key = keyOf(context, catalogue);
      const found = young.get(key)?.get(text);
      if (found || old === young) return found?.analysis;
      const survivor = old.get(key)?.get(text);
      if (survivor) put(key, text, survivor);
      return survivor?.analysis;
    },
    set({ text, bytes }, context, catalogue, analysis, more) {
      if (bytes <= LONGEST && keeps(context))
        put(keyOf(context, catalogue), text, { analysis, bytes: 2 * bytes + more });
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
    a.bodyPath === b.bodyPath &&
    a.also === b.also &&
    a.remade?.id === b.remade?.id &&
    a.mode === b.mode &&
    a.login === b.login &&
    types?.length === others?.length &&
    (types?.every((type, i) => type === others?.[i]) ?? true)
  );
}
