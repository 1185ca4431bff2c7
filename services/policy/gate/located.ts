import type { Problem } from '../compiler/messages.ts';
import { isRego, type PolicyFiles } from '../source/policy-files.ts';

/** Of settings, the longest lists first; more are not named. */
const SETTINGS = 3;

/** Where a problem is known by its rule's path alone: the rule's file and line, and the settings that its file reads, with their lengths. */
export function located(problems: readonly Problem[], files: PolicyFiles, data: unknown): Problem[] {
  return problems.map((problem) => {
    const path = problem.rule?.split('.') ?? [];
    const name = path.at(-1);
    const folder = path.slice(0, -1).join('/');
    for (const [file, text] of files) {
      if (!name || !isRego(file) || file.slice(0, Math.max(file.lastIndexOf('/'), 0)) !== folder) continue;
      const row =
        text.split('\n').findIndex((line) => line.startsWith(name) && !/\w/.test(line[name.length] ?? ' ')) + 1;
      if (row > 0) return { ...problem, file, row, message: `${problem.message}${longest(text, data)}` };
    }
    return problem;
  });
}

/** `; it reads data.settings.protected (500 values)`. */
function longest(text: string, data: unknown): string {
  const paths = new Set([...text.matchAll(/\bdata\.(settings(?:\.\w+)+)/g)].map(([, path = '']) => path));
  const read = [...paths]
    .map((path) => ({ path, values: valuesIn(at(data, path.split('.'))) }))
    .filter(({ values }) => values > 1)
    .sort((a, b) => b.values - a.values)
    .slice(0, SETTINGS);
  const named = read.map(({ path, values }) => `data.${path} (${values.toLocaleString('en-US')} values)`);
  return named.length > 0 ? `; it reads ${named.join(', ')}` : '';
}

function at(data: unknown, path: readonly string[]): unknown {
  let value = data;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function valuesIn(value: unknown): number {
  if (value === undefined) return 0;
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, each) => sum + valuesIn(each), 0);
}
