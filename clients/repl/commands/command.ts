import type { Argument } from '../complete/complete.ts';
import { EXIT } from '../exit-codes.ts';
import { Problem } from '../problem.ts';
import type { Shell } from '../shell.ts';

/** The statement that is being written when a command is given. */
export interface Begun {
  /** As it is so far; empty when there is none. */
  readonly text: string;
  /** Takes it, as a semicolon would; the last that was sent where there is none. Throws a Problem where there is neither. */
  take(): string;
  reset(): void;
}

export interface Command {
  /** As `\?` shows it, without the backslash. */
  usage: string;
  help: string;
  /** What Tab completes behind it. */
  completes?: Argument;
  /** Resolves to `leave` when the program is to end. */
  run(shell: Shell, argument: string, begun: Begun, name: string): Promise<unknown>;
}

export const misused = ({ usage }: Pick<Command, 'usage'>): Problem => new Problem(EXIT.usage, `Usage: \\${usage}`);
