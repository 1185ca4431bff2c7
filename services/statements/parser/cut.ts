// Statements cut out of their text at UTF-8 byte offsets.
import { trimBlanks } from '../sql-characters.ts';
import type { ReadableText } from '../text.ts';
import type { RawStatement } from './parse.ts';

/** `location` and `length` count bytes, JavaScript's strings do not: a text sliced by them would be another than was judged. */
export function cutter({ text, bytes }: ReadableText): (raw: RawStatement) => string {
  const ascii = bytes === text.length;
  const buffer = ascii ? null : Buffer.from(text);
  return ({ location, length }) => {
    const end = length === 0 ? bytes : location + length;
    const cut = buffer ? buffer.toString('utf8', location, end) : text.slice(location, end);
    return trimBlanks(cut);
  };
}
