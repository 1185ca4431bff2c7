import type pg from 'pg';
import type { Clock } from '../../contract/clock.ts';
import { type Batch, draftsOf, type Head, insert, place, tell } from './commit.ts';
import { type Backend, type Connection, ConnectionLost, connect, isAnswer } from './connection.ts';
import type { Recorded } from '../entry/entry.ts';
import type { Inbox, Item } from './inbox.ts';
import type { Keeping } from './keeping.ts';
import { LedgerUnavailable } from '../ledger.ts';
import { chainLock, takeLock } from '../heartbeat/locks.ts';
import { NO_HASH } from '../chain/seal.ts';
import type { Log } from '../../contract/log.ts';

export interface CommitterOptions {
  connection: pg.ClientConfig;
  chain: string;
  replica: string;
  /** Within which a caller must have its answer. */
  timeoutMs: number;
  /** How long at most a ledger that is only slow is waited for, once it was seen to be. */
  patienceMs: number;
  inbox: Inbox;
  keeping: Keeping;
  clock: Clock;
  /** The connection went away by itself. */
  onLost: () => void;
  /** The ledger takes nothing now: who waits hears it at once. */
  onRefused: (error: LedgerUnavailable) => void;
  log: Pick<Log, 'warn' | 'error'> | undefined;
}

/**
 * The one connection that writes a chain, and where the chain ends. Its calls must not overlap. Each throws when the ledger did not do
 * its part; what was taken from the inbox is then back in it, refused, or kept aside until it is known whether it was committed.
 */
export interface Committer {
  /** Connects if need be, finds out about the batch whose answer was lost, and commits what comes next in the inbox. */
  commitNext(): Promise<void>;
  /** Connects if need be, and asks for a sign of life. */
  ping(): Promise<void>;
  /** Of a chain's first entry: what it goes on from. */
  goOnFrom(hash: string): void;
  /** What a refused caller gets. */
  unavailable(cause?: unknown): LedgerUnavailable;
  drop(): void;
  end(): Promise<void>;
  readonly connected: boolean;
  readonly head: Recorded | null;
  readonly problem: string | null;
  /** Why this chain is never written again; null otherwise. */
  readonly broken: string | null;
  /** Since when the ledger has not answered, on the monotonic clock; null when nothing is open. */
  readonly silentSince: number | null;
}

/** No answer in time, by our clock or the server's. */
const tooSlow = (error: unknown): boolean =>
  error instanceof ConnectionLost || (isAnswer(error) && (error.code === '57014' || error.code === '55P03'));

/**
 * What the entry itself is refused for, on any day: a value that is none (class 22), a limit of the program (54), a rule or trigger
 * of the table. Not a key that is there already, which says that the chain is not where we think it is, nor a partition that is not.
 */
const isOfTheEntry = (error: unknown): boolean =>
  isAnswer(error) &&
  (/^(22|54|P0)/.test(error.code ?? '') || (error.code === '23514' && error.constraint !== undefined));

export function makeCommitter(options: CommitterOptions): Committer {
  const { connection: config, chain, replica, timeoutMs, inbox, keeping, clock, onLost, onRefused, log } = options;
  // Shorter than the caller's deadline: one dead connection is replaced in time.
  const usualMs = Math.max(50, Math.floor(timeoutMs * 0.6));
  /** What did not come in time may have been slow: the next is given longer, or a slow ledger would be one that never answers. */
  let answerMs = usualMs;
  let connection: Connection | null = null;
  /** Backends of connections given up, which may still hold the chain's lock and have a commit on its way to them. */
  let givenUp: Backend[] = [];
  let head: Head = { seq: 0, hash: NO_HASH };
  let headRecorded: Recorded | null = null;
  let unsure: Batch | null = null;
  let silentSince: number | null = null;
  let well = true;
  let problem: string | null = 'not connected yet';
  let broken: string | null = null;

  const unavailable = (cause?: unknown) =>
    new LedgerUnavailable(broken ?? `The ledger cannot record now: ${problem ?? 'it does not answer'}.`, { cause });

  const asked = () => {
    silentSince ??= clock.monotonic();
  };
  const answered = () => {
    const took = silentSince === null ? 0 : clock.monotonic() - silentSince;
    answerMs = Math.min(Math.max(usualMs, Math.ceil(2 * took)), Math.max(usualMs, options.patienceMs));
    silentSince = null;
    problem = null;
    well = true;
  };
  const troubled = (error: unknown, what: string) => {
    if (well) log?.warn({ err: error }, `ledger: ${what}`);
    well = false;
    problem = error instanceof Error ? error.message : String(error);
  };

  function drop(): void {
    if (connection) giveUp(connection);
    connection = null;
  }

  function giveUp(lost: Connection): void {
    givenUp = [...givenUp.slice(-1_000), lost.backend];
    lost.destroy();
  }

  async function opened(): Promise<Connection> {
    if (broken) throw new LedgerUnavailable(broken);
    connection ??= await open();
    return connection;
  }

  async function open(): Promise<Connection> {
    asked();
    const opened = await connect({ ...config, application_name: `sudoql ledger ${replica}`.slice(0, 63) }, answerMs);
    try {
      await opened.within(answerMs, async (client) => {
        // Set for the session whatever it is: what is set there, no reload of the server takes back.
        await client.query(
          `SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', $1, false),
             set_config('idle_in_transaction_session_timeout', $2, false),
             set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false)`,
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
      onLost();
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
      unsure = null;
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

  async function commitNext(): Promise<void> {
    const to = await opened();
    const items = inbox.take();
    const [first] = items;
    if (!first) return;
    asked();
    if (first.also || typeof first.drafts === 'function') await commitTransaction(to, first);
    else await commitEntries(to, items);
    answered();
  }

  async function commitEntries(to: Connection, items: Item[]): Promise<void> {
    // An entry that the table does not take, whenever it is asked, is found by halves: it takes no other with it.
    const parts = [items];
    for (let part = parts.shift(); part; part = parts.shift()) {
      const of = part.map((item) => ({ item, drafts: typeof item.drafts === 'function' ? [] : item.drafts }));
      const batch = place(chain, head, of, keeping.waiting());
      try {
        await to.within(answerMs, (client) => insert(client, batch.sealed, batch.parts));
        committed(batch);
      } catch (error) {
        const half = Math.ceil(part.length / 2);
        if (!isOfTheEntry(error)) {
          const rest = parts.flat();
          if (isAnswer(error)) refused([...part, ...rest], error);
          else {
            inbox.putBack(rest);
            unsure = batch;
          }
          throw error;
        }
        if (part.length > 1) parts.unshift(part.slice(0, half), part.slice(half));
        else for (const item of part) neverTaken(item, error);
      }
    }
  }

  /** The ledger takes nothing now. */
  function refused(items: Item[], error: unknown): void {
    troubled(error, 'refused an entry');
    for (const item of items) item.retry = item.patient;
    notCommitted(items, unavailable(error));
    // Who waits behind what cannot be recorded hears it now, not at the end of a wait.
    for (const item of inbox.removeAll((waiting) => !waiting.patient)) item.failed(unavailable(error));
    onRefused(unavailable(error));
  }

  function neverTaken(item: Item, error: unknown): void {
    const kinds = typeof item.drafts === 'function' ? [] : item.drafts.map(({ kind }) => kind);
    const { principal, session } = item;
    log?.error(
      { err: error, kinds, principal, session },
      'ledger: an entry is not in the record: the table refuses it',
    );
    item.failed(new LedgerUnavailable('The ledger does not take this entry.', { cause: error }));
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

  /** After a failure that was no answer, nothing more is asked on that connection. */
  async function guarded(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      troubled(error, 'out of reach');
      if (tooSlow(error)) answerMs = Math.max(usualMs, Math.min(3 * answerMs, options.patienceMs));
      // A connection has the server's own limits from when it was made.
      if (!isAnswer(error) || tooSlow(error)) drop();
      throw error;
    }
  }

  return {
    commitNext: () => guarded(commitNext),
    ping: () =>
      guarded(async () => {
        const on = await opened();
        asked();
        await on.within(answerMs, (client) => client.query('SELECT 1'));
        answered();
      }),
    goOnFrom(hash) {
      head = { seq: 0, hash };
    },
    unavailable,
    drop,
    end: async () => connection?.close(),
    get connected() {
      return connection !== null;
    },
    get head() {
      return headRecorded;
    },
    get problem() {
      return broken ?? problem;
    },
    get broken() {
      return broken;
    },
    get silentSince() {
      return silentSince;
    },
  };
}
