import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseWhen } from '../../ledger/read/entry-filter.ts';
import type { EntryKind } from '../../ledger/entry/entry.ts';
import { makeLedgerPool } from '../../ledger/ledger-pool.ts';
import { printVerification } from '../../ledger/chain/print-verification.ts';
import { PruneRefused, pruneLedger } from '../../ledger/chain/prune.ts';
import { showEntries } from '../../ledger/read/show.ts';
import { verifyLedger } from '../../ledger/chain/verify.ts';
import { connectionOf } from '../targets/connections.ts';
import { pruneNotices } from '../../notifier/prune.ts';
import { prunePolicies } from '../policy/prune.ts';
import { VERSION } from '../version.ts';
import { CommandFailed, configOf, EXIT, type Io, operator, say, withConfig } from './io.ts';
import { registerExport, registerTail } from './ledger-export.ts';
import { readerOf } from './ledger-reader.ts';
import { positive } from './positive.ts';

interface ShowOptions {
  config: string;
  since?: Date;
  until?: Date;
  principal?: string;
  target?: string;
  session?: string;
  elevation?: string;
  kind: EntryKind[];
  limit: number;
  all: boolean;
  follow: boolean;
  json: boolean;
}

/** Defined entries of an options object. */
const given = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;

export function registerLedger(program: Command, io: Io): void {
  const ledger = program
    .command('ledger')
    .summary('read, verify, export and prune the record')
    .addHelpText(
      'after',
      '\nExamples:\n  sudoqld ledger show --since 2h --principal ana\n  sudoqld ledger verify --head 9f2c…   # a line from a mail\n  sudoqld ledger prune --before 2026-01 --apply',
    );
  registerShow(ledger, io);
  registerVerify(ledger, io);
  registerExport(ledger, io);
  registerTail(ledger, io);
  registerPrune(ledger, io);
}

function registerShow(ledger: Command, io: Io): void {
  withConfig(ledger.command('show'))
    .description('Prints entries, the newest last, as the auditor’s login if it is configured.')
    .option('--since <when>', 'from then on: 2h, 7d, 2026-11-24, 2026-11-24T14:00Z', when)
    .option('--until <when>', 'up to then', when)
    .option('-u, --principal <name>', 'only theirs')
    .option('-t, --target <name>', 'only of this target')
    .option('--session <id>', 'only of this session')
    .option('--elevation <id>', 'only of this elevation')
    .addOption(
      new Option('-k, --kind <kind>', 'only of this kind, such as writes (may be repeated)')
        .argParser((value: string, before: string[]) => [...before, value])
        .default([], 'all'),
    )
    .option('-n, --limit <n>', 'the newest so many', positive, 100)
    .option('--all', 'all of them', false)
    .option('-f, --follow', 'go on with what is recorded from now on', false)
    .option('--json', 'one JSON object a line: the entry as it was hashed, and its hash', false)
    .addHelpText(
      'after',
      '\nExample:\n  sudoqld ledger show --since 1d --kind elevation_started --kind elevation_ended',
    )
    .action(async (options: ShowOptions) => {
      const { since, until, principal, target, session, elevation, kind } = options;
      const kinds = kind.length > 0 ? kind : undefined;
      const pool = makeLedgerPool({ connection: readerOf(configOf(options, io)) });
      try {
        await showEntries(pool, io.out, {
          filter: given({ since, until, principal, target, session, elevation, kinds }),
          limit: options.all ? null : options.limit,
          json: options.json,
          ...(options.follow ? { follow: io.signal } : {}),
          ...(io.columns === undefined ? {} : { columns: io.columns }),
        });
      } finally {
        await pool.close();
      }
    });
}

function registerVerify(ledger: Command, io: Io): void {
  withConfig(ledger.command('verify'))
    .description('Reads every entry of every chain and names the first of each chain that is not as it was written.')
    .addOption(
      new Option(
        '--head <hash>',
        'a line of hexadecimal digits from a mail or webhook: it must be in the record (may be repeated)',
      )
        .argParser(head)
        .default([], 'none'),
    )
    .option('--json', 'print the result as JSON', false)
    .addHelpText(
      'after',
      '\nExample:\n  sudoqld ledger verify --head 9f2c…\n\nExits with 1 when the record was altered.',
    )
    .action(async (options: { config: string; head: string[]; json: boolean }) => {
      const result = await verifyLedger(readerOf(configOf(options, io)), { heads: options.head });
      printVerification(result, io.out, { json: options.json });
      if (!result.ok) throw new CommandFailed('', EXIT.no);
    });
}

function registerPrune(ledger: Command, io: Io): void {
  withConfig(ledger.command('prune'))
    .description(
      "Removes whole months as the ledger's owner, records that it did, and keeps what verification needs to go on from; then notices of those months that were told or given up, and stored policies that are older than policy.retention and that nothing in the record needs. Says what it would remove unless --apply is given.",
    )
    .requiredOption('--before <month>', 'months before this one, such as 2026-01')
    .option('--apply', 'remove them', false)
    .option('--json', 'print the months as JSON', false)
    .addHelpText('after', '\nExample:\n  sudoqld ledger prune --before 2026-01 --apply')
    .action(async (options: { config: string; before: string; apply: boolean; json: boolean }) => {
      const { ledger: settings, policy } = configOf(options, io);
      if (settings.owner === null) {
        throw new CommandFailed('prune needs ledger.owner in the configuration, and its password.', EXIT.config);
      }
      const owner = connectionOf(settings, settings.owner);
      const how = { actor: operator(), dryRun: !options.apply };
      const before = new Date(Date.now() - policy.retentionMs);
      const refuse = (error: unknown) => {
        throw error instanceof PruneRefused ? new CommandFailed(error.message, EXIT.no) : error;
      };
      const months = await pruneLedger(owner, { before: options.before, version: VERSION, ...how }).catch(refuse);
      const notices = await pruneNotices(owner, {
        before: new Date(`${options.before}-01T00:00:00Z`),
        dryRun: how.dryRun,
      });
      const policies = await prunePolicies(owner, { before, ...how }).catch(refuse);
      if (options.json) say(io.out, JSON.stringify({ applied: options.apply, months, notices, policies }));
      else if (months.length === 0 && notices === 0) say(io.out, `There is nothing before ${options.before}.`);
      if (options.json) return;
      const done = options.apply ? 'were removed' : 'would be removed (--apply)';
      for (const { month, entries } of months) {
        say(io.out, `${month}: ${entries} entries ${done}.`);
      }
      if (notices > 0) say(io.out, `${notices} notices from before ${options.before} ${done}.`);
      if (policies > 0) {
        say(io.out, `${policies} stored policies from before ${before.toISOString().slice(0, 10)} ${done}.`);
      }
    });
}

function when(text: string): Date {
  const found = parseWhen(text, new Date());
  if (found === null) throw new InvalidArgumentError('It must be such as 2h, 7d, 2026-11-24 or 2026-11-24T14:00Z.');
  return found;
}

function head(text: string, before: string[]): string[] {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError('It must be 64 hexadecimal digits.');
  return [...before, text.toLowerCase()];
}
