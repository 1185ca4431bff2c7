// Where the program reads and writes. Injected, so that tests can play a terminal.
import type { Readable, Writable } from 'node:stream';
import type { Environment } from './settings.ts';

export interface Terminal {
  input: Readable & { isTTY?: boolean; setRawMode?: (raw: boolean) => unknown };
  output: Writable & { isTTY?: boolean; columns?: number; rows?: number };
  error: Writable & { isTTY?: boolean };
}

export const standardTerminal = (): Terminal => ({
  input: process.stdin,
  output: process.stdout,
  error: process.stderr,
});

/** Somebody types and sees: only then may anything be asked. */
export const isInteractive = ({ input, output }: Terminal): boolean => Boolean(input.isTTY && output.isTTY);

export const wantsColor = ({ output }: Terminal, env: Environment): boolean =>
  Boolean(output.isTTY) && !env.NO_COLOR && env.TERM !== 'dumb';
