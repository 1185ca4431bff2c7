// Ends that could not be confirmed are looked at again by whoever lives, until it is seen that they are over. People hear of it
// by themselves: that it is over, or, after a while, that it still cannot be seen.
import type pg from 'pg';
import type { Log } from '../contract/log.ts';
import type { LedgerPool } from '../ledger/ledger-pool.ts';
import type { ElevationRecords } from '../ledger/read/elevation-records.ts';
import type { Announce } from '../notifier/announce.ts';
import type { NoticeEvent } from '../notifier/notice.ts';
import type { WatchdogOfProcess } from './watchdog.ts';

export interface UnconfirmedOptions {
  pool: Pick<LedgerPool, 'query'>;
  records: Pick<ElevationRecords, 'show'>;
  announce: Announce;
  watchdog: Pick<WatchdogOfProcess, 'terminate' | 'knows'>;
  /** Channels of those who look after the gateway: they are told beside those who were told of the end. */
  security: string[];
  log: Pick<Log, 'warn'>;
  now?: () => Date;
  everyMs?: number;
  /** After so long it is said that it still cannot be seen. Default ten minutes. */
  stillAfterMs?: number;
}

export interface Unconfirmed {
  /** Looks at all once; the timer does. Rejects when the ledger does not answer. */
  look(): Promise<void>;
  close(): Promise<void>;
}

interface Open extends Record<string, unknown> {
  elevation: string;
  ended_at: Date;
  /** That it still is not was said. */
  said: boolean;
}

const EVERY_MS = 5_000;
const STILL_AFTER_MS = 10 * 60_000;
const LOOK_MS = 2_000;
/** Older ones are for people. */
const OPEN = `
  SELECT u.elevation, u.ended_at,
    EXISTS (SELECT FROM elevation_settled s WHERE s.elevation = u.elevation AND s.backend = 'unconfirmed') AS said
  FROM elevation_unconfirmed u
  WHERE u.ended_at > now() - interval '30 days'
    AND NOT EXISTS (SELECT FROM elevation_settled s WHERE s.elevation = u.elevation AND s.backend = 'gone')
  ORDER BY u.ended_at LIMIT 100`;
const TOLD = `SELECT channel, body FROM notice WHERE elevation = $1 AND body ->> 'event' = 'elevation.ended'`;

/** Another process was first. */
class SaidBefore extends Error {}

type Ended = Extract<NoticeEvent, { event: 'elevation.ended' }>;

export function watchUnconfirmed(options: UnconfirmedOptions): Unconfirmed {
  const { pool, records, announce, watchdog, security, log } = options;
  const now = options.now ?? (() => new Date());
  const stillAfterMs = options.stillAfterMs ?? STILL_AFTER_MS;

  const look = async (): Promise<void> => {
    const open = await pool.query<Open>(OPEN);
    await Promise.all(open.map((each) => lookAt(each)));
  };

  async function lookAt({ elevation, ended_at: endedAt, said }: Open): Promise<void> {
    const record = await records.show(elevation);
    if (record === null || !watchdog.knows(record.target)) return;
    const backend = await watchdog.terminate({ target: record.target, ...record.writer }, LOOK_MS);
    const since = now().getTime() - endedAt.getTime();
    if (backend === 'unconfirmed' && (said || since < stillAfterMs)) return;
    const { session, principal, target } = record;
    const told = await pool.query<{ channel: string; body: Ended }>(TOLD, [elevation]);
    const [first] = told;
    if (!first) return;
    const { email, environment, client_address, application_name } = first.body;
    const event = {
      event: 'elevation.settled',
      elevation,
      reason: record.reason,
      ended_at: endedAt.toISOString(),
      settled_at: now().toISOString(),
      backend,
      ...{ session, principal, target, email, environment, client_address, application_name },
    } as const;
    const channels = [...new Set([...told.map(({ channel }) => channel), ...security])];
    const seconds = Math.max(0, Math.round(since / 1_000));
    try {
      await announce(
        { kind: 'elevation_settled', elevation, backend, seconds, session, principal, target },
        async (client) => {
          await claim(client, elevation, backend);
          return [{ event, channels }];
        },
      );
    } catch (error) {
      if (!(error instanceof SaidBefore)) throw error;
    }
  }

  let looking: Promise<void> = Promise.resolve();
  let closed = false;
  const timer = setInterval(() => {
    looking = looking
      .then(() => (closed ? undefined : look()))
      .catch((error: unknown) => log.warn({ err: error }, 'ends that were not confirmed could not be looked at'));
  }, options.everyMs ?? EVERY_MS).unref();
  return {
    look,
    close: async () => {
      closed = true;
      clearInterval(timer);
      await looking;
    },
  };
}

async function claim(client: pg.ClientBase, elevation: string, backend: string): Promise<void> {
  const { rowCount } = await client.query(
    'INSERT INTO elevation_settled (elevation, backend) VALUES ($1, $2) ON CONFLICT DO NOTHING',
    [elevation, backend],
  );
  if (rowCount === 0) throw new SaidBefore();
}
