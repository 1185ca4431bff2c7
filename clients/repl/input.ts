// One line of a person's, or of a file: the statements that it completes, and the command that it holds.
import { runCommand } from './commands/commands.ts';
import type { Begun } from './commands/command.ts';
import { EXIT } from './exit-codes.ts';
import { Problem } from './problem.ts';
import type { Shell } from './shell.ts';
import type { Piece, StatementSplitter } from './statement-splitter.ts';

/** What a command sees of what was begun. */
export function begunIn(splitter: StatementSplitter, shell: Shell): Begun {
  return {
    get text() {
      return splitter.begun;
    },
    take: () => {
      const statement = splitter.end() ?? shell.lastStatement;
      if (statement === null) throw new Problem(EXIT.usage, 'There is no statement yet.');
      return statement;
    },
    reset: () => splitter.reset(),
  };
}

/** Runs a statement with its variables, or a command. Throws Problem, StatementError or ConnectionLost. */
export async function runPiece(
  shell: Shell,
  piece: Piece,
  splitter: StatementSplitter,
  run: (statement: string) => Promise<void>,
): Promise<'leave' | 'go on'> {
  if (piece.kind === 'command') return runCommand(shell, piece.text, begunIn(splitter, shell));
  const statement = shell.variables.into(piece.text);
  shell.lastStatement = statement;
  await run(statement);
  return 'go on';
}
