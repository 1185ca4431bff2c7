// What differs between two policies, in the words of their authors: rules and settings, then files.
import { isDeepStrictEqual } from 'node:util';
import type { Compiler } from '../compiler/compiler.ts';
import type { RuleInfo } from '../compiler/messages.ts';
import { isRego, type PolicyFiles } from '../source/policy-files.ts';
import { readData } from '../settings/settings.ts';
import { type SettingChange, settingChanges } from './settings.ts';

type Change = 'added' | 'removed' | 'changed';

export interface PolicyDifference {
  /** Annotated rules whose own texts (code, message, remedy, title) or whose file changed. */
  rules: { change: Change; path: string; title: string }[];
  settings: SettingChange[];
  files: { change: Change; path: string }[];
}

export async function comparePolicies(
  compiler: Compiler,
  before: PolicyFiles,
  after: PolicyFiles,
): Promise<PolicyDifference> {
  const [old, now] = [await rulesOf(compiler, before), await rulesOf(compiler, after)];
  const rules = changes(
    old,
    now,
    (a, b) => isDeepStrictEqual(texts(a), texts(b)) && before.get(a.file) === after.get(b.file),
  );
  return {
    rules: rules.map(({ change, key }) => ({ change, path: key, title: (now.get(key) ?? old.get(key))?.title ?? '' })),
    settings: settingChanges(readData(before).data, readData(after).data),
    files: changes(before, after, (a, b) => a === b).map(({ change, key }) => ({ change, path: key })),
  };
}

/** A line each, as people read it. */
export function differenceLines(difference: PolicyDifference): string[] {
  return [
    ...difference.rules.map(({ change, path, title }) => `${change} rule ${path}${title ? `: ${title}` : ''}`),
    ...difference.settings.map(
      ({ path, before: was, after: is }) =>
        `setting ${path}: ${JSON.stringify(was) ?? 'absent'} → ${JSON.stringify(is) ?? 'absent'}`,
    ),
    ...difference.files.map(({ change, path }) => `${change} file ${path}`),
  ];
}

async function rulesOf(compiler: Compiler, files: PolicyFiles): Promise<Map<string, RuleInfo>> {
  const rego = Object.fromEntries([...files].filter(([path]) => isRego(path)));
  const { rules = [] } = await compiler.run({ op: 'rules', files: rego });
  // Several rules of one name are told apart by their titles.
  return new Map(
    rules
      .filter(({ custom }) => custom?.code !== undefined)
      .map((rule) => [`${rule.path} "${rule.title ?? ''}"`, rule]),
  );
}

function texts({ title, description, custom }: RuleInfo): unknown {
  return { title, description, custom };
}

function changes<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>, same: (a: T, b: T) => boolean) {
  const found: { change: Change; key: string }[] = [];
  for (const key of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const was = before.get(key);
    const is = after.get(key);
    if (was === undefined) found.push({ change: 'added', key });
    else if (is === undefined) found.push({ change: 'removed', key });
    else if (!same(was, is)) found.push({ change: 'changed', key });
  }
  return found;
}
