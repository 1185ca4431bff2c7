// libpg-query's scanner gives comments out as tokens, and so ends a string at a comment where PostgreSQL goes on with it:
// what is a string to the server would be statements here, and the other way round.
import { scan } from '../scan.ts';

/** The text as that scanner must see it: blanks, byte for byte, for the comments between the pieces of a string. */
export function withContinuedStrings(sql: string): string {
  if (!sql.includes('--') || !sql.includes("'")) return sql;
  let out = '';
  let from = 0;
  for (const { comments = [] } of scan(sql)) {
    for (const [start, end] of comments) {
      out += sql.slice(from, start) + ' '.repeat(Buffer.byteLength(sql.slice(start, end)));
      from = end;
    }
  }
  return from === 0 ? sql : out + sql.slice(from);
}
