// The policy that this gateway last took over from the database, on its own disk: for a start with one that it cannot use.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isOwnDirectory } from './own-directory.ts';
import type { PolicyFiles } from './policy-files.ts';

export interface LastGood {
  read(): Promise<{ seq: number; files: PolicyFiles } | null>;
  /** A disk that cannot be written is no reason not to go on; a later start then denies instead of falling back. */
  write(seq: number, files: PolicyFiles): Promise<void>;
}

export function makeLastGood(directory: string): LastGood {
  const path = join(directory, 'last-good.json');
  return {
    async read() {
      if (!(await isOwnDirectory(directory))) return null;
      try {
        const { seq, files } = JSON.parse(await readFile(path, 'utf8')) as {
          seq: number;
          files: Record<string, string>;
        };
        return Number.isInteger(seq) ? { seq, files: new Map(Object.entries(files)) } : null;
      } catch {
        return null;
      }
    },
    async write(seq, files) {
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        const part = `${path}.${process.pid}.part`;
        await writeFile(part, JSON.stringify({ seq, files: Object.fromEntries(files) }), { mode: 0o600 });
        await rename(part, path);
      } catch {
        // Read-only or full.
      }
    },
  };
}
