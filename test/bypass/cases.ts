import { glob, readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';

/** One file of the corpus: a conversation of one or more messages. */
export interface Case {
  /** `class/name`. */
  name: string;
  /** The header comment: what it tries, and why that matters. */
  why: string;
  /** The first and the last major version that the case is about. */
  versions: [number, number];
  /** `sql`: each message is the text of one Query. `wire`: each is a line of the little language of wire-script.ts. */
  form: 'sql' | 'wire';
  messages: string[];
}

const here = import.meta.dirname;

/** What the names of files that a case tries to write begin with, and what stands there in the case: others play the corpus too. */
export const OWN_FILES = `sudoql-corpus-${process.pid}-`;
const WRITTEN = 'sudoql-corpus-';

/** All cases under `directory` that are about a server of `version` (any, when null), sorted by name. Throws on a file without its header comment. */
export async function loadCases(directory: string, version: number | null = null): Promise<Case[]> {
  const cases: Case[] = [];
  for await (const file of glob(`${directory}/*/*.{sql,wire}`, { cwd: here })) {
    const [header = '', ...rest] = (await readFile(join(here, file), 'utf8')).split('\n');
    const [, since, until, why] = /^-- (?:since (\d+): )?(?:until (\d+): )?(.{3,})$/.exec(header) ?? [];
    if (why === undefined) throw new Error(`${file}: the first line must be a comment that says what the case tries.`);
    const form = extname(file) === '.wire' ? 'wire' : 'sql';
    const body = rest.join('\n').replaceAll(WRITTEN, OWN_FILES);
    const messages = form === 'wire' ? body.split('\n') : body.split(/^-- then$/m);
    cases.push({
      name: `${basename(dirname(file))}/${basename(file, extname(file))}`,
      why,
      versions: [Number(since ?? 0), Number(until ?? Number.POSITIVE_INFINITY)],
      form,
      messages: messages.map((text) => text.trim()).filter((text) => form === 'sql' || text !== ''),
    });
  }
  if (cases.length === 0) throw new Error(`No case under ${directory}.`);
  return cases.filter(about(version)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

const about =
  (version: number | null) =>
  ({ versions: [since, until] }: Case) =>
    version === null || (since <= version && version <= until);
