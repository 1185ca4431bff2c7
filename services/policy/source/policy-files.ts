// A policy as files, wherever they come from: what is hashed, compiled, stored and compared.
import { createHash } from 'node:crypto';
import type { Problem } from '../compiler/messages.ts';

/** Path (with `/`, relative to the policy's root) → text. Rego, its tests, `data.yaml` or `data.json`, `schemas/settings.json`. */
export type PolicyFiles = ReadonlyMap<string, string>;

/** Where policies come from: a directory, the ledger's database, later a bundle. Exactly one is in use. */
export interface PolicySource {
  /** Reads the whole policy as it is now. */
  read(): Promise<FoundPolicy>;
  /** Calls back after each change until the returned function is called. */
  watch(onChange: () => void): () => void;
  /** Where a policy is known before it is in force: calls back with it, so that it can be compiled meanwhile. */
  candidates?(onCandidate: (files: PolicyFiles) => void): () => void;
}

export type FoundPolicy = (
  | {
      ok: true;
      files: PolicyFiles;
      /** Its own tests passed when it was activated; they are not run again by each gateway. */
      tested?: boolean;
    }
  | {
      ok: false;
      problems: Problem[];
      revision?: string;
      /** The source calls back by itself; nobody need be told. */
      passing?: boolean;
    }
) & {
  /** Of an activated one: its number, and that of the activation before it. */
  place?: { seq: number; before: number | null };
};

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
