// Heads leave the house by themselves: without them, what the ledger's owner rewrote since the last notice could not be found.
import { systemClock } from '../contract/clock.ts';
import { everyHead } from '../ledger/chain/other-chains.ts';
import type { LedgerPool } from '../ledger/ledger-pool.ts';
import type { Announce } from '../notifier/announce.ts';
import type { Log } from './log.ts';

export interface HeadsDeps {
  pool: Pick<LedgerPool, 'query'>;
  announce: Announce;
  /** At least this long apart, whichever replica tells them; and who is told. */
  everyMs: number;
  channels: string[];
  log: Pick<Log, 'warn'>;
  clock?: Pick<typeof systemClock, 'now'>;
}

/** Of which heads a message holds. */
const MOST = 50;
const LOOK_MS = 60_000;
class ToldLately extends Error {}

/** Looks each minute whether it is time, and whether another replica told them already. */
export function tellHeads({ pool, announce, everyMs, channels, log, clock = systemClock }: HeadsDeps) {
  /** True where they were told, and queued, by this call. */
  const look = async (): Promise<boolean> => {
    const { heads, chains } = await everyHead(pool, MOST);
    const event = { event: 'ledger.heads', at: clock.now().toISOString(), heads, chains } as const;
    try {
      await announce({ kind: 'heads_told', chains, channels }, async (client) => {
        await client.query(`SELECT pg_advisory_xact_lock(hashtext('sudoql heads'))`);
        const { rowCount } = await client.query(
          `SELECT FROM notice WHERE body ->> 'event' = 'ledger.heads' AND created_at > now() - $1 * interval '1 millisecond' LIMIT 1`,
          [everyMs],
        );
        if (rowCount !== 0) throw new ToldLately();
        return [{ event, channels }];
      });
      return true;
    } catch (error) {
      if (error instanceof ToldLately) return false;
      throw error;
    }
  };
  let looking: Promise<unknown> = Promise.resolve();
  const timer = setInterval(
    () => {
      looking = look().catch((error: unknown) => log.warn({ err: error }, 'the heads could not be told'));
    },
    Math.min(LOOK_MS, everyMs),
  ).unref();
  return {
    look,
    close: async () => {
      clearInterval(timer);
      await looking;
    },
  };
}
