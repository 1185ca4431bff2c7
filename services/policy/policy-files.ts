// A policy as files, wherever they come from: what is hashed, compiled, stored and compared.
import { createHash } from 'node:crypto';
import type { Problem } from './compiler/messages.ts';

/** Path (with `/`, relative to the policy's root) → text. Rego, its tests, `data.yaml` or `data.json`, `schemas/settings.json`. */
export type PolicyFiles = ReadonlyMap<string, string>;

/** Where policies come from: a directory, later the ledger's database or a bundle. Exactly one is in use. */
export interface PolicySource {
  /** Reads the whole policy as it is now. */
  read(): Promise<{ ok: true; files: PolicyFiles } | { ok: false; problems: Problem[] }>;
  /** Calls back after each change until the returned function is called. */
  watch(onChange: () => void): () => void;
}

export const SETTINGS_SCHEMA = 'schemas/settings.json';

export function isRego(path: string): boolean {
  return path.endsWith('.rego');
}

export function isTest(path: string): boolean {
  return path.endsWith('_test.rego');
}

export function isData(path: string): boolean {
  return /(^|\/)data\.(yaml|json)$/.test(path);
}

/** SHA-256 in hex of everything that decides: Rego without its tests, and data. The same files give it on every machine. */
export function revisionOf(files: PolicyFiles): string {
  return hashOf(files, (path) => (isRego(path) && !isTest(path)) || isData(path));
}

/** SHA-256 in hex of all files, tests and schemas included: of what the gates judged. */
export function contentHashOf(files: PolicyFiles): string {
  return hashOf(files, () => true);
}

function hashOf(files: PolicyFiles, counts: (path: string) => boolean): string {
  const hash = createHash('sha256');
  for (const path of [...files.keys()].filter(counts).sort()) {
    // Lengths first, so that no two sets of files read the same.
    const text = Buffer.from(files.get(path) ?? '');
    hash.update(`${Buffer.byteLength(path)}:${text.length}:${path}`).update(text);
  }
  return hash.digest('hex');
}
