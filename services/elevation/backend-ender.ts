import pg from 'pg';
import type { WriterBackend } from './elevations.ts';
import type { ControlConnection, Fate } from './watchdog-messages.ts';

/**
 * Looks at all of them with one query, and signals those that are due. A login without pg_read_all_stats sees no start:
 * then the backend counts as alive, and is not signalled, for it may be another with the same process id.
 */
const LOOK = `SELECT a.n::int, s.pid IS NOT NULL AS alive, s.pid IS NOT NULL AND s.backend_start IS NULL AS hidden,
    CASE WHEN a.signal AND s.backend_start IS NOT NULL THEN pg_terminate_backend(s.pid) END AS sent
  FROM unnest($1::int[], $2::timestamptz[], $3::bool[]) WITH ORDINALITY AS a(pid, started, signal, n)
  LEFT JOIN pg_stat_activity s ON s.pid = a.pid AND coalesce(s.backend_start = a.started, true)`;

const TELL_AGAIN_MS = 60_000;
const CONNECT_MS = 2_000;
const QUERY_MS = 1_000;
const SIGNAL_EVERY_NS = 100_000_000n;
/** `calm`: how often an unused connection is tried, so that a dead one is replaced before it is needed. */
const POLL_MS = { first: 2, most: 25, trouble: 100, calm: 5_000 };

interface Watched {
  writer: WriterBackend;
  signal: boolean;
  signalledAt: bigint | null;
  until: bigint;
  settle: (fate: Fate) => void;
}

export interface BackendEnder {
  /** Looks until the backend is gone or `until` (hrtime ns) has come; with `signal`, ends it by pg_terminate_backend, again and again. */
  look(writer: WriterBackend, signal: boolean, until: bigint): Promise<Fate>;
  /** Ends every backend, reader or writer, whose application_name is one that a gateway gave for one of these sessions. */
  sweep(sessions: string[], until: bigint): Promise<Fate>;
  /** What became of a transaction; null when the target does not say by `until`. */
  committed(transaction: string, until: bigint): Promise<boolean | null>;
  close(): Promise<void>;
}

/** Names are `sudoql:<principal>:<session>`, then a blank and the client's own. */
const OF_SESSIONS = `SELECT a.pid, a.backend_start::text AS started FROM pg_stat_activity a, unnest($1::text[]) s
  WHERE a.application_name LIKE 'sudoql:%' AND right(split_part(a.application_name, ' ', 1), length(s) + 1) = ':' || s`;

/**
 * Ends backends of one target over a control connection that it keeps open, and opens again when it is lost.
 * `onTrouble` hears each problem at most once a minute.
 */
export function makeBackendEnder(config: ControlConnection, onTrouble: (problem: string) => void): BackendEnder {
  const watched = new Set<Watched>();
  let wake = () => {};
  let pause = POLL_MS.first;
  let client: pg.Client | null = null;
  const told = new Map<string, number>();
  let closed = false;

  const trouble = (error: unknown) => {
    const problem = error instanceof Error ? error.message || error.name : String(error);
    const last = told.get(problem);
    if (last !== undefined && performance.now() - last < TELL_AGAIN_MS) return;
    told.set(problem, performance.now());
    onTrouble(problem);
  };
  const drop = () => {
    const dropped = client;
    client = null;
    dropped?.connection.stream.destroy();
  };

  let opening: Promise<pg.Client> | null = null;
  const connected = async (): Promise<pg.Client> => {
    if (client) return client;
    // Never two: nobody would close the second.
    opening ??= open().finally(() => {
      opening = null;
    });
    return opening;
  };
  const open = async (): Promise<pg.Client> => {
    const { anyServerName, ssl, ...rest } = config;
    const fresh = new pg.Client({
      ...rest,
      ...(ssl === undefined
        ? {}
        : { ssl: ssl && anyServerName ? { ...ssl, checkServerIdentity: () => undefined } : ssl }),
      application_name: 'sudoql:watchdog',
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: QUERY_MS,
      keepAlive: true,
    } as pg.ClientConfig);
    fresh.on('error', () => {
      if (client === fresh) client = null;
    });
    fresh.on('end', () => {
      if (client === fresh) client = null;
    });
    await fresh.connect();
    client = fresh;
    if (closed) drop();
    return fresh;
  };

  const pass = async (now: bigint): Promise<void> => {
    const all = [...watched];
    for (const each of all) {
      if (each.signal && (each.signalledAt === null || now - each.signalledAt >= SIGNAL_EVERY_NS))
        each.signalledAt = now;
    }
    try {
      await query(all, now);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      trouble(error);
      // One that may not be signalled must not keep the others alive.
      if (all.length > 1) for (const each of all) await query([each], now).catch(trouble);
    }
  };
  const query = async (all: Watched[], now: bigint): Promise<void> => {
    const { rows } = await (await connected()).query<{ n: number; alive: boolean; hidden: boolean }>(LOOK, [
      all.map(({ writer }) => writer.pid),
      all.map(({ writer }) => writer.startedAt),
      all.map(({ signalledAt }) => signalledAt === now),
    ]);
    if (rows.some(({ hidden }) => hidden))
      trouble(new Error('the control login cannot see when a backend started: it needs pg_read_all_stats'));
    for (const { n, alive } of rows) {
      const each = all[n - 1];
      if (each && !alive) finish(each, 'gone');
    }
  };
  const finish = (each: Watched, fate: Fate) => {
    watched.delete(each);
    each.settle(fate);
  };

  /** The one loop: keeps the connection alive, looks while there is something to look at. */
  const loop = async (): Promise<void> => {
    while (!closed) {
      try {
        await pass(process.hrtime.bigint());
        pause = watched.size === 0 ? POLL_MS.calm : Math.min(pause * 1.5, POLL_MS.most);
      } catch (error) {
        if (!closed) trouble(error);
        drop();
        pause = POLL_MS.trouble;
      }
      const now = process.hrtime.bigint();
      for (const each of watched) if (now >= each.until) finish(each, 'unconfirmed');
      await rest(pause);
    }
  };
  /** Until `ms` are over, there is new work, or the connection is lost. */
  const rest = (ms: number) =>
    new Promise<void>((resolve) => {
      if (closed) return resolve();
      const timer = setTimeout(() => wake(), ms);
      const current = client;
      wake = () => {
        clearTimeout(timer);
        current?.off('end', wake);
        resolve();
      };
      current?.once('end', wake);
    });

  const look = (writer: WriterBackend, signal: boolean, until: bigint) =>
    new Promise<Fate>((settle) => {
      watched.add({ writer, signal, signalledAt: null, until, settle });
      pause = POLL_MS.first;
      wake();
    });

  const running = loop();
  return {
    look,
    sweep: async (sessions, until) => {
      for (;;) {
        try {
          const { rows } = await (await connected()).query<{ pid: number; started: string | null }>(OF_SESSIONS, [
            sessions,
          ]);
          if (rows.some(({ started }) => started === null)) return 'unconfirmed';
          const fates = await Promise.all(
            rows.map(({ pid, started }) => look({ target: '', pid, startedAt: started ?? '' }, true, until)),
          );
          return fates.every((fate) => fate === 'gone') ? 'gone' : 'unconfirmed';
        } catch (error) {
          trouble(error);
          if (!(error instanceof pg.DatabaseError)) drop();
        }
        if (closed || process.hrtime.bigint() >= until) return 'unconfirmed';
        await new Promise((resolve) => setTimeout(resolve, POLL_MS.trouble));
      }
    },
    committed: async (transaction, until) => {
      for (;;) {
        try {
          const { rows } = await (await connected()).query<{ status: string | null }>(
            'SELECT pg_catalog.pg_xact_status($1::pg_catalog.xid8) AS status',
            [transaction],
          );
          const { status } = rows[0] ?? {};
          if (status === 'committed') return true;
          if (status === 'aborted') return false;
          // Forgotten; or under way, and perhaps over in a moment.
          if (status !== 'in progress') return null;
        } catch (error) {
          trouble(error);
          if (error instanceof pg.DatabaseError) return null;
          drop();
        }
        if (closed || process.hrtime.bigint() >= until) return null;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS.most));
      }
    },
    close: async () => {
      closed = true;
      wake();
      for (const each of watched) finish(each, 'unconfirmed');
      drop();
      await running;
    },
  };
}
