// The parser, loaded once ahead of time so that the first analyser starts without waiting for it.
import { makeParserInstance } from './parser/instance.ts';

export async function loadParser(): Promise<void> {
  await makeParserInstance();
}
