// A target's catalogue snapshot: taken at first use, taken again when events say that it may be stale.
import type pg from 'pg';
import { catalogueFingerprint, fetchDetails, type Snapshot, takeSnapshot } from './catalogue-snapshot.ts';

export interface Catalogue {
  /** The snapshot in use; null before the first. */
  readonly current: Snapshot | null;
  /** A snapshot, taken now if there is none. */
  get(): Promise<Snapshot>;
  /** A snapshot that began after this call, unless nothing changed since the last. */
  refresh(): Promise<Snapshot>;
  /** Adds details of these relations to the snapshot. */
  details(snapshot: Snapshot, oids: number[]): Promise<void>;
  /** DDL was seen: the next `get` looks again. */
  stale(): void;
  close(): Promise<void>;
}

export interface CatalogueOptions {
  /** A connected client to the target, as a role that may read the catalogue; this module ends it. */
  connect(): Promise<pg.Client>;
  /** Milliseconds after which a snapshot is checked against the catalogue when it is next used. */
  maxAgeMs?: number;
  now?: () => number;
}

/** Nothing is opened until the first `get`. Methods throw what the connection throws: the statement is then refused. */
export function makeCatalogue({
  connect,
  maxAgeMs = 30_000,
  now = () => performance.now(),
}: CatalogueOptions): Catalogue {
  let client: Promise<pg.Client> | null = null;
  let current: Snapshot | null = null;
  let checkedAt = 0;
  let known = true;
  let queue: Promise<unknown> = Promise.resolve();
  let refreshing: Promise<Snapshot> | null = null;

  const connected = (): Promise<pg.Client> => {
    client ??= connect().then(
      (opened) => {
        const drop = () => {
          client = null;
        };
        opened.on('error', drop);
        opened.on('end', drop);
        return opened;
      },
      (error: unknown) => {
        client = null;
        throw error;
      },
    );
    return client;
  };

  // One connection, one thing at a time.
  const inTurn = <T>(fn: (client: pg.Client) => Promise<T>): Promise<T> => {
    const turn = queue.then(async () => fn(await connected()));
    queue = turn.catch(() => undefined);
    return turn;
  };

  const refresh = (): Promise<Snapshot> => {
    refreshing ??= inTurn(async (opened) => {
      refreshing = null;
      const startedAt = now();
      known = true;
      try {
        if (!current || (await catalogueFingerprint(opened)) !== current.fingerprint)
          current = await takeSnapshot(opened);
      } catch (error) {
        known = false;
        throw error;
      }
      checkedAt = startedAt;
      return current;
    });
    return refreshing;
  };

  return {
    get current() {
      return known && now() - checkedAt < maxAgeMs ? current : null;
    },
    get: async () => (current && known && now() - checkedAt < maxAgeMs ? current : refresh()),
    refresh,
    details: (snapshot, oids) =>
      inTurn(async (opened) => {
        const missing = oids.filter((oid) => !snapshot.details.has(oid));
        if (missing.length > 0) await fetchDetails(opened, snapshot, missing);
      }),
    stale: () => {
      known = false;
    },
    close: async () => {
      await queue;
      const open = await client?.catch(() => null);
      await open?.end();
    },
  };
}
