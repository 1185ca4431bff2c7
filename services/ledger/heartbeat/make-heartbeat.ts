import type pg from 'pg';
import { type Clock, systemClock } from '../../contract/clock.ts';
import { type Backend, type Connection, connect } from '../write/connection.ts';
import type { Stopper } from '../entry/entry.ts';
import type { Heartbeat } from './heartbeat.ts';
import { listen } from './listen.ts';
import { HEARTBEAT, type Namesake, takeName } from './replica-name.ts';
import { HELD_LOCKS, replicaLock, takeLock } from './locks.ts';
import type { Log } from '../../contract/log.ts';

export interface HeartbeatOptions {
  /** The gateway's login on the ledger's database, directly: a pooler between would lose the session's locks. */
  connection: pg.ClientConfig;
  /** Id of this process, as `makeLedger` got it. */
  replica: string;
  /** What no other gateway on this ledger may be called while this one lives. Default: none is taken. */
  name?: string;
  /** Default 250. */
  intervalMs?: number;
  /** Within this a beat is answered, or its connection replaced. Default 1000. */
  timeoutMs?: number;
  /** How long at most a ledger that is only slow is waited for, once it was seen to be. Default 5000. */
  patienceMs?: number;
  /**
   * For how long another process's lock must be free until it is taken for dead. Longer than the lease, so that one that only lost its
   * connection (the ledger was restarted) has left write mode by then. Default 5000.
   */
  deadAfterMs?: number;
  clock?: Clock;
  log?: Pick<Log, 'warn' | 'error'>;
}

const BEAT = `
  SELECT
    (SELECT jsonb_agg(jsonb_build_array(r.elevation, r.actor))
     FROM elevation_revocation r WHERE r.elevation = ANY ($1::text[])) AS elevations,
    (SELECT jsonb_agg(jsonb_build_array(w.id,
       CASE WHEN r.token IS NULL AND e.sign_in IS NULL AND t.id IS NOT NULL THEN 'expired' ELSE 'revoked' END))
     FROM unnest($2::text[]) AS w(id) LEFT JOIN token t ON t.id = w.id LEFT JOIN token_revocation r ON r.token = w.id
       LEFT JOIN sign_in_end e ON e.sign_in = t.sign_in
     WHERE r.token IS NOT NULL OR e.sign_in IS NOT NULL OR t.id IS NULL OR t.expires_at <= now()) AS tokens,
    (SELECT jsonb_build_object('seq', seq, 'revision', revision) FROM policy_activation
     WHERE actor IS NOT NULL ORDER BY seq DESC LIMIT 1) AS activation,
    extract(epoch FROM clock_timestamp())::float8 * 1000 AS now`;

/** Processes that nobody settled and whose lock is free. */
const DEAD = `
  SELECT DISTINCT a.replica FROM replica_life a
  WHERE a.event = 'alive' AND a.replica <> $1
    AND NOT EXISTS (SELECT FROM replica_life s WHERE s.replica = a.replica AND s.event = 'settled' AND s.seq > a.seq)
    AND ${replicaLock('a.replica')} NOT IN (${HELD_LOCKS})`;
const SETTLING = `hashtextextended('sudoql settling ' || $1, 0)`;

interface Beat {
  elevations: [string, Stopper][] | null;
  tokens: [string, 'revoked' | 'expired'][] | null;
  /** The newest that somebody made: what a gateway found in a directory of its own is no other's. */
  activation: { seq: number; revision: string } | null;
  /** The ledger's wall clock, Unix time in milliseconds. */
  now: number;
}

/** A flood of notifications makes no more beats than this. */
const LEAST_GAP_MS = 5;

export function makeHeartbeat(options: HeartbeatOptions): Heartbeat {
  const { replica, log } = options;
  const intervalMs = options.intervalMs ?? 250;
  const usualMs = options.timeoutMs ?? 1_000;
  const patienceMs = Math.max(usualMs, options.patienceMs ?? 5_000);
  /** What did not come in time may have been slow: the next is given longer, or a slow ledger would be one that never answers. */
  let timeoutMs = usualMs;
  const deadAfterMs = options.deadAfterMs ?? 5_000;
  const lookMs = Math.min(1_000, deadAfterMs / 4);
  const clock = options.clock ?? systemClock;

  const elevations = new Map<string, Set<(by: Stopper) => void>>();
  const tokens = new Map<string, Set<(why: 'revoked' | 'expired') => void>>();
  const policies = new Set<(revision: string | null) => void>();
  const leases = new Set<() => void>();
  const undertakers = new Set<(replica: string) => Promise<void>>();
  /** Since when each missing process has been missing, on the monotonic clock. */
  let missing = new Map<string, number>();
  const settling = new Set<string>();
  /** Known to be gone, and until when that is remembered: by then it is missing for long enough. */
  const known = new Map<string, number>();

  let activation: Beat['activation'] = null;
  let confirmedAt: number | null = null;
  let clockOffMs = 0;
  let connection: Connection | null = null;
  let givenUp: Backend[] = [];
  let lookedForDead = Number.NEGATIVE_INFINITY;
  const { name } = options;
  const named = Promise.withResolvers<void>();
  if (name === undefined) named.resolve();
  let namesake: Namesake | null = null;
  /** On which connection it has the name. */
  let namedOn: Connection | null = null;
  let lookedForName = Number.NEGATIVE_INFINITY;
  let hurry = false;
  let wake = () => {};
  let closed = false;
  let well = true;

  /** A listener that fails must not keep the others, or the next beat, from hearing. */
  function call(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      log?.error({ err: error }, 'heartbeat: a listener failed');
    }
  }

  function watch<L>(watched: Map<string, Set<L>>, id: string, listener: L): () => void {
    const listeners = watched.get(id) ?? new Set();
    listeners.add(listener);
    watched.set(id, listeners);
    // What was revoked before it was watched is found now.
    hasten();
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && watched.get(id) === listeners) watched.delete(id);
    };
  }

  function tell<A>(watched: Map<string, Set<(about: A) => void>>, found: [string, A][] | null): void {
    for (const [id, about] of found ?? []) {
      const listeners = watched.get(id);
      watched.delete(id);
      for (const listener of listeners ?? []) call(() => listener(about));
    }
  }

  async function open(): Promise<Connection> {
    const opened = await connect(
      { ...options.connection, application_name: `${HEARTBEAT}${replica}`.slice(0, 63) },
      timeoutMs,
    );
    try {
      await opened.within(timeoutMs, async (client) => {
        await takeLock(client, replicaLock('$1'), replica, givenUp);
        await client.query("INSERT INTO replica_life (replica, event, by) VALUES ($1, 'alive', $1)", [replica]);
      });
    } catch (error) {
      giveUp(opened);
      throw error;
    }
    givenUp = [];
    // Others may be connecting again just as we do.
    missing = new Map();
    lookedForName = Number.NEGATIVE_INFINITY;
    return opened;
  }

  function giveUp(lost: Connection): void {
    givenUp = [...givenUp.slice(-1_000), lost.backend];
    lost.destroy();
    if (connection === lost) connection = null;
  }

  async function beat(on: Connection): Promise<void> {
    const asked = clock.monotonic();
    const sentAt = clock.now().getTime();
    const { rows } = await on.within(timeoutMs, (client) =>
      client.query<Beat>({
        name: 'heartbeat',
        text: BEAT,
        values: [[...elevations.keys()], [...tokens.keys()]],
      }),
    );
    const [answer] = rows;
    if (!answer) return;
    clockOffMs = outside(answer.now, sentAt, clock.now().getTime());
    tell(elevations, answer.elevations);
    tell(tokens, answer.tokens);
    const first = confirmedAt === null;
    confirmedAt = asked;
    timeoutMs = Math.min(Math.max(usualMs, Math.ceil(2 * (clock.monotonic() - asked))), patienceMs);
    if (first || answer.activation?.seq !== activation?.seq) {
      activation = answer.activation;
      for (const listener of policies) call(() => listener(activation?.revision ?? null));
    }
    for (const listener of leases) call(listener);
  }

  async function lookForDead(on: Connection): Promise<void> {
    lookedForDead = clock.monotonic();
    for (const [dead, until] of known) if (lookedForDead > until) known.delete(dead);
    if (undertakers.size === 0) return;
    const { rows } = await on.within(timeoutMs, (client) => client.query<{ replica: string }>(DEAD, [replica]));
    const before = missing;
    missing = new Map(rows.map((row) => [row.replica, before.get(row.replica) ?? lookedForDead]));
    for (const [dead, since] of missing) {
      if (settling.has(dead) || (lookedForDead - since < deadAfterMs && !known.has(dead))) continue;
      settling.add(dead);
      void settle(on, dead)
        .then(() => known.delete(dead))
        .catch((error: unknown) =>
          log?.warn({ err: error, replica: dead }, 'heartbeat: settling failed, to be tried again'),
        )
        .finally(() => settling.delete(dead));
    }
  }

  async function lookForName(on: Connection): Promise<void> {
    if (name === undefined || namedOn === on) return;
    const now = clock.monotonic();
    const sinceMs = now - lookedForName;
    if (sinceMs < lookMs) return;
    lookedForName = now;
    const look = await on.within(timeoutMs, (client) => takeName(client, name, { sinceMs, deadAfterMs }));
    if (look.namesake === null) namedOn = on;
    // One that was killed a moment ago may still be connected: only who goes on is another gateway.
    else if (!look.beats || !Number.isFinite(sinceMs)) return;
    if (look.namesake && namesake === null) log?.error({ name, ...look.namesake }, 'another gateway has the same name');
    namesake = look.namesake;
    named.resolve();
  }

  /** One of the living does it; when it fails or dies itself, its lock is free and the next look tries again. */
  async function settle(on: Connection, dead: string): Promise<void> {
    const { rows } = await on.within(timeoutMs, (client) =>
      client.query<{ held: boolean }>(`SELECT pg_try_advisory_lock(${SETTLING}) AS held`, [dead]),
    );
    if (!rows[0]?.held) return;
    try {
      // Another may have done it between the look and the lock.
      const still = await on.within(timeoutMs, (client) => client.query<{ replica: string }>(DEAD, [replica]));
      if (!still.rows.some((row) => row.replica === dead)) return;
      await Promise.all([...undertakers].map((listener) => listener(dead)));
      await on.within(timeoutMs, (client) =>
        client.query("INSERT INTO replica_life (replica, event, by) VALUES ($1, 'settled', $2)", [dead, replica]),
      );
    } finally {
      await on
        .within(timeoutMs, (client) => client.query(`SELECT pg_advisory_unlock(${SETTLING})`, [dead]))
        .catch(() => undefined);
    }
  }

  async function run(): Promise<void> {
    while (!closed) {
      const began = clock.monotonic();
      hurry = false;
      try {
        connection ??= await open();
        await beat(connection);
        await lookForName(connection);
        if (known.size > 0 || clock.monotonic() - lookedForDead >= lookMs) await lookForDead(connection);
        well = true;
      } catch (error) {
        if (well && !closed) log?.warn({ err: error }, 'heartbeat: the ledger does not answer');
        well = false;
        timeoutMs = Math.min(3 * timeoutMs, patienceMs);
        if (connection) giveUp(connection);
      }
      await rest(hurry ? LEAST_GAP_MS : Math.max(LEAST_GAP_MS, intervalMs - (clock.monotonic() - began)));
    }
  }

  function rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (closed) return resolve();
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        setTimeout(resolve, LEAST_GAP_MS);
        wake = () => {};
      };
    });
  }

  function hasten(): void {
    hurry = true;
    wake();
  }

  const running = run();
  const ear = listen(options.connection, 'sudoql', hasten, patienceMs);

  return {
    watchElevation: (id, onRevoked) => watch(elevations, id, onRevoked),
    watchToken: (id, onEnded) => watch(tokens, id, onEnded),
    watchPolicy(onChange) {
      policies.add(onChange);
      if (confirmedAt !== null) call(() => onChange(activation?.revision ?? null));
      return () => void policies.delete(onChange);
    },
    onLease(listener) {
      leases.add(listener);
      return () => void leases.delete(listener);
    },
    onDeadReplica(listener) {
      undertakers.add(listener);
      return () => void undertakers.delete(listener);
    },
    gone(dead) {
      known.set(dead, clock.monotonic() + 2 * deadAfterMs);
      hasten();
    },
    get namesake() {
      return namesake;
    },
    named: named.promise,
    get confirmedAt() {
      return confirmedAt;
    },
    get clockOffMs() {
      return clockOffMs;
    },
    hear: ear.hear,
    hasten,
    async close() {
      closed = true;
      wake();
      await Promise.all([running, ear.close()]);
      await connection?.close();
    },
  };
}

/** By how much `moment` lies before `from` (negative) or after `to`: however long an answer took, a clock was off by no less. */
function outside(moment: number, from: number, to: number): number {
  return moment < from ? moment - from : Math.max(0, moment - to);
}
