import type { ExitCode } from './exit-codes.ts';

/** Something that ends the program with a message for a person, not a stack trace. */
export class Problem extends Error {
  override name = 'Problem';
  readonly exitCode: ExitCode;
  readonly hint: string | null;

  constructor(exitCode: ExitCode, message: string, hint: string | null = null) {
    super(message);
    this.exitCode = exitCode;
    this.hint = hint;
  }
}
