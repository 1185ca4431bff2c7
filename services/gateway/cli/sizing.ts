// `sudoqld sizing`: how large gateways, ledger and targets are to be for a load.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { DURATION_PATTERN, milliseconds } from '../config/units.ts';
import { type Load, PROTOCOLS, type Protocol, type Size, sizeFor } from '../sizing.ts';
import { CommandFailed, EXIT, type Io, say } from './io.ts';
import { positive, upTo } from './positive.ts';

interface Options {
  statementsPerSecond: number;
  writesPerSecond: number;
  sessions: number;
  writers: number;
  retention: number;
  hours: number;
  replicas: number;
  protocol: Protocol;
  json: boolean;
}

export function registerSizing(program: Command, io: Io): void {
  program
    .command('sizing')
    .summary('how large gateways, ledger and targets are to be for a load')
    .description(
      'Computes cores, memory, the ledger’s disk and connections from the figures of the bench. It asks nobody.',
    )
    .requiredOption('--statements-per-second <n>', 'of all sessions at the busiest', positive)
    .requiredOption('--sessions <n>', 'open at once', positive)
    .requiredOption('--retention <time>', 'how long the record is kept, such as 365d', days)
    .option('--writes-per-second <n>', 'of the statements, those in write mode', none, 0)
    .option('--writers <n>', 'of the sessions, those in write mode', positive, 1)
    .option('--hours <n>', 'a day in which it is as busy', upTo(24), 10)
    .option('--replicas <n>', 'gateways', upTo(100), 2)
    .addOption(new Option('--protocol <name>', 'how clients send statements').choices(PROTOCOLS).default('extended'))
    .option('--json', 'print the figures as JSON', false)
    .addHelpText('after', '\nExample:\n  sudoqld sizing --statements-per-second 500 --sessions 200 --retention 365d')
    .action((options: Options) => {
      const { statementsPerSecond: all, writesPerSecond, sessions, writers } = options;
      if (writesPerSecond > all || writers > sessions)
        throw new CommandFailed(
          'Writes are among the statements, writers among the sessions: not more than those.',
          EXIT.usage,
        );
      const { protocol, hours, replicas, retention } = options;
      const load = { readsPerSecond: all - writesPerSecond, writesPerSecond, protocol, sessions, writers, hours };
      const size = sizeFor({ ...load, days: retention, replicas });
      if (options.json) say(io.out, JSON.stringify(size));
      else for (const line of told({ ...load, days: retention, replicas }, size)) say(io.out, line);
    });
}

function told({ replicas, days, sessions, writers }: Load, size: Size): string[] {
  const { processes } = size;
  const rows: [string, string][] = [
    [
      'gateways',
      `${replicas === 1 ? 'one' : `${replicas}, of which one may be away`}, each with ${count(processes, 'core')} (processes: ${processes}) and ${bytes(size.memory)} of memory; ${size.gatewayCores.toFixed(2)} cores of work in all`,
    ],
    [
      'ledger',
      `${size.ledgerCores < 0.1 ? 'under 0.1' : size.ledgerCores.toFixed(1)} cores, up to ${bytes(size.ledgerPerMonth)} a month, ${bytes(size.ledgerKept)} in ${days} days, max_connections over ${size.ledgerConnections}`,
    ],
    [
      'targets',
      `at most ${size.sessionConnections} connections of sessions over all of them: one of each (${sessions}), one more in write mode (${writers}); and to each target ${size.ownConnections} of the gateways’ own`,
    ],
  ];
  return rows.map(([what, text]) => `${what.padEnd(9)} ${text}`);
}

const count = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;

function bytes(n: number): string {
  const [unit, of] = (
    [
      ['TB', 1e12],
      ['GB', 1e9],
    ] as const
  ).find(([, size]) => n >= size) ?? ['MB', 1e6];
  return `${(n / of).toFixed(n / of < 10 ? 1 : 0)} ${unit}`;
}

function days(text: string): number {
  if (!new RegExp(DURATION_PATTERN).test(text) || milliseconds(text) < 86_400_000)
    throw new InvalidArgumentError('It must be a duration of a day at least, such as 365d.');
  return milliseconds(text) / 86_400_000;
}

function none(text: string): number {
  return text === '0' ? 0 : positive(text);
}
