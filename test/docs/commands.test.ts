// What the pages tell people to type exists: npm's scripts, both programs' commands and options, and the figures' scripts.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { test } from 'node:test';
import type { Command } from 'commander';
import { ACCOUNT_COMMANDS, accountProgram } from '../../clients/repl/account/commands.ts';
import { commandLine } from '../../clients/repl/options.ts';
import { isRequestCommand, requestCommandLine } from '../../clients/repl/requests.ts';
import { makeProgram } from '../../services/gateway/cli/program.ts';
import manifest from '../../package.json' with { type: 'json' };
import { blockLines, pages, ROOT, read, spans } from './pages.ts';

const all = [...(await pages()), { path: 'sudoql.example.yaml', text: await read('sudoql.example.yaml') }];
const sudoqld = await makeProgram({ out: process.stdout, err: process.stderr, signal: new AbortController().signal });
const account = accountProgram({ terminal: { output: process.stdout, error: process.stderr }, env: {} });
const programs: Record<string, Command> = { sudoqld, sudoql: commandLine() };

const requests = requestCommandLine({ terminal: { output: process.stdout, error: process.stderr } as never, env: {} });

/** Every command in a page, as words: `npm …`, `sudoqld …`, `sudoql …`, `node …`. */
function commands(of: { path: string; text: string }): string[][] {
  const quoted = [...of.text.matchAll(/"(sudoqld? [^"\n]+)"/g)].map(([, inner]) => inner ?? '');
  return [...spans(of), ...blockLines(of), ...quoted]
    .flatMap((line) => line.replace(/\s#.*$/, '').split(/\s*(?:\||&&|;|>)\s/))
    .map((part) =>
      part
        .replace(/^\$ /, '')
        .replace(/'[^']*'|"[^"]*"/g, 'TEXT')
        .split(/\s+/)
        .filter(Boolean),
    )
    .map((words) =>
      words
        .slice(0, 3)
        .join(' ')
        .match(/^npm run sudoqld? --/)
        ? words.slice(2).filter((w) => w !== '--')
        : words,
    )
    .filter(([first, second]) => second !== undefined && /^(npm|node|sudoqld|sudoql)$/.test(first ?? ''));
}

/** What of a command line the program does not know; null when it knows all. */
function unknown(program: Command, words: string[]): string | null {
  let command = program;
  for (const word of words) {
    if (/^-./.test(word)) {
      const [name = ''] = word.split('=');
      const known = [...command.options, ...program.options].some(({ short, long }) => short === name || long === name);
      if (!known && !/^--?(h|help|V|version|…)$/.test(name)) return `${command.name()} has no option ${name}`;
    } else if (command.commands.length > 0 && /^[a-z]/.test(word)) {
      const inner = command.commands.find((each) => each.name() === word);
      if (!inner) return `${command.name()} has no command ${word}`;
      command = inner;
    }
  }
  return null;
}

test('every sudoqld and sudoql command and option in the pages exists', () => {
  const wrong: string[] = [];
  let found = 0;
  for (const page of all) {
    for (const [name = '', ...words] of commands(page)) {
      const own =
        name !== 'sudoql'
          ? null
          : isRequestCommand(words)
            ? requests
            : ACCOUNT_COMMANDS.has(words[0] ?? '')
              ? account
              : null;
      const program = own ?? programs[name];
      // As prose has it: `sudoql is …`.
      if (!program) continue;
      found++;
      const problem = unknown(program, words);
      if (problem) wrong.push(`${page.path}: ${problem}: ${name} ${words.join(' ')}`);
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(found > 60, `${found} commands`);
  assert.equal(unknown(sudoqld, ['ledger', 'verfy']), 'ledger has no command verfy');
  assert.equal(unknown(sudoqld, ['ledger', 'verify', '--heads']), 'verify has no option --heads');
});

test('every command of sudoqld is on some page', () => {
  const leaves = (command: Command, path: string): string[] =>
    command.commands.length === 0 ? [path] : command.commands.flatMap((each) => leaves(each, `${path} ${each.name()}`));
  const text = all.map((page) => page.text).join('\n');
  assert.deepEqual(
    leaves(sudoqld, 'sudoqld').filter((path) => !text.includes(path)),
    [],
  );
});

test('every npm script in the pages exists, and so does every file given to node', () => {
  const scripts: Record<string, string> = manifest.scripts;
  for (const page of all) {
    for (const [name, second = '', third = ''] of commands(page)) {
      if (name === 'npm' && second === 'run') assert.ok(third in scripts, `${page.path}: npm run ${third}`);
      else if (name === 'npm') assert.match(second, /^(ci|test|install)$/, `${page.path}: npm ${second}`);
      const file = name === 'node' ? [second, third].find((word) => /\.[jt]s$/.test(word)) : undefined;
      if (file) assert.ok(existsSync(`${ROOT}/${file}`), `${page.path}: node ${file}`);
    }
  }
});

test('each figure names a script of its own, and bench/README.md has a line for each script', async () => {
  const [readme, bench, run] = await Promise.all([read('README.md'), read('bench/README.md'), read('bench/run.ts')]);
  const figures = readme.slice(readme.indexOf('## Figures'));
  const named = [...figures.matchAll(/^\|.*\| `([\w-]+)` \|$/gm)].map(([, name]) => name ?? '');
  assert.ok(named.length > 5);
  for (const name of named) assert.ok(existsSync(`${ROOT}/bench/${name}.ts`), `README.md: npm run bench -- ${name}`);

  const silent = /SCRIPTS_THAT_MEASURE_NOTHING = new Set\(\[(.*)\]\)/.exec(run)?.[1]?.split(', ') ?? [];
  const scripts: string[] = [];
  for await (const path of glob('*.ts', { cwd: `${ROOT}/bench` }))
    if (!silent.includes(`'${path}'`)) scripts.push(path);
  const listed = [...bench.matchAll(/^\| `([\w-]+\.ts)` +\|/gm)].map(([, name]) => name ?? '');
  assert.deepEqual(listed.sort(), scripts.sort());
});
