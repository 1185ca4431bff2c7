// Follows a directory that editors save into, and that deployments replace whole: by rename, by a symbolic link turned elsewhere
// (Kubernetes' ..data, git-sync), by removing and making it anew.
import { type BigIntStats, type FSWatcher, statSync, watch } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface WatchTimes {
  /** Editors write a file in several steps, and people save several files. */
  settleMs: number;
  /** Between two looks. Events only hasten what a look would find: a watch stays on the directory that it was set on, and some file systems send none. */
  lookMs: number;
}

export const WATCH_TIMES: WatchTimes = { settleMs: 100, lookMs: 1_000 };

/** Looking takes at most this share of the time, however many files there are. */
const SHARE = 50;

/** Calls back after each change under `directory`, also when it is another directory by now or was not there at first; and once at its start, for what changed since it was read. Returns how to end it. */
export function watchDirectory(
  directory: string,
  onChange: () => void,
  { settleMs, lookMs }: WatchTimes = WATCH_TIMES,
): () => void {
  let watcher: FSWatcher | null = null;
  /** Which directory the watcher is on. */
  let watched = '';
  /** What the last look saw; null before the first. */
  let seen: string | null = null;
  let settling: NodeJS.Timeout | undefined;
  let looking: NodeJS.Timeout | undefined;
  let closed = false;

  const changed = () => {
    clearTimeout(settling);
    if (!closed) settling = setTimeout(() => void tell(), settleMs).unref();
  };
  const tell = async (): Promise<void> => {
    // Before it is told, so that the next look finds what was written while it was being read.
    seen = await signature(directory);
    if (!closed) onChange();
  };
  const unwatch = () => {
    watcher?.close();
    watcher = null;
    watched = '';
  };
  const follow = (): void => {
    const about = statOf(directory);
    const root = about ? identity(about) : '';
    if (root === watched && watcher !== null) return;
    unwatch();
    if (root === '') return;
    try {
      watcher = watch(directory, { recursive: true, persistent: false }, changed);
      // It is gone, or the system has no more watches to give: looks go on.
      watcher.on('error', unwatch);
      watched = root;
    } catch {
      // As above.
    }
  };
  const look = async (): Promise<void> => {
    const begun = performance.now();
    // First, so that what changes from now on is either seen or told.
    follow();
    const now = await signature(directory);
    if (closed) return;
    // Also after the first look: what was written between the reader's own first reading and it was seen by nobody else.
    if (seen !== now) changed();
    looking = setTimeout(() => void look(), Math.max(lookMs, SHARE * (performance.now() - begun))).unref();
  };
  void look();
  return () => {
    closed = true;
    clearTimeout(settling);
    clearTimeout(looking);
    unwatch();
  };
}

function statOf(path: string): BigIntStats | null {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return null;
  }
}

/** Numbers of removed files are given to new ones. */
const identity = ({ dev, ino, birthtimeNs }: BigIntStats): string => `${dev}:${ino}:${birthtimeNs}`;

/** Another text when anything under it was made, removed, renamed or written. Never throws. */
async function signature(directory: string): Promise<string> {
  const lines: string[] = [];
  const visit = async (under: string): Promise<void> => {
    const entries = await readdir(under, { withFileTypes: true }).catch(() => null);
    lines.push(`${under} ${entries === null ? 'unreadable' : await mark(under)}`);
    for (const entry of entries ?? []) {
      if (entry.name.startsWith('.')) continue;
      const path = join(under, entry.name);
      if (entry.isDirectory()) await visit(path);
      else lines.push(`${path} ${await mark(path)}`);
    }
  };
  await visit(directory);
  return lines.sort().join('\n');
}

const mark = (path: string): Promise<string> =>
  stat(path, { bigint: true }).then(
    (about) => `${identity(about)}:${about.size}:${about.mtimeNs}:${about.ctimeNs}`,
    () => 'gone',
  );
