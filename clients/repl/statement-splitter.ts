// Knows when a statement is complete, as psql does: quotes, dollar quotes, comments, parentheses, BEGIN ATOMIC bodies.
// A backslash outside of these begins a command, to the line's end. It decides nothing else: what a statement does is the
// gateway's to say.

/** What stands open at the end of what was pushed. */
export type Open = 'nothing' | 'statement' | 'parenthesis' | 'quote' | 'identifier' | 'dollar' | 'comment';

const IDENTIFIER_START = /[A-Za-z_\u0080-\uffff]/;
const IDENTIFIER_PART = /[A-Za-z0-9_$\u0080-\uffff]/;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;
const WORD = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;

export type Piece =
  /** Without its semicolon. `line`: the one that it begins on, from 1. */
  | { kind: 'statement'; text: string; line: number }
  /** From its backslash to the line's end; what was begun before it stays, unless somebody takes it. */
  | { kind: 'command'; text: string; line: number };

export class StatementSplitter {
  /** Lines so far. */
  #line = 0;
  #startLine = 0;
  #text = '';
  /** It holds more than blanks. */
  #isBegun = false;
  #hasContent = false;
  #quote: 'quote' | 'identifier' | 'escapes' | null = null;
  #dollarTag: string | null = null;
  #commentDepth = 0;
  #parentheses = 0;
  #words: string[] = [];
  #atomicDepth = 0;

  get open(): Open {
    if (this.#commentDepth > 0) return 'comment';
    if (this.#dollarTag !== null) return 'dollar';
    if (this.#quote) return this.#quote === 'identifier' ? 'identifier' : 'quote';
    if (this.#parentheses > 0) return 'parenthesis';
    return this.#hasContent ? 'statement' : 'nothing';
  }

  /** What is begun and not complete. */
  get begun(): string {
    return this.#text.trim();
  }

  /** Of the last line. */
  get line(): number {
    return this.#line;
  }

  /** Where what is begun began. */
  get startLine(): number {
    return this.#startLine;
  }

  /** Adds one line, without its end; yields what it completes, one piece after the other as they are asked for. */
  *push(line: string): Generator<Piece, void> {
    this.#line++;
    if (this.#text !== '') this.#text += '\n';
    let at = 0;
    let from = 0;
    while (at < line.length) {
      if (!this.#isBegun && /[^\s\\]/.test(line.charAt(at))) {
        this.#isBegun = true;
        this.#startLine = this.#line;
      }
      const end = this.#step(line, at);
      if (end === 'statement') {
        const startLine = this.#startLine;
        const statement = this.#finish(line.slice(from, at));
        at++;
        from = at;
        if (statement !== null) yield { kind: 'statement', text: statement, line: startLine };
      } else if (end === 'command') {
        this.#text += line.slice(from, at);
        yield { kind: 'command', text: line.slice(at), line: this.#line };
        return;
      } else at = end;
    }
    this.#text += line.slice(from);
  }

  /** The statement that the end of the input leaves without a semicolon; null when there is none. */
  end(): string | null {
    return this.#finish('');
  }

  /** Throws away what is incomplete. */
  reset(): void {
    this.#finish('');
  }

  #finish(last: string): string | null {
    const text = (this.#text + last).trim();
    const statement = this.#hasContent ? text : null;
    this.#text = '';
    this.#isBegun = false;
    this.#hasContent = false;
    this.#quote = null;
    this.#dollarTag = null;
    this.#commentDepth = 0;
    this.#parentheses = 0;
    this.#words = [];
    this.#atomicDepth = 0;
    return statement;
  }

  /** Reads one token at `at`; returns where the next begins, or `statement` for a semicolon that ends one. */
  #step(line: string, at: number): number | 'statement' | 'command' {
    if (this.#commentDepth > 0) return this.#inComment(line, at);
    if (this.#dollarTag !== null) return this.#inDollar(line, at, this.#dollarTag);
    if (this.#quote) return this.#inQuote(line, at, this.#quote);
    const character = line.charAt(at);
    if (/\s/.test(character)) return at + 1;
    if (line.startsWith('--', at)) return line.length;
    if (line.startsWith('/*', at)) {
      this.#commentDepth = 1;
      return at + 2;
    }
    if (character === '\\') return 'command';
    if (character === ';' && this.#parentheses === 0 && this.#atomicDepth === 0) return 'statement';
    this.#hasContent = true;
    if (character === "'") {
      this.#quote = /(?:^|[^A-Za-z0-9_$\u0080-\uffff])[eE]$/.test(line.slice(0, at)) ? 'escapes' : 'quote';
    } else if (character === '"') this.#quote = 'identifier';
    else if (character === '(') this.#parentheses++;
    else if (character === ')') this.#parentheses = Math.max(0, this.#parentheses - 1);
    else if (character === '$') {
      DOLLAR_TAG.lastIndex = at;
      const tag = DOLLAR_TAG.exec(line)?.[0];
      if (tag && !(at > 0 && IDENTIFIER_PART.test(line.charAt(at - 1)))) {
        this.#dollarTag = tag;
        return at + tag.length;
      }
    } else if (IDENTIFIER_START.test(character)) {
      WORD.lastIndex = at;
      const word = WORD.exec(line)?.[0] ?? character;
      this.#word(word.toLowerCase());
      return at + word.length;
    }
    return at + 1;
  }

  /** The body of CREATE FUNCTION … BEGIN ATOMIC … END holds semicolons of its own. */
  #word(word: string): void {
    if (this.#words.length < 4) this.#words.push(word);
    const [first, second, third, fourth] = this.#words;
    const routine = second === 'or' && third === 'replace' ? fourth : second;
    if (first !== 'create' || (routine !== 'function' && routine !== 'procedure')) return;
    if (word === 'begin' || (word === 'case' && this.#atomicDepth > 0)) this.#atomicDepth++;
    else if (word === 'end' && this.#atomicDepth > 0) this.#atomicDepth--;
  }

  #inComment(line: string, at: number): number {
    if (line.startsWith('/*', at)) this.#commentDepth++;
    else if (line.startsWith('*/', at)) this.#commentDepth--;
    else return at + 1;
    return at + 2;
  }

  #inDollar(line: string, at: number, tag: string): number {
    const close = line.indexOf(tag, at);
    if (close < 0) return line.length;
    this.#dollarTag = null;
    return close + tag.length;
  }

  #inQuote(line: string, at: number, quote: 'quote' | 'identifier' | 'escapes'): number {
    if (quote === 'escapes' && line.charAt(at) === '\\') return at + 2;
    // A doubled quote closes one and opens the next: the same as staying inside.
    if (line.charAt(at) === (quote === 'identifier' ? '"' : "'")) {
      this.#quote = line.charAt(at + 1) === line.charAt(at) ? quote : null;
      return this.#quote ? at + 2 : at + 1;
    }
    return at + 1;
  }
}
