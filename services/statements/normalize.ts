// The text with its literals taken out, for the ledger and notices, and a fingerprint that ignores them.
//
// A lexer of our own: libpg-query's `normalize` leaves literals in some utility statements, and costs a second parse.
// It follows PostgreSQL's scan.l with standard_conforming_strings on. Anything it cannot place ends the text: no
// literal may slip into a notice (promise 10).
import { createHash } from 'node:crypto';

const TOKEN =
  /(\s+)|(--[^\n\r]*)|(\/\*)|((?:[uU]&|[nNbBxX])?'(?:[^']|'')*(?:'|$))|([eE]'(?:[^'\\]|''|\\[\s\S])*(?:'|$))|("(?:[^"]|"")*(?:"|$))|(\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)|(\$\d+)|([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|((?:0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?))|([\s\S])/y;

const SHOWN = 1000;

/** `normalized` is at most about 1,000 characters; `fingerprint` is 16 hex digits of SHA-256 over the whole. */
export function normalize(sql: string): { normalized: string; fingerprint: string } {
  const full = withoutLiterals(sql);
  const key = full.replace(/\$n(?:\s*,\s*\$n)+/g, '$n, ...');
  const fingerprint = createHash('sha256').update(key).digest('hex').slice(0, 16);
  let number = 0;
  const shown = key.length > SHOWN ? `${key.slice(0, SHOWN)} ...` : key;
  return { normalized: shown.replace(/\$n/g, () => `$${++number}`), fingerprint };
}

function withoutLiterals(sql: string): string {
  let out = '';
  let at = 0;
  let gap = false;
  const put = (token: string) => {
    out += gap && out !== '' ? ` ${token}` : token;
    gap = false;
  };
  while (at < sql.length) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(sql);
    if (!match) break;
    at = TOKEN.lastIndex;
    const [token, space, line, comment, string, escaped, , dollar, parameter, word, number] = match;
    if (space !== undefined || line !== undefined) gap = true;
    else if (comment !== undefined) {
      at = commentEnd(sql, at);
      gap = true;
    } else if (dollar !== undefined) {
      const end = sql.indexOf(dollar, at);
      at = end === -1 ? sql.length : end + dollar.length;
      put('$n');
    } else if ((string ?? escaped ?? number ?? parameter) !== undefined) put('$n');
    else put(word === undefined ? token : unquoted(word));
  }
  return out;
}

/** Keywords and plain names fold to lower case, so that spelling does not split a fingerprint. */
function unquoted(word: string): string {
  return word.toLowerCase();
}

function commentEnd(sql: string, from: number): number {
  let depth = 1;
  const edge = /\/\*|\*\//g;
  edge.lastIndex = from;
  for (let match = edge.exec(sql); match; match = edge.exec(sql)) {
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
  return sql.length;
}
