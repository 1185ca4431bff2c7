import type pg from 'pg';
import { type Clock, systemClock } from '../contract/clock.ts';
import { within } from '../contract/within.ts';
import type { Heartbeat } from '../ledger/heartbeat/heartbeat.ts';
import { listen } from '../ledger/heartbeat/listen.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { makeAlert } from './alert.ts';
import type { Outbox } from './notice.ts';
import { PATIENCE, type Patience } from './backoff.ts';
import { type NoticeStats, noticeStats } from './board.ts';
import type { ChannelSettings } from './channels/channel.ts';
import { makeChannels } from './channels/channels.ts';
import { type ChannelCounts, makeCounters } from './counters.ts';
import { type Attempted, makeDeliver } from './deliver.ts';
import type { Log } from '../contract/log.ts';
import { makeOutboxPool } from './outbox-pool.ts';
import { makeQueue } from './queue.ts';
import { startRunner } from './runner.ts';
import { makeStandstill } from './standstill.ts';
import { dueSoon, sweep, unlockReplica } from './sweep.ts';
import { compose } from './texts/compose.ts';
import { makeTurns } from './turns.ts';

/**
 * A link that can only stop one elevation; null when none can be made (no public URL). Put into mails and webhooks of live elevations,
 * so it must do nothing when it is merely opened.
 */
export type StopLink = (elevation: string) => string | null;

/** The URL of a page of the console, by its path; null when there is no console. */
export type PageLink = (path: string) => string | null;

export interface Links {
  stopLink: StopLink;
  /** Left out where there is no console. */
  page?: PageLink;
}

export interface NotifierDeps {
  /** How the gateway's login reaches the ledger's database; the notifier has connections of its own. */
  database: pg.ClientConfig;
  ledger: Pick<Ledger, 'transaction'>;
  heartbeat: Pick<Heartbeat, 'onDeadReplica'>;
  channels: Record<string, ChannelSettings>;
  /** For what the notifier itself has to tell, and the channels of those who look after the gateway. */
  outbox: Outbox;
  security: readonly string[];
  /** This replica's; null when none is configured. */
  publicUrl: string | null;
  /** By a public URL: to programs a message has the same links whichever replica sends it. */
  links(publicUrl: string | null): Links;
  /** Unique among live gateway processes, and the one that the heartbeat reports when this process is gone. */
  replica: string;
  log: Log;
  clock?: Clock;
  patience?: Patience;
  /** Is told of each attempt to send a message. */
  attempted?: ((attempted: Attempted) => void) | undefined;
}

export interface Notifier {
  /** For the outbox of this process (`OutboxDeps.onQueued`). */
  queued(dueInMs: number): void;
  /** What this process has counted since it began, by channel. */
  counts(): Record<string, ChannelCounts>;
  /** For /metrics and /readyz. Rejects when the ledger's database does not answer. */
  stats(): Promise<NoticeStats>;
  /** These channels (of those that there are) are others from now on. Throws, and changes none, when one can never work. */
  renew(settings: Record<string, ChannelSettings>): void;
  /** Why notices that are due do not move though the ledger answers; null when they do. Another replica may do better. */
  readonly problem: string | null;
  /**
   * Tells what is due within a moment (the ends of the elevations that the shutdown ended), for three seconds at most, lets what is
   * under way end, then stops. What is pending stays for whoever starts next.
   */
  close(): Promise<void>;
}

const SWEEP_EVERY = 20_000;
const LISTEN_MS = 5_000;
const LAST_WORDS = 3_000;
const STANDSTILL = { look: 5_000, after: 30_000 };

/** Starts at once, and keeps trying while the database is away: a gateway must not fail to start for its mail. */
export function makeNotifier(deps: NotifierDeps): Notifier {
  const { log, clock = systemClock } = deps;
  const channels = makeChannels(deps.channels);
  // One worker each, and room for the sweep and /metrics.
  const concurrency = Math.min(4 + 2 * channels.size, 12);
  const pool = makeOutboxPool(deps.database, concurrency + 2, (error) =>
    log.warn({ problem: error.message }, 'a connection of the notifier was lost'),
  );
  const counters = makeCounters(channels.keys());
  let lookIn: (ms: number) => void = () => {};
  const deliver = makeDeliver({
    pool,
    ledger: deps.ledger,
    channels,
    compose(message, channel, now) {
      const { stopLink, page } = deps.links(message.publicUrl === undefined ? deps.publicUrl : message.publicUrl);
      return compose(message, stopLink, now, channel, page);
    },
    publicUrl: deps.publicUrl,
    turns: makeTurns(),
    clock,
    patience: deps.patience ?? PATIENCE,
    counters,
    log,
    alert: makeAlert({
      outbox: deps.outbox,
      security: deps.security,
      channels: deps.channels,
      gateway: deps.replica,
    }),
    lookIn: (ms) => lookIn(ms),
    attempted: deps.attempted,
  });
  const queue = makeQueue(pool, deps.replica);
  const runner = startRunner({ queue, concurrency, work: deliver, log });
  lookIn = runner.lookIn;
  // Other replicas' jobs are announced by graphile-worker's own SQL.
  const ear = listen(deps.database, 'jobs:insert', () => lookIn(0), LISTEN_MS);
  const standstill = makeStandstill({
    overdue: queue.overdue,
    movedAt: () => runner.movedAt,
    restart: runner.restart,
    afterMs: STANDSTILL.after,
    now: () => performance.now(),
  });
  const looking = setInterval(() => void standstill.look(), STANDSTILL.look).unref();

  const tidy = () =>
    sweep(pool).catch((error: unknown) =>
      log.warn({ problem: error instanceof Error ? error.message : String(error) }, 'the outbox could not be swept'),
    );
  let tidying = tidy();
  const timer = setInterval(() => {
    tidying = tidying.then(tidy);
  }, SWEEP_EVERY);
  const forget = deps.heartbeat.onDeadReplica(async (replica) => {
    await unlockReplica(pool, replica);
    lookIn(0);
  });

  return {
    queued: (dueInMs) => lookIn(dueInMs),
    counts: () => counters.read(),
    stats: () => noticeStats(pool, counters),
    renew(settings) {
      for (const [name, channel] of makeChannels(settings)) {
        const before = channels.get(name);
        channels.set(name, channel);
        before?.close();
      }
    },
    get problem() {
      return standstill.problem;
    },
    async close() {
      clearInterval(timer);
      clearInterval(looking);
      forget();
      await within(lastWords(), LAST_WORDS, () => undefined);
      await ear.close();
      await runner.close();
      await tidying;
      for (const channel of channels.values()) channel.close();
      await pool.end();
    },
  };
  async function lastWords(): Promise<void> {
    const end = performance.now() + LAST_WORDS;
    while (performance.now() < end) {
      const due = await dueSoon(pool, deps.replica).catch(() => 0);
      if (due === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
