// For tests of this part: a target with a writer and a control login, a migrated ledger, and all real parts on them.
import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import pg from 'pg';
import type { Cluster } from '../../test/helpers/postgres.ts';
import { type Clock, systemClock } from '../contract/clock.ts';
import type { Principal } from '../contract/words.ts';
import type { Actor, ElevationSummary } from '../ledger/entry/entry.ts';
import type { Heartbeat } from '../ledger/heartbeat/heartbeat.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type LedgerPool, makeLedgerPool } from '../ledger/ledger-pool.ts';
import { migratedLedger } from '../ledger/testing.ts';
import { type LedgerOptions, type LedgerWriter, makeLedger } from '../ledger/write/make-ledger.ts';
import { makeAnnounce } from '../notifier/announce.ts';
import { makeOutbox } from '../notifier/outbox.ts';
import type { ElevationDecision, Policy } from '../policy/decision.ts';
import type { ElevationRequest, SessionRef, WriterBackend } from './elevations.ts';
import { type ElevationsOptions, makeElevations } from './make-elevations.ts';
import { NO_CHECKS } from './checks/checks.ts';
import { makeStandingLook } from './standing.ts';
import type { OwnMail } from './requests/approvers.ts';
import { makeRequests } from './requests/make-requests.ts';
import type { Requests } from './requests/requests.ts';
import { makeWatchdog, type WatchdogOfProcess } from './watchdog.ts';

export const CHANNELS = ['team-mail', 'team-chat', 'security'];
export const SUMMARY: ElevationSummary = {
  statements: 2,
  failed: 0,
  rows: { 'public.orders': 1 },
  leftBehind: [],
  rolledBack: false,
  backend: 'gone',
};

export async function makeTarget(cluster: Cluster): Promise<pg.ClientConfig> {
  await cluster.createDatabase('shop');
  await cluster.sql(
    `CREATE ROLE e_writer LOGIN PASSWORD 'w'; CREATE ROLE e_control LOGIN PASSWORD 'c'; GRANT pg_signal_backend, pg_read_all_stats TO e_control;
     CREATE TABLE orders(id int); GRANT ALL ON orders TO e_writer`,
    'shop',
  );
  return migratedLedger(cluster);
}

export interface Writer {
  client: pg.Client;
  backend: WriterBackend;
  closed: Promise<unknown>;
}

export async function openWriter(cluster: Cluster, context: TestContext): Promise<Writer> {
  const client = new pg.Client({ connectionString: cluster.url('shop', 'e_writer', 'w') });
  client.on('error', () => {});
  const closed = new Promise((resolve) => client.once('end', resolve));
  await client.connect();
  context.after(() => client.end().catch(() => undefined));
  const { rows } = await client.query(
    'SELECT pid, backend_start::text AS started FROM pg_stat_activity WHERE pid = pg_backend_pid()',
  );
  return { client, closed, backend: { target: 'shop', pid: rows[0].pid, startedAt: rows[0].started } };
}

export function principal(more: Partial<Principal> = {}): Principal {
  return { id: 'ana', email: 'ana@example.com', groups: ['dev'], kind: 'human', elevate: 'in-band', ...more };
}

export function request(more: Partial<ElevationRequest> = {}, session: Partial<SessionRef> = {}): ElevationRequest {
  return {
    by: 'in-band',
    reason: 'fix order 4211',
    duration: null,
    session: {
      id: `ses_${randomUUID()}`,
      principal: principal(),
      token: 'tok_1',
      target: { name: 'shop', labels: { environment: 'production' } },
      via: 'tcp',
      applicationName: 'psql',
      clientAddress: '127.0.0.1',
      ...session,
    },
    ...more,
  };
}

export const ALLOW: ElevationDecision = {
  result: 'allow',
  reasons: [],
  max_seconds: 3_600,
  default_seconds: 900,
  notify: ['security'],
};

/** Answers what it is told to: where a test is about the answer. */
export function policyThatSays(answer: () => ElevationDecision | string): Policy {
  const fault = { ok: false, fault: 'not asked for', revision: null } as const;
  return {
    revision: 'rev1',
    problem: null,
    statement: () => fault,
    admin: () => fault,
    approval: () => fault,
    elevation: () => {
      const decision = answer();
      return typeof decision === 'string'
        ? { ok: false, fault: decision, revision: 'rev1' }
        : { ok: true, decision, revision: 'rev1', microseconds: 1, lasting: false };
    },
  };
}

/** A heartbeat whose beats a test gives or withholds. */
export function heartbeatByHand(clock: Clock = systemClock) {
  const revoked = new Map<string, (by: Actor) => void>();
  const tokens = new Map<string, (why: 'revoked' | 'expired') => void>();
  const leases = new Set<() => void>();
  let confirmedAt: number | null = null;
  let timer: NodeJS.Timeout | undefined;
  const beat = () => {
    confirmedAt = clock.monotonic();
    for (const listener of leases) listener();
  };
  const stop = () => clearInterval(timer);
  const heartbeat: Heartbeat = {
    watchElevation: (id, call) => {
      revoked.set(id, call);
      return () => revoked.delete(id);
    },
    watchToken: (id, call) => {
      tokens.set(id, call);
      return () => tokens.delete(id);
    },
    watchPolicy: () => () => {},
    onLease: (listener) => {
      leases.add(listener);
      return () => leases.delete(listener);
    },
    onDeadReplica: () => () => {},
    gone: () => {},
    namesake: null,
    named: Promise.resolve(),
    get confirmedAt() {
      return confirmedAt;
    },
    clockOffMs: 0,
    hear: () => {},
    hasten: () => {},
    close: async () => stop(),
  };
  beat();
  timer = setInterval(beat, 50);
  return {
    heartbeat,
    revoke: (id: string) => revoked.get(id)?.({ principal: 'sec' }),
    endToken: (id: string) => tokens.get(id)?.('revoked'),
    watched: () => revoked.size + tokens.size,
    beat,
    stop,
  };
}

export interface Stage {
  requests: Requests;
  pool: LedgerPool;
  elevations: ReturnType<typeof makeElevations>;
  replica: string;
  ledger: LedgerWriter;
  watchdog: WatchdogOfProcess;
  beats: ReturnType<typeof heartbeatByHand>;
  logged: string[];
}

export async function makeStage(
  context: TestContext,
  cluster: Cluster,
  connection: pg.ClientConfig,
  more: Partial<ElevationsOptions> = {},
  ledgerOptions: Partial<LedgerOptions> = {},
  /** Injects failures. */
  around: (ledger: LedgerWriter) => Ledger = (ledger) => ledger,
  ownMail: OwnMail | null = null,
): Promise<Stage> {
  const clock = more.clock ?? systemClock;
  const replica = `r_${randomUUID()}`;
  const ledger = makeLedger({
    connection,
    replica,
    version: 'test',
    graceMs: 5_000,
    timeoutMs: 1_000,
    ...ledgerOptions,
  });
  await ledger.ready;
  const beats = heartbeatByHand(clock);
  const watchdog = makeWatchdog({
    targets: {
      shop: { host: '127.0.0.1', port: cluster.port, database: 'shop', user: 'e_control', password: 'c' },
    },
    leaseMs: more.leaseMs ?? 3_000,
  });
  const logged: string[] = [];
  const wrapped = around(ledger);
  const pool = makeLedgerPool({ connection });
  const log: ElevationsOptions['log'] = {
    warn: (_, message) => logged.push(message),
    error: (details, message) =>
      logged.push(`${message}: ${JSON.stringify(details, Object.getOwnPropertyNames(Error.prototype))}`),
  };
  const shared = {
    ledger: wrapped,
    announce: makeAnnounce({
      ledger: wrapped,
      outbox: makeOutbox({ channels: Object.fromEntries(CHANNELS.map((name) => [name, {}])) }),
    }),
    policy: more.policy ?? policyThatSays(() => ALLOW),
    heartbeat: beats.heartbeat,
    checks: more.checks ?? NO_CHECKS,
    standing: more.standing ?? makeStandingLook(pool, (target) => (target === 'shop' ? ['team-mail'] : [])),
    security: ['security'],
    clock,
    analyserVersion: 'test',
    log,
  };
  const requests = makeRequests({
    ...shared,
    pool,
    notify: (target) => (target === 'shop' ? ['team-mail'] : []),
    channels: new Set(CHANNELS),
    lookEveryMs: 60_000,
    ownMail,
  });
  const elevations = makeElevations({
    ...shared,
    watchdog,
    requests,
    bounds: { defaultSeconds: 900, maxSeconds: 14_400 },
    leaseMs: 3_000,
    notify: { shop: ['team-mail'] },
    channels: CHANNELS,
    ...more,
  });
  context.after(async () => {
    await elevations.close(200);
    await requests.close();
    await pool.close();
    beats.stop();
    await watchdog.close();
    await ledger.close();
  });
  return { elevations, requests, pool, replica, ledger, watchdog, beats, logged };
}
