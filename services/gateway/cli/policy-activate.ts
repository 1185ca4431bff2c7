// `sudoqld policy activate | rollback | history | show`: policies in the ledger's database.
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { makeLedgerPool } from '../../ledger/ledger-pool.ts';
import { makeAnnounce } from '../../notifier/announce.ts';
import { makeOutbox } from '../../notifier/outbox.ts';
import { type Activation, makeRevisions, type Revisions, StoredWrongly } from '../../policy/source/revisions.ts';
import { type ActivationRequest, type ActivationResult, makeActivate } from '../policy/activation.ts';
import type { Config } from '../config/configuration.ts';
import { connectionOf } from '../targets/connections.ts';
import { flipsGate } from '../policy/flips-gate.ts';
import { comparePolicies, differenceLines } from '../../policy/differences/compare.ts';
import { makeCompiled, makeDescribeChange } from '../policy/describe-change.ts';
import { makeGates } from '../policy/gates.ts';
import { overtakenBy } from '../http/answer-policy.ts';
import { asGateway } from './as-gateway.ts';
import { activateThrough } from './policy-through-gateway.ts';
import { filesOfDirectory, revisionNamed } from './policy-files.ts';
import { CommandFailed, configOf, EXIT, type Io, operator, say, withConfig } from './io.ts';
import { inColumns } from '../../contract/columns.ts';
import { positive } from './positive.ts';

interface Common {
  config: string;
  json: boolean;
}

interface Activating extends Common {
  gateway?: string;
  tokenFile?: string;
  expected?: string;
  opens?: number;
}

const withJson = (command: Command): Command => command.option('--json', 'print JSON', false);

export function registerActivate(policy: Command, io: Io): void {
  withJson(withConfig(policy.command('activate').argument('<directory>', 'the folder that holds sudoql/')))
    .summary('take a policy into force on all gateways')
    .description(
      'Judges it with all gates and, if it passes, puts it into the ledger’s database: every gateway has it within a second. Recorded as the operator, or with --gateway as the principal whose token it is, whom policy must permit.',
    )
    .option('--gateway <url>', 'ask a running gateway, as a principal; needs no configuration')
    .option('--token-file <file>', 'with --gateway: where the token is ("-": standard input)')
    .option('--expected <revision>', 'only if this revision is in force')
    .option('--opens <n>', 'as many refusals of the last days are meant to be permissions', positive)
    .addHelpText(
      'after',
      '\nExamples:\n  sudoqld policy activate policies\n  sudoqld policy activate policies --gateway https://sudoql.example.com --token-file token',
    )
    .action(async (directory: string, options: Activating) => {
      const files = await filesOfDirectory(directory);
      if (options.gateway === undefined) {
        await onHost(options, io, async (revisions) => {
          const expected =
            options.expected === undefined ? undefined : await revisionNamed(options.expected, revisions);
          return { files, actor: operator(), expected, opens: options.opens };
        });
        return;
      }
      if (options.tokenFile === undefined) throw new CommandFailed('--gateway needs --token-file.', EXIT.usage);
      const token = (await readFile(options.tokenFile === '-' ? '/dev/stdin' : options.tokenFile, 'utf8')).trim();
      tell(await activateThrough(options.gateway, token, files, options), options, io);
    });
}

export function registerRollback(policy: Command, io: Io): void {
  withJson(withConfig(policy.command('rollback').argument('[revision]', 'default: what was in force before')))
    .summary('go back to a policy that was in force')
    .description(
      'On the gateway’s host, past policy: it undoes a policy that denies everyone its own repair. Recorded and announced as the operator. What no gateway could run is still refused.',
    )
    .addHelpText('after', '\nExamples:\n  sudoqld policy rollback\n  sudoqld policy rollback 3fb2c1a09d')
    .action((revision: string | undefined, options: Common) =>
      onHost(options, io, async (revisions) => {
        const history = (await revisions.history(1_000)).filter(({ by }) => by !== null);
        const [now] = history;
        if (!now) throw new CommandFailed('No policy was activated yet.');
        const wanted = revision === undefined ? null : await revisionNamed(revision, revisions);
        const to = history.find((each) =>
          wanted === null ? each.revision !== now.revision : each.revision === wanted,
        );
        if (!to) {
          throw new CommandFailed(
            wanted === null ? 'No other policy was in force before.' : `${wanted} was never in force: activate it.`,
          );
        }
        const files = await revisions.files(to.content === null ? to : { content: to.content });
        if (!files) throw new CommandFailed(`The files of ${to.revision} are not stored.`);
        return { files, actor: operator(), expected: now.revision, rollback: true };
      }),
    );
}

export function registerHistory(policy: Command, io: Io): void {
  withJson(withConfig(policy.command('history')))
    .summary('which policies were in force, the newest first')
    .option('-n, --limit <n>', 'at most so many', positive, 20)
    .addHelpText('after', '\nExample:\n  sudoqld policy history')
    .action(async (options: Common & { limit: number }) => {
      const activations = await withRevisions(configOf(options, io), (revisions) => revisions.history(options.limit));
      if (options.json) for (const each of activations) say(io.out, JSON.stringify(each));
      else if (activations.length === 0) say(io.out, 'No policy was activated yet.');
      else
        for (const line of inColumns(activations.map(row)).trimEnd().split('\n')) {
          say(io.out, line);
          for (const right of activations[0]?.rights ?? []) say(io.out, `  ${right}`);
          activations.shift();
        }
    });
}

export function registerShow(policy: Command, io: Io): void {
  withJson(withConfig(policy.command('show').argument('<revision>', 'its first digits will do')))
    .summary('the files of a revision')
    .description(
      'Prints each file under its name; "policy diff" compares directories, so --json is what scripts unpack.',
    )
    .option('--file <path>', 'only this file, as it is')
    .addHelpText('after', '\nExample:\n  sudoqld policy show 3fb2c1a09d --file settings/elevation/data.yaml')
    .action(async (name: string, options: Common & { file?: string }) => {
      const found = await withRevisions(configOf(options, io), async (revisions) => {
        const revision = await revisionNamed(name, revisions);
        const activations = (await revisions.history(1_000)).filter((each) => each.revision === revision);
        return { revision, activations, files: await revisions.files({ revision }) };
      });
      const { revision, activations, files } = found;
      if (!files) {
        const when = activations[0] ? `${row(activations[0]).slice(1, 4).join(', ')}` : 'never in force';
        throw new CommandFailed(
          `The files of ${revision} (${when}) are not stored: what nothing needs is pruned after policy.retention.`,
        );
      }
      if (options.file !== undefined) {
        const text = files.get(options.file);
        if (text === undefined) throw new CommandFailed(`${revision.slice(0, 12)} has no file ${options.file}.`);
        io.out.write(text);
      } else if (options.json) {
        say(io.out, JSON.stringify({ revision, activations, files: Object.fromEntries(files) }));
      } else {
        say(io.out, revision);
        for (const each of activations) say(io.out, `  ${row(each).slice(1).join('  ')}`);
        for (const [path, text] of [...files].sort(([a], [b]) => (a < b ? -1 : 1)))
          io.out.write(`\n=== ${path}\n${text}`);
      }
    });
}

function row({ revision, at, kind, by, summary }: Activation): string[] {
  const who = by === null ? 'directory' : 'principal' in by ? by.principal : `operator ${by.operator}`;
  return [
    revision.slice(0, 12),
    at.slice(0, 19).replace('T', ' '),
    kind.replace('_', ' '),
    who,
    summary.replace(/^rolled back: /, ''),
  ];
}

/** Reads with the auditor's login where there is one. */
async function withRevisions<T>(config: Config, use: (revisions: Revisions) => Promise<T>): Promise<T> {
  const pool = makeLedgerPool({
    connection: connectionOf(config.ledger, config.ledger.auditor ?? config.ledger.gateway),
  });
  try {
    return await use(makeRevisions(pool));
  } finally {
    await pool.close();
  }
}

async function onHost(
  options: Common,
  io: Io,
  prepare: (revisions: Revisions) => Promise<ActivationRequest>,
): Promise<void> {
  const { policy } = configOf(options, io);
  if (policy.source !== 'database' && policy.approvals === 0) {
    const where =
      policy.source === 'directory' ? `saved in ${policy.directory}` : `published at ${policy.bundle.place.url}`;
    throw new CommandFailed(`policy.source is ${policy.source}: what is ${where} is what is activated.`, EXIT.usage);
  }
  await asGateway(options, io, async ({ config, pool, ledger }) => {
    const revisions = makeRevisions(pool);
    const gates = makeGates(config.policy);
    try {
      const activate = makeActivate({
        announce: makeAnnounce({ ledger, outbox: makeOutbox({ channels: config.channels }) }),
        channels: config.security.notify,
        revisions,
        judge: gates.judge,
        approvals: {
          needed: config.policy.approvals,
          pool,
          difference: async (before, after) => differenceLines(await comparePolicies(gates.compiler, before, after)),
        },
        describe: makeDescribeChange({ pool, targets: Object.values(config.targets), compiler: gates.compiler }),
        ...flipsGate(pool, config.policy, makeCompiled({ compiler: gates.compiler })),
      });
      tell(await activate(await prepare(revisions)), options, io);
    } catch (error) {
      if (error instanceof StoredWrongly) throw new CommandFailed(error.message);
      throw error;
    } finally {
      await gates.close();
    }
  });
}

function tell(result: ActivationResult, options: Common, io: Io): void {
  if (options.json) say(io.out, JSON.stringify(result));
  switch (result.kind) {
    case 'activated':
      if (!options.json) {
        say(io.out, `${result.revision} is in force: ${result.summary}`);
        for (const right of result.rights) say(io.out, `  ${right}`);
      }
      return;
    case 'unchanged':
      if (!options.json) say(io.out, `${result.revision} is in force already.`);
      return;
    case 'requested':
      if (!options.json) {
        say(io.out, `${result.revision} waits for approval as ${result.request}: ${result.summary}`);
        for (const right of result.rights) say(io.out, `  ${right}`);
      }
      return;
    case 'refused':
      throw new CommandFailed(options.json ? '' : `Refused, and nothing was changed:\n${result.problem}`);
    case 'overtaken':
      throw new CommandFailed(options.json ? '' : `Nothing was changed. ${overtakenBy(result.by)}`);
  }
}
