// Reads lines from a person at a terminal, with editing and history, and lets others write above the line being typed.
import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline';
import type { History } from './history.ts';
import type { Terminal } from './terminal.ts';

export type Typed = { kind: 'line'; text: string } | { kind: 'interrupt' } | { kind: 'end' } | { kind: 'woken' };

export class LineReader {
  /** Ctrl-C while nothing is being read. */
  onInterrupt: () => void = () => {};
  readonly #terminal: Terminal;
  readonly #readline: Interface;
  readonly #history: History;
  /** Lines typed or pasted ahead. */
  #ahead: string[] = [];
  #waiting: { resolve: (typed: Typed) => void; prompt: () => string; shown: string } | null = null;
  #ended = false;
  /** readline's own list, which it hands out when it changes. */
  #recalled: string[] | null = null;

  constructor(terminal: Terminal, history: History) {
    this.#terminal = terminal;
    this.#history = history;
    this.#readline = createInterface({
      input: terminal.input,
      output: terminal.output,
      terminal: true,
      history: [...history.entries],
      historySize: 1_000,
      prompt: '',
    });
    this.#readline
      .on('line', (line) => {
        // A recalled statement of several lines comes with carriage returns between them.
        const text = line.replaceAll('\r', '\n');
        if (this.#waiting) this.#settle({ kind: 'line', text });
        else this.#ahead.push(text);
      })
      .on('SIGINT', () => this.#interrupted())
      .on('close', () => {
        this.#ended = true;
        this.#settle({ kind: 'end' });
      })
      // It remembers each line, answers to questions too; what is remembered is decided here, by whole statements.
      .on('history', (recalled: string[]) => {
        this.#recalled = recalled;
        this.remember(null);
      });
  }

  /** The next line. Only one may be read at a time; `prompt` is asked again whenever it is drawn anew. */
  read(prompt: () => string): Promise<Typed> {
    const text = this.#ahead.shift();
    if (text !== undefined) return Promise.resolve({ kind: 'line', text });
    if (this.#ended) return Promise.resolve({ kind: 'end' });
    return new Promise((resolve) => {
      const shown = prompt();
      this.#waiting = { resolve, prompt, shown };
      this.#readline.setPrompt(shown);
      this.#readline.prompt(true);
    });
  }

  /**
   * Asks something that decides. Null for Ctrl-C and Ctrl-D, and where lines were typed ahead: they were not meant as the
   * answer (a pasted script must not say yes).
   */
  async ask(question: string): Promise<string | null> {
    if (this.#ahead.length > 0) return null;
    const typed = await this.read(() => question);
    return typed.kind === 'line' ? typed.text : null;
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
    this.#readline.close();
  }

  #interrupted(): void {
    this.#ahead = [];
    if (!this.#waiting) {
      this.onInterrupt();
      return;
    }
    this.#readline.write(null, { ctrl: true, name: 'e' });
    this.#readline.write(null, { ctrl: true, name: 'u' });
    this.#terminal.output.write('^C\n');
    this.#settle({ kind: 'interrupt' });
  }

  #settle(typed: Typed): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.resolve(typed);
  }
}
