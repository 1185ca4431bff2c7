// Reasons as they leave policy: short, few, and nothing in them that a terminal, a log or a reader stumbles over. A rule may put into
// a message what it was given, an application's name for instance, which whoever connects chooses.
import type { Reason } from './decision.ts';

/** A decision with more reasons names the first of them. */
const MOST_REASONS = 20;
const LONGEST_CODE = 63;
const LONGEST_TEXT = 1_000;

/** The same array where there is nothing to change, as nearly always. */
export function plainReasons(reasons: Reason[]): Reason[] {
  if (reasons.length <= MOST_REASONS && reasons.every(isPlain)) return reasons;
  return reasons.slice(0, MOST_REASONS).map(({ code, message, remedy }) => ({
    code: plain(code, LONGEST_CODE),
    message: plain(message, LONGEST_TEXT),
    remedy: plain(remedy, LONGEST_TEXT),
  }));
}

/** Controls, what ends lines, what is not seen or turns the direction of writing; joiners, which scripts and emoji need, may stay. */
const NOT_PLAIN = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/gu;

/** One line of at most `longest` characters of UTF-16. */
export function plain(text: string, longest: number): string {
  const shown = text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
  return shown
    .toWellFormed()
    .replace(/[\r\n\t]+/g, ' ')
    .replace(NOT_PLAIN, '\ufffd');
}

function isPlain({ code, message, remedy }: Reason): boolean {
  return (
    code.length <= LONGEST_CODE &&
    message.length <= LONGEST_TEXT &&
    remedy.length <= LONGEST_TEXT &&
    isPlainText(code) &&
    isPlainText(message) &&
    isPlainText(remedy)
  );
}

function isPlainText(text: string): boolean {
  // The usual one is told without asking a table of Unicode's.
  return /^[ -~]*$/.test(text) || (text.isWellFormed() && text.search(NOT_PLAIN) < 0);
}
