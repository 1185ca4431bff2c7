// During an upgrade a gateway of the older version may settle what a lost one of the newer left: it ends the session in the record and does
// not know entries that gather executions. Those are settled by whoever lives and knows them.
import type { Log } from '../contract/log.ts';
import { type Ledger, LedgerUnavailable } from '../ledger/ledger.ts';
import type { ElevationRecords, OpenExecutions } from '../ledger/read/elevation-records.ts';
import { readsLost } from '../ledger/write/read-log.ts';
import { writesLost } from '../ledger/write/write-log.ts';

export interface LeftExecutionsOptions {
  ledger: Pick<Ledger, 'transaction'>;
  records: Pick<ElevationRecords, 'leftExecutions'>;
  log: Pick<Log, 'info' | 'warn'>;
  everyMs?: number;
}

export interface LeftExecutions {
  /** Settles all that there are, once, also when two of the living try; the timer does. Resolves to their number. Rejects when the ledger does not answer. */
  look(): Promise<number>;
  close(): Promise<void>;
}

const EVERY_MS = 60_000;

/** Looks at once, and from time to time. */
export function watchLeftExecutions({ ledger, records, log, everyMs }: LeftExecutionsOptions): LeftExecutions {
  const look = async (): Promise<number> => {
    let settled = 0;
    for (const left of await records.leftExecutions()) {
      await ledger.transaction([lost(left)], (client) => claim(client, left));
      settled += left.numbers.length;
    }
    if (settled > 0)
      log.info({ statements: settled }, 'settled statements that another version of the gateway had left');
    return settled;
  };

  let closed = false;
  const looked = () =>
    look().then(
      () => {},
      (error: unknown) => log.warn({ err: error }, 'statements that were left could not be settled'),
    );
  let looking = looked();
  const timer = setInterval(() => {
    looking = looking.then(() => (closed ? undefined : looked()));
  }, everyMs ?? EVERY_MS).unref();
  return {
    look,
    close: async () => {
      closed = true;
      clearInterval(timer);
      await looking;
    },
  };
}

/** What became of them nobody knows. */
export function lost({ session, principal, target, elevation, numbers }: OpenExecutions): ReturnType<typeof readsLost> {
  const of = { session, principal, target };
  return elevation === null ? readsLost(of, numbers) : writesLost({ ...of, elevation }, numbers);
}

async function claim(
  client: Pick<LedgerClient, 'query'>,
  { session, elevation, numbers }: OpenExecutions,
): Promise<void> {
  const { rowCount } = await client.query(
    'INSERT INTO statement_settled (statement) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING',
    [numbers.map((number) => `${session} ${elevation === null ? 'read' : 'write'} ${number}`)],
  );
  if (rowCount !== numbers.length) throw new LedgerUnavailable('Another gateway is settling the same.');
}

type LedgerClient = Parameters<Parameters<Ledger['transaction']>[1]>[0];
