import { type Command, Option } from 'commander';
import { printNotice, printNotices, retryNotices } from '../../notifier/print-notices.ts';
import { inline } from '../../notifier/render/visible.ts';
import { type Tried, tryChannels } from '../../notifier/try-channels.ts';
import { CommandFailed, configOf, EXIT, type Io, nameOfOperator, say, withConfig } from './io.ts';
import { onLedger } from './on-ledger.ts';
import { positive } from './positive.ts';

interface ListOptions {
  config: string;
  state?: 'pending' | 'delivered' | 'dead';
  channel?: string;
  limit: number;
  json: boolean;
}

export function registerNotices(program: Command, io: Io): void {
  const notices = program
    .command('notices')
    .summary('see which notices were delivered, and retry dead ones')
    .addHelpText(
      'after',
      '\nExamples:\n  sudoqld notices list --state dead\n  sudoqld notices show ntc_…\n  sudoqld notices retry --all\n  sudoqld notices test',
    );
  withConfig(notices.command('list'))
    .description('Lists the notices of the last 30 days, newest first.')
    .addOption(new Option('--state <state>', 'only these').choices(['pending', 'delivered', 'dead']))
    .option('--channel <name>', 'only of this channel')
    .option('--limit <n>', 'at most so many', positive, 100)
    .option('--json', 'one JSON object a line', false)
    .addHelpText('after', '\nExample:\n  sudoqld notices list --state pending --json')
    .action((options: ListOptions) =>
      onLedger(options, io, (client) =>
        printNotices(
          client,
          {
            limit: options.limit,
            ...(options.state ? { state: options.state } : {}),
            ...(options.channel ? { channel: options.channel } : {}),
          },
          io.out,
          options.json,
        ),
      ),
    );
  withConfig(notices.command('show <id>'))
    .description('Shows one notice and each attempt to deliver it.')
    .option('--json', 'as JSON', false)
    .addHelpText('after', '\nExample:\n  sudoqld notices show ntc_0b7c…')
    .action(async (id: string, options: { config: string; json: boolean }) => {
      const found = await onLedger(options, io, (client) => printNotice(client, id, io.out, options.json));
      if (!found) throw new CommandFailed('', EXIT.no);
    });
  withConfig(notices.command('retry [ids...]'))
    .description('Queues notices again: those named, or with --all every one that was given up.')
    .option('--all', 'every notice that was given up', false)
    .addHelpText('after', '\nExample:\n  sudoqld notices retry --all')
    .action(async (ids: string[], options: { config: string; all: boolean }) => {
      if (options.all === ids.length > 0) {
        throw new CommandFailed('Name notices, or give --all: one of the two.', EXIT.usage);
      }
      const well = await onLedger(options, io, (client) => retryNotices(client, options.all ? 'all' : ids, io.out));
      if (!well) throw new CommandFailed('', EXIT.no);
    });
  withConfig(notices.command('test [channels...]'))
    .description('Sends a test message through every channel, or through those named, and says what became of it.')
    .addHelpText('after', '\nExample:\n  sudoqld notices test team-mail\n\nExits with 1 when one did not take it.')
    .action(async (names: string[], options: { config: string }) => {
      const { channels } = configOf(options, io);
      const unknown = names.find((name) => !Object.hasOwn(channels, name));
      if (unknown !== undefined) throw new CommandFailed(`The configuration has no channel ${unknown}.`, EXIT.usage);
      const chosen = Object.entries(channels).filter(([name]) => names.length === 0 || names.includes(name));
      const tried = await tryChannels(Object.fromEntries(chosen), nameOfOperator());
      printTried(tried, io.out);
      if (tried.some(({ problem }) => problem !== null)) throw new CommandFailed('', EXIT.no);
    });
}

/** One line a channel. */
export function printTried(tried: Tried[], out: Io['out']): void {
  for (const { channel, problem, seconds } of tried)
    say(
      out,
      `channel ${channel}: ${problem === null ? `took a test message in ${seconds} s` : `NOT DELIVERED: ${inline(problem, 500)}`}`,
    );
}
