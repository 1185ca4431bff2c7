// The lines of a file, none of which may fill memory.
import { createReadStream } from 'node:fs';

/** Throws what `tooLong` makes for a line of more than `longest` characters, before the whole of it was read. */
export async function* linesOf(
  file: string,
  longest: number,
  tooLong: (line: number) => Error,
): AsyncGenerator<string> {
  /** Of the line that is not yet whole. */
  let pieces: string[] = [];
  let length = 0;
  let number = 1;
  for await (const chunk of createReadStream(file, 'utf8') as AsyncIterable<string>) {
    const [first = '', ...others] = chunk.split('\n');
    pieces.push(first);
    length += first.length;
    for (const next of others) {
      if (length > longest) throw tooLong(number);
      yield pieces.join('');
      number++;
      pieces = [next];
      length = next.length;
    }
    if (length > longest) throw tooLong(number);
  }
  if (length > 0) yield pieces.join('');
}
