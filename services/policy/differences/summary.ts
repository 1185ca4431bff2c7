// What changed between two revisions, in a line that fits a notice.
import { plain } from '../plain-reasons.ts';
import { isTest, type PolicyFiles } from '../source/policy-files.ts';
import { settingChanges } from './settings.ts';

const NAMED = 6;

/** Characters of one value, and settings that are told. */
const VALUE = 120;
const SETTINGS = 4;

/**
 * `first policy: 24 files`, or `changed settings/elevation/data.yaml; added …; removed …; elevation.grants."developers".max_minutes:
 * 240 → 60`. Of Rego the names of files only, no contents. `data`: of both, where it is known.
 */
export function summarise(
  before: PolicyFiles | null,
  after: PolicyFiles,
  data?: { before: unknown; after: unknown },
): string {
  if (!before) return `first policy: ${after.size} files`;
  const added = [...after.keys()].filter((path) => !before.has(path));
  const removed = [...before.keys()].filter((path) => !after.has(path));
  const changed = [...after.keys()].filter((path) => before.has(path) && before.get(path) !== after.get(path));
  return (
    [list('changed', changed), list('added', added), list('removed', removed), data ? settings(data) : '']
      .filter((part) => part !== '')
      .join('; ') || 'nothing changed'
  );
}

function settings(data: { before: unknown; after: unknown }): string {
  const changes = settingChanges(data.before, data.after);
  const value = (one: unknown) => (one === undefined ? 'absent' : plain(JSON.stringify(one), VALUE));
  const told = changes
    .slice(0, SETTINGS)
    .map(
      ({ path, before, after }) =>
        `${plain(path.replace(/^settings\./, ''), VALUE)}: ${value(before)} → ${value(after)}`,
    );
  const more = changes.length - told.length;
  return [...told, ...(more > 0 ? [`and ${more} more settings`] : [])].join('; ');
}

function list(verb: string, paths: string[]): string {
  if (paths.length === 0) return '';
  const ordered = paths.sort((a, b) => Number(isTest(a)) - Number(isTest(b)) || (a < b ? -1 : 1));
  const more = ordered.length > NAMED ? ` and ${ordered.length - NAMED} more` : '';
  return `${verb} ${ordered.slice(0, NAMED).join(', ')}${more}`;
}
