// The names in a function's body that are looked up when it runs, along the path of that moment.

export interface BodyNames {
  /** Called, or written like an attribute. */
  called: string[];
  operators: string[];
  /** All words: one may be a view or a type. */
  words: string[];
}

const TOKEN = /"((?:[^"]|"")+)"|([\p{L}_][\p{L}\p{N}_$]*)|([-+*/<>=~!@#%^&|`?]+)/gu;

/** Nothing is parsed: what stands in a string or a comment counts too. Too many names are safe, too few are not. */
export function bodyNames(source: string): BodyNames {
  const called = new Set<string>();
  const operators = new Set<string>();
  const words = new Set<string>();
  for (const match of source.matchAll(TOKEN)) {
    const [token, quoted, plain, operator] = match;
    if (operator !== undefined) {
      // `a=-1` holds two: where one ends is not worth knowing.
      for (let from = 0; from < operator.length; from++)
        for (let to = from + 1; to <= Math.min(operator.length, from + 6); to++)
          operators.add(operator.slice(from, to));
      continue;
    }
    const word = quoted === undefined ? (plain ?? '').toLowerCase() : quoted.replaceAll('""', '"');
    words.add(word);
    const after = /^\s*(?:\(|--|\/\*)/.test(source.slice(match.index + token.length, match.index + token.length + 200));
    if (after || /[.]\s*$/.test(source.slice(Math.max(0, match.index - 200), match.index))) called.add(word);
  }
  return { called: [...called], operators: [...operators], words: [...words] };
}
