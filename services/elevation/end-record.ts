import type pg from 'pg';
import type { ElevationSummary, EndReason } from '../ledger/entry/entry.ts';
import { LedgerUnavailable } from '../ledger/ledger.ts';
import type { Announce, Telling } from '../notifier/announce.ts';
import type { NoticeSubject } from '../notifier/notice.ts';

/** All that the closing entry and the closing notice say. */
export interface Ending {
  elevation: string;
  reason: string;
  startedAt: Date;
  endedAt: Date;
  /** By the monotonic clock, where it is known. */
  seconds: number;
  why: EndReason;
  summary: ElevationSummary | null;
  subject: NoticeSubject;
  channels: string[];
  /** Said where there is no summary to say it. */
  backend?: 'gone' | 'unconfirmed';
  /** Of a gateway that was lost: the last that the record has of it. */
  lastSeenAt?: Date;
}

/** Another process, or an earlier try whose answer was lost, has recorded it. */
class AlreadyEnded extends Error {}

/**
 * Commits an elevation's end with its notices, once for ever: true when this call did it, false when it was there before.
 * Throws LedgerUnavailable.
 */
export async function recordEnd(announce: Announce, ending: Ending, ...also: Telling[]): Promise<boolean> {
  const { elevation, reason, why, summary, subject } = ending;
  const { session, principal, target } = subject;
  const draft = {
    kind: 'elevation_ended',
    elevation,
    why,
    seconds: ending.seconds,
    summary,
    ...(ending.backend === undefined ? {} : { backend: ending.backend }),
    session,
    principal,
    target,
  } as const;
  try {
    await announce(draft, async (client) => {
      await claim(client, elevation);
      if ((summary?.backend ?? ending.backend) !== 'gone') await leaveOpen(client, elevation, ending.endedAt);
      const event = {
        event: 'elevation.ended',
        elevation,
        reason,
        started_at: ending.startedAt.toISOString(),
        ended_at: ending.endedAt.toISOString(),
        why,
        summary,
        ...(ending.backend === undefined ? {} : { backend: ending.backend }),
        ...(ending.lastSeenAt === undefined ? {} : { last_seen_at: ending.lastSeenAt.toISOString() }),
        ...subject,
      } as const;
      return [{ event, channels: ending.channels }, ...also];
    });
    return true;
  } catch (error) {
    if (error instanceof AlreadyEnded) return false;
    throw error;
  }
}

async function claim(client: pg.ClientBase, elevation: string): Promise<void> {
  const { rowCount } = await client.query('INSERT INTO elevation_end (elevation) VALUES ($1) ON CONFLICT DO NOTHING', [
    elevation,
  ]);
  if (rowCount === 0) throw new AlreadyEnded(elevation);
}

/** Whoever lives goes on looking for its backend (services/elevation/unconfirmed.ts). */
async function leaveOpen(client: pg.ClientBase, elevation: string, endedAt: Date): Promise<void> {
  await client.query('INSERT INTO elevation_unconfirmed (elevation, ended_at) VALUES ($1, $2)', [elevation, endedAt]);
}

const RETRY_MS = { first: 100, most: 5_000 };

export interface EndRecorder {
  /** Resolves when the end is in the record, however long the ledger is away. Rejects only after `stop`. */
  record(ending: Ending): Promise<void>;
  /** Ends that wait for the ledger. */
  readonly waiting: number;
  /** Waits at most `ms` for what is waiting; what is still not recorded then is settled by the next process. */
  stop(ms: number): Promise<void>;
}

/** Keeps on trying. What waits is bounded: while the ledger is away no elevation starts, so no more can end than were in force. */
export function makeEndRecorder(
  announce: Announce,
  onTrouble: (error: unknown, elevation: string) => void,
): EndRecorder {
  const waiting = new Set<Promise<void>>();
  const stopping = new AbortController();

  const persist = async (ending: Ending): Promise<void> => {
    for (let pause = RETRY_MS.first; ; pause = Math.min(pause * 2, RETRY_MS.most)) {
      try {
        await recordEnd(announce, ending);
        return;
      } catch (error) {
        onTrouble(error, ending.elevation);
      }
      await rest(pause, stopping.signal);
    }
  };
  return {
    record: (ending) => {
      const done: Promise<void> = persist(ending).finally(() => waiting.delete(done));
      waiting.add(done);
      done.catch(() => {});
      return done;
    },
    get waiting() {
      return waiting.size;
    },
    stop: async (ms) => {
      const timer = setTimeout(() => stopping.abort(new LedgerUnavailable('The gateway has stopped.')), ms);
      await Promise.allSettled([...waiting]);
      clearTimeout(timer);
    },
  };
}

function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stopped);
      resolve();
    };
    const stopped = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', stopped, { once: true });
  });
}
