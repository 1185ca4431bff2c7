// `\copy`: COPY with a file on this machine in place of the server's.
import { createReadStream } from 'node:fs';
import { EXIT } from '../exit-codes.ts';
import { runOrOffer } from '../elevate.ts';
import { drained } from '../output/drained.ts';
import { expandHome, openRedirect } from '../output/redirect.ts';
import { Problem } from '../problem.ts';
import { type Shell, sinkOf } from '../shell.ts';
import { sqlTokens } from '../sql-tokens.ts';
import type { CopyData } from '../statement-run.ts';
import { type Command, misused } from './command.ts';

export interface LocalCopy {
  /** COPY as the server gets it. */
  statement: string;
  direction: 'from' | 'to';
  /** Null: standard input or output. */
  path: string | null;
}

/** Null for what is no `\copy`; `program` where a program is asked for, which there is none of here. */
export function parseCopy(argument: string): LocalCopy | 'program' | null {
  const tokens = sqlTokens(argument);
  let depth = 0;
  const at = tokens.findIndex(({ kind, text }, i) => {
    if (text === '(') depth++;
    if (text === ')') depth--;
    return depth === 0 && i > 0 && kind === 'word' && /^(from|to)$/i.test(text);
  });
  const token = tokens[at];
  if (!token) return null;
  const what = argument.slice(0, token.at).trim();
  const behind = argument.slice(token.at + token.text.length);
  const [all, quoted, bare] = /^\s+(?:'((?:[^']|'')*)'|(\S+))/.exec(behind) ?? [];
  if (all === undefined || what === '') return null;
  const direction = token.text.toLowerCase() === 'from' ? 'from' : 'to';
  if (/^program$/i.test(bare ?? '')) return 'program';
  const rest = behind.slice(all.length).trim().replace(/;$/, '');
  const standard = bare !== undefined && /^p?std(in|out);?$/i.test(bare);
  const statement = `COPY ${what} ${direction === 'from' ? 'FROM STDIN' : 'TO STDOUT'}${rest === '' ? '' : ` ${rest}`}`;
  return {
    statement,
    direction,
    path: standard ? null : (quoted?.replaceAll("''", "'") ?? (bare ?? '').replace(/;$/, '')),
  };
}

export const copy: Command = {
  usage: 'copy TABLE|(QUERY) FROM|TO FILE|STDIN|STDOUT [OPTIONS]',
  help: 'COPY with a file of this machine',
  completes: 'relation',
  run: async (shell, argument) => {
    const parsed = parseCopy(argument);
    if (!parsed) throw misused(copy);
    if (parsed === 'program')
      throw new Problem(EXIT.usage, '\\copy … PROGRAM is not built.', '\\! runs a program, \\copy takes its file.');
    const { direction, path } = parsed;
    const statement = shell.variables.into(parsed.statement);
    if (path === null) return runOrOffer(shell, statement);
    if (direction === 'from') return runOrOffer(shell, statement, { data: fromFile(path) });
    return toFile(shell, statement, path);
  },
};

function fromFile(path: string): CopyData {
  return {
    async *chunks() {
      for await (const chunk of createReadStream(expandHome(path))) yield chunk as Buffer;
    },
  };
}

async function toFile(shell: Shell, statement: string, path: string): Promise<void> {
  const file = await openRedirect(path, shell.terminal);
  const shown = sinkOf(shell);
  const { output } = file;
  try {
    await runOrOffer(shell, statement, {
      sink: {
        ...shown,
        copy: (bytes) => output.write(bytes),
        drained: () => drained(output),
      },
    });
  } finally {
    await file.close();
  }
}
