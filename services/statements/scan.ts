// PostgreSQL's tokens, as its scanner (scan.l, with standard_conforming_strings on) cuts a text into them.
//
// Written out rather than as patterns: one pass, whatever the text, and no stack that a long literal could fill.

export type TokenKind =
  | 'blank'
  | 'comment'
  /** In all its forms, its continuations on other lines included. */
  | 'string'
  /** In double quotes. */
  | 'quoted'
  | 'word'
  | 'number'
  | 'parameter'
  /** One character of an operator, or of punctuation. */
  | 'symbol';

export interface Token {
  kind: TokenKind;
  /** Positions in JavaScript's string. */
  start: number;
  end: number;
  /** Of a string: the comments between its pieces. */
  comments?: readonly Comment[];
}

export type Comment = readonly [start: number, end: number];

const QUOTE = 39;
const DOUBLE_QUOTE = 34;
const DOLLAR = 36;
const MINUS = 45;
const DOT = 46;
const SLASH = 47;
const STAR = 42;
const BACKSLASH = 92;
const AMPERSAND = 38;

/** Every token of `sql`, blanks and comments too: what lies between two is nothing. What PostgreSQL would not take has no token it would know. */
export function* scan(sql: string): Generator<Token> {
  for (let start = 0; start < sql.length; ) {
    const token = tokenAt(sql, start);
    yield token;
    start = token.end;
  }
}

function tokenAt(sql: string, start: number): Token {
  const code = sql.charCodeAt(start);
  const next = sql.charCodeAt(start + 1);
  const is = (kind: TokenKind, end: number): Token => ({ kind, start, end });
  if (isBlank(code)) return is('blank', after(sql, start + 1, isBlank));
  if (code === MINUS && next === MINUS) return is('comment', lineEnd(sql, start));
  if (code === SLASH && next === STAR) return is('comment', commentEnd(sql, start + 2));
  if (code === QUOTE) return string(sql, start, start + 1, 'plain');
  if (code === DOUBLE_QUOTE) return is('quoted', doubledEnd(sql, start + 1, '"'));
  if (code === DOLLAR) return dollar(sql, start);
  // The dots of PL/pgSQL's `1..2` begin no number.
  if (code === DOT && next === DOT) return is('symbol', start + 2);
  if (isDigit(code) || (code === DOT && isDigit(next))) return is('number', numberEnd(sql, start));
  if (!isWordStart(code)) return is('symbol', start + 1);
  const letter = code | 32;
  if (next === QUOTE) {
    // b, x; e; n.
    if (letter === 98 || letter === 120) return string(sql, start, start + 2, 'bits');
    if (letter === 101) return string(sql, start, start + 2, 'escapes');
    if (letter === 110) return string(sql, start, start + 2, 'plain');
  }
  if (letter === 117 && next === AMPERSAND) {
    const quote = sql.charCodeAt(start + 2);
    if (quote === QUOTE) return string(sql, start, start + 3, 'plain');
    if (quote === DOUBLE_QUOTE) return is('quoted', doubledEnd(sql, start + 3, '"'));
  }
  return is('word', after(sql, start + 1, isWordPart));
}

/** `plain`: a doubled quote is one. `bits`: it is none. `escapes`: a backslash takes the next character with it. */
type StringForm = 'plain' | 'bits' | 'escapes';

/** A string goes on, in the form that it began in, where nothing but blanks with a line's end among them and line comments stand before the next quote. */
function string(sql: string, start: number, from: number, form: StringForm): Token {
  const comments: Comment[] = [];
  let end = pieceEnd(sql, from, form);
  for (let on = continued(sql, end, comments); on !== -1; on = continued(sql, end, comments))
    end = pieceEnd(sql, on, form);
  return { kind: 'string', start, end, comments };
}

function pieceEnd(sql: string, from: number, form: StringForm): number {
  if (form === 'plain') return doubledEnd(sql, from, "'");
  if (form === 'bits') {
    const end = sql.indexOf("'", from);
    return end === -1 ? sql.length : end + 1;
  }
  for (let at = from; at < sql.length; at++) {
    const code = sql.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE && sql.charCodeAt(at + 1) === QUOTE) at++;
    else if (code === QUOTE) return at + 1;
  }
  return sql.length;
}

/** Where the next piece begins, behind its quote, with the comments before it noted; -1 where there is none. */
function continued(sql: string, from: number, comments: Comment[]): number {
  const between: Comment[] = [];
  let newline = false;
  for (let at = from; at < sql.length; ) {
    const code = sql.charCodeAt(at);
    if (isBlank(code)) {
      newline ||= isNewline(code);
      at++;
    } else if (code === MINUS && sql.charCodeAt(at + 1) === MINUS) {
      const end = lineEnd(sql, at);
      between.push([at, end]);
      at = end;
    } else {
      if (code !== QUOTE || !newline) return -1;
      comments.push(...between);
      return at + 1;
    }
  }
  return -1;
}

function doubledEnd(sql: string, from: number, quote: string): number {
  for (let at = sql.indexOf(quote, from); at !== -1; at = sql.indexOf(quote, at + 2)) {
    if (sql[at + 1] !== quote) return at + 1;
  }
  return sql.length;
}

function dollar(sql: string, start: number): Token {
  const first = sql.charCodeAt(start + 1);
  if (isDigit(first)) return { kind: 'parameter', start, end: after(sql, start + 2, isDigit) };
  const tagEnd = isWordStart(first) ? after(sql, start + 2, isTagPart) : start + 1;
  if (sql.charCodeAt(tagEnd) !== DOLLAR) return { kind: 'symbol', start, end: start + 1 };
  const tag = sql.slice(start, tagEnd + 1);
  const end = sql.indexOf(tag, tagEnd + 1);
  return { kind: 'string', start, end: end === -1 ? sql.length : end + tag.length };
}

function numberEnd(sql: string, start: number): number {
  const base = sql.charCodeAt(start + 1) | 32;
  // x, o, b.
  if (sql.charCodeAt(start) === 48 && (base === 120 || base === 111 || base === 98))
    return after(sql, start + 2, isNumberPart);
  let end = after(sql, start, isDigitPart);
  if (sql.charCodeAt(end) === DOT && sql.charCodeAt(end + 1) !== DOT) end = after(sql, end + 1, isDigitPart);
  if ((sql.charCodeAt(end) | 32) !== 101) return end;
  const sign = sql.charCodeAt(end + 1) === MINUS || sql.charCodeAt(end + 1) === 43 ? 1 : 0;
  return isDigit(sql.charCodeAt(end + 1 + sign)) ? after(sql, end + 2 + sign, isDigitPart) : end;
}

function commentEnd(sql: string, from: number): number {
  let depth = 1;
  for (let at = from; at < sql.length; at++) {
    const code = sql.charCodeAt(at);
    const next = sql.charCodeAt(at + 1);
    if (code === SLASH && next === STAR) {
      depth++;
      at++;
    } else if (code === STAR && next === SLASH) {
      depth--;
      at++;
      if (depth === 0) return at + 1;
    }
  }
  return sql.length;
}

function lineEnd(sql: string, from: number): number {
  return after(sql, from, (code) => !isNewline(code));
}

function after(sql: string, from: number, goesOn: (code: number) => boolean): number {
  let at = from;
  while (at < sql.length && goesOn(sql.charCodeAt(at))) at++;
  return at;
}

/** Space, tab, line feed, vertical tab, form feed, carriage return; every other blank of Unicode's is a letter. */
const isBlank = (code: number) => code === 32 || (code >= 9 && code <= 13);
const isNewline = (code: number) => code === 10 || code === 13;
const isDigit = (code: number) => code >= 48 && code <= 57;
const isDigitPart = (code: number) => isDigit(code) || code === 95;
const isLetter = (code: number) => (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
const isWordStart = (code: number) => isLetter(code) || code === 95 || code >= 128;
const isTagPart = (code: number) => isWordStart(code) || isDigit(code);
const isWordPart = (code: number) => isTagPart(code) || code === DOLLAR;
const isNumberPart = (code: number) => isLetter(code) || isDigitPart(code);
