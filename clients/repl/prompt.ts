import { visibleLine } from './output/visible.ts';
import { placeOf, type SessionState } from './state.ts';
import type { Open } from './statement-splitter.ts';
import type { Style } from './style.ts';

const CONTINUED: Record<Exclude<Open, 'nothing'>, string> = {
  statement: '-',
  parenthesis: '(',
  quote: "'",
  identifier: '"',
  dollar: '$',
  comment: '*',
};

/**
 * `shop (production) read> `, and in write mode, in red, with the time left: `shop (production) write 14m> `. A star is an open
 * transaction, an exclamation mark a failed one. Where a statement goes on, what is open stands before the `>`.
 */
export function promptText(state: SessionState, transaction: string, open: Open, now: number, style: Style): string {
  const star = transaction === 'T' ? '*' : transaction === 'E' ? '!' : '';
  const place = visibleLine(placeOf(state));
  const mode = state.mode === 'write' ? style.red(style.bold(`write ${timeLeft(state, now)}`.trim())) : 'read';
  if (open === 'nothing') return `${place} ${mode}${star}> `;
  const length =
    place.length + (state.mode === 'write' ? `write ${timeLeft(state, now)}`.trim().length : 4) + 1 + star.length;
  return `${' '.repeat(Math.max(0, length - 1))}${CONTINUED[open]}> `;
}

/** Minutes, rounded up; in the last one tens of seconds, for each change is drawn anew. */
export function timeLeft({ writeUntil }: SessionState, now: number): string {
  if (writeUntil === null) return '';
  const seconds = Math.max(0, Math.ceil((writeUntil - now) / 1_000));
  if (seconds > 3_600)
    return `${Math.floor(seconds / 3_600)}h${String(Math.floor((seconds % 3_600) / 60)).padStart(2, '0')}m`;
  return seconds > 60 ? `${Math.ceil(seconds / 60)}m` : `${Math.ceil(seconds / 10) * 10}s`;
}
