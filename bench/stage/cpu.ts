// CPU time of processes with all that they started, from /proc (Linux).
import { readdirSync, readFileSync } from 'node:fs';

/** Of USER_HZ; 100 on every Linux that Node runs on. */
const MICROSECONDS_A_TICK = 10_000;

interface Entry {
  parent: number;
  ticks: number;
}

/** Microseconds of CPU that each tree has used, whole trees: what ended in it counts for the parent that waited for it. */
export function cpuOf<Name extends string>(roots: Record<Name, number>): Record<Name, number> {
  const entries = readAll();
  const children = new Map<number, number[]>();
  for (const [pid, { parent }] of entries) {
    const known = children.get(parent);
    if (known) known.push(pid);
    else children.set(parent, [pid]);
  }
  const tree = (pid: number): number =>
    (entries.get(pid)?.ticks ?? 0) + (children.get(pid) ?? []).reduce((sum, child) => sum + tree(child), 0);
  const found = Object.entries<number>(roots).map(([name, pid]) => [name, tree(pid) * MICROSECONDS_A_TICK]);
  return Object.fromEntries(found) as Record<Name, number>;
}

/** A process and all that it started, itself first. */
export function familyOf(root: number): number[] {
  const entries = [...readAll()];
  const below = (pid: number): number[] => [
    pid,
    ...entries.flatMap(([child, { parent }]) => (parent === pid ? below(child) : [])),
  ];
  return below(root);
}

/** Bytes of memory that a process holds resident. */
export function residentOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
}

export function parentOf(pid: number): number {
  return readStat(pid)?.parent ?? 0;
}

function readAll(): Map<number, Entry> {
  const entries = new Map<number, Entry>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const entry = Number.isInteger(pid) ? readStat(pid) : null;
    if (entry) entries.set(pid, entry);
  }
  return entries;
}

/** Null for a process that is gone. Source: proc(5). */
function readStat(pid: number): Entry | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The command's name may hold blanks and parentheses.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { parent: Number(fields[1]), ticks };
  } catch {
    return null;
  }
}
