// Text that people are shown must not be able to hide, reorder or fake anything around it.

/**
 * Makes control, direction and invisible characters visible: `\n` becomes ␊, U+202E becomes ⟨U+202E⟩. The result is one line of well-formed
 * Unicode, so it can neither end a header nor open a new paragraph. Joiners stay: emoji and some scripts need them.
 */
export function visible(text: string): string {
  return text.toWellFormed().replace(UNSEEN, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    if (code === 0x7f) return '\u2421';
    return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
  });
}

/** Cc, Cf, line and paragraph separators, variation tags; but not the zero-width joiner and non-joiner. */
const UNSEEN = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/gu;

/** At most `length` characters (code points), the last an ellipsis when something was cut off. */
export function shorten(text: string, length: number): string {
  const characters = Array.from(text);
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}

/** For a value inside a line: visible and bounded. */
export const inline = (text: string, length = 200): string => shorten(visible(text), length);

/** For code in a box or an indented paragraph, out of which line breaks cannot lead: each line visible. */
export const codeLines = (text: string, length = 2_000): string[] =>
  shorten(text.replace(/\r\n?/g, '\n'), length)
    .split('\n')
    .map((line) => visible(line.replaceAll('\t', '    ')));
