import type { Command } from 'commander';
import type pg from 'pg';
import { durabilityProblems } from '../../ledger/write/durability.ts';
import { makeLedgerPool } from '../../ledger/ledger-pool.ts';
import { type Diagnosis, diagnose } from '../targets/doctor/doctor.ts';
import { exitCode, printDiagnosis } from '../targets/doctor/print-doctor.ts';
import { Unreachable } from '../targets/doctor/target-logins.ts';
import { connectionOf, targetLogins } from '../targets/connections.ts';
import { tryChannels } from '../../notifier/try-channels.ts';
import { CommandFailed, configOf, EXIT, type Io, nameOfOperator, say, withConfig } from './io.ts';
import { printTried } from './notices.ts';

export function registerDoctor(program: Command, io: Io): void {
  withConfig(program.command('doctor'))
    .summary("find what a target's logins can do that they should not")
    .description(
      "Connects as each target's logins and says in words what they can do that they should not, and which other logins can write or go round the gateway. What it tries is rolled back. Then it sends a test message through each channel.",
    )
    .option('-t, --target <name>', 'only this target')
    .option('--no-send', 'send no test message through the channels')
    .option('--json', 'print the findings as JSON', false)
    .addHelpText('after', '\nExample:\n  sudoqld doctor --target shop\n\nExits with 1 when something is wrong.')
    .action(async (options: { config: string; target?: string; json: boolean; send: boolean }) => {
      const config = configOf(options, io);
      const wanted = Object.values(config.targets).filter(
        ({ name }) => options.target === undefined || name === options.target,
      );
      if (wanted.length === 0) {
        throw new CommandFailed(`The configuration has no target ${options.target}.`, EXIT.usage);
      }
      const ledger = connectionOf(config.ledger, config.ledger.gateway);
      for (const problem of await lookAtLedger(ledger)) say(io.err, problem);
      const found: Diagnosis[] = [];
      for (const target of wanted) {
        const diagnosis = await diagnose(target.name, targetLogins(target), { ledger }).catch((error: unknown) => {
          if (error instanceof Unreachable) {
            throw new CommandFailed(`${target.name}: ${error.message}`, EXIT.unavailable);
          }
          throw error;
        });
        found.push(diagnosis);
        if (!options.json) printDiagnosis(diagnosis, io.out);
      }
      if (options.json) say(io.out, JSON.stringify(found));
      const tried = options.send ? await tryChannels(config.channels, nameOfOperator()) : [];
      // With --json standard output is of targets alone.
      printTried(tried, options.json ? io.err : io.out);
      if (exitCode(found) !== 0 || tried.some(({ problem }) => problem !== null)) throw new CommandFailed('', EXIT.no);
    });
}

/** A ledger that does not answer is no reason to say nothing of the targets. */
async function lookAtLedger(connection: pg.ClientConfig): Promise<string[]> {
  const pool = makeLedgerPool({ connection, max: 1 });
  try {
    return await durabilityProblems(pool);
  } catch (error) {
    return [`The ledger could not be looked at: ${error instanceof Error ? error.message : String(error)}`];
  } finally {
    await pool.close();
  }
}
