// Snapshots of the targets' catalogues: taken at first use, kept fresh by a timer while they are used, and taken again
// when something says that they are stale.
import pg from 'pg';
import { catalogueFingerprint, detailsHold, fetchDetails, type Snapshot, takeSnapshot } from './catalogue-snapshot.ts';

export interface Catalogue {
  /** The snapshot, when it may be used without asking the target. */
  readonly current: Snapshot | null;
  /** A snapshot that may be used; asks the target when there is none. */
  get(): Promise<Snapshot>;
  /** A snapshot that was looked at after this call; the same one where nothing changed. */
  refresh(): Promise<Snapshot>;
  /** Adds the details of these relations to the snapshot. */
  details(snapshot: Snapshot, oids: number[]): Promise<void>;
  /** The catalogue changed: the snapshot may not be used before the target was asked again. */
  changed(): void;
  close(): Promise<void>;
}

export interface CatalogueOptions {
  /** A connected client to the target, as a role that may read its catalogue; ended by this module. */
  connect(): Promise<pg.Client>;
  /** Milliseconds between looks at a catalogue that is in use. */
  refreshMs?: number;
  /** Milliseconds after which a snapshot that could not be checked may not be used. */
  maxAgeMs?: number;
  /** Milliseconds that a caller waits for the target. */
  deadlineMs?: number;
}

/** Nothing is opened before the first use. Methods throw when the target does not answer: the statement is refused. */
export function makeCatalogue({
  connect,
  refreshMs = 10_000,
  maxAgeMs = 30_000,
  deadlineMs = 5_000,
}: CatalogueOptions): Catalogue {
  let client: Promise<pg.Client> | null = null;
  let current: Snapshot | null = null;
  let checkedAt = 0;
  /** Counts what says that the catalogue changed; a snapshot holds what was said before it was begun. */
  let changes = 0;
  let seenChanges = -1;
  let queue: Promise<unknown> = Promise.resolve();
  let waiting: Promise<Snapshot> | null = null;
  let used = false;
  let closed = false;
  let timer: NodeJS.Timeout | null = null;

  const connected = (): Promise<pg.Client> => {
    if (client) return client;
    const opening = connect().then((opened) => {
      const drop = () => {
        if (client === opening) client = null;
      };
      opened.on('error', drop);
      opened.on('end', drop);
      return opened;
    });
    client = opening;
    opening.catch(() => {
      if (client === opening) client = null;
    });
    return opening;
  };

  /** A connection that was lost is not used again. */
  const on = async <T>(fn: (client: pg.Client) => Promise<T>): Promise<T> => {
    const opened = await within(connected(), deadlineMs);
    // With a query running, `end` cuts the connection.
    const cut = () => {
      client = null;
      opened.end().catch(() => undefined);
    };
    try {
      return await within(fn(opened), HUNG_MS);
    } catch (error) {
      if (lostConnection(error)) cut();
      throw error;
    }
  };

  /** One connection, one thing at a time. A look that callers no longer wait for goes on, for the next of them. */
  const inTurn = <T>(fn: (client: pg.Client) => Promise<T>): Promise<T> => {
    const turn = queue.then(async () => {
      if (closed) throw new Error('the catalogue is closed');
      const reused = client !== null;
      try {
        return await on(fn);
      } catch (error) {
        if (!reused || !lostConnection(error)) throw error;
        return on(fn);
      }
    });
    queue = turn.catch(() => undefined);
    return within(turn, deadlineMs);
  };

  const look = async (opened: pg.Client): Promise<Snapshot> => {
    const startedAt = performance.now();
    const startedChanges = changes;
    const same =
      current !== null &&
      (await catalogueFingerprint(opened)) === current.fingerprint &&
      (await detailsHold(opened, current));
    const snapshot: Snapshot = same && current ? current : await takeSnapshot(opened, current);
    current = snapshot;
    checkedAt = startedAt;
    seenChanges = startedChanges;
    return snapshot;
  };

  // Callers that come before a look begins share it; those that come later need one that begins after them.
  const refresh = (): Promise<Snapshot> => {
    waiting ??= inTurn((opened) => {
      waiting = null;
      return look(opened);
    }).finally(() => {
      waiting = null;
    });
    return waiting;
  };

  const fresh = () => (seenChanges === changes && performance.now() - checkedAt < maxAgeMs ? current : null);

  const startTimer = () => {
    timer ??= setInterval(() => {
      if (!used) return;
      used = false;
      refresh().catch(() => undefined);
    }, refreshMs).unref();
  };

  return {
    get current() {
      used = true;
      return fresh();
    },
    async get() {
      used = true;
      startTimer();
      return fresh() ?? refresh();
    },
    refresh,
    details: (snapshot, oids) =>
      inTurn(async (opened) => {
        const missing = oids.filter((oid) => !snapshot.details.has(oid));
        if (missing.length > 0) await fetchDetails(opened, snapshot, missing);
      }),
    changed: () => {
      changes++;
    },
    async close() {
      closed = true;
      if (timer) clearInterval(timer);
      const open = await within(client ?? Promise.resolve(null), deadlineMs).catch(() => null);
      await open?.end().catch(() => undefined);
    },
  };
}

/** Anything but an error that the server reported and lives on after. */
function lostConnection(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) || error.severity === 'FATAL';
}

/** A connection on which nothing has come back for this long is given up. */
const HUNG_MS = 60_000;

function within<T>(work: Promise<T>, ms: number): Promise<T> {
  let clock: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    clock = setTimeout(() => reject(new Error(`the target did not answer within ${ms} ms`)), ms);
  });
  return Promise.race([work, deadline]).finally(() => clearTimeout(clock));
}

export interface Catalogues {
  /** The catalogue of a target by its name. Throws for a name that `connect` does not know, when it is asked. */
  of(target: string): Catalogue;
  close(): Promise<void>;
}

export interface CataloguesOptions extends Omit<CatalogueOptions, 'connect'> {
  /** A connected client to that target's database, as a role that may read its catalogue; this module ends it. */
  connect(target: string): Promise<pg.Client>;
}

/** One catalogue for each target, made when it is first asked for. */
export function makeCatalogues({ connect, ...options }: CataloguesOptions): Catalogues {
  const catalogues = new Map<string, Catalogue>();
  return {
    of(target) {
      const known = catalogues.get(target);
      if (known) return known;
      const made = makeCatalogue({ ...options, connect: () => connect(target) });
      catalogues.set(target, made);
      return made;
    },
    async close() {
      await Promise.all([...catalogues.values()].map((each) => each.close()));
      catalogues.clear();
    },
  };
}
