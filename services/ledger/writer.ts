import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { systemClock } from '../contract/clock.ts';
import { makeCommitter } from './committer.ts';
import type { EntryDraft, Recorded } from './entry.ts';
import { type Item, makeInbox } from './inbox.ts';
import { makeKeeping } from './keeping.ts';
import { LedgerUnavailable } from './ledger.ts';
import { findPredecessor, makeAnchors } from './other-chains.ts';
import { NO_HASH, prepare } from './seal.ts';
import type { LedgerOptions, LedgerWriter } from './writer-options.ts';

export type { LedgerLog, LedgerOptions, LedgerWriter } from './writer-options.ts';

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
  const pingMs = Math.max(50, Math.min(1_000, graceMs / 4));

  const chain = randomUUID();
  const inbox = makeInbox();
  const keeping = makeKeeping(() => clock.now());
  const committer = makeCommitter({
    connection: options.connection,
    chain,
    replica,
    timeoutMs,
    inbox,
    keeping,
    clock,
    log,
    onLost: () => wake(),
  });
  const { unavailable } = committer;
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
    else flushSoon();
  }

  function flushSoon(): void {
    flushTimer ??= setTimeout(() => {
      flushTimer = undefined;
      takeGathered();
      flushDue = true;
      wake();
    }, flushMs);
  }

  /** What has something to give when it is next asked. */
  const gathered = new Set<() => EntryDraft | null>();
  function takeGathered(): void {
    for (const take of gathered) {
      const draft = take();
      if (draft) enqueue(draft);
    }
    gathered.clear();
  }

  function submit<T>(
    drafts: Item['drafts'],
    also: Item['also'],
    retry: boolean,
    answer: (recorded: Recorded[], value: unknown) => T,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (closing) return reject(new LedgerUnavailable('The ledger is being closed.'));
      if (committer.broken !== null) return reject(unavailable());
      let later: { found(committed: boolean): void } | null = null;
      const item: Item = {
        drafts,
        also,
        retry,
        patient: false,
        at: now(),
        size: typeof drafts === 'function' ? 1_000 : drafts.reduce((sum, draft) => sum + draft.size, 0),
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

  function enqueue(draft: EntryDraft): void {
    const prepared = prepare(draft);
    add({
      drafts: [prepared],
      also: null,
      retry: true,
      patient: true,
      at: now(),
      size: prepared.size,
      done: () => {},
      failed: () => {},
    });
  }

  const acceptsReads = (): boolean => {
    const { broken, head, silentSince } = committer;
    const heard = silentSince === null || clock.monotonic() - silentSince <= graceMs;
    const room = inbox.count < maxQueued && inbox.size + keeping.size < MAX_SIZE;
    return broken === null && !closing && head !== null && heard && room;
  };

  // — The one loop that writes —

  async function run(): Promise<void> {
    let backoff = 25;
    let lastHeard = clock.monotonic();
    while (!closed && committer.broken === null) {
      try {
        if (inbox.urgent || (inbox.count > 0 && (flushDue || closing))) {
          flushDue = false;
          await committer.commitNext();
          lastHeard = clock.monotonic();
          if (inbox.count > 0 && flushTimer === undefined) flushDue = true;
        } else if (closing && inbox.count === 0) {
          break;
        } else if (!committer.connected || clock.monotonic() - lastHeard >= pingMs) {
          await committer.ping();
          lastHeard = clock.monotonic();
        } else {
          await sleep(pingMs);
        }
        backoff = 25;
      } catch {
        // The committer has told everyone concerned.
        flushDue = true;
        await new Promise<void>((resolve) => setTimeout(resolve, backoff));
        backoff = Math.min(backoff * 2, 400);
      }
    }
    closed = true;
    await committer.end();
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

  // — The chain's beginning, its anchors, and the months to come —

  const began = Promise.withResolvers<void>();
  const beginning: Item = {
    drafts: async (client) => {
      const predecessor = await findPredecessor(client, replica);
      committer.goOnFrom(predecessor?.hash ?? NO_HASH);
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
    queue(...drafts) {
      if (!acceptsReads()) throw unavailable();
      for (const draft of drafts) enqueue(draft);
    },
    gather: (take) => () => {
      if (!acceptsReads()) throw unavailable();
      gathered.add(take);
      flushSoon();
    },
    keep: (part) => keeping.keep(part),
    get acceptsReads() {
      return acceptsReads();
    },
    get head() {
      return committer.head;
    },
    get problem() {
      return committer.problem;
    },
    get waiting() {
      return inbox.count;
    },
    async close() {
      if (closing) return running;
      for (const timer of timers) clearInterval(timer);
      takeGathered();
      const stopped = submit([prepare({ kind: 'gateway_stopped', replica })], null, false, () => undefined);
      closing = true;
      await stopped.catch((error: unknown) => {
        log?.error({ err: error, waiting: inbox.count }, 'ledger: closed without its last entries');
        closed = true;
        committer.drop();
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
