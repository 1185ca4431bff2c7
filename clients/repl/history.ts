// What was typed, in a file that only its owner reads.
import { appendFileSync, chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const MOST = 1_000;
/** Statements that set a password stay out, and lines that begin with a space, as in shells. */
const PRIVATE = /^\s|\bpassword\b/i;

export interface History {
  /** Newest first, as node:readline keeps them; it reads this very array. */
  readonly entries: string[];
  add(entry: string): void;
}

/** A history that cannot be read or written is kept in memory only; `path` null: never on disk. */
export function makeHistory(path: string | null): History {
  const entries = path === null ? [] : load(path);
  return {
    entries,
    add: (entry) => {
      if (entry.trim() === '' || PRIVATE.test(entry) || entries[0] === entry) return;
      entries.unshift(entry);
      entries.length = Math.min(entries.length, MOST);
      if (path !== null) attempt(() => appendFileSync(path, `${JSON.stringify(entry)}\n`, { mode: 0o600 }));
    },
  };
}

function load(path: string): string[] {
  attempt(() => mkdirSync(dirname(path), { recursive: true, mode: 0o700 }));
  let newest: string[] = [];
  attempt(() => {
    const lines = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    newest = lines
      .slice(-MOST)
      .map(parsed)
      .filter((entry) => entry !== '')
      .reverse();
    if (lines.length > 2 * MOST) writeFileSync(path, `${lines.slice(-MOST).join('\n')}\n`, { mode: 0o600 });
    chmodSync(path, 0o600);
  });
  return newest;
}

function parsed(line: string): string {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'string' ? entry : '';
  } catch {
    return '';
  }
}

function attempt(write: () => void): void {
  try {
    write();
  } catch {
    // A full disk or a missing home directory is no reason not to work.
  }
}
