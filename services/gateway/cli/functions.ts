import { type Command, InvalidArgumentError } from 'commander';
import { parseWhen } from '../../ledger/read/entry-filter.ts';
import { plain } from '../../ledger/entry/entry-words.ts';
import { LedgerUnavailable } from '../../ledger/ledger.ts';
import { makeLedgerPool } from '../../ledger/ledger-pool.ts';
import { readData } from '../../policy/settings/settings.ts';
import { makeVetted } from '../../policy/settings/vetted.ts';
import { type ListedFunction, listFunctions } from '../../statements/vetting/list-functions.ts';
import type { VettedFunction } from '../../statements/vetting/verdict.ts';
import { connectToCatalogue } from '../targets/catalogue-connection.ts';
import type { Config } from '../config/configuration.ts';
import { connectionOf } from '../targets/connections.ts';
import { type RefusedFunction, type RefusedFunctions, refusedFunctions } from '../policy/refused-functions.ts';
import { CommandFailed, configOf, EXIT, type Io, say, withConfig } from './io.ts';
import { policyInForce } from './policy-files.ts';
import { inColumns } from '../../contract/columns.ts';

interface Options {
  config: string;
  target: string;
  since: Date;
  all: boolean;
  json: boolean;
}

/** Null for one that `--all` lists and no read was refused for, as far as was asked. */
type Shown = ListedFunction & { refused: Omit<RefusedFunction, 'signature'> | null };

export function registerFunctions(program: Command, io: Io): void {
  withConfig(program.command('functions'))
    .summary('list the functions that reads were refused for, and what would vet them')
    .description(
      'Lists the functions of a target’s users that reads were refused for, as the ledger has it and as far as they are not vetted now: how often, when last, for how many people; volatility, language, whose rights they run with, their body’s hash, and the line of policy data that vets each for reads. A vetted function is vetted with this very body.',
    )
    .requiredOption('-t, --target <name>', "the target's name in the configuration")
    .option('--since <when>', 'reads that were refused from then on: 30d, 2h, 2026-11-24', when, when('30d'))
    .option('--all', 'all that a read would be refused for, without asking the ledger', false)
    .option('--json', 'one JSON object a line', false)
    .addHelpText(
      'after',
      '\nExamples:\n  sudoqld functions --target shop --since 7d\n  sudoqld functions --target shop --all',
    )
    .action(async (options: Options) => {
      const config = configOf(options, io);
      const target = config.targets[options.target];
      if (!target) throw new CommandFailed(`The configuration has no target ${options.target}.`, EXIT.usage);
      const refused = options.all ? null : await askLedger(config, options);
      const client = await connectToCatalogue(target);
      let found: ListedFunction[];
      try {
        found = await listFunctions(client, target.name, await vettedBy(config, target.name));
      } finally {
        await client.end();
      }
      const shown = refused === null ? found.flatMap(unasked) : asRefused(found, refused);
      if (options.json) for (const fn of shown) say(io.out, JSON.stringify(fn));
      else print(shown, options, io);
      // Of JSON lines each is a function; what could not be told goes beside them.
      if (refused !== null) printRest(found, refused, options.json ? io.err : io.out);
    });
}

async function askLedger({ ledger }: Config, { target, since }: Options): Promise<RefusedFunctions> {
  const pool = makeLedgerPool({ connection: connectionOf(ledger, ledger.auditor ?? ledger.gateway) });
  try {
    return await refusedFunctions(pool, target, since);
  } catch (error) {
    if (!(error instanceof LedgerUnavailable)) throw error;
    const message = `The ledger cannot be asked which reads were refused: ${error.message}. With --all it is not asked.`;
    throw new CommandFailed(message, EXIT.unavailable);
  } finally {
    await pool.close();
  }
}

/** What the policy vets now; none when its files cannot be read, so that too much is listed rather than too little. */
async function vettedBy(config: Config, target: string): Promise<readonly VettedFunction[]> {
  const files = await policyInForce(config).catch(() => null);
  return files ? makeVetted(readData(files).data)(target) : [];
}

const unasked = (fn: ListedFunction): Shown[] => (fn.vetted ? [] : [{ ...fn, refused: null }]);

/** The most refused first. */
function asRefused(found: readonly ListedFunction[], { functions }: RefusedFunctions): Shown[] {
  const bySignature = new Map(found.map((fn) => [fn.signature, fn]));
  return functions.flatMap(({ signature, ...refused }) => {
    const fn = bySignature.get(signature);
    return fn && !fn.vetted ? [{ ...fn, refused }] : [];
  });
}

function print(shown: readonly Shown[], { target, all, since }: Options, io: Io): void {
  if (shown.length === 0) {
    const when = all ? 'Reads' : `Since ${since.toISOString().slice(0, 10)}, reads`;
    say(io.out, `${when} of ${target} ${all ? 'are' : 'were'} refused for none of its functions.`);
    return;
  }
  const rows = shown.map((fn) => [
    fn.signature,
    ...(fn.refused ? [String(fn.refused.count), minute(fn.refused.last), String(fn.refused.principals)] : []),
    fn.kind,
    fn.volatility,
    fn.language,
    fn.securityDefiner ? 'definer' : 'invoker',
    fn.owner,
    fn.body,
    fn.extension ?? '',
  ]);
  const refusals = all ? [] : ['REFUSED', 'LAST', 'PRINCIPALS'];
  const head = ['FUNCTION', ...refusals, 'KIND', 'VOLATILITY', 'LANGUAGE', 'SECURITY', 'OWNER', 'BODY', 'EXTENSION'];
  io.out.write(inColumns([head, ...rows.map((row) => row.map(plain))]));
  for (const { signature, body, refused } of shown)
    if (refused && !refused.bodies.includes(body))
      say(io.out, `${plain(signature)} has another body now than when reads were refused for it.`);
  const lines = shown.flatMap(({ line }) => (line === null ? [] : [line]));
  if (lines.length > 0)
    say(io.out, `\nTo let reads call one, after reading its body, add its line to the policy's data:`);
  for (const line of lines) say(io.out, line);
}

/** What was refused and is not in the list. */
function printRest(found: readonly ListedFunction[], { functions, gone }: RefusedFunctions, out: Io['out']): void {
  const bySignature = new Map(found.map((fn) => [fn.signature, fn]));
  const vetted = functions.filter(({ signature }) => bySignature.get(signature)?.vetted).length;
  const missing = functions
    .filter(({ signature }) => !bySignature.has(signature))
    .map(({ signature }) => plain(signature));
  if (vetted > 0) say(out, `Vetted since: ${vetted}.`);
  if (missing.length > 0) say(out, `Not among the functions that the target’s users have now: ${missing.join(', ')}.`);
  if (gone > 0) say(out, `${gone} refused reads are not counted: what they reached was pruned from the ledger.`);
}

const minute = (at: Date) => `${at.toISOString().slice(0, 16)}Z`;

function when(text: string): Date {
  const found = parseWhen(text, new Date());
  if (!found) throw new InvalidArgumentError('30d, 2h, 2026-11-24, 2026-11-24T14:00Z');
  return found;
}
