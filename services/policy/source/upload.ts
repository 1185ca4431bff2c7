// The body of an upload, read where it may take its time (gate/judge.ts): of its 24 MB each may be a key, and all statements would wait for it.
import type { Problem } from '../compiler/messages.ts';
import { flawOf } from './json-text.ts';
import type { PolicyFiles } from './policy-files.ts';
import { uploadedFiles } from './uploaded-files.ts';

export type ReadUpload =
  /** It is no body of ours; null: as any text that is not JSON is none. */
  | { invalid: string | null }
  | {
      /** As it was, without its files (null where they are none) and with whatever else is large cut: to be held against the schema. */
      body: Record<string, unknown>;
      files: PolicyFiles | Problem[];
    };

/** Names of keys that a body does not have, and characters of a text that is none of its files. */
const KEYS = 10;
const CHARACTERS = 1_000;

/** Never throws. */
export function readUpload(bytes: Uint8Array): ReadUpload {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { invalid: 'The body is not UTF-8.' };
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { invalid: null };
  }
  const flaw = flawOf(text);
  if (flaw) return { invalid: `The body, at character ${flaw.offset + 1}: ${flaw.message}.` };
  if (!isObject(parsed)) return { body: {}, files: [] };
  const { files, ...others } = parsed;
  const body = Object.fromEntries(Object.entries(others).slice(0, KEYS).map(small));
  if (files === undefined) return { body, files: [] };
  if (!isObject(files) || !Object.values(files).every((each) => typeof each === 'string'))
    return { body: { ...body, files: null }, files: [] };
  const read = uploadedFiles(files as Record<string, string>);
  return { body: { ...body, files: {} }, files: read.ok ? read.files : read.problems };
}

const small = ([key, value]: [string, unknown]): [string, unknown] => {
  if (typeof value === 'string') return [key, value.slice(0, CHARACTERS)];
  return [key, typeof value === 'object' && value !== null ? {} : value];
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
