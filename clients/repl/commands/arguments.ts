// The arguments of a backslash command, as psql reads them: words, 'texts' and "names".
import { EXIT } from '../exit-codes.ts';
import { Problem } from '../problem.ts';

const WORD = /(?:'(?:[^'\\]|''|\\.)*'|"(?:[^"]|"")*"|[^\s'"])+/sy;
const ESCAPES: Record<string, string> = { n: '\n', t: '\t', b: '\b', r: '\r', f: '\f' };

/** Words without their quotes; `"names"` keep theirs, for patterns need them. Throws a Problem for a quote that is open. */
export function words(argument: string): string[] {
  const found: string[] = [];
  let at = 0;
  for (;;) {
    at += /^\s*/.exec(argument.slice(at))?.[0].length ?? 0;
    if (at >= argument.length) return found;
    WORD.lastIndex = at;
    const word = WORD.exec(argument)?.[0];
    if (!word) throw new Problem(EXIT.usage, 'A quote is not closed.');
    at += word.length;
    found.push(
      word.replace(/'((?:[^'\\]|''|\\.)*)'/gs, (_all, text: string) =>
        text.replaceAll("''", "'").replace(/\\(.)/gs, (_each, letter: string) => ESCAPES[letter] ?? letter),
      ),
    );
  }
}

/** The same, with names unquoted too. */
export const plainWords = (argument: string): string[] =>
  words(argument).map((word) => word.replace(/"((?:[^"]|"")*)"/g, (_all, name: string) => name.replaceAll('""', '"')));
