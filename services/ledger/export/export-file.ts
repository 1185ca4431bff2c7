// A file that an export goes on with: what is whole in it stays, a line that was cut is written again.
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { EXPORT_FORMAT } from './export.ts';
import type { Ends } from './ends.ts';

export class NotAnExport extends Error {}

/** Reads what is there and cuts off a last line without its end. An empty or missing file has no ends. Throws NotAnExport, and leaves the file as it is. */
export async function endsInFile(path: string): Promise<Ends> {
  const ends: Ends = new Map();
  const handle = await open(path, 'a+', 0o600);
  try {
    const whole = await wholeLines(handle);
    let first = true;
    if (whole > 0) {
      for await (const line of linesOf(path, whole)) {
        const said = parsed(line);
        if (first && said?.sudoql_export !== EXPORT_FORMAT) throw notOurs(path);
        first = false;
        if (typeof said?.body !== 'string' || typeof said.hash !== 'string') continue;
        const entry = parsed(said.body);
        if (typeof entry?.chain === 'string') ends.set(entry.chain, { seq: Number(entry.seq), hash: said.hash });
      }
    }
    const { size } = await handle.stat();
    if (size > whole) {
      // Of what an export was cut in nothing may be ours but a first line that was begun.
      if (first && !(await startsAsOurs(handle))) throw notOurs(path);
      await handle.truncate(whole);
    }
  } finally {
    await handle.close();
  }
  return ends;
}

const notOurs = (path: string) => new NotAnExport(`${path} is no export that this version can go on with.`);

const BEGINNING = '{"sudoql_export":';
async function startsAsOurs(handle: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(BEGINNING.length), 0, BEGINNING.length, 0);
  return BEGINNING.startsWith(buffer.toString('latin1', 0, bytesRead));
}

/** Up to a line feed each; node:readline takes more for the end of a line, which JSON leaves as it is. */
async function* linesOf(path: string, bytes: number): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  for await (const chunk of createReadStream(path, { end: bytes - 1 }) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      parts.push(chunk.subarray(from, at));
      yield Buffer.concat(parts).toString();
      parts = [];
      from = at + 1;
    }
    if (from < chunk.length) parts.push(chunk.subarray(from));
  }
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}

const BLOCK = 64 * 1_024;

/** Bytes up to and with the last line feed. */
async function wholeLines(handle: FileHandle): Promise<number> {
  const block = Buffer.alloc(BLOCK);
  let end = (await handle.stat()).size;
  while (end > 0) {
    const start = Math.max(0, end - BLOCK);
    const { bytesRead } = await handle.read(block, 0, end - start, start);
    const at = block.subarray(0, bytesRead).lastIndexOf(10);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}
