// SQL in colours, as it is typed.
import type { Style } from '../style.ts';
import { sqlTokens, type TokenKind } from '../sql-tokens.ts';
import { isKeyword } from '../complete/keywords.ts';
import { type Paint, type Painted, unpainted } from './view.ts';

/** The parts of a text with their colours; together they are the text. */
export function makeHighlight(style: Style): (text: string) => Painted[] {
  const paints: Record<TokenKind, Paint> = {
    blank: unpainted,
    word: unpainted,
    name: unpainted,
    text: style.green,
    number: style.cyan,
    comment: style.dim,
    variable: style.magenta,
    symbol: unpainted,
  };
  return (text) => {
    const command = /^\s*\\\S*/.exec(text)?.[0] ?? '';
    if (command !== '') {
      return [
        { text: command, paint: style.magenta },
        { text: text.slice(command.length), paint: unpainted },
      ];
    }
    return sqlTokens(text).map(({ kind, text: part }) => ({
      text: part,
      paint: kind === 'word' && isKeyword(part) ? style.blue : paints[kind],
    }));
  };
}
