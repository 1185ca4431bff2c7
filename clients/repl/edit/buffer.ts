// The text that is being typed, and where in it the cursor stands. Pure: what a key does is in editor.ts.

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** Longer clusters are cut: nobody types them. */
const LONGEST_GRAPHEME = 64;
const MOST_UNDONE = 200;

interface Moment {
  text: string;
  cursor: number;
}

export class EditBuffer {
  #text = '';
  /** UTF-16 units before the cursor. */
  #cursor = 0;
  #killed = '';
  #undo: Moment[] = [];
  /** Several characters typed in a row are undone together. */
  #typing = false;

  get text(): string {
    return this.#text;
  }

  get cursor(): number {
    return this.#cursor;
  }

  /** Another text in its place, with the cursor at its end. */
  set(text: string, cursor = text.length): void {
    this.#change(text, cursor);
  }

  /** An empty line with nothing to undo. */
  clear(): void {
    this.#text = '';
    this.#cursor = 0;
    this.#undo = [];
    this.#typing = false;
  }

  insert(text: string): void {
    const typing = text.length === 1 && this.#typing;
    this.#change(
      this.#text.slice(0, this.#cursor) + text + this.#text.slice(this.#cursor),
      this.#cursor + text.length,
      typing,
    );
    this.#typing = text.length === 1;
  }

  /** Puts `text` in place of what stands between `from` and the cursor. */
  replace(from: number, text: string): void {
    this.#change(this.#text.slice(0, from) + text + this.#text.slice(this.#cursor), from + text.length);
  }

  backspace(): void {
    this.#remove(this.#before(), this.#cursor);
  }

  delete(): void {
    this.#remove(this.#cursor, this.#after());
  }

  left(): void {
    this.#move(this.#before());
  }

  right(): void {
    this.#move(this.#after());
  }

  wordLeft(): void {
    this.#move(this.#wordStart());
  }

  wordRight(): void {
    this.#move(this.#wordEnd());
  }

  home(): void {
    this.#move(this.#lineStart());
  }

  end(): void {
    this.#move(this.#lineEnd());
  }

  /** False on the first line. */
  up(): boolean {
    const start = this.#lineStart();
    if (start === 0) return false;
    const column = this.#cursor - start;
    const above = this.#text.lastIndexOf('\n', start - 2) + 1;
    this.#move(Math.min(above + column, start - 1));
    return true;
  }

  /** False on the last line. */
  down(): boolean {
    const end = this.#lineEnd();
    if (end === this.#text.length) return false;
    const column = this.#cursor - this.#lineStart();
    const next = this.#text.indexOf('\n', end + 1);
    this.#move(Math.min(end + 1 + column, next < 0 ? this.#text.length : next));
    return true;
  }

  killToEnd(): void {
    const end = this.#lineEnd();
    // At a line's end its newline goes.
    this.#kill(this.#cursor, end === this.#cursor ? Math.min(end + 1, this.#text.length) : end);
  }

  killToStart(): void {
    this.#kill(this.#lineStart(), this.#cursor);
  }

  /** Back to the blank before. */
  killBlankWord(): void {
    const before = this.#text.slice(0, this.#cursor);
    this.#kill(before.length - (/\S*\s*$/.exec(before)?.[0].length ?? 0), this.#cursor);
  }

  killWordLeft(): void {
    this.#kill(this.#wordStart(), this.#cursor);
  }

  killWordRight(): void {
    this.#kill(this.#cursor, this.#wordEnd());
  }

  yank(): void {
    if (this.#killed !== '') this.insert(this.#killed);
  }

  transpose(): void {
    const at = this.#cursor === this.#text.length ? this.#before() : this.#cursor;
    const before = this.#beforeAt(at);
    const after = this.#afterAt(at);
    if (before === at || after === at) return;
    const swapped = this.#text.slice(at, after) + this.#text.slice(before, at);
    this.#change(this.#text.slice(0, before) + swapped + this.#text.slice(after), after);
  }

  undo(): void {
    const moment = this.#undo.pop();
    if (!moment) return;
    this.#text = moment.text;
    this.#cursor = moment.cursor;
    this.#typing = false;
  }

  #change(text: string, cursor: number, together = false): void {
    if (!together && text !== this.#text) {
      this.#undo.push({ text: this.#text, cursor: this.#cursor });
      if (this.#undo.length > MOST_UNDONE) this.#undo.shift();
    }
    this.#text = text;
    this.#cursor = cursor;
    this.#typing = false;
  }

  #move(cursor: number): void {
    this.#cursor = cursor;
    this.#typing = false;
  }

  #remove(from: number, to: number): void {
    if (from < to) this.#change(this.#text.slice(0, from) + this.#text.slice(to), from);
  }

  #kill(from: number, to: number): void {
    if (from >= to) return;
    this.#killed = this.#text.slice(from, to);
    this.#remove(from, to);
  }

  #before = (): number => this.#beforeAt(this.#cursor);
  #after = (): number => this.#afterAt(this.#cursor);

  #beforeAt(at: number): number {
    const from = Math.max(0, at - LONGEST_GRAPHEME);
    let last = 0;
    for (const { segment } of graphemes.segment(this.#text.slice(from, at))) last = segment.length;
    return at - last;
  }

  #afterAt(at: number): number {
    const [first] = graphemes.segment(this.#text.slice(at, at + LONGEST_GRAPHEME));
    return at + (first?.segment.length ?? 0);
  }

  #lineStart = (): number => this.#text.lastIndexOf('\n', this.#cursor - 1) + 1;

  #lineEnd(): number {
    const end = this.#text.indexOf('\n', this.#cursor);
    return end < 0 ? this.#text.length : end;
  }

  #wordStart(): number {
    const before = this.#text.slice(0, this.#cursor);
    return before.length - (/[\p{L}\p{N}_]*[^\p{L}\p{N}_]*$/u.exec(before)?.[0].length ?? 0);
  }

  #wordEnd(): number {
    const after = this.#text.slice(this.#cursor);
    return this.#cursor + (/^[^\p{L}\p{N}_]*[\p{L}\p{N}_]*/u.exec(after)?.[0].length ?? 0);
  }
}
