import { spawn } from 'node:child_process';
import type { Terminal } from '../terminal.ts';

/** Shows `text` through the person's pager. Resolves when they leave it; false when there is no such program. */
export type Pager = (text: string) => Promise<boolean>;

export const DEFAULT_PAGER = 'less -FRSX';

/** The pager reads the keys while it runs, so raw mode is off meanwhile. */
export function makePager(command: string, { input }: Terminal): Pager {
  return (text) =>
    new Promise((resolve) => {
      input.setRawMode?.(false);
      const child = spawn(command, { shell: true, stdio: ['pipe', 'inherit', 'inherit'] });
      const end = (shown: boolean): void => {
        input.setRawMode?.(true);
        resolve(shown);
      };
      child.once('error', () => end(false));
      // A shell says 127 for a command that it does not find.
      child.once('exit', (code) => end(code !== 127));
      // Leaving early closes the pipe.
      child.stdin.on('error', () => {});
      child.stdin.end(text);
    });
}
