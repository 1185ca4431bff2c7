import { glob, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** One file of the corpus: a conversation of one or more messages, each the text of one Query. */
export interface Case {
  /** `class/name`. */
  name: string;
  /** The header comment: what it tries, and why that matters. */
  why: string;
  messages: string[];
}

const here = import.meta.dirname;

/** All cases of `refused` or `allowed`, sorted by name. Throws on a file without its header comment. */
export async function loadCases(kind: 'refused' | 'allowed'): Promise<Case[]> {
  const cases: Case[] = [];
  for await (const file of glob(`${kind}/*/*.sql`, { cwd: here })) {
    const [header, ...rest] = (await readFile(join(here, file), 'utf8')).split('\n');
    if (!header?.startsWith('-- ') || header.length < 6)
      throw new Error(`${file}: the first line must be a comment that says what the case tries.`);
    const messages = rest
      .join('\n')
      .split(/^-- then$/m)
      .map((text) => text.trim());
    cases.push({ name: `${basename(dirname(file))}/${basename(file, '.sql')}`, why: header.slice(3), messages });
  }
  if (cases.length === 0) throw new Error(`No case under ${kind}.`);
  return cases.sort((a, b) => (a.name < b.name ? -1 : 1));
}
