// What keys do to the line: the habits of shells (emacs' keys), history, and search in it.
import { EditBuffer } from './buffer.ts';
import { HistorySearch } from './history-search.ts';

/** As node:readline decodes them. */
export interface Key {
  name?: string | undefined;
  ctrl?: boolean | undefined;
  meta?: boolean | undefined;
  sequence?: string | undefined;
}

export type Outcome = 'edited' | 'submit' | 'interrupt' | 'end' | 'clear screen' | 'complete';

type Edit = (buffer: EditBuffer) => void;

const CONTROL: Record<string, Edit> = {
  a: (buffer) => buffer.home(),
  b: (buffer) => buffer.left(),
  e: (buffer) => buffer.end(),
  f: (buffer) => buffer.right(),
  h: (buffer) => buffer.backspace(),
  k: (buffer) => buffer.killToEnd(),
  t: (buffer) => buffer.transpose(),
  u: (buffer) => buffer.killToStart(),
  w: (buffer) => buffer.killBlankWord(),
  y: (buffer) => buffer.yank(),
  '-': (buffer) => buffer.undo(),
  _: (buffer) => buffer.undo(),
  left: (buffer) => buffer.wordLeft(),
  right: (buffer) => buffer.wordRight(),
  backspace: (buffer) => buffer.killWordLeft(),
  delete: (buffer) => buffer.killWordRight(),
};

const META: Record<string, Edit> = {
  b: (buffer) => buffer.wordLeft(),
  f: (buffer) => buffer.wordRight(),
  d: (buffer) => buffer.killWordRight(),
  left: (buffer) => buffer.wordLeft(),
  right: (buffer) => buffer.wordRight(),
  backspace: (buffer) => buffer.killWordLeft(),
  return: (buffer) => buffer.insert('\n'),
  enter: (buffer) => buffer.insert('\n'),
};

const PLAIN: Record<string, Edit> = {
  backspace: (buffer) => buffer.backspace(),
  delete: (buffer) => buffer.delete(),
  left: (buffer) => buffer.left(),
  right: (buffer) => buffer.right(),
  home: (buffer) => buffer.home(),
  end: (buffer) => buffer.end(),
};

export class Editor {
  readonly buffer = new EditBuffer();
  /** Not null while the history is searched. */
  search: HistorySearch | null = null;
  readonly #history: readonly string[];
  /** Which entry is shown; -1: what was typed. */
  #at = -1;
  #draft = '';

  /** `history`: newest first; it may change between lines. */
  constructor(history: readonly string[]) {
    this.#history = history;
  }

  /** Begins a new line. */
  start(text = ''): void {
    this.buffer.clear();
    if (text !== '') this.buffer.set(text);
    this.search = null;
    this.#at = -1;
    this.#draft = '';
  }

  /** `recall`: whether the history is at hand; at a question it is not. */
  press(text: string | undefined, key: Key, recall = true): Outcome {
    if (this.search) {
      const outcome = this.#pressInSearch(this.search, text, key);
      if (outcome) return outcome;
    }
    const { buffer } = this;
    const name = key.name ?? '';
    if (key.ctrl) {
      if (name === 'c') return 'interrupt';
      if (name === 'd') {
        if (buffer.text === '') return 'end';
        buffer.delete();
      } else if (name === 'l') return 'clear screen';
      else if (name === 'm' || name === 'j') return 'submit';
      else if (name === 'r' && recall) this.search = new HistorySearch(this.#history);
      else if (name === 'p' || name === 'up') this.#older(recall);
      else if (name === 'n' || name === 'down') this.#newer(recall);
      else if (key.sequence === '\x1f') buffer.undo();
      else edit(CONTROL, name, buffer);
      return 'edited';
    }
    if (key.meta) {
      edit(META, name, buffer);
      return 'edited';
    }
    if (name === 'return' || name === 'enter') return 'submit';
    if (name === 'tab') return 'complete';
    if (name === 'up') this.#older(recall);
    else if (name === 'down') this.#newer(recall);
    else if (Object.hasOwn(PLAIN, name)) edit(PLAIN, name, buffer);
    else if (key.sequence === '\x1f') buffer.undo();
    else if (text !== undefined && isText(text)) buffer.insert(text);
    return 'edited';
  }

  /** Null: the search is over, and the key is an ordinary one. */
  #pressInSearch(search: HistorySearch, text: string | undefined, key: Key): Outcome | null {
    const name = key.name ?? '';
    if (key.ctrl && (name === 'c' || name === 'g')) {
      this.search = null;
      return 'edited';
    }
    if (key.ctrl && name === 'r') search.older();
    else if (key.ctrl && name === 's') search.newer();
    else if (name === 'backspace' || (key.ctrl && name === 'h')) search.backspace();
    else if (!key.ctrl && !key.meta && text !== undefined && isText(text)) search.type(text);
    else {
      if (search.found !== null) this.buffer.set(search.found);
      this.search = null;
      return name === 'escape' || name === 'tab' ? 'edited' : null;
    }
    return 'edited';
  }

  #older(recall: boolean): void {
    if (this.buffer.up() || !recall) return;
    this.#show(this.#at + 1);
  }

  #newer(recall: boolean): void {
    if (this.buffer.down() || !recall) return;
    this.#show(this.#at - 1);
  }

  #show(at: number): void {
    if (at < -1 || at >= this.#history.length) return;
    if (this.#at === -1) this.#draft = this.buffer.text;
    this.#at = at;
    this.buffer.set(at === -1 ? this.#draft : (this.#history[at] ?? ''));
  }
}

function edit(edits: Record<string, Edit>, name: string, buffer: EditBuffer): void {
  if (Object.hasOwn(edits, name)) edits[name]?.(buffer);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: keys that are no text come as control characters.
const isText = (text: string): boolean => text !== '' && !/[\u0000-\u001f\u007f-\u009f]/.test(text);
