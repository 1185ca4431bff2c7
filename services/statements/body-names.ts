// The names in a function's body that are looked up when it runs, along the path of that moment.
import { BLANKS, cutName, foldings, NAME } from './sql-characters.ts';

export interface BodyNames {
  /** Called, or written like an attribute. */
  called: string[];
  operators: string[];
  /** All words: one may be a view, a type, or the schema of another. */
  words: ReadonlySet<string>;
}

/** A word; a quote, which may open a name; an operator. */
const TOKEN = new RegExp(`(${NAME})|(")|([-+*/<>=~!@#%^&|\`?]+)`, 'gu');
/** Of a quoted name as much as PostgreSQL keeps: 63 bytes. A body of quotes alone has a name behind each. */
const QUOTED = /"((?:[^"]|""){1,64})("?)/y;
/** Each byte may be written as an escape of up to eight characters. */
const WITH_ESCAPES = /"((?:[^"]|""){1,600})("?)/y;
/** What stands behind a name that is called. A comment may stand between. */
const CALL = new RegExp(`[${BLANKS}]*(?:\\(|--|/\\*)`, 'y');
const DOT = new RegExp(`\\.[${BLANKS}]*$`);
const DOT_AND_COMMENT = new RegExp(`\\.[${BLANKS}]*(?:--|/\\*)`);
const ESCAPE = /\\(?:([0-9a-fA-F]{4})|\+([0-9a-fA-F]{6}))/g;
const UESCAPE = new RegExp(`[${BLANKS}]*uescape[${BLANKS}]*'(.)'`, 'iy');

/**
 * Nothing is parsed: what stands in a string or a comment counts too, and a quote that opens nothing hides nothing. Too many
 * names are safe, too few are not.
 */
export function bodyNames(source: string): BodyNames {
  const called = new Set<string>();
  const operators = new Set<string>();
  const words = new Set<string>();
  const all = DOT_AND_COMMENT.test(source) || commentInComment(source);
  let before = 0;
  const named = (names: readonly string[], from: number, to: number, certain: boolean) => {
    CALL.lastIndex = to;
    const call = all || !certain || CALL.test(source) || DOT.test(source.slice(before, from));
    for (const name of names) {
      const kept = cutName(name);
      words.add(kept);
      if (call) called.add(kept);
    }
  };
  for (const match of source.matchAll(TOKEN)) {
    const [token, plain, quote, operator] = match;
    const { index } = match;
    if (plain !== undefined) named(foldings(plain), index, index + token.length, true);
    else if (quote !== undefined) {
      const unicode = /[uU]&$/.test(source.slice(Math.max(0, index - 2), index));
      const form = unicode ? WITH_ESCAPES : QUOTED;
      form.lastIndex = index;
      const [whole = '', inside = '', end] = form.exec(source) ?? [];
      const name = inside.replaceAll('""', '"');
      const names = unicode ? [name, escaped(source, index + whole.length, name)] : [name];
      if (name !== '') named(names, index, index + whole.length, !unicode && end === '"');
    } else if (operator !== undefined) {
      // `a=-1` holds two: where one ends is not worth knowing.
      for (let from = 0; from < operator.length; from++)
        for (let to = from + 1; to <= Math.min(operator.length, from + 6); to++)
          operators.add(operator.slice(from, to));
    }
    before = index + token.length;
  }
  return { called: [...called], operators: [...operators], words };
}

/** Where one ends is then not where it seems to, and so it may hide a dot. */
function commentInComment(source: string): boolean {
  let depth = 0;
  for (const [mark] of source.matchAll(/\/\*|\*\//g)) {
    depth = mark === '/*' ? depth + 1 : Math.max(0, depth - 1);
    if (depth > 1) return true;
  }
  return false;
}

/** What `U&"name"` means; `UESCAPE`, where it is given, stands at `behind`. */
function escaped(source: string, behind: number, name: string): string {
  UESCAPE.lastIndex = behind;
  const by = UESCAPE.exec(source)?.[1] ?? '\\';
  const plain = by === '\\' ? name : name.replaceAll(by, '\\');
  return plain
    .replace(ESCAPE, (_, four?: string, six?: string) => {
      const code = Number.parseInt(four ?? six ?? '', 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : '';
    })
    .replaceAll('\\\\', '\\');
}
