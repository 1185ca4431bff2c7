// What of the configuration may change while the gateway runs, and how it is told apart from what needs a restart.
import type { Config } from './configuration.ts';

/** Paths that `apply` may change: certificates, secrets, how notices travel, what is logged. Anything else is what sessions were promised. */
const MAY_CHANGE = [
  /^logLevel$/,
  /^wire\.tls\.(cert|key)$/,
  /^metrics\.token$/,
  /^traces\.headers\.[^.]+$/,
  /^(ledger|targets\.[^.]+)\.ssl\.(ca|cert|key)$/,
  /^ledger\.gateway\.password$/,
  /^targets\.[^.]+\.(reader|writer|control)\.password$/,
  /^channels\.[^.]+\.(?!type$|name$)/,
  /^ledger\.maxSize$/,
];
/** Of commands, not of the gateway. */
const NOT_OURS = /^(file$|ledger\.(owner|auditor)(\.|$)|targets\.[^.]+\.admin(\.|$))/;

export interface Differences {
  /** Paths, in order. Never values: they may be secrets. */
  changed: string[];
  /** These stay as they were until the gateway is started again. */
  needRestart: string[];
}

type Leaves = Map<string, { holder: Record<string, unknown>; key: string; value: unknown }>;

/** What a fresh configuration has otherwise than the one in force. */
export function differences(now: Config, fresh: Config): Differences {
  const [a, b] = [leavesOf(now), leavesOf(fresh)];
  const paths = [...new Set([...a.keys(), ...b.keys()])].filter((path) => !NOT_OURS.test(path));
  const other = paths.filter((path) => !a.has(path) || !b.has(path) || !same(a.get(path)?.value, b.get(path)?.value));
  // A leaf that came or went is another shape: only where both have one can it be put in the other's place.
  const may = (path: string) => a.has(path) && b.has(path) && MAY_CHANGE.some((pattern) => pattern.test(path));
  return { changed: other.filter(may).sort(), needRestart: other.filter((path) => !may(path)).sort() };
}

/** Puts the fresh values of `changed` into `now`, in place: whoever holds a part of it sees them at its next use. */
export function apply(now: Config, fresh: Config, changed: readonly string[]): void {
  const [to, from] = [leavesOf(now), leavesOf(fresh)];
  for (const path of changed) {
    const at = to.get(path);
    if (at) at.holder[at.key] = from.get(path)?.value;
  }
}

function leavesOf(config: Config): Leaves {
  const leaves: Leaves = new Map();
  const walk = (holder: Record<string, unknown>, path: string) => {
    for (const [key, value] of Object.entries(holder)) {
      const here = path === '' ? key : `${path}.${key}`;
      if (typeof value === 'object' && value !== null && !Array.isArray(value))
        walk(value as Record<string, unknown>, here);
      else leaves.set(here, { holder, key, value });
    }
  };
  walk(config as unknown as Record<string, unknown>, '');
  return leaves;
}

const same = (a: unknown, b: unknown): boolean =>
  // Functions that accept any server name are made anew at each load.
  typeof a === 'function' ? typeof b === 'function' : JSON.stringify(a) === JSON.stringify(b);
