// What changed between two revisions, in a line that fits a notice.
import { isTest, type PolicyFiles } from '../source/policy-files.ts';

const NAMED = 6;

/** `first policy: 24 files`, or `changed settings/elevation/data.yaml; added …; removed …`. Names of files only, no contents. */
export function summarise(before: PolicyFiles | null, after: PolicyFiles): string {
  if (!before) return `first policy: ${after.size} files`;
  const added = [...after.keys()].filter((path) => !before.has(path));
  const removed = [...before.keys()].filter((path) => !after.has(path));
  const changed = [...after.keys()].filter((path) => before.has(path) && before.get(path) !== after.get(path));
  return (
    [list('changed', changed), list('added', added), list('removed', removed)]
      .filter((part) => part !== '')
      .join('; ') || 'nothing changed'
  );
}

function list(verb: string, paths: string[]): string {
  if (paths.length === 0) return '';
  const ordered = paths.sort((a, b) => Number(isTest(a)) - Number(isTest(b)) || (a < b ? -1 : 1));
  const more = ordered.length > NAMED ? ` and ${ordered.length - NAMED} more` : '';
  return `${verb} ${ordered.slice(0, NAMED).join(', ')}${more}`;
}
