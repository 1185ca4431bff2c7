import type { Command } from 'commander';
import { makeElevationRecords } from '../../ledger/read/make-elevation-records.ts';
import { makeAnnounce } from '../../notifier/announce.ts';
import { makeOutbox } from '../../notifier/outbox.ts';
import { makeRevoke } from '../revocation.ts';
import { asGateway } from './as-gateway.ts';
import { CommandFailed, EXIT, type Io, operator, say, withConfig } from './io.ts';

export function registerEnd(program: Command, io: Io): void {
  withConfig(program.command('end [elevations...]'))
    .summary('stop elevations, or all of them')
    .description(
      'Stops elevations on whichever gateway they are: each transaction is rolled back and its connection gone within a second. Recorded as the operator; people are told.',
    )
    .option('--all', 'every elevation in force', false)
    .option('--json', 'print what was stopped as JSON', false)
    .addHelpText('after', '\nExamples:\n  sudoqld end --all\n  sudoqld end elv_0b7c…')
    .action(async (ids: string[], options: { config: string; all: boolean; json: boolean }) => {
      if (options.all === ids.length > 0)
        throw new CommandFailed('Name elevations, or give --all: one of the two.', EXIT.usage);
      await asGateway(options, io, async ({ config, pool, ledger }) => {
        const records = makeElevationRecords({ pool, ledger });
        const outbox = makeOutbox({ channels: config.channels });
        const revoke = makeRevoke({ records, announce: makeAnnounce({ ledger, outbox }) });
        const wanted = options.all ? (await records.list({ live: true, limit: 10_000 })).map(({ id }) => id) : ids;
        const stopped: string[] = [];
        for (const id of wanted) if (await revoke(id, operator())) stopped.push(id);
        if (options.json) say(io.out, JSON.stringify({ stopped }));
        else if (wanted.length === 0) say(io.out, 'No elevation is in force.');
        else
          for (const id of wanted) say(io.out, stopped.includes(id) ? `${id} is stopped.` : `${id} is not in force.`);
        if (!options.all && stopped.length < wanted.length) throw new CommandFailed('', EXIT.no);
      });
    });
}
