// Statements from -c, -f or standard input: nothing is asked, and the first failure ends it.
import { runCommand } from './commands/commands.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { Problem } from './problem.ts';
import { problemText } from './prompt-loop.ts';
import { runStatement, type Shell } from './shell.ts';
import { describeMessage, messageAsJson, StatementError } from './statement-error.ts';
import { StatementSplitter } from './statement-splitter.ts';

/** Runs the statements of `lines` one after the other. */
export async function runScript(shell: Shell, lines: AsyncIterable<string> | Iterable<string>): Promise<ExitCode> {
  const splitter = new StatementSplitter();
  try {
    for await (const line of lines) {
      if (splitter.open === 'nothing' && /^\s*\\/.test(line)) {
        if (await runCommand(shell, line)) return EXIT.ok;
        continue;
      }
      for (const statement of splitter.push(line)) await runStatement(shell, statement);
    }
    const { open } = splitter;
    if (open !== 'nothing' && open !== 'statement')
      throw new Problem(EXIT.usage, `The input ends inside a ${OPEN[open]}.`);
    const last = splitter.end();
    if (last !== null) await runStatement(shell, last);
    return EXIT.ok;
  } catch (error) {
    const { error: stream } = shell.terminal;
    if (error instanceof StatementError) {
      const json = shell.display.format === 'json';
      stream.write(json ? messageAsJson(error.fields) : describeMessage(error.fields, error.statement, shell.style));
      if (!json && error.exitCode === EXIT.readMode) stream.write(`${IN_A_SCRIPT}\n`);
      return error.exitCode;
    }
    if (!(error instanceof Problem)) throw error;
    stream.write(problemText(error));
    return error.exitCode;
  }
}

const OPEN = {
  parenthesis: 'parenthesis',
  quote: 'quoted text',
  identifier: 'quoted name',
  dollar: 'dollar quote',
  comment: 'comment',
};

const IN_A_SCRIPT = "In a script: sudoql --write 'why' …, which your team is told as well.";
