// Layer A: what a text must be before any parser sees it. The bytes judged are the bytes sent.
import type { Analysis } from './analysis.ts';

export interface TextLimits {
  /** Bytes of one text. */
  read: number;
  write: number;
  /** Occurrences of a comment's opening: scanning nested ones is quadratic, here and in the server. */
  comments: number;
}

export const DEFAULT_TEXT_LIMITS: TextLimits = { read: 64 * 1024, write: 1024 * 1024, comments: 200 };

export type Refusal = Extract<Analysis, { kind: 'refused' }>;

export interface ReadableText {
  text: string;
  /** UTF-8 bytes. */
  bytes: number;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A text that may be parsed, or why not. A string with an unpaired surrogate has no UTF-8: the parser would lose its end. */
export function readText(sql: Uint8Array | string, mode: 'read' | 'write', limits: TextLimits): ReadableText | Refusal {
  const bytes = typeof sql === 'string' ? Buffer.byteLength(sql) : sql.byteLength;
  if (bytes > limits[mode]) {
    return refusal('limit_exceeded', textTooLong(bytes, limits[mode], mode), LONG_TEXT[mode]);
  }
  let text: string;
  try {
    text = typeof sql === 'string' ? sql : decoder.decode(sql);
  } catch {
    return refusal('invalid_encoding', 'statement text is not valid UTF-8');
  }
  if (typeof sql === 'string' && !text.isWellFormed()) {
    return refusal('invalid_encoding', 'statement text holds an unpaired surrogate');
  }
  if (text.includes('\0')) return refusal('invalid_encoding', 'statement text holds a NUL character');
  if (commentOpenings(text, limits.comments) > limits.comments) {
    return refusal(
      'limit_exceeded',
      `statement text opens more than ${limits.comments} comments`,
      'Leave some out, or send it in parts; -- comments are not counted.',
    );
  }
  return { text, bytes };
}

export const textTooLong = (bytes: number, most: number, mode: 'read' | 'write'): string =>
  `statement text of ${bytes} bytes is over the limit of ${most} in ${mode} mode`;

/** What to do about it, by mode. */
export const LONG_TEXT = {
  read: 'Send it in parts, or its values as parameters; write mode takes longer texts. The operator sets limits.text_read.',
  write: 'Send it in parts, its values as parameters, or the rows by COPY. The operator sets limits.text_write.',
} as const;

function commentOpenings(text: string, enough: number): number {
  let count = 0;
  for (let at = text.indexOf('/*'); at !== -1 && count <= enough; at = text.indexOf('/*', at + 1)) count++;
  return count;
}

export function refusal(code: Refusal['code'], message: string, hint?: string): Refusal {
  return hint === undefined ? { kind: 'refused', code, message } : { kind: 'refused', code, message, hint };
}
