// Fetches what a reference in the configuration points to.
import { resolve } from 'node:path';
import type { Mistakes, Path, Source } from './problem.ts';
import { SECRET_PATTERN } from './schema.ts';

export interface Secrets {
  /** The secret's value. Where it is not there or empty, that is noted, and the value is empty. */
  fetch(reference: string, path: Path): string;
  /** As `fetch`, but null when it is not there, which is no mistake: for logins that only some commands need. */
  fetchIfThere(reference: string, path: Path): string | null;
  /** A text, or the value of a reference to one. */
  text(value: string, path: Path): string;
  /** The content of a file that is not secret, such as a certificate; empty, and noted, where it cannot be read. */
  file(name: string, path: Path): string;
}

const pattern = new RegExp(SECRET_PATTERN);

/** Reads a file as UTF-8 text; throws what node:fs throws. */
export type ReadFile = (path: string) => string;

/** `directory`: what relative paths are relative to. */
export function makeSecrets(
  source: Source,
  env: Record<string, string | undefined>,
  directory: string,
  readFile: ReadFile,
  mistakes: Mistakes,
): Secrets {
  const read = (name: string, path: Path): string => {
    try {
      return readFile(resolve(directory, name));
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      throw source.problem(path, `expected a readable file, got ${name} (${code ?? 'cannot be read'})`);
    }
  };
  const look = (reference: string, path: Path): string => {
    if (reference.startsWith('file:')) {
      const value = read(reference.slice('file:'.length), path).replace(/\r?\n$/, '');
      if (value === '') throw source.problem(path, `expected a secret in ${reference}, which is empty`);
      return value;
    }
    const name = reference.slice(2, -1);
    const value = env[name];
    if (!value) throw source.problem(path, `expected a secret in the environment variable ${name}, which is not set`);
    return value;
  };
  const fetch = (reference: string, path: Path) => mistakes.among(() => look(reference, path)) ?? '';
  return {
    fetch,
    fetchIfThere: (reference, path) => {
      try {
        return look(reference, path);
      } catch {
        return null;
      }
    },
    text: (value, path) => (pattern.test(value) ? fetch(value, path) : value),
    file: (name, path) => mistakes.among(() => read(name, path)) ?? '',
  };
}
