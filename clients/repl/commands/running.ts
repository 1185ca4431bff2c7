// `\g` and its kin: the statement that was begun, or the last one, run in another way.
import { runOrOffer } from '../elevate.ts';
import { EXIT } from '../exit-codes.ts';
import { visibleLine } from '../output/visible.ts';
import { openRedirect } from '../output/redirect.ts';
import { Problem } from '../problem.ts';
import { collect, runStatement, type Shell, sinkOf } from '../shell.ts';
import { plainWords } from './arguments.ts';
import { type Begun, type Command, misused } from './command.ts';
import { crosstab } from './crosstab.ts';

/** With its variables, and remembered. */
function taken(shell: Shell, begun: Begun): string {
  const statement = shell.variables.into(begun.take());
  shell.lastStatement = statement;
  return statement;
}

async function redirected(shell: Shell, to: string, run: () => Promise<void>): Promise<void> {
  if (to === '') return run();
  const before = shell.redirect;
  const redirect = await openRedirect(to, shell.terminal);
  shell.redirect = redirect;
  try {
    await run();
  } finally {
    shell.redirect = before;
    await redirect.close();
  }
}

export const g: Command = {
  usage: 'g [FILE | |PROGRAM]',
  help: 'runs the statement, or the last one again; its result into a file or a program',
  completes: 'file',
  run: (shell, argument, begun) => {
    const statement = taken(shell, begun);
    return redirected(shell, argument, () => runOrOffer(shell, statement));
  },
};

export const gx: Command = {
  usage: 'gx [FILE | |PROGRAM]',
  help: 'the same, one line for each value',
  completes: 'file',
  run: async (shell, argument, begun) => {
    const { expanded } = shell.display;
    shell.display.expanded = 'on';
    try {
      await g.run(shell, argument, begun, 'g');
    } finally {
      shell.display.expanded = expanded;
    }
  },
};

export const gset: Command = {
  usage: 'gset [PREFIX]',
  help: "the columns of its one row become variables; they are data: use :'name'",
  run: async (shell, prefix, begun) => {
    const statement = taken(shell, begun);
    const { columns, rows, more } = await collect((sink) => runStatement(shell, statement, { sink }), 1);
    const [row] = rows;
    if (!row) throw new Problem(EXIT.statement, 'There is no row for \\gset.');
    if (more) throw new Problem(EXIT.statement, 'There is more than one row for \\gset.');
    for (const [i, { name }] of columns.entries()) shell.variables.setFromResult(`${prefix}${name}`, row[i] ?? null);
  },
};

export const crosstabview: Command = {
  usage: 'crosstabview [ROWS [ACROSS [VALUES [SORT]]]]',
  help: 'a table with the values of one column across; each is a name or a number',
  run: async (shell, argument, begun) => {
    const statement = taken(shell, begun);
    const result = await collect((sink) => runStatement(shell, statement, { sink }), 100_000);
    if (result.more) throw new Problem(EXIT.statement, 'There are more than 100000 rows for \\crosstabview.');
    const { columns, rows } = crosstab(result, plainWords(argument));
    const sink = sinkOf(shell);
    sink.columns(columns);
    for (const row of rows) if (!sink.row(row)) await sink.drained();
    await sink.done(`SELECT ${rows.length}`);
  },
};

/** Seconds, unless it is said. */
const WATCH_EVERY = 2;

export const watch: Command = {
  usage: 'watch [SECONDS] [c=TIMES]',
  help: 'runs it again and again, until Ctrl-C',
  run: async (shell, argument, begun) => {
    let [seconds, times] = [WATCH_EVERY, Number.POSITIVE_INFINITY];
    for (const word of plainWords(argument)) {
      const [, name = 'i', value = ''] = /^(?:(i|interval|c|count)=)?(\d+(?:\.\d+)?)$/.exec(word) ?? [];
      if (value === '') throw misused(watch);
      if (name.startsWith('i')) seconds = Number(value);
      else times = Number(value);
    }
    const statement = taken(shell, begun);
    const stopped = Promise.withResolvers<'stopped'>();
    const before = shell.onInterrupt;
    let stop = false;
    shell.onInterrupt = () => {
      stop = true;
      stopped.resolve('stopped');
    };
    try {
      for (let i = 0; i < times && !stop; i++) {
        if (i > 0) await pause(seconds, stopped.promise);
        if (stop) return;
        shell.terminal.error.write(
          `${new Date().toTimeString().slice(0, 8)}  ${visibleLine(statement)} (every ${seconds} s)\n`,
        );
        await runStatement(shell, statement);
      }
    } finally {
      shell.onInterrupt = before;
    }
  },
};

async function pause(seconds: number, stopped: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    stopped,
    new Promise((resolve) => {
      timer = setTimeout(resolve, seconds * 1_000);
    }),
  ]);
  clearTimeout(timer);
}

export const reset: Command = {
  usage: 'r',
  help: 'throws away what is begun',
  run: async ({ terminal }, _argument, begun) => {
    begun.reset();
    terminal.error.write('Nothing is begun.\n');
  },
};

export const print: Command = {
  usage: 'p',
  help: 'shows what is begun, or the last statement',
  run: async (shell, _argument, begun) => {
    const text = begun.text || shell.lastStatement || '';
    shell.terminal.output.write(`${text.split('\n').map(visibleLine).join('\n')}\n`);
  },
};
