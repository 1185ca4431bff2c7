// `\o` and `\g`: results into a file or a program of the person's own.
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { EXIT } from '../exit-codes.ts';
import { Problem } from '../problem.ts';
import type { Terminal } from '../terminal.ts';

export interface Redirect {
  readonly output: Terminal['output'];
  /** Resolves when all has left. Throws a Problem where it could not. */
  close(): Promise<void>;
}

/** `~/` is the home directory, as in shells. */
export const expandHome = (path: string): string => (path.startsWith('~/') ? join(homedir(), path.slice(2)) : path);

/** `to`: a path, or a program behind a `|`. What the program prints goes to the terminal. Throws a Problem. */
export async function openRedirect(to: string, { output }: Terminal): Promise<Redirect> {
  if (to.startsWith('|')) return toProgram(to.slice(1).trim(), output);
  const file = createWriteStream(expandHome(to));
  try {
    await once(file, 'open');
  } catch (error) {
    throw unwritten(to, error);
  }
  // Said when it is closed.
  file.on('error', () => {});
  return {
    output: file,
    close: async () => {
      file.end();
      await finished(file).catch((error: unknown) => {
        throw unwritten(to, error);
      });
    },
  };
}

const unwritten = (to: string, error: unknown): Problem =>
  new Problem(EXIT.usage, `${to} cannot be written: ${(error as Error).message}`);

function toProgram(command: string, output: Writable): Redirect {
  const own = output === process.stdout;
  const { stdin, ...child } = start(command, own);
  child.stdout?.pipe(output, { end: false });
  // A program may have enough before the end, as `head` has.
  stdin.on('error', () => {});
  return {
    output: stdin,
    close: async () => {
      stdin.end();
      const failed = await child.ended;
      if (failed) throw unwritten(`|${command}`, failed);
    },
  };
}

function start(command: string, own: boolean) {
  const stdout = own ? 'inherit' : 'pipe';
  const child = spawn('/bin/sh', ['-c', command], { stdio: ['pipe', stdout, 'inherit'] });
  if (!child.stdin) throw new Problem(EXIT.usage, `${command} cannot be started.`);
  const ended = new Promise<Error | null>((resolve) => {
    child.once('error', resolve);
    child.once('close', () => resolve(null));
  });
  return { stdin: child.stdin, stdout: child.stdout, ended };
}
