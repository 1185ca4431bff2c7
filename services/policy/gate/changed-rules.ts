// What is new in a policy's rules, and whether its tests reach it.
import type { Coverage, Problem } from '../compiler/messages.ts';
import { isRego, isTest, type PolicyFiles } from '../source/policy-files.ts';

/** Files of rules that differ. */
export function changedRules(files: PolicyFiles, before: PolicyFiles): string[] {
  return [...files]
    .filter(([path, text]) => isRego(path) && !isTest(path) && before.get(path) !== text)
    .map(([path]) => path);
}

/** Lines that no test reaches, in the part of a file that is not as it was. */
export function unreachedLines(
  path: string,
  files: PolicyFiles,
  before: PolicyFiles | null,
  coverage: Coverage | undefined,
): Problem[] {
  const [from, to] = changedPart(files.get(path) ?? '', before?.get(path) ?? '');
  return (coverage?.files[path]?.notCovered ?? [])
    .filter(([first, last]) => last >= from && first <= to)
    .map(([row]) => ({
      ...{ file: path, row, code: 'not_covered' },
      message: 'no test reaches this line, which is new or changed (policy.gate.coverage of the configuration)',
    }));
}

/**
 * First and last line (1-based) between what both texts begin and end with, and on to the next empty lines: of two rules that begin
 * alike, either may be the new one.
 */
function changedPart(now: string, before: string): [number, number] {
  const [lines, old] = [now.split('\n'), before.split('\n')];
  const most = Math.min(lines.length, old.length);
  let from = 0;
  while (from < most && lines[from] === old[from]) from++;
  let same = 0;
  while (same < most - from && lines.at(-1 - same) === old.at(-1 - same)) same++;
  let to = lines.length - same;
  while (from > 0 && lines[from - 1]?.trim()) from--;
  while (to < lines.length && lines[to]?.trim()) to++;
  return [from + 1, to];
}
