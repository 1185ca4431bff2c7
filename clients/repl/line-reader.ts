// Reads lines from a person at a terminal, with editing and history, and lets others write above the line being typed.
import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline';
import type { History } from './history.ts';
import type { Terminal } from './terminal.ts';

/** `pasted`: as a part of several lines at once, which nobody has been asked about. */
export type Typed =
  | { kind: 'line'; text: string; pasted?: boolean }
  | { kind: 'interrupt' }
  | { kind: 'end' }
  | { kind: 'woken' };

/** The terminal is to put these around what is pasted. */
const BRACKETS = { on: '\x1b[?2004h', off: '\x1b[?2004l' };

export class LineReader {
  /** Ctrl-C while nothing is being read. */
  onInterrupt: () => void = () => {};
  readonly #terminal: Terminal;
  #readline: Interface;
  readonly #history: History;
  /** Lines typed or pasted ahead. */
  #ahead: (Typed & { kind: 'line' })[] = [];
  /** Lines of what is being pasted; null where nothing is. */
  #pasting: (Typed & { kind: 'line' })[] | null = null;
  #asking = false;
  #waiting: { resolve: (typed: Typed) => void; prompt: () => string; shown: string } | null = null;
  #ended = false;
  /** readline's own list, which it hands out when it changes. */
  #recalled: string[] | null = null;

  constructor(terminal: Terminal, history: History) {
    this.#terminal = terminal;
    this.#history = history;
    this.#readline = this.#open();
    // Of the keys themselves readline tells nothing else of a paste.
    terminal.input.on('keypress', this.#onKey);
    terminal.output.write(BRACKETS.on);
  }

  #open(): Interface {
    const { input, output } = this.#terminal;
    const readline = createInterface({
      input,
      output,
      terminal: true,
      history: [...this.#history.entries],
      historySize: 1_000,
      prompt: '',
    });
    return (
      readline
        .on('line', (line) => {
          // A recalled statement of several lines comes with carriage returns between them.
          const text = line.replaceAll('\r', '\n');
          if (this.#pasting) this.#pasting.push({ kind: 'line', text, pasted: true });
          else if (this.#waiting) this.#settle({ kind: 'line', text });
          else this.#ahead.push({ kind: 'line', text });
        })
        .on('SIGINT', () => this.#interrupted())
        .on('close', () => this.#closed(readline))
        // It remembers each line, answers to questions too; what is remembered is decided here, by whole statements.
        .on('history', (recalled: string[]) => {
          this.#recalled = recalled;
          this.remember(null);
        })
    );
  }

  /** Ctrl-D, or the input's end. At a question Ctrl-D is an answer: no. */
  #closed(readline: Interface): void {
    if (readline !== this.#readline) return;
    const { input, output } = this.#terminal;
    if (this.#asking && this.#waiting && !input.readableEnded && !input.destroyed) {
      this.#readline = this.#open();
      output.write('\n');
      this.#settle({ kind: 'interrupt' });
      return;
    }
    this.#ended = true;
    this.#settle({ kind: 'end' });
  }

  readonly #onKey = (_text: string | undefined, key: { name?: string } | undefined) => {
    if (key?.name === 'paste-start') this.#pasting = [];
    if (key?.name !== 'paste-end' || !this.#pasting) return;
    const [only, another] = this.#pasting;
    // One line is what its reader sees, and ends.
    const lines = another ? this.#pasting : only ? [{ ...only, pasted: false }] : [];
    this.#pasting = null;
    this.#ahead.push(...lines);
    const first = this.#waiting ? this.#ahead.shift() : undefined;
    if (first) this.#settle(first);
  };

  /** The next line. Only one may be read at a time; `prompt` is asked again whenever it is drawn anew. */
  read(prompt: () => string): Promise<Typed> {
    const ahead = this.#ahead.shift();
    if (ahead !== undefined) return Promise.resolve(ahead);
    if (this.#ended) return Promise.resolve({ kind: 'end' });
    return new Promise((resolve) => {
      const shown = prompt();
      this.#waiting = { resolve, prompt, shown };
      this.#readline.setPrompt(shown);
      this.#readline.prompt(true);
    });
  }

  /** Nothing was typed ahead: that was not meant as an answer (a pasted script must not say yes). */
  get mayAsk(): boolean {
    return this.#ahead.length === 0 && !this.#ended;
  }

  /**
   * Asks something that decides. Null for Ctrl-C and Ctrl-D, and where lines were typed ahead. A line that is half typed is no
   * answer either: it comes back behind it.
   */
  async ask(question: string): Promise<string | null> {
    if (!this.mayAsk) return null;
    const held = this.#readline.line;
    if (held !== '') this.#clear();
    this.#asking = true;
    try {
      const typed = await this.read(() => question);
      return typed.kind === 'line' && !typed.pasted ? typed.text : null;
    } finally {
      this.#asking = false;
      if (held !== '' && !this.#ended) this.#readline.write(held);
    }
  }

  /** What was pasted with the line that was just read, and is not read yet. */
  takePasted(): string[] {
    const end = this.#ahead.findIndex(({ pasted }) => !pasted);
    return this.#ahead.splice(0, end < 0 ? this.#ahead.length : end).map(({ text }) => text);
  }

  /** To be read next, as if they had been typed. */
  putBack(lines: string[]): void {
    this.#ahead.unshift(...lines.map((text) => ({ kind: 'line' as const, text })));
  }

  /** Ends the wait for a line, which stays as it is. */
  wake(): void {
    if (!this.#waiting) return;
    this.#terminal.output.write('\n');
    this.#settle({ kind: 'woken' });
  }

  /** Draws the prompt again if it changed. */
  refresh(): void {
    const waiting = this.#waiting;
    if (!waiting) return;
    const prompt = waiting.prompt();
    if (prompt === waiting.shown) return;
    waiting.shown = prompt;
    this.#readline.setPrompt(prompt);
    this.#readline.prompt(true);
  }

  /** Writes a text above the line that is being typed. */
  say(text: string): void {
    const { output } = this.#terminal;
    const waiting = this.#waiting;
    if (!waiting) {
      output.write(text);
      return;
    }
    moveCursor(output, 0, -this.#readline.getCursorPos().rows);
    cursorTo(output, 0);
    clearScreenDown(output);
    output.write(text);
    waiting.shown = waiting.prompt();
    this.#readline.setPrompt(waiting.shown);
    this.#readline.prompt(true);
  }

  /** Adds a statement to the history; null: only makes readline's list like it. */
  remember(entry: string | null): void {
    if (entry !== null) this.#history.add(entry);
    this.#recalled?.splice(0, this.#recalled.length, ...this.#history.entries);
  }

  /** Another program reads the keys meanwhile. */
  async aside<T>(run: () => Promise<T>): Promise<T> {
    this.#readline.pause();
    try {
      return await run();
    } finally {
      this.#readline.resume();
    }
  }

  close(): void {
    this.#terminal.input.off('keypress', this.#onKey);
    this.#terminal.output.write(BRACKETS.off);
    this.#readline.close();
  }

  #interrupted(): void {
    this.#ahead = [];
    if (!this.#waiting) {
      this.onInterrupt();
      return;
    }
    this.#clear();
    this.#terminal.output.write('^C\n');
    this.#settle({ kind: 'interrupt' });
  }

  /** Of what is being typed. */
  #clear(): void {
    this.#readline.write(null, { ctrl: true, name: 'e' });
    this.#readline.write(null, { ctrl: true, name: 'u' });
  }

  #settle(typed: Typed): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.resolve(typed);
  }
}
