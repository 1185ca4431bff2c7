import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { awakeTimeout } from '../../contract/awake-timeout.ts';
import { systemClock } from '../../contract/clock.ts';
import { makeCommitter } from './committer.ts';
import type { EntryDraft, Recorded } from '../entry/entry.ts';
import { type Item, makeInbox } from './inbox.ts';
import { makeKeeping } from './keeping.ts';
import { own, placeOf, type Waiting } from './lanes.ts';
import { LedgerUnavailable } from '../ledger.ts';
import { findPredecessor, makeAnchors } from '../chain/other-chains.ts';
import { NO_HASH, prepare } from '../chain/seal.ts';
import type { LedgerOptions, LedgerWriter } from './ledger-options.ts';

export type { LedgerOptions, LedgerWriter } from './ledger-options.ts';

/** A wall clock that stepped back by less is waited out, so that times in a chain go forward. */
const STEP_BACK_MS = 60_000;
/** In one turn of the event loop. */
const TAKING_MS = 5;
const PARTITIONS_MS = 6 * 3_600_000;

const UNTOLD: Pick<Item, 'done' | 'failed'> = { done: () => {}, failed: () => {} };

/** Starts the writer of this process's chain. Returns at once; connects, and connects again, by itself. */
export function makeLedger(options: LedgerOptions): LedgerWriter {
  const { graceMs, replica, version } = options;
  const timeoutMs = options.timeoutMs ?? 2_000;
  const flushMs = Math.min(options.flushMs ?? 100, 250);
  const { anchorMs = 60_000 } = options;
  const maxQueued = options.maxQueued ?? 20_000;
  const clock = options.clock ?? systemClock;
  const { log } = options;
  const pingMs = Math.max(50, Math.min(1_000, graceMs / 4));

  const chain = randomUUID();
  const inbox = makeInbox(maxQueued);
  const keeping = makeKeeping(() => clock.now());
  const committer = makeCommitter({
    connection: options.connection,
    chain,
    replica,
    timeoutMs,
    patienceMs: graceMs / 2,
    inbox,
    keeping,
    clock,
    log,
    onLost: () => wake(),
    onRefused: (error) => {
      for (const refuse of [...waiters]) refuse(error);
    },
  });
  const { unavailable } = committer;
  let lastAt = 0;
  /** `draining`: nothing new is taken; `ending`: what waits is the last. */
  let phase: 'open' | 'draining' | 'ending' = 'open';
  let closed = false;

  /** Who waits for entries that stay whatever becomes of the waiting. */
  const waiters = new Set<(error: unknown) => void>();

  let wake = () => {};
  let flushTimer: NodeJS.Timeout | undefined;
  let flushDue = false;
  let drained: PromiseWithResolvers<void> | null = null;

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

  /** What has something to give when it is next asked, in the order in which it came. */
  const gathered = new Set<() => EntryDraft | null>();
  /** Until none has any more: for some milliseconds, and the rest in later turns of the event loop. */
  function takeGathered(ms = TAKING_MS): void {
    const until = clock.monotonic() + ms;
    for (const take of gathered) {
      for (let draft = take(); draft; draft = take()) {
        enqueue(draft);
        if (clock.monotonic() < until) continue;
        setImmediate(() => takeGathered());
        return;
      }
      gathered.delete(take);
    }
  }

  /** With what was kept for it. */
  const sized = (drafts: Item['drafts']) =>
    keeping.grown() + (typeof drafts === 'function' ? 1_000 : drafts.reduce((sum, draft) => sum + draft.size, 0));

  function submit<T>(
    place: Waiting,
    drafts: Item['drafts'],
    also: Item['also'],
    retry: boolean,
    answer: (recorded: Recorded[], value: unknown) => T,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (committer.broken !== null) return reject(unavailable());
      let later: { found(committed: boolean): void } | null = null;
      const item: Item = {
        ...place,
        drafts,
        also,
        retry,
        patient: false,
        at: now(),
        size: sized(drafts),
        done: (recorded, value) => {
          stop();
          later?.found(true);
          resolve(answer(recorded, value));
        },
        failed: (error) => {
          stop();
          later?.found(false);
          reject(error);
        },
      };
      const stop = awakeTimeout(timeoutMs, () => {
        if (inbox.remove(item)) return reject(unavailable());
        // In flight: nobody may act on it now, but it may turn out to be in the record.
        item.retry = false;
        const committed = new Promise<boolean>((found) => {
          later = { found };
        });
        reject(new LedgerUnavailable(`The ledger did not confirm within ${timeoutMs} ms.`, { committed }));
      });
      add(item);
    });
  }

  function enqueue(draft: EntryDraft, place = placeOf(draft), told: Pick<Item, 'done' | 'failed'> = UNTOLD): void {
    const drafts = [prepare(draft)];
    add({
      ...place,
      drafts,
      also: null,
      retry: true,
      patient: true,
      at: now(),
      size: sized(drafts),
      ...told,
    });
  }

  const acceptsReads = (): boolean => {
    const { broken, head, silentSince } = committer;
    const heard = silentSince === null || clock.monotonic() - silentSince <= graceMs;
    return broken === null && phase === 'open' && head !== null && heard;
  };

  /** What stands for something that is over finds room always, what is about to run only where it can be recorded in time. */
  function admit({ lane, principal }: Pick<Waiting, 'lane' | 'principal'>): void {
    if (lane === 'protect' || lane === 'outcome') {
      if (committer.broken !== null || phase !== 'open') throw unavailable();
    } else if (!acceptsReads()) throw unavailable();
    else if (!inbox.admits(principal)) throw new LedgerUnavailable(`Too much of ${principal} waits to be recorded.`);
  }

  // — The one loop that writes —

  async function run(): Promise<void> {
    let backoff = 25;
    let lastHeard = clock.monotonic();
    while (!closed && committer.broken === null) {
      try {
        if (inbox.urgent || (inbox.count > 0 && (flushDue || waiters.size > 0 || phase !== 'open'))) {
          flushDue = false;
          await committer.commitNext();
          lastHeard = clock.monotonic();
          if (inbox.count > 0 && flushTimer === undefined) flushDue = true;
        } else if (phase === 'ending' && inbox.count === 0) {
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
      if (!acceptsReads()) inbox.releaseAll();
      if (inbox.count === 0) drained?.resolve();
    }
    closed = true;
    inbox.releaseAll();
    drained?.resolve();
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
    ...own('chain'),
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
    submit(own('anchors'), anchors, null, false, () => undefined).catch((error: unknown) =>
      log?.warn({ err: error }, 'ledger: other chains could not be anchored'),
    );
  const keepPartitions = () =>
    submit(
      own('months'),
      async () => [],
      (client) => client.query('SELECT keep_partitions()'),
      false,
      () => undefined,
    ).catch((error: unknown) => log?.warn({ err: error }, 'ledger: the next months could not be made'));
  const timers = [
    ...(anchorMs === null ? [] : [setInterval(() => void anchor(), anchorMs).unref()]),
    setInterval(() => void keepPartitions(), PARTITIONS_MS).unref(),
  ];
  void began.promise.then(() => {
    if (phase !== 'open') return;
    void keepPartitions();
    if (anchorMs !== null) void anchor();
  });

  const running = run();

  return {
    chain,
    ready: began.promise,
    async append(draft) {
      refuseClosed();
      return submit(placeOf(draft), [prepare(draft)], null, true, (recorded) => only(recorded));
    },
    async transaction<T>(
      drafts: EntryDraft[],
      also: (client: pg.ClientBase, recorded: Recorded[]) => Promise<T>,
    ): Promise<T> {
      refuseClosed();
      const [first] = drafts;
      const place: Waiting = first ? { ...placeOf(first), lane: 'protect' } : own('state');
      return submit(place, drafts.map(prepare), also, false, (_, value) => value as T);
    },
    queue(...drafts) {
      const placed = drafts.map((draft) => ({ draft, place: placeOf(draft) }));
      for (const { place } of placed) admit(place);
      for (const { draft, place } of placed) enqueue(draft, place);
    },
    async follow(draft) {
      admit({ ...placeOf(draft), lane: 'outcome' });
      return new Promise((resolve, reject) =>
        enqueue(draft, placeOf(draft), { done: () => resolve(), failed: reject }),
      );
    },
    hasten(done) {
      if (committer.broken !== null) return Promise.reject(unavailable());
      return new Promise((resolve, reject) => {
        const over = () => {
          stop();
          waiters.delete(refuse);
        };
        const refuse = (error: unknown) => {
          over();
          reject(error);
        };
        const late = () => refuse(new LedgerUnavailable(`The ledger did not confirm within ${timeoutMs} ms.`));
        const stop = awakeTimeout(timeoutMs, late);
        waiters.add(refuse);
        done.then((value) => {
          over();
          resolve(value);
        }, refuse);
        wake();
      });
    },
    gather: (principal, take) => (lane) => {
      admit({ lane, principal });
      gathered.add(take);
      flushSoon();
    },
    room: (principal, session) => (acceptsReads() ? inbox.room(principal, session) : null),
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
    async anchor() {
      await began.promise;
      if (phase === 'open') await anchor();
    },
    async close() {
      if (phase !== 'open') return running;
      for (const timer of timers) clearInterval(timer);
      takeGathered(Number.POSITIVE_INFINITY);
      phase = 'draining';
      try {
        await drain();
        const stopped = submit(
          own('chain'),
          [prepare({ kind: 'gateway_stopped', replica })],
          null,
          false,
          () => undefined,
        );
        phase = 'ending';
        await stopped;
      } catch (error) {
        log?.error({ err: error, waiting: inbox.count }, 'ledger: closed without its last entries');
        phase = 'ending';
        closed = true;
        committer.drop();
      }
      clearTimeout(flushTimer);
      wake();
      await running;
    },
  };

  function refuseClosed(): void {
    if (phase !== 'open') throw new LedgerUnavailable('The ledger is being closed.');
  }

  /** Waits until nothing waits to be committed, as long as it becomes less. */
  async function drain(): Promise<void> {
    while (inbox.count > 0 && !closed) {
      const before = inbox.count;
      drained = Promise.withResolvers();
      wake();
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, timeoutMs);
      });
      await Promise.race([drained.promise, late]);
      clearTimeout(timer);
      if (inbox.count >= before) throw unavailable();
    }
  }
}

function only(recorded: Recorded[]): Recorded {
  const [one] = recorded;
  if (!one) throw new Error('The ledger committed no entry.');
  return one;
}
