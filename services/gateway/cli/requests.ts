import type { Command } from 'commander';
import { inColumns } from '../../contract/columns.ts';
import { inWords } from '../../contract/durations.ts';
import { makeLedgerPool } from '../../ledger/ledger-pool.ts';
import { listRequests, onPool, owedReviews } from '../../elevation/requests/store.ts';
import { inline } from '../../notifier/render/visible.ts';
import { connectionOf } from '../targets/connections.ts';
import { configOf, type Io, say, withConfig } from './io.ts';

interface Options {
  config: string;
  all: boolean;
  json: boolean;
}

/** Whoever is on the host sees what waits; to answer, one signs in: `sudoql approve`. */
export function registerRequests(program: Command, io: Io): void {
  withConfig(program.command('requests'))
    .summary('see who waits for whom to agree, and which reviews are owed')
    .description(
      'Lists requests that are open, and reviews that are owed for broken glass. They are answered by people who signed in (sudoql approve, the API), never from here.',
    )
    .option('--all', 'requests that are over as well', false)
    .option('--json', 'one JSON object a line', false)
    .addHelpText('after', '\nExample:\n  sudoqld requests --all --json')
    .action(async (options: Options) => {
      const config = configOf(options, io);
      const pool = makeLedgerPool({ connection: connectionOf(config.ledger, config.ledger.gateway) });
      try {
        const query = onPool(pool);
        const requests = await listRequests(query, { open: !options.all, limit: 1_000 });
        const reviews = await owedReviews(query);
        if (options.json) {
          for (const request of requests) say(io.out, JSON.stringify({ request }));
          for (const review of reviews) say(io.out, JSON.stringify({ review }));
          return;
        }
        if (requests.length === 0) say(io.out, options.all ? 'Nobody has asked.' : 'No request is open.');
        else
          io.out.write(
            inColumns([
              ['REQUEST', 'WHO', 'TARGET', 'FOR', 'ASKED', 'STATE', 'WHY'],
              ...requests.map(({ id, principal, target, seconds, sets, state, reason }) => [
                id,
                inline(principal.id, 40),
                inline(target.name, 40),
                inWords(seconds),
                sets.map(({ name, count }) => `${count} of ${inline(name, 30)}`).join(', '),
                state,
                inline(reason, 60),
              ]),
            ]),
          );
        for (const { elevation, principal, target, reason } of reviews)
          say(
            io.out,
            `A review is owed: ${inline(principal.id, 40)} broke glass on ${inline(target.name, 40)}: ${inline(reason, 60)} (${elevation})`,
          );
      } finally {
        await pool.close();
      }
    });
}
