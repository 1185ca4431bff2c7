import { visibleLine } from './output/visible.ts';
import { placeOf, type SessionState } from './state.ts';
import type { Open } from './statement-splitter.ts';
import type { Style } from './style.ts';
import { widthOf } from './output/fit.ts';

const CONTINUED: Record<Exclude<Open, 'nothing'>, string> = {
  statement: '-',
  parenthesis: '(',
  quote: "'",
  identifier: '"',
  dollar: '$',
  comment: '*',
};

export interface PromptInput {
  state: SessionState;
  /** `I`, `T` or `E`. */
  transaction: string;
  open: Open;
  /** Milliseconds since 1970. */
  now: number;
  style: Style;
  user: string;
  /** The gateway's host. */
  host: string;
  /** PROMPT1 and PROMPT2, where somebody set them. */
  own: { first: string | null; next: string | null };
  variable: (name: string) => string | null;
}

/**
 * `shop (production) read> `, and in write mode, in red, with the time left: `shop (production) write 14m> `. A star is an open
 * transaction, an exclamation mark a failed one. Where a statement goes on, what is open stands before the `>`.
 */
export function promptText(input: PromptInput): string {
  const { state, transaction, open, now, style, own } = input;
  const mark = transaction === 'T' ? '*' : transaction === 'E' ? '!' : '';
  const place = visibleLine(placeOf(state));
  const first =
    own.first === null ? `${place} ${modeText(state, now, style)}${mark}> ` : ownPrompt(own.first, input, mark);
  if (open === 'nothing') return first;
  if (own.next !== null) return ownPrompt(own.next, input, mark);
  const length = widthOf(first.slice(first.lastIndexOf('\n') + 1));
  return `${' '.repeat(Math.max(0, length - 3))}${CONTINUED[open]}> `;
}

const modeText = (state: SessionState, now: number, style: Style): string =>
  state.mode === 'write' ? style.red(style.bold(`write ${timeLeft(state, now)}`.trim())) : 'read';

/**
 * A person's own: `%/` target, `%~` target and environment, `%E` environment, `%S` the mode and its time left, `%n` who they are,
 * `%m` the gateway, `%x` the transaction, `%R` what is open, `%:name:` a variable, `%[`…`%]` colours, `%%`. Write mode is shown
 * whether they ask for it or not.
 */
function ownPrompt(text: string, { state, open, now, style, user, host, variable }: PromptInput, mark: string): string {
  const shown = text.replace(/%(?::(\w+):|\[((?:\\e|\\033|\\x1b)\[[\d;]*m)%\]|(.))/g, (_all, name, colour, letter) => {
    if (name !== undefined) return visibleLine(variable(name) ?? '');
    if (colour !== undefined) return colour.replace(/^(\\e|\\033|\\x1b)/, '\x1b');
    switch (letter) {
      case '/':
        return visibleLine(state.target);
      case '~':
        return visibleLine(placeOf(state));
      case 'E':
        return visibleLine(state.environment);
      case 'S':
        return modeText(state, now, style);
      case 'n':
        return visibleLine(user);
      case 'm':
      case 'M':
        return visibleLine(host);
      case 'x':
        return mark;
      case 'R':
        return open === 'nothing' ? '=' : CONTINUED[open];
      case '#':
        return '>';
      case '%':
        return '%';
      default:
        return '';
    }
  });
  return state.mode === 'write' && !text.includes('%S') ? `${modeText(state, now, style)} ${shown}` : shown;
}

/** Minutes, rounded up; in the last one tens of seconds, for each change is drawn anew. */
export function timeLeft({ writeUntil }: SessionState, now: number): string {
  if (writeUntil === null) return '';
  const seconds = Math.max(0, Math.ceil((writeUntil - now) / 1_000));
  if (seconds > 3_600)
    return `${Math.floor(seconds / 3_600)}h${String(Math.floor((seconds % 3_600) / 60)).padStart(2, '0')}m`;
  return seconds > 60 ? `${Math.ceil(seconds / 60)}m` : `${Math.ceil(seconds / 10) * 10}s`;
}
