// `sudoqld policy replay | export | shadow`: what was decided, and what another policy would have decided.
import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { parseWhen } from '../../ledger/read/entry-filter.ts';
import { type LedgerPool, makeLedgerPool } from '../../ledger/ledger-pool.ts';
import { afterEachChange } from '../../policy/commands/after-each-change.ts';
import type { Compiler } from '../../policy/compiler/compiler.ts';
import { describeRefusal } from '../../policy/gate/gate.ts';
import { makeCandidate } from '../../policy/replay/candidate.ts';
import type { Candidate } from '../../policy/replay/evaluators.ts';
import { exportDecisions, exportedDecisions, NotAnExport } from '../../policy/replay/export-file.ts';
import { groupLines, reportLines } from '../../policy/replay/print-report.ts';
import { replay, type ReplayReport } from '../../policy/replay/replay.ts';
import { makeRevisions, type Revisions } from '../../policy/source/revisions.ts';
import { DURATION_PATTERN, milliseconds } from '../config/units.ts';
import { connectionOf } from '../targets/connections.ts';
import {
  countDecisions,
  type DecisionFilter,
  followDecisions,
  recordedDecisions,
} from '../policy/recorded-decisions.ts';
import { CommandFailed, configOf, EXIT, type Io, say, withConfig } from './io.ts';
import { makeKeptCompiler } from './kept-compiler.ts';
import { filesNamed, revisionNamed } from './policy-files.ts';
import { makeProgress } from './progress.ts';
import { upTo } from './positive.ts';

interface Window {
  config: string;
  since: Date;
  until?: Date;
  decidedBy?: string;
}

const withWindow = (command: Command): Command =>
  withConfig(command)
    .option('--since <when>', 'decisions from then on: 30d, 2h, 2026-11-24', when, when('30d'))
    .option('--until <when>', 'up to then', when)
    .option('--decided-by <revision>', 'only what this revision decided');

export function registerReplay(policy: Command, io: Io): void {
  withWindow(policy.command('replay'))
    .summary('evaluate recorded decisions by another policy')
    .description(
      'Evaluates what was decided once more, with data and clock as of then, and reports what flips: by rule, direction, principal, target and statement, with an example each. Changes nothing.',
    )
    .requiredOption('-r, --revision <name>', 'the policy: a directory, or a revision that was activated')
    .option('--from <file>', 'decisions of "policy export" instead of the ledger’s; needs no configuration')
    .option(
      '--fail-on <direction>',
      'exit with 1 when there are any: deny→allow, allow→deny, any, gone (may be repeated)',
      failOn,
      [],
    )
    .option('--threads <n>', 'threads; default: one a core', upTo(256))
    .option('-w, --watch', 'again after each change of the directory', false)
    .option('--json', 'print the report as JSON', false)
    .addHelpText(
      'after',
      '\nExamples:\n  sudoqld policy replay --since 30d --revision policies\n  sudoqld policy replay --from decisions.jsonl --revision policies --fail-on deny-allow',
    )
    .action(async (options: Window & ReplayChoices) => {
      const ledger = makeLater(() => auditorPool(options, io));
      const compiler = makeKeptCompiler();
      try {
        if (options.watch) await watched(options, io, () => replayed(options, io, ledger, compiler));
        else judge(await replayed(options, io, ledger, compiler), options.failOn);
      } catch (error) {
        throw asFailure(error);
      } finally {
        await compiler.close();
        await ledger.close();
      }
    });
}

/** One run; prints its report. */
async function replayed(
  options: Window & ReplayChoices,
  io: Io,
  ledger: Later,
  compiler: Compiler,
): Promise<ReplayReport> {
  const candidate = await candidateNamed(options.revision, () => makeRevisions(ledger.get()), compiler);
  const filter = options.from === undefined ? await filterOf(options, ledger.get()) : null;
  const total = filter === null || io.columns === undefined ? null : await countDecisions(ledger.get(), filter);
  const progress = makeProgress(io, total);
  const report = await replay(
    filter === null ? exportedDecisions(options.from ?? '') : recordedDecisions(ledger.get(), filter),
    candidate,
    { onProgress: progress.show, ...(options.threads === undefined ? {} : { threads: options.threads }) },
  ).finally(progress.end);
  if (options.json) say(io.out, JSON.stringify(report));
  else for (const line of reportLines(report)) say(io.out, line);
  return report;
}

/** The author's mistakes are shown like a report: the next change may mend them. */
async function watched(
  { revision, failOn, json }: ReplayChoices,
  io: Io,
  run: () => Promise<ReplayReport>,
): Promise<void> {
  if (failOn.length > 0) throw new CommandFailed('--fail-on is for a run that ends; --watch does not.', EXIT.usage);
  if (!(await stat(revision).catch(() => null))?.isDirectory())
    throw new CommandFailed(`--watch follows a directory, and ${revision} is none.`, EXIT.usage);
  await afterEachChange(revision, io.signal, async () => {
    const start = performance.now();
    try {
      await run();
    } catch (error) {
      if (!(error instanceof CommandFailed) || error.exitCode === EXIT.usage) throw error;
      if (json) say(io.out, JSON.stringify({ error: error.message }));
      else say(io.out, error.message);
    }
    if (!json) say(io.out, `${Math.round(performance.now() - start)} ms; waiting for changes, Ctrl-C ends`);
  });
}

interface ReplayChoices {
  revision: string;
  from?: string;
  failOn: FailOn[];
  threads?: number;
  watch: boolean;
  json: boolean;
}

export function registerExport(policy: Command, io: Io): void {
  withWindow(policy.command('export'))
    .summary('write recorded decisions to a file, for replay elsewhere')
    .description(
      'What decisions were made on: who, where, statements without literals, reasons of elevations. Whoever has the file can read that. JSON lines; on standard output unless --out names a file, which must be new and only its owner may read.',
    )
    .option('-o, --out <file>', 'where to')
    .addHelpText('after', '\nExample:\n  sudoqld policy export --since 30d --out decisions.jsonl')
    .action(async (options: Window & { out?: string }) => {
      const pool = auditorPool(options, io);
      try {
        const filter = await filterOf(options, pool);
        const progress = makeProgress(io, io.columns === undefined ? null : await countDecisions(pool, filter));
        const decisions = recordedDecisions(pool, filter);
        if (options.out === undefined) {
          await exportDecisions(decisions, io.out);
          return;
        }
        const file = createWriteStream(options.out, { flags: 'wx', mode: 0o600 });
        const written = finished(file);
        const count = await Promise.race([
          exportDecisions(decisions, file, progress.show),
          written.then(() => 0),
        ]).finally(progress.end);
        file.end();
        await written;
        say(io.out, `${count} decisions are in ${options.out}.`);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST')
          throw new CommandFailed(`${options.out} exists.`, EXIT.usage);
        throw error;
      } finally {
        await pool.close();
      }
    });
}

export function registerShadow(policy: Command, io: Io): void {
  withConfig(policy.command('shadow').argument('<policy>', 'a directory, or a revision that was activated'))
    .summary('evaluate another policy on what is being decided now')
    .description(
      'Follows the ledger and shows each difference as it comes; nothing of it is on a statement’s path. Until Ctrl-C or --for; exits with 1 when anything flipped.',
    )
    .option('--for <duration>', 'end by itself: 10m, 1h', duration)
    .option('--since <when>', 'begin with what was decided from then on', when)
    .option('--fail-on <direction>', 'exit with 1 only for: deny→allow, allow→deny, any (may be repeated)', failOn, [])
    .option('--json', 'each flip, and the report at the end, as a line of JSON', false)
    .addHelpText('after', '\nExample:\n  sudoqld policy shadow policies --for 10m')
    .action(
      async (
        name: string,
        options: { config: string; for?: number; since?: Date; failOn: FailOn[]; json: boolean },
      ) => {
        const since = options.since ?? new Date();
        const pool = auditorPool(options, io);
        const compiler = makeKeptCompiler();
        try {
          const candidate = await candidateNamed(name, () => makeRevisions(pool), compiler);
          await compiler.close();
          io.endsByItself?.();
          const until = AbortSignal.any([
            io.signal,
            ...(options.for === undefined ? [] : [AbortSignal.timeout(options.for)]),
          ]);
          if (!options.json) say(io.out, 'Following the ledger; differences appear as they come.');
          const report = await replay(followDecisions(pool, since, until), candidate, {
            threads: 1,
            onFlip: (group, isNew) => {
              if (options.json) say(io.out, JSON.stringify({ flip: group }));
              // Once a group; the counts come with the report.
              else if (isNew) for (const line of groupLines(group)) say(io.out, line);
            },
          });
          if (options.json) say(io.out, JSON.stringify({ report }));
          else for (const line of reportLines({ ...report, groups: [] })) say(io.out, line);
          judge(report, options.failOn.length > 0 ? options.failOn : report.found > 0 ? ['any'] : []);
        } finally {
          await compiler.close();
          await pool.close();
        }
      },
    );
}

type FailOn = 'deny→allow' | 'allow→deny' | 'any' | 'gone';

function failOn(text: string, before: FailOn[]): FailOn[] {
  const known: Record<string, FailOn> = {
    any: 'any',
    gone: 'gone',
    'deny-allow': 'deny→allow',
    'allow-deny': 'allow→deny',
  };
  const chosen = known[text.replace(/\s*(→|->)\s*/, '-')];
  if (!chosen) throw new InvalidArgumentError('deny→allow (or deny-allow), allow→deny, any, gone');
  return [...before, chosen];
}

/** `confirm` is a no that may become a yes: what comes from or goes to it counts with deny. */
function judge(report: ReplayReport, failing: readonly FailOn[]): void {
  if (failing.length === 0) return;
  if (report.evaluated === 0) throw new CommandFailed('Nothing was evaluated, so nothing is proved.');
  const directions = Object.keys(report.flips);
  for (const one of failing) {
    const found =
      one === 'gone'
        ? report.gone > 0
        : directions.some(
            (direction) =>
              one === 'any' ||
              (one === 'deny→allow'
                ? direction.endsWith('→allow') || direction === 'deny→confirm'
                : direction.startsWith('allow→')),
          );
    if (found) throw new CommandFailed('');
  }
}

/** Compiled; fails with the author's mistakes in words. */
async function candidateNamed(name: string, revisions: () => Revisions, compiler: Compiler): Promise<Candidate> {
  const made = await makeCandidate(await filesNamed(name, revisions), compiler);
  if (!made.ok) throw new CommandFailed(describeRefusal(made.problems));
  return made.candidate;
}

async function filterOf({ since, until, decidedBy }: Window, pool: LedgerPool): Promise<DecisionFilter> {
  return {
    since,
    ...(until === undefined ? {} : { until }),
    ...(decidedBy === undefined ? {} : { revision: await revisionNamed(decidedBy, makeRevisions(pool)) }),
  };
}

function auditorPool(options: { config: string }, io: Io): LedgerPool {
  const { ledger } = configOf(options, io);
  return makeLedgerPool({ connection: connectionOf(ledger, ledger.auditor ?? ledger.gateway) });
}

/** Made when it is first needed: replay from a file needs neither configuration nor ledger. */
interface Later {
  get(): LedgerPool;
  close(): Promise<void>;
}

function makeLater(make: () => LedgerPool): Later {
  let made: LedgerPool | null = null;
  return {
    get: () => {
      made ??= make();
      return made;
    },
    close: async () => made?.close(),
  };
}

function asFailure(error: unknown): unknown {
  if (error instanceof NotAnExport) return new CommandFailed(error.message, EXIT.usage);
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
    return new CommandFailed(`${(error as NodeJS.ErrnoException).path} cannot be read.`, EXIT.usage);
  }
  return error;
}

function when(text: string): Date {
  const found = parseWhen(text, new Date());
  if (!found) throw new InvalidArgumentError('30d, 2h, 2026-11-24, 2026-11-24T14:00Z');
  return found;
}

function duration(text: string): number {
  if (!new RegExp(DURATION_PATTERN).test(text)) throw new InvalidArgumentError('30s, 10m, 1h');
  return milliseconds(text);
}
