// What differs between two data documents, old and new, by the path of what a person would point at.
import { isDeepStrictEqual } from 'node:util';
import type { Data } from '../settings/settings.ts';

export interface SettingChange {
  path: string;
  /** Undefined: absent. */
  before: unknown;
  after: unknown;
}

/** Leaves, and lines of lists: those of one name are compared with one another, of others those that are in one list alone are told. */
export function settingChanges(before: unknown, after: unknown, path = ''): SettingChange[] {
  if (isDeepStrictEqual(before, after)) return [];
  const at = (key: string) => (path === '' ? key : `${path}.${key}`);
  if (isObject(before) && isObject(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])]
      .sort()
      .flatMap((key) => settingChanges(own(before, key), own(after, key), at(key)));
  }
  if (!Array.isArray(before) || !Array.isArray(after)) return [{ path, before, after }];
  const names = [before, after].map((list) => named(list));
  const [old, now] = names;
  if (old && now) {
    return [...new Set([...old.keys(), ...now.keys()])].flatMap((name) =>
      settingChanges(old.get(name), now.get(name), at(JSON.stringify(name))),
    );
  }
  const without = (list: unknown[], others: unknown[]) =>
    list.filter((one) => !others.some((other) => isDeepStrictEqual(one, other)));
  const [gone, come] = [without(before, after), without(after, before)];
  // The same in another order, or another number of times.
  if (gone.length === 0 && come.length === 0) return [{ path, before, after }];
  return [
    ...gone.map((value) => ({ path, before: value, after: undefined })),
    ...come.map((value) => ({ path, before: undefined, after: value })),
  ];
}

/** Lines by their names, when each has one of its own. */
function named(list: unknown[]): Map<string, unknown> | null {
  const lines = new Map<string, unknown>();
  for (const line of list) {
    const name = isObject(line) ? own(line, 'name') : undefined;
    if (typeof name !== 'string' || lines.has(name)) return null;
    lines.set(name, line);
  }
  return lines;
}

const own = (value: Data, key: string): unknown => (Object.hasOwn(value, key) ? value[key] : undefined);

function isObject(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
