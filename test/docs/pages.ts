// The project's pages, and what of them can be compared with the code.
import { glob, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Page {
  /** From the project's root. */
  path: string;
  text: string;
}

export const read = (path: string): Promise<string> => readFile(`${ROOT}/${path}`, 'utf8');

/** Every page that says what is so now; CHANGELOG says what was. */
export async function pages(): Promise<Page[]> {
  const paths = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md'];
  for await (const path of glob('{docs,test,bench,policies,deploy}/**/*.md', { cwd: ROOT })) paths.push(path);
  return Promise.all(paths.sort().map(async (path) => ({ path, text: await read(path) })));
}

/** What stands between backticks in a line, blocks left out. */
export function spans({ text }: Page): string[] {
  const prose = text.replace(/^( *)```[\s\S]*?^\1```$/gm, '');
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span]) => span ?? '');
}

/** Lines of blocks, fenced or indented. */
export function blockLines({ text }: Page): string[] {
  const fenced = [...text.matchAll(/^( *)```\w*\n([\s\S]*?)^\1```$/gm)].flatMap(
    ([, , block]) => block?.split('\n') ?? [],
  );
  return [...fenced, ...text.split('\n').filter((line) => line.startsWith('    '))].map((line) => line.trim());
}

/** Files of the project, from its root. */
export async function projectFiles(): Promise<string[]> {
  const top = '{services,clients,policies,test,bench,bin,docs,deploy,.ci}/**/*';
  const files: string[] = [];
  for await (const path of glob([top, '*'], { cwd: ROOT, exclude: (name) => name === 'node_modules' }))
    files.push(path);
  return files.sort();
}
