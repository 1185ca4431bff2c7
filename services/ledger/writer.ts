import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { type Clock, systemClock } from '../contract/clock.ts';
import { chainLock, takeLock } from './locks.ts';
import { type Batch, draftsOf, type Head, insert, place, tell } from './commit.ts';
import { type Backend, type Connection, ConnectionLost, connect, isAnswer } from './connection.ts';
import type { EntryDraft, Recorded } from './entry.ts';
import { type Item, makeInbox } from './inbox.ts';
import { makeKeeping } from './keeping.ts';
import { type Ledger, LedgerUnavailable } from './ledger.ts';
import { type ChainHead, findPredecessor, makeAnchors } from './other-chains.ts';
import { makeReadSummary } from './read-summary.ts';
import { NO_HASH, prepare, sizeOf } from './seal.ts';

export interface LedgerOptions {
  /** The gateway's login on the ledger's database, directly: a pooler between would lose the session's locks. */
  connection: pg.ClientConfig;
  /** Id of this process; one of its own for each start, so that what a dead one left can be told apart. */
  replica: string;
  version: string;
  /** How long reads go on while the ledger is out of reach. */
  graceMs: number;
  /** Within this an `append` or `transaction` is committed or refused. Default 2000. */
  timeoutMs?: number;
  /** How long queued entries wait for company. Default 100; at most 250. */
  flushMs?: number;
  /** Default `each`. */
  reads?: 'each' | 'summarised';
  /** How often other chains' heads are anchored. Default 60 000. */
  anchorMs?: number;
  /** Entries that may wait while the ledger is out of reach. Default 20 000 (and 64 MB). */
  maxQueued?: number;
  clock?: Clock;
  log?: LedgerLog;
}

export interface LedgerLog {
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

export interface LedgerWriter extends Ledger {
  /** Resolves when this process's chain has begun, its first entry committed. Never rejects; see `problem`. */
  readonly ready: Promise<void>;
  readonly chain: string;
  /** Why the ledger does not record now; null when all is well. For /readyz. */
  readonly problem: string | null;
  /** Entries that wait to be committed. For /metrics. */
  readonly waiting: number;
}

const MAX_SIZE = 64_000_000;
/** A wall clock that stepped back by less is waited out, so that times in a chain go forward. */
const STEP_BACK_MS = 60_000;
const PARTITIONS_MS = 6 * 3_600_000;

/** Starts the writer of this process's chain. Returns at once; connects, and connects again, by itself. */
export function makeLedger(options: LedgerOptions): LedgerWriter {
  const { graceMs, replica, version } = options;
  const timeoutMs = options.timeoutMs ?? 2_000;
  const flushMs = Math.min(options.flushMs ?? 100, 250);
  const maxQueued = options.maxQueued ?? 20_000;
  const clock = options.clock ?? systemClock;
  const { log } = options;
  // Shorter than the caller's deadline: one dead connection is replaced in time.
  const answerMs = Math.max(50, Math.floor(timeoutMs * 0.6));
  const pingMs = Math.max(50, Math.min(1_000, graceMs / 4));

  const chain = randomUUID();
  const inbox = makeInbox();
  const keeping = makeKeeping(() => clock.now());
  let connection: Connection | null = null;
  /** Backends of connections given up, which may still hold the chain's lock and have a commit on its way to them. */
  let givenUp: Backend[] = [];
  let head: Head = { seq: 0, hash: NO_HASH };
  let headRecorded: Recorded | null = null;
  let unsure: Batch | null = null;
  let silentSince: number | null = null;
  let problem: string | null = 'not connected yet';
  let broken: string | null = null;
  let lastAt = 0;
  let closing = false;
  let closed = false;

  let wake = () => {};
  let flushTimer: NodeJS.Timeout | undefined;
  let flushDue = false;

  const now = (): string => {
    const time = clock.now().getTime();
    if (time >= lastAt || lastAt - time > STEP_BACK_MS) lastAt = time;
    return new Date(lastAt).toISOString();
  };

  // — What callers hand in —

  function add(item: Item): void {
    inbox.add(item);
    if (!item.patient || inbox.urgent) wake();
    else
      flushTimer ??= setTimeout(() => {
        flushTimer = undefined;
        flushDue = true;
        wake();
      }, flushMs);
  }

  function submit<T>(
    drafts: Item['drafts'],
    also: Item['also'],
    retry: boolean,
    answer: (recorded: Recorded[], value: unknown) => T,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (closing) return reject(new LedgerUnavailable('The ledger is being closed.'));
      if (broken) return reject(new LedgerUnavailable(broken));
      let later: { found(committed: boolean): void } | null = null;
      const item: Item = {
        drafts,
        also,
        retry,
        patient: false,
        at: now(),
        size: typeof drafts === 'function' ? 1_000 : drafts.reduce((sum, draft) => sum + sizeOf(draft), 0),
        done: (recorded, value) => {
          clearTimeout(deadline);
          later?.found(true);
          resolve(answer(recorded, value));
        },
        failed: (error) => {
          clearTimeout(deadline);
          later?.found(false);
          reject(error);
        },
      };
      const deadline = setTimeout(() => {
        if (inbox.remove(item)) return reject(unavailable());
        // In flight: nobody may act on it now, but it may turn out to be in the record.
        item.retry = false;
        const committed = new Promise<boolean>((found) => {
          later = { found };
        });
        reject(new LedgerUnavailable(`The ledger did not confirm within ${timeoutMs} ms.`, { committed }));
      }, timeoutMs);
      add(item);
    });
  }

  const unavailable = (cause?: unknown) =>
    new LedgerUnavailable(`The ledger cannot record now: ${problem ?? 'it does not answer'}.`, { cause });

  function enqueue(draft: EntryDraft): void {
    const prepared = prepare(draft);
    add({
      drafts: [prepared],
      also: null,
      retry: true,
      patient: true,
      at: now(),
      size: sizeOf(prepared),
      done: () => {},
      failed: () => {},
    });
  }

  const summary = options.reads === 'summarised' ? makeReadSummary(clock, enqueue) : null;

  const acceptsReads = (): boolean =>
    broken === null &&
    !closing &&
    head.seq > 0 &&
    (silentSince === null || clock.monotonic() - silentSince <= graceMs) &&
    inbox.count < maxQueued &&
    inbox.size + keeping.size < MAX_SIZE;

  // — The one loop that writes —

  const asked = () => {
    silentSince ??= clock.monotonic();
  };
  const answered = () => {
    silentSince = null;
    problem = null;
  };
  const troubled = (error: unknown, what: string) => {
    const message = error instanceof Error ? error.message : String(error);
    if (problem === null || problem === 'not connected yet') log?.warn({ err: error }, `ledger: ${what}`);
    problem = message;
  };

  async function run(): Promise<void> {
    let backoff = 25;
    let idleSince = clock.monotonic();
    while (!closed) {
      try {
        connection ??= await open();
        backoff = 25;
        if (inbox.urgent || (inbox.count > 0 && (flushDue || closing))) {
          flushDue = false;
          await commitNext(connection);
          idleSince = clock.monotonic();
          if (inbox.count > 0 && flushTimer === undefined) flushDue = true;
        } else if (closing && inbox.count === 0) {
          break;
        } else if (clock.monotonic() - idleSince >= pingMs) {
          asked();
          await connection.within(answerMs, (client) => client.query('SELECT 1'));
          answered();
          idleSince = clock.monotonic();
        } else {
          await sleep(pingMs);
        }
      } catch (error) {
        troubled(error, 'out of reach');
        if (!isAnswer(error)) drop();
        flushDue = true;
        await pause(backoff);
        backoff = Math.min(backoff * 2, 400);
      }
    }
    closed = true;
    await connection?.client.end().catch(() => undefined);
    connection?.destroy();
  }

  /** Until woken, at most `ms`. */
  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

  function drop(): void {
    if (connection) giveUp(connection);
    connection = null;
  }

  function giveUp(lost: Connection): void {
    givenUp = [...givenUp.slice(-1_000), lost.backend];
    lost.destroy();
  }

  async function open(): Promise<Connection> {
    asked();
    const opened = await connect(
      { ...options.connection, application_name: `sudoql ledger ${replica}`.slice(0, 63) },
      answerMs,
    );
    try {
      await opened.within(answerMs, async (client) => {
        await client.query(
          `SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', $1, false),
             set_config('idle_in_transaction_session_timeout', $2, false),
             CASE WHEN current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', false) END`,
          [String(Math.max(40, answerMs - 50)), String(timeoutMs * 2)],
        );
        // What a lost connection had sent may still arrive at its backend and commit: only who holds the lock goes on.
        await takeLock(client, chainLock('$1'), chain, givenUp);
        givenUp = [];
      });
      await opened.within(answerMs, resolveUnsure);
    } catch (error) {
      giveUp(opened);
      throw error;
    }
    opened.onEnd(() => {
      if (connection === opened) drop();
      wake();
    });
    answered();
    return opened;
  }

  /** Looks where the chain ends: whether the batch whose answer was lost is in it. */
  async function resolveUnsure(client: pg.ClientBase): Promise<void> {
    const { rows } = await client.query<{ seq: string; hash: string }>(
      'SELECT seq, hash FROM entry WHERE chain = $1 AND seq >= $2 ORDER BY seq',
      [chain, head.seq],
    );
    const entries = rows.map(({ seq, hash }): Head => ({ seq: Number(seq), hash }));
    const found = entries.at(-1) ?? { seq: 0, hash: NO_HASH };
    const holdsHead = head.seq === 0 || entries[0]?.hash === head.hash;
    const batch = unsure;
    const last = batch?.sealed.at(-1)?.recorded;
    if (holdsHead && batch && last && found.seq === last.seq && found.hash === last.hash) {
      unsure = null;
      committed(batch);
    } else if (holdsHead && found.seq === head.seq) {
      unsure = null;
      if (batch) notCommitted(batch.items, unavailable());
    } else {
      broken = `The ledger does not hold what it had confirmed: the chain ${chain} ends at ${found.seq}, not at ${head.seq}. It was restored or altered; restart the gateway once you know why.`;
      log?.error({ chain, expected: head, found }, broken);
      if (batch) notCommitted(batch.items, new LedgerUnavailable(broken));
      for (let items = inbox.take(); items.length > 0; items = inbox.take()) {
        for (const item of items) item.failed(new LedgerUnavailable(broken));
      }
      problem = broken;
      unsure = null;
      closed = true;
      throw new Error(broken);
    }
  }

  function committed(batch: Batch): void {
    const last = batch.sealed.at(-1)?.recorded;
    if (last) {
      head = { seq: last.seq, hash: last.hash };
      headRecorded = last;
    }
    keeping.committed(batch.parts);
    tell(batch);
  }

  function notCommitted(items: Item[], error: unknown): void {
    for (const item of items) if (!item.retry) item.failed(error);
    inbox.putBack(items.filter((item) => item.retry));
  }

  async function commitNext(to: Connection): Promise<void> {
    const items = inbox.take();
    const [first] = items;
    if (!first) return;
    asked();
    if (first.also || typeof first.drafts === 'function') await commitTransaction(to, first);
    else await commitEntries(to, items);
    answered();
  }

  async function commitEntries(to: Connection, items: Item[]): Promise<void> {
    const of = items.map((item) => ({ item, drafts: typeof item.drafts === 'function' ? [] : item.drafts }));
    const batch = place(chain, head, of, keeping.waiting());
    try {
      await to.within(answerMs, (client) => insert(client, batch.sealed, batch.parts));
    } catch (error) {
      if (isAnswer(error)) {
        troubled(error, 'refused an entry');
        for (const item of items) item.retry = item.patient;
        notCommitted(items, unavailable(error));
        // Who waits behind what cannot be recorded hears it now, not at the end of a wait.
        for (const item of inbox.removeAll((waiting) => !waiting.patient)) item.failed(unavailable(error));
      } else unsure = batch;
      throw error;
    }
    committed(batch);
  }

  async function commitTransaction(to: Connection, item: Item): Promise<void> {
    let batch: Batch = place(chain, head, [{ item, drafts: [] }], []);
    /** Thrown by what the caller does in the transaction: the ledger is well. */
    let callers: { error: unknown } | null = null;
    try {
      await to.within(answerMs, async (client) => {
        await client.query('BEGIN');
        const drafts = await draftsOf(item, client);
        batch = place(chain, head, [{ item, drafts }], keeping.waiting());
        if (batch.sealed.length + batch.parts.length > 0) await insert(client, batch.sealed, batch.parts);
        try {
          batch.value = await item.also?.(
            client,
            batch.sealed.map(({ recorded }) => recorded),
          );
        } catch (error) {
          callers = { error };
          throw error;
        }
        const { command } = await client.query('COMMIT');
        // PostgreSQL answers the COMMIT of a failed transaction with ROLLBACK and no error.
        if (command !== 'COMMIT') {
          callers = { error: new Error('A statement failed in the transaction and the failure was passed over.') };
          throw callers.error;
        }
      });
    } catch (error) {
      try {
        if (error instanceof ConnectionLost) throw error;
        await to.within(answerMs, (client) => client.query('ROLLBACK'));
      } catch (lost) {
        unsure = batch;
        throw lost;
      }
      if (callers) {
        item.failed((callers as { error: unknown }).error);
        return;
      }
      troubled(error, 'refused an entry');
      if (item.retry) inbox.putBack([item]);
      else item.failed(unavailable(error));
      throw error;
    }
    committed(batch);
  }

  // — The chain's beginning, its anchors, and the months to come —

  const began = Promise.withResolvers<void>();
  let predecessor: ChainHead | null = null;
  const beginning: Item = {
    drafts: async (client) => {
      predecessor = await findPredecessor(client, replica);
      head = { seq: 0, hash: predecessor?.hash ?? NO_HASH };
      return [{ kind: 'gateway_started', replica, version, predecessor }];
    },
    also: (client) => client.query('INSERT INTO chain (chain, replica) VALUES ($1, $2)', [chain, replica]),
    retry: true,
    patient: false,
    at: now(),
    size: 1_000,
    done: () => began.resolve(),
    failed: (error) => log?.error({ err: error }, 'ledger: the chain cannot begin'),
  };
  add(beginning);

  const anchors = makeAnchors(chain);
  const anchor = () =>
    submit(anchors, null, false, () => undefined).catch((error: unknown) =>
      log?.warn({ err: error }, 'ledger: other chains could not be anchored'),
    );
  const keepPartitions = () =>
    submit(
      async () => [],
      (client) => client.query('SELECT keep_partitions()'),
      false,
      () => undefined,
    ).catch((error: unknown) => log?.warn({ err: error }, 'ledger: the next months could not be made'));
  const timers = [
    setInterval(() => void anchor(), options.anchorMs ?? 60_000).unref(),
    setInterval(() => void keepPartitions(), PARTITIONS_MS).unref(),
  ];
  void began.promise.then(() => {
    if (closing) return;
    void keepPartitions();
    void anchor();
  });

  const running = run();

  return {
    chain,
    ready: began.promise,
    append(draft) {
      try {
        return submit([prepare(draft)], null, true, (recorded) => only(recorded));
      } catch (error) {
        return Promise.reject(error);
      }
    },
    async transaction<T>(
      drafts: EntryDraft[],
      also: (client: pg.ClientBase, recorded: Recorded[]) => Promise<T>,
    ): Promise<T> {
      return submit(drafts.map(prepare), also, false, (_, value) => value as T);
    },
    queue(draft) {
      if (!acceptsReads()) throw unavailable();
      if (!summary?.take(draft)) enqueue(draft);
    },
    keep: (part) => keeping.keep(part),
    get acceptsReads() {
      return acceptsReads();
    },
    get head() {
      return headRecorded;
    },
    get problem() {
      return broken ?? problem;
    },
    get waiting() {
      return inbox.count;
    },
    async close() {
      if (closing) return running;
      for (const timer of timers) clearInterval(timer);
      summary?.flush();
      const stopped = submit([prepare({ kind: 'gateway_stopped', replica })], null, false, () => undefined);
      closing = true;
      await stopped.catch((error: unknown) => {
        log?.error({ err: error, waiting: inbox.count }, 'ledger: closed without its last entries');
        closed = true;
        drop();
      });
      clearTimeout(flushTimer);
      wake();
      await running;
    },
  };
}

function only(recorded: Recorded[]): Recorded {
  const [one] = recorded;
  if (!one) throw new Error('The ledger committed no entry.');
  return one;
}
