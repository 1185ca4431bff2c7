import type { Command } from 'commander';
import { type ListedFunction, listFunctions } from '../../statements/vetting/list-functions.ts';
import { readData } from '../../policy/settings.ts';
import { makeVetted } from '../../policy/vetted.ts';
import type { VettedFunction } from '../../statements/vetting/verdict.ts';
import { connectToCatalogue } from '../catalogue-connection.ts';
import type { Config } from '../configuration/configuration.ts';
import { CommandFailed, configOf, EXIT, type Io, say, withConfig } from './io.ts';
import { policyInForce } from './policy-files.ts';
import { table } from './table.ts';

export function registerFunctions(program: Command, io: Io): void {
  withConfig(program.command('functions'))
    .summary("list a target's own functions, and what would vet them for reads")
    .description(
      'Lists the functions that a target’s users made: volatility, language, whose rights they run with, and the line of policy data that vets each for reads. A vetted function is vetted with this very body.',
    )
    .requiredOption('-t, --target <name>', "the target's name in the configuration")
    .option('--all', 'also those that may run in a read already', false)
    .option('--json', 'one JSON object a line', false)
    .addHelpText('after', '\nExample:\n  sudoqld functions --target shop')
    .action(async (options: { config: string; target: string; all: boolean; json: boolean }) => {
      const config = configOf(options, io);
      const target = config.targets[options.target];
      if (!target) throw new CommandFailed(`The configuration has no target ${options.target}.`, EXIT.usage);
      const client = await connectToCatalogue(target);
      let found: ListedFunction[];
      try {
        found = await listFunctions(client, target.name, await vettedBy(config, target.name));
      } finally {
        await client.end();
      }
      const shown = found.filter((fn) => options.all || !fn.vetted);
      if (options.json) for (const fn of shown) say(io.out, JSON.stringify(fn));
      else print(shown, target.name, io);
    });
}

/** What the policy vets now; none when its files cannot be read, so that too much is listed rather than too little. */
async function vettedBy(config: Config, target: string): Promise<readonly VettedFunction[]> {
  const files = await policyInForce(config).catch(() => null);
  return files ? makeVetted(readData(files).data)(target) : [];
}

function print(functions: readonly ListedFunction[], target: string, io: Io): void {
  if (functions.length === 0) {
    say(io.out, `Reads of ${target} are refused for none of its functions.`);
    return;
  }
  const rows = functions.map((fn) => [
    fn.signature,
    fn.kind,
    fn.volatility,
    fn.language,
    fn.securityDefiner ? `of ${fn.owner}` : 'of the caller',
    fn.extension ?? '',
  ]);
  io.out.write(table([['FUNCTION', 'KIND', 'VOLATILITY', 'LANGUAGE', 'RIGHTS', 'EXTENSION'], ...rows]));
  const lines = functions.flatMap(({ line }) => (line === null ? [] : [line]));
  if (lines.length > 0)
    say(io.out, `\nTo let reads call one, after reading its body, add its line to the policy's data:`);
  for (const line of lines) say(io.out, line);
}
