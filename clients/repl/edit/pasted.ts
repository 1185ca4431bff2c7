// Bracketed paste: the terminal says where what is pasted begins and ends, so none of it is taken for keys.
import type { Key } from './editor.ts';

/** The terminal is to put these around what is pasted. */
export const BRACKETS = { on: '\x1b[?2004h', off: '\x1b[?2004l' };

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about.
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

export class Pasted {
  #text: string | null = null;

  /** True for a key that belongs to a paste; `done` gets the whole of it. */
  takes(text: string | undefined, key: Key, done: (text: string) => void): boolean {
    if (key.name === 'paste-start') {
      this.#text = '';
      return true;
    }
    if (this.#text === null) return false;
    if (key.name === 'paste-end') {
      const whole = this.#text.replaceAll('\r\n', '\n').replaceAll('\r', '\n');
      this.#text = null;
      // The line's end that was copied along is no line of its own.
      done(whole.replace(CONTROL, '').replace(/\n$/, ''));
    } else this.#text += key.sequence ?? text ?? '';
    return true;
  }
}
