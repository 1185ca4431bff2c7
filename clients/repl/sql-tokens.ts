// A text cut into tokens, for colours, completion and variables. It decides nothing: what a statement does is the gateway's to say.

export type TokenKind = 'blank' | 'word' | 'name' | 'text' | 'number' | 'comment' | 'variable' | 'symbol';

export interface Token {
  kind: TokenKind;
  text: string;
  /** Where it begins. */
  at: number;
  /** A text, quoted name or comment that the end of the input cuts off. */
  open: boolean;
}

const BLANK = /\s+/y;
const WORD = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;
const NUMBER = /(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?/y;
const LINE_COMMENT = /--[^\n]*/y;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;
/** `:name`, `:'name'`, `:"name"`; a cast's `::` is none. */
const VARIABLE =
  /:(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*|'[A-Za-z0-9_\u0080-\uffff]+'|"[A-Za-z0-9_\u0080-\uffff]+")/y;

export function sqlTokens(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const [kind, end, open] = next(text, at);
    tokens.push({ kind, text: text.slice(at, end), at, open });
    at = end;
  }
  return tokens;
}

type Next = [kind: TokenKind, end: number, open: boolean];

function next(text: string, at: number): Next {
  const character = text.charAt(at);
  const found = (pattern: RegExp): number => {
    pattern.lastIndex = at;
    return at + (pattern.exec(text)?.[0].length ?? 0);
  };
  let end = found(BLANK);
  if (end > at) return ['blank', end, false];
  if (text.startsWith('--', at)) return ['comment', found(LINE_COMMENT), false];
  if (text.startsWith('/*', at)) return comment(text, at);
  if (character === "'") return quoted('text', text, at, "'", false);
  if (character === '"') return quoted('name', text, at, '"', false);
  if (/[eE]/.test(character) && text.charAt(at + 1) === "'") return quoted('text', text, at + 1, "'", true);
  if (character === '$') {
    end = found(DOLLAR_TAG);
    if (end > at) return dollar(text, at, text.slice(at, end));
  }
  if (text.startsWith('::', at)) return ['symbol', at + 2, false];
  if (character === ':') {
    end = found(VARIABLE);
    if (end > at) return ['variable', end, false];
  }
  end = found(WORD);
  if (end > at) return ['word', end, false];
  end = found(NUMBER);
  if (end > at) return ['number', end, false];
  return ['symbol', at + 1, false];
}

function quoted(kind: 'text' | 'name', text: string, from: number, quote: string, escapes: boolean): Next {
  for (let at = from + 1; at < text.length; at++) {
    const character = text.charAt(at);
    if (escapes && character === '\\') at++;
    else if (character === quote) {
      if (text.charAt(at + 1) !== quote) return [kind, at + 1, false];
      at++;
    }
  }
  return [kind, text.length, true];
}

function dollar(text: string, at: number, tag: string): Next {
  const close = text.indexOf(tag, at + tag.length);
  return close < 0 ? ['text', text.length, true] : ['text', close + tag.length, false];
}

function comment(text: string, from: number): Next {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    if (text.startsWith('/*', at)) {
      depth++;
      at++;
    } else if (text.startsWith('*/', at)) {
      depth--;
      at++;
      if (depth === 0) return ['comment', at + 1, false];
    }
  }
  return ['comment', text.length, true];
}
