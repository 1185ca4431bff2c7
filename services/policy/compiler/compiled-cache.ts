// Compiled policies on disk, so that a second start need not compile. Keyed by everything that they came of, and by what made or judged it.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isOwnDirectory } from '../source/own-directory.ts';

/** Kept at most; those written first go first. */
const KEEP = 20;

export interface CompiledCache {
  read(key: string): Promise<Uint8Array | null>;
  /** A cache that cannot be written is no reason not to start. */
  write(key: string, wasm: Uint8Array): Promise<void>;
}

export const noCache: CompiledCache = { read: async () => null, write: async () => {} };

/**
 * `directory` is made with mode 0700, and nothing is read from it, or written, while others may write there; that is all that protects it: who
 * may as the gateway's user decides what it runs. A hash beside the bytes finds torn writes, not forgers. The conformance suite judges what comes from here as well.
 */
export function makeCompiledCache(directory: string): CompiledCache {
  const path = (key: string) => join(directory, `${key}.wasm`);
  return {
    read: async (key) => {
      if (!(await isOwnDirectory(directory))) return null;
      const bytes = await readFile(path(key)).catch(() => null);
      if (!bytes || bytes.length <= 32) return null;
      const wasm = bytes.subarray(32);
      return createHash('sha256').update(wasm).digest().equals(bytes.subarray(0, 32)) ? wasm : null;
    },
    write: async (key, wasm) => {
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        if (!(await isOwnDirectory(directory))) return;
        const part = join(directory, `.${key}.${process.pid}.part`);
        await writeFile(part, Buffer.concat([createHash('sha256').update(wasm).digest(), wasm]), { mode: 0o600 });
        await rename(part, path(key));
        await prune(directory);
      } catch {
        // Read-only or full: the next start compiles again.
      }
    },
  };
}

async function prune(directory: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.wasm'));
  if (names.length <= KEEP) return;
  const dated = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(directory, name)).catch(() => null))?.mtimeMs ?? 0 })),
  );
  dated.sort((a, b) => b.at - a.at);
  for (const { name } of dated.slice(KEEP)) await rm(join(directory, name), { force: true });
}
