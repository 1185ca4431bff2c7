// Statements from -c, -f, standard input or an included file: nothing is asked, and the first failure ends it.
import { createReadStream } from 'node:fs';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { ConnectionLost } from './gateway-client.ts';
import { runPiece } from './input.ts';
import { visible } from './output/visible.ts';
import { Problem } from './problem.ts';
import { problemText } from './prompt-loop.ts';
import { runStatement, type Shell } from './shell.ts';
import { describeMessage, messageAsJson, StatementError } from './statement-error.ts';
import type { CopyData } from './statement-run.ts';
import { StatementSplitter } from './statement-splitter.ts';

/** Where a line stands. */
export interface Place {
  file: string;
  line: number;
}

/** What ended a script, and where; the inmost file's place. */
export class ScriptFailed extends Error {
  override name = 'ScriptFailed';
  readonly place: Place | null;

  constructor(cause: StatementError | Problem, place: Place | null) {
    super(cause.message, { cause });
    this.place = place;
  }

  get failure(): StatementError | Problem {
    return this.cause as StatementError | Problem;
  }
}

/** Lines with their bytes: data of a COPY must be as they are. */
export interface Lines {
  /** Null at the end. */
  next(): Promise<Buffer | null>;
}

export interface Source {
  /** As errors name it; null for -c. */
  name: string | null;
  lines: Lines;
  /** Where data of a COPY come from; without it, from behind the statement. */
  data?: Lines;
}

/** Runs the statements of `lines` one after the other. Throws ScriptFailed, or ConnectionLost. */
export async function runLines(shell: Shell, { name, lines, data = lines }: Source): Promise<'leave' | 'go on'> {
  const splitter = new StatementSplitter();
  const before = shell.copyData;
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
  let at = 0;
  let line = 0;
  shell.copyData = dataIn(data, () => data === lines && line++);
  try {
    for (;;) {
      const bytes = await lines.next();
      if (!bytes) break;
      line++;
      at = line;
      const text = decoded(bytes, decoder);
      for (const piece of splitter.push(text)) {
        at = piece.kind === 'statement' ? line - splitter.line + piece.line : line;
        const left = await runPiece(shell, piece, splitter, (statement) => runStatement(shell, statement));
        if (left === 'leave') return left;
      }
    }
    at = line - splitter.line + splitter.startLine;
    const { open } = splitter;
    if (open !== 'nothing' && open !== 'statement')
      throw new Problem(EXIT.usage, `The input ends inside a ${OPEN[open]}.`);
    const last = splitter.end();
    if (last !== null)
      await runPiece(shell, { kind: 'statement', text: last, line: at }, splitter, (statement) =>
        runStatement(shell, statement),
      );
    return 'go on';
  } catch (error) {
    if (error instanceof StatementError || (error instanceof Problem && !(error instanceof ConnectionLost)))
      throw new ScriptFailed(error, name === null ? null : { file: name, line: at + lineIn(error) });
    throw error;
  } finally {
    shell.copyData = before;
  }
}

/** Runs scripts, says what failed, and resolves to the exit code. */
export async function runScript(shell: Shell, source: Source): Promise<ExitCode | 'leave'> {
  try {
    return (await runLines(shell, source)) === 'leave' ? 'leave' : EXIT.ok;
  } catch (error) {
    if (error instanceof ScriptFailed) {
      sayFailure(shell, error);
      return error.failure.exitCode;
    }
    if (!(error instanceof Problem)) throw error;
    shell.terminal.error.write(problemText(error));
    return error.exitCode;
  }
}

/** The failure of a script, with its file and line, as people or programs read it. */
export function sayFailure({ terminal, display, style }: Shell, { failure, place }: ScriptFailed): void {
  const where = place ? `${visible(place.file)}:${place.line}: ` : '';
  const json = display.format === 'json';
  if (failure instanceof StatementError) {
    if (json) {
      terminal.error.write(messageAsJson(failure.fields, place));
      return;
    }
    terminal.error.write(
      `${where}${describeMessage(failure.fields, failure.statement, style, terminal.output.columns)}`,
    );
    if (failure.exitCode === EXIT.readMode) terminal.error.write(`${IN_A_SCRIPT}\n`);
    return;
  }
  terminal.error.write(
    json
      ? messageAsJson({ severity: 'ERROR', message: failure.message, hint: failure.hint ?? undefined }, place)
      : `${where}${problemText(failure)}`,
  );
}

/** Lines that a statement's error is below its first. */
function lineIn(error: StatementError | Problem): number {
  const position = error instanceof StatementError ? Number(error.fields.position) : 0;
  if (!(error instanceof StatementError) || !(position > 0)) return 0;
  return [...error.statement].slice(0, position - 1).filter((character) => character === '\n').length;
}

function decoded(bytes: Buffer, decoder: InstanceType<typeof TextDecoder>): string {
  try {
    return decoder.decode(bytes).replace(/\r?\n?$/, '');
  } catch {
    throw new Problem(EXIT.usage, 'This line is not UTF-8.');
  }
}

/** The lines behind a COPY … FROM STDIN, up to `\.` or the end. */
function dataIn(lines: Lines, count: () => void): CopyData {
  return {
    async *chunks() {
      for (;;) {
        const line = await lines.next();
        if (!line) return;
        count();
        if (/^\\\.\r?\n?$/.test(line.toString('latin1'))) return;
        yield line;
      }
    },
  };
}

/** Lines of a stream, with their ends. Throws a Problem where it cannot be read. */
export function linesOf(name: string, input: AsyncIterable<Buffer | string>): Lines {
  const chunks = input[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  let from = 0;
  let ended = false;
  return {
    next: async () => {
      for (;;) {
        const end = held.indexOf(10, from);
        if (end >= 0) {
          const line = held.subarray(0, end + 1);
          held = held.subarray(end + 1);
          from = 0;
          return line;
        }
        if (ended) {
          const last = held;
          held = Buffer.alloc(0);
          return last.length > 0 ? last : null;
        }
        from = held.length;
        const next = await chunks.next().catch((error: Error) => {
          throw new Problem(EXIT.usage, `${name} cannot be read: ${error.message}`);
        });
        if (next.done) ended = true;
        else held = Buffer.concat([held, Buffer.from(next.value)]);
      }
    },
  };
}

export const linesOfFile = (path: string): Lines => linesOf(path, createReadStream(path));

export function linesOfText(text: string): Lines {
  const lines = text.split('\n').map((line) => Buffer.from(`${line}\n`));
  return { next: async () => lines.shift() ?? null };
}

const OPEN = {
  parenthesis: 'parenthesis',
  quote: 'quoted text',
  identifier: 'quoted name',
  dollar: 'dollar quote',
  comment: 'comment',
};

const IN_A_SCRIPT = "In a script: sudoql --write 'why' …, which your team is told as well.";
