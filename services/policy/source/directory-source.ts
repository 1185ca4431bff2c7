// A policy in a directory: read whole and carefully, watched for changes.
import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from '../compiler/messages.ts';
import { isData, isRego, type PolicyFiles, type PolicySource, SETTINGS_SCHEMA } from './policy-files.ts';
import { watchDirectory } from './watch-directory.ts';

export interface DirectoryLimits {
  /** Bytes of one file, and of all. */
  file: number;
  /** Bytes of a YAML file, whose reading cannot be interrupted. */
  data: number;
  total: number;
  files: number;
  depth: number;
}

export const DIRECTORY_LIMITS: DirectoryLimits = {
  file: 2 * 1024 * 1024,
  data: 256 * 1024,
  total: 16 * 1024 * 1024,
  files: 20_000,
  depth: 16,
};

export function makeDirectorySource(directory: string, limits: DirectoryLimits = DIRECTORY_LIMITS): PolicySource {
  return {
    read: async () => {
      const reader = new Reader(limits);
      await reader.directory(directory, '', 0);
      if (reader.problems.length === 0 && ![...reader.files.keys()].some(isRego)) {
        reader.problem('', 'no_policy', `${directory} has no .rego file`);
      }
      return reader.problems.length > 0
        ? { ok: false, problems: reader.problems }
        : { ok: true, files: reader.files satisfies PolicyFiles };
    },
    watch: (onChange) => watchDirectory(directory, onChange),
  };
}

class Reader {
  readonly files = new Map<string, string>();
  readonly problems: Problem[] = [];
  readonly limits: DirectoryLimits;
  #total = 0;
  #count = 0;

  constructor(limits: DirectoryLimits) {
    this.limits = limits;
  }

  problem(file: string, code: string, message: string): void {
    if (this.problems.length < 50) this.problems.push({ ...(file && { file }), code, message });
  }

  async directory(root: string, under: string, depth: number): Promise<void> {
    if (depth > this.limits.depth)
      return this.problem(under, 'too_deep', `more than ${this.limits.depth} folders deep`);
    const entries = await readdir(join(root, under), { withFileTypes: true }).catch((error: unknown) => {
      this.problem(under, 'unreadable', `cannot read the directory ${join(root, under)}: ${reasonOf(error)}`);
      return [];
    });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith('.') || this.problems.length >= 50) continue;
      const path = under ? `${under}/${entry.name}` : entry.name;
      if (entry.isSymbolicLink())
        this.problem(path, 'symlink', 'symbolic links are not followed: put the file itself here');
      else if (entry.isDirectory()) await this.directory(root, path, depth + 1);
      else if (isRego(path) || isData(path) || path === SETTINGS_SCHEMA) await this.file(root, path);
      else if (/\.ya?ml$/.test(path) || (path.endsWith('.json') && !path.startsWith('schemas/'))) {
        this.problem(
          path,
          'not_read',
          'data files are named data.yaml or data.json; their folder says where the data appears',
        );
      }
    }
  }

  async file(root: string, path: string): Promise<void> {
    if (++this.#count > this.limits.files) {
      return this.problem(path, 'too_many', `more than ${this.limits.files} files`);
    }
    try {
      // NOFOLLOW: the entry may have become a link since it was listed.
      const handle = await open(join(root, path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      try {
        const about = await handle.stat();
        if (!about.isFile()) return this.problem(path, 'no_file', 'not a plain file');
        const { size } = about;
        this.#total += size;
        const most = path.endsWith('.yaml') ? this.limits.data : this.limits.file;
        if (size > most) return this.problem(path, 'too_large', `larger than ${most} bytes`);
        if (this.#total > this.limits.total) {
          return this.problem(path, 'too_large', `with this file the policy is larger than ${this.limits.total} bytes`);
        }
        this.files.set(path, new TextDecoder('utf-8', { fatal: true }).decode(await handle.readFile()));
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (error instanceof TypeError) this.problem(path, 'not_utf8', 'not UTF-8');
      else this.problem(path, 'unreadable', `cannot be read: ${reasonOf(error)}`);
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
