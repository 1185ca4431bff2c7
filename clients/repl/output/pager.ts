import { spawn } from 'node:child_process';
import type { Terminal } from '../terminal.ts';
import { drained } from './drained.ts';

/** A person's pager, as it is fed. */
export interface PagerStream {
  /** False: wait for `drained`. What is written when it was left is dropped. */
  write(text: string): boolean;
  drained(): Promise<void>;
  end(): void;
  /** Resolves when they have left it. Where there is no such program, all has been written to the terminal. */
  readonly left: Promise<void>;
}

export interface Pager {
  open(): PagerStream;
  /** It can be scrolled to the right, so that nothing need be cut. */
  readonly scrolls: boolean;
}

const SCROLLS = /\bless\b.*\s(?:-[a-zA-Z]*S|--chop-long-lines)|\b(?:pspg|ov|moar)\b/;

export const DEFAULT_PAGER = 'less -FRSX';
/** A shell says so for a command that it does not find. */
const NOT_FOUND = 127;

export function makePager(command: string, { output }: Terminal): Pager {
  const open = (): PagerStream => {
    const { stdin, ...child } = start(command);
    /** Until it has taken something: there may be no such program. */
    let untaken: string[] | null = [];
    let state: 'open' | 'left' | 'missing' = 'open';
    const left = child.exit.then((code) => {
      state = code === NOT_FOUND && untaken ? 'missing' : 'left';
      if (state === 'missing') output.write(untaken?.join('') ?? '');
      untaken = null;
    });
    // Leaving early closes the pipe.
    stdin.on('error', () => {});
    stdin.on('drain', () => {
      untaken = null;
    });
    return {
      left,
      write(text) {
        if (state !== 'open') return state === 'left' || output.write(text);
        untaken?.push(text);
        return stdin.write(text);
      },
      drained: () => (state === 'open' ? Promise.race([drained(stdin), left]) : drained(output)),
      end: () => void stdin.end(),
    };
  };
  return { open, scrolls: SCROLLS.test(command) };
}

function start(command: string) {
  const child = spawn(command, { shell: true, stdio: ['pipe', 'inherit', 'inherit'] });
  const exit = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(NOT_FOUND));
    child.once('exit', resolve);
  });
  return { stdin: child.stdin, exit };
}
