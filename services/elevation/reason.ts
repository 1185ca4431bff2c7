export const LONGEST_REASON = 500;

/** Invisible or direction-changing characters, joiners of real words and emoji aside. */
const HIDDEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Co}]|(?![\u200c\u200d])\p{Cf}/u;
const SAYS_SOMETHING = /[\p{L}\p{N}]/u;
/** Letters by name only: Hangul fillers show nothing. */
const BLANK_LETTERS = /[\u115f\u1160\u3164\uffa0]/gu;

export type CheckedReason = { ok: true; reason: string } | { ok: false; message: string };

/**
 * A reason that people can read and that cannot deceive them: 1 to 500 characters, no control characters, nothing that hides text or turns
 * its direction.
 */
export function checkReason(typed: string): CheckedReason {
  if (!typed.isWellFormed()) return { ok: false, message: 'the reason is not valid Unicode' };
  const reason = typed.trim();
  if (!SAYS_SOMETHING.test(reason.replaceAll(BLANK_LETTERS, ''))) {
    return { ok: false, message: 'a reason is needed: say in a few words what you are going to do and why' };
  }
  const length = characters(reason);
  if (length > LONGEST_REASON) {
    return { ok: false, message: `the reason has ${length} characters, ${LONGEST_REASON} are allowed` };
  }
  const hidden = HIDDEN.exec(reason)?.[0];
  if (hidden !== undefined) {
    return { ok: false, message: `the reason holds the character ${codePoint(hidden)}, which people cannot see` };
  }
  return { ok: true, reason };
}

/** A refused reason as it may be recorded: bounded, and with what is hidden made visible. */
export function presentable(typed: string): string {
  const start = Array.from(
    typed
      .slice(0, 4 * LONGEST_REASON)
      .toWellFormed()
      .trim(),
  ).slice(0, LONGEST_REASON);
  return start.map((character) => (HIDDEN.test(character) ? '\ufffd' : character)).join('');
}

function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
