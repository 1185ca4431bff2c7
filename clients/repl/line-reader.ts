// Reads lines from a person at a terminal, with editing and history, and lets others write above the line being typed.
import { emitKeypressEvents } from 'node:readline';
import { completionBelow, type Completion, type Completer } from './complete/completion.ts';
import { Editor, type Key } from './edit/editor.ts';
import { Painter } from './edit/painter.ts';
import { Pasted } from './edit/pasted.ts';
import { type Painted, unpainted } from './edit/view.ts';
import type { History } from './history.ts';
import { visibleLine } from './output/visible.ts';
import { RawMode } from './raw-mode.ts';
import type { Terminal } from './terminal.ts';

/** `pasted`: of several lines, some of which were pasted. */
export type Typed =
  | { kind: 'line'; text: string; pasted: boolean }
  | { kind: 'interrupt' }
  | { kind: 'end' }
  | { kind: 'woken' };

/** What was typed or pasted while nothing was being read. */
type Early = { text: string | undefined; key: Key } | { paste: string };

const COMPLETION_MS = 2_000;

interface Waiting {
  resolve: (typed: Typed) => void;
  prompt: () => string;
  /** A question decides something: no history, no completion, no colours. */
  question: boolean;
}

export interface LineReaderOptions {
  terminal: Terminal;
  history: History;
  /** Colours of what is typed. */
  highlight?: (text: string) => Painted[];
  complete?: Completer;
}

export class LineReader {
  /** Ctrl-C while nothing is being read. */
  onInterrupt: () => void = () => {};
  readonly #terminal: Terminal;
  readonly #history: History;
  readonly #editor: Editor;
  readonly #painter: Painter;
  readonly #pasted = new Pasted();
  readonly #rawMode: RawMode;
  readonly #highlight: (text: string) => Painted[];
  readonly #complete: Completer;
  #early: Early[] = [];
  /** What was half typed when the wait for a line was ended. */
  #half = '';
  #waiting: Waiting | null = null;
  #ended = false;
  #below: string[] = [];
  #hasPaste = false;
  #drawing = false;
  /** What is typed is held until a completion has come. */
  #completing = false;

  constructor({ terminal, history, highlight, complete }: LineReaderOptions) {
    this.#terminal = terminal;
    this.#history = history;
    this.#editor = new Editor(history.entries);
    this.#painter = new Painter(terminal.output);
    this.#highlight = highlight ?? ((text) => [{ text, paint: unpainted }]);
    this.#complete = complete ?? (async () => null);
    const { input, output } = terminal;
    emitKeypressEvents(input);
    input.on('keypress', this.#onKey).on('end', this.#onEnd).on('close', this.#onEnd);
    output.on('resize', this.#onResize);
    this.#rawMode = new RawMode(terminal, () => this.say(''));
  }

  /** The next line. Only one may be read at a time; `prompt` is asked again whenever it is drawn anew. */
  read(prompt: () => string, draft = ''): Promise<Typed> {
    const half = this.#half;
    this.#half = '';
    return this.#read(prompt, draft || half, false);
  }

  /** Nothing was typed ahead: that was not meant as an answer. */
  get mayAsk(): boolean {
    return !this.#ended && !this.#early.some((each) => 'paste' in each || isEnter(each.key));
  }

  /**
   * Asks something that decides. Null for Ctrl-C and Ctrl-D, where lines were typed ahead, and for what is pasted as several
   * lines. What is half typed is no answer either: it comes back behind it.
   */
  async ask(question: string): Promise<string | null> {
    if (!this.mayAsk) return null;
    const early = this.#early;
    this.#early = [];
    const typed = await this.#read(() => question, '', true);
    this.#early.unshift(...early);
    return typed.kind === 'line' && !typed.pasted ? typed.text : null;
  }

  /** Ends the wait for a line; what is typed of it so far is the next one's beginning. */
  wake(): void {
    if (!this.#waiting || this.#waiting.question) return;
    const { text } = this.#editor.buffer;
    this.#draw();
    this.#painter.leave();
    this.#half = text;
    this.#settle({ kind: 'woken' });
  }

  /** Draws the prompt again if it changed. */
  refresh(): void {
    if (this.#waiting) this.#draw();
  }

  /** Writes a text above the line that is being typed. */
  say(text: string): void {
    if (this.#waiting) this.#painter.erase();
    this.#terminal.output.write(text);
    if (this.#waiting) this.#draw();
  }

  /** Adds a statement to the history. */
  remember(entry: string): void {
    this.#history.add(entry);
  }

  /** Another program reads the keys meanwhile. */
  aside<T>(run: () => Promise<T>): Promise<T> {
    return this.#rawMode.lend(run);
  }

  close(): void {
    const { input, output } = this.#terminal;
    this.#ended = true;
    input.off('keypress', this.#onKey).off('end', this.#onEnd).off('close', this.#onEnd);
    output.off('resize', this.#onResize);
    this.#rawMode.end();
  }

  #read(prompt: () => string, draft: string, question: boolean): Promise<Typed> {
    if (this.#ended) return Promise.resolve({ kind: 'end' });
    return new Promise((resolve) => {
      this.#waiting = { resolve, prompt, question };
      this.#editor.start(draft);
      this.#hasPaste = false;
      this.#below = [];
      this.#draw();
      // A line that is complete among them is read; the others stay.
      this.#pressEarly();
    });
  }

  #pressEarly(): void {
    while (this.#waiting && !this.#completing && this.#early.length > 0) {
      const next = this.#early.shift();
      if (next && 'paste' in next) this.#paste(next.paste);
      else if (next) this.#press(next.text, next.key);
    }
  }

  readonly #onKey = (text: string | undefined, key: Key | undefined) => {
    const pressed = key ?? { sequence: text };
    if (this.#pasted.takes(text, pressed, (paste) => this.#takePaste(paste))) return;
    if (pressed.ctrl && pressed.name === 'z') return this.#suspend();
    const interrupts = pressed.ctrl && pressed.name === 'c';
    if (this.#waiting && (!this.#completing || interrupts)) this.#press(text, pressed);
    else if (interrupts) {
      this.#early = [];
      this.onInterrupt();
    } else this.#early.push({ text, key: pressed });
  };

  readonly #onEnd = () => {
    this.#ended = true;
    this.#settle({ kind: 'end' });
  };

  readonly #onResize = () => this.refresh();

  #takePaste(paste: string): void {
    if (this.#waiting && !this.#completing) this.#paste(paste);
    else this.#early.push({ paste });
  }

  #paste(paste: string): void {
    this.#editor.buffer.insert(paste);
    this.#hasPaste = true;
    this.#drawSoon();
  }

  #press(text: string | undefined, key: Key): void {
    const waiting = this.#waiting;
    if (!waiting) return;
    this.#below = [];
    switch (this.#editor.press(text, key, !waiting.question)) {
      case 'submit': {
        const line = this.#editor.buffer.text;
        this.#draw();
        this.#painter.leave();
        this.#settle({ kind: 'line', text: line, pasted: this.#hasPaste && line.includes('\n') });
        return;
      }
      case 'interrupt':
        this.#early = [];
        this.#draw();
        this.#painter.forget();
        this.#terminal.output.write('^C\n');
        this.#settle({ kind: 'interrupt' });
        return;
      case 'end':
        this.#painter.forget();
        if (waiting.question) this.#terminal.output.write('\n');
        this.#settle({ kind: waiting.question ? 'interrupt' : 'end' });
        return;
      case 'clear screen':
        this.#terminal.output.write('\x1b[H\x1b[2J');
        this.#painter.forget();
        break;
      case 'complete':
        void this.#tab(waiting);
        break;
      case 'edited':
        break;
    }
    this.#drawSoon();
  }

  async #tab(waiting: Waiting): Promise<void> {
    const { buffer } = this.#editor;
    const { text, cursor } = buffer;
    const before = text.slice(0, cursor);
    if (waiting.question || before.slice(before.lastIndexOf('\n') + 1).trim() === '') {
      if (!waiting.question) buffer.insert('  ');
      this.#drawSoon();
      return;
    }
    this.#completing = true;
    const found = await within(this.#complete(text, cursor), COMPLETION_MS);
    this.#completing = false;
    if (found && this.#waiting === waiting && buffer.text === text && buffer.cursor === cursor)
      this.#show(found, before);
    this.#pressEarly();
  }

  #show(found: Completion, before: string): void {
    const { buffer } = this.#editor;
    if (found.insert !== before.slice(found.from)) buffer.replace(found.from, found.insert);
    const { columns = 80, rows = 24 } = this.#terminal.output;
    this.#below = found.candidates.length > 1 ? completionBelow(found.candidates, columns, Math.floor(rows / 2)) : [];
    this.#draw();
  }

  /** Whatever is going on: also in the middle of a statement, as in other programs. */
  #suspend(): void {
    if (!this.#rawMode.canSuspend) return;
    this.#painter.leave();
    this.#rawMode.suspend();
  }

  #drawSoon(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    queueMicrotask(() => {
      this.#drawing = false;
      if (this.#waiting) this.#draw();
    });
  }

  #draw(): void {
    const waiting = this.#waiting;
    if (!waiting || this.#rawMode.isLent) return;
    const { buffer, search } = this.#editor;
    if (search) {
      const found = visibleLine(search.found ?? '');
      const prompt = `(search) ${visibleLine(search.query)}${search.query !== '' && search.found === null ? ' (nothing)' : ''}: `;
      this.#painter.draw({ prompt, parts: [{ text: found, paint: unpainted }], cursor: 0, below: [] });
      return;
    }
    const parts = waiting.question ? [{ text: buffer.text, paint: unpainted }] : this.#highlight(buffer.text);
    this.#painter.draw({ prompt: waiting.prompt(), parts, cursor: buffer.cursor, below: this.#below });
  }

  #settle(typed: Typed): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.resolve(typed);
  }
}

/** Null when it took too long: the person goes on. */
async function within<T>(asked: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, ms, null);
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}

const isEnter = ({ name, ctrl }: Key): boolean =>
  name === 'return' || name === 'enter' || (ctrl === true && (name === 'm' || name === 'j'));
