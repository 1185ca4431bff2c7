// A gateway in this process, on real parts, for tests that say themselves what its target is, and that take a part away.
import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import pg from 'pg';
import { systemClock } from '../../services/contract/clock.ts';
import type { Principal } from '../../services/contract/words.ts';
import { NO_CHECKS } from '../../services/elevation/checks/checks.ts';
import { type ElevationsOfProcess, makeElevations } from '../../services/elevation/make-elevations.ts';
import { makeRequests } from '../../services/elevation/requests/make-requests.ts';
import type { Requests } from '../../services/elevation/requests/requests.ts';
import { makeStandingLook } from '../../services/elevation/standing.ts';
import { makeWatchdog } from '../../services/elevation/watchdog.ts';
import type { SessionLimits, SessionTarget } from '../../services/gateway/session/deps.ts';
import { makeCancels } from '../../services/gateway/session/cancel/make-cancels.ts';
import { makeSessions } from '../../services/gateway/session/sessions.ts';
import type { Sessions } from '../../services/gateway/wire/hello.ts';
import { makeWireListener } from '../../services/gateway/wire/listener.ts';
import { makeHeartbeat } from '../../services/ledger/heartbeat/make-heartbeat.ts';
import type { ElevationRecords } from '../../services/ledger/read/elevation-records.ts';
import type { Heartbeat } from '../../services/ledger/heartbeat/heartbeat.ts';
import { makeLedgerPool } from '../../services/ledger/ledger-pool.ts';
import { makeElevationRecords } from '../../services/ledger/read/make-elevation-records.ts';
import { migratedLedger } from '../../services/ledger/testing.ts';
import type { Authenticated } from '../../services/ledger/tokens/tokens.ts';
import { sharedSecret } from '../../services/ledger/tokens/shared-secret.ts';
import { makeTokens } from '../../services/ledger/tokens/make-tokens.ts';
import { type LedgerWriter, makeLedger } from '../../services/ledger/write/make-ledger.ts';
import { makeAnnounce } from '../../services/notifier/announce.ts';
import { makeOutbox } from '../../services/notifier/outbox.ts';
import type { Policy } from '../../services/policy/decision.ts';
import { ANALYSER_VERSION, type CatalogueAnalyser, makeAnalyser } from '../../services/statements/analyser.ts';
import type { Analyser } from '../../services/statements/analysis.ts';
import { type Catalogues, makeCatalogues } from '../../services/statements/catalogue.ts';
import { loadParser } from '../../services/statements/parse.ts';
import type { VettedFunction } from '../../services/statements/vetting/verdict.ts';
import type { Cluster } from './postgres.ts';
import { PATIENCE_MS } from './until.ts';

export const LIMITS: SessionLimits = {
  sessions: 50,
  sessionsPerPrincipal: 20,
  statementsPerPrincipal: 20,
  textRead: 64 * 1024,
  textWrite: 1024 * 1024,
  rows: 1_000_000,
  bytes: 1024 ** 3,
  statementTimeout: 60_000,
  idleTimeout: 0,
  idleInTransactionTimeout: 0,
};

/** Who may connect: ana may elevate, ben may not, deploy when it connects, helper never. */
const PEOPLE: Record<string, Pick<Principal, 'kind' | 'elevate'>> = {
  ana: { kind: 'human', elevate: 'in-band' },
  ben: { kind: 'human', elevate: 'none' },
  deploy: { kind: 'service', elevate: 'connect' },
  helper: { kind: 'agent', elevate: 'none' },
};

const OPERATOR = { operator: 'test' };

export interface GatewayOptions {
  /** Where the ledger goes: a cluster of its own where the target's transaction ids matter. */
  ledger: Cluster;
  /** The ledger's database in it; a new one unless given. */
  ledgerDatabase?: string;
  /** How another gateway reaches its ledger, to be shared instead. */
  ledgerOf?: pg.ClientConfig;
  /** The name under which clients ask for the target. */
  name: string;
  reader: pg.ClientConfig;
  writer: pg.ClientConfig;
  control: pg.ClientConfig;
  policy: Policy;
  limits?: Partial<SessionLimits>;
  vetted?: VettedFunction[];
  /** Prefixes of settings that policy lets reads set. */
  ownSettings?: string[];
  /** Entries that may wait for the ledger. */
  maxQueued?: number;
  /** Seconds of an elevation that names none. */
  seconds?: number;
  /** Milliseconds that reads go on without the ledger. */
  graceMs?: number;
  /** Milliseconds between looks at the target's catalogue. */
  refreshMs?: number;
  /** Milliseconds that sudo waits for others to agree. */
  approvalWaitMs?: number;
  /** LISTEN is permitted, to whom takes nothing for so many milliseconds at most. */
  listenerPatienceMs?: number;
  /** Puts something else in the place of analysis. */
  analyser?: (real: CatalogueAnalyser, catalogues: Catalogues) => Promise<Analyser & { close(): Promise<void> }>;
}

export interface Gateway {
  port: number;
  /** How it reaches its ledger. */
  connection: pg.ClientConfig;
  analyser: CatalogueAnalyser;
  sessions: Sessions;
  ledger: LedgerWriter;
  elevations: ElevationsOfProcess;
  requests: Requests;
  records: ElevationRecords;
  heartbeat: Heartbeat;
  /** Whom `user`'s token authenticates. */
  who(user: string): Promise<Authenticated>;
  /** Gives `user` another token and revokes the one before; resolves when the heartbeat was hastened. */
  revokeToken(user: string): Promise<void>;
  /** How `user` connects through it; ana unless told otherwise. */
  through(config?: pg.ClientConfig): pg.ClientConfig;
  /** A connection through it; ended by `close`. */
  connect(config?: pg.ClientConfig): Promise<pg.Client>;
  /** What sessions logged as errors. */
  faults: string[];
  /** What elevations, watchdog and heartbeat logged: with the ledger out of reach they have reason to. */
  troubles: string[];
  close(): Promise<void>;
}

export async function makeGateway(options: GatewayOptions): Promise<Gateway> {
  await loadParser();
  const quiet = () => {};
  const troubles: string[] = [];
  const trouble = (fields: object, text: string) => void troubles.push(`${text} ${inspect(fields)}`);
  const { name, policy, reader, writer, control } = options;
  const connection =
    options.ledgerOf ??
    (await migratedLedger(options.ledger, options.ledgerDatabase ?? `ledger_${randomUUID().slice(0, 8)}`));
  const replica = randomUUID();
  const queued = options.maxQueued === undefined ? {} : { maxQueued: options.maxQueued };
  const { graceMs = 10_000 } = options;
  const ledger = makeLedger({ connection, replica, version: 'test', graceMs, flushMs: 10, ...queued });
  await ledger.ready;
  const pool = makeLedgerPool({ connection });
  const tokens = makeTokens({ pool, ledger });
  const records = makeElevationRecords({ pool, ledger });
  const given = new Map<string, { id: string; secret: string }>();
  const give = async (user: string) => {
    const person = PEOPLE[user] ?? { kind: 'human' as const, elevate: 'none' as const };
    given.set(user, await tokens.create({ user, email: null, groups: ['dev'], lifetime: 3_600, ...person }, OPERATOR));
  };
  for (const user of Object.keys(PEOPLE)) await give(user);
  const heartbeat = makeHeartbeat({ connection, replica, log: { warn: trouble, error: trouble } });
  const watchdog = makeWatchdog({
    targets: { [name]: control },
    onTrouble: (target, problem) => trouble({ target }, problem),
  });
  const shared = {
    ledger,
    announce: makeAnnounce({ ledger, outbox: makeOutbox({ channels: { team: {} } }) }),
    policy,
    heartbeat,
    checks: NO_CHECKS,
    standing: makeStandingLook(pool, () => ['team']),
    security: ['team'],
    clock: systemClock,
    analyserVersion: ANALYSER_VERSION,
    log: { warn: trouble, error: trouble },
  };
  const requests = makeRequests({ ...shared, pool, notify: () => ['team'], channels: new Set(['team']) });
  const elevations = makeElevations({
    ...shared,
    watchdog,
    requests,
    bounds: { defaultSeconds: options.seconds ?? 600, maxSeconds: 3_600 },
    leaseMs: 3_000,
    notify: { [name]: ['team'] },
    channels: ['team'],
  });
  const open = async (config: pg.ClientConfig): Promise<pg.Client> => {
    const client = new pg.Client(config);
    client.on('error', () => {});
    await client.connect();
    return client;
  };
  const vetted = options.vetted ?? [];
  const catalogues = makeCatalogues({
    connect: () => open(reader),
    // A loaded machine may take longer than a gateway waits.
    deadlineMs: PATIENCE_MS,
    ...(options.refreshMs === undefined ? {} : { refreshMs: options.refreshMs }),
  });
  const analyser = makeAnalyser({ catalogues, vetted: () => vetted, ownSettings: () => options.ownSettings ?? [] });
  const place: SessionTarget = {
    target: { name, labels: { environment: 'production' } },
    reader,
    writer,
    listen: options.listenerPatienceMs !== undefined,
  };
  const faults: string[] = [];
  const instead = await options.analyser?.(analyser, catalogues);
  const secret = await sharedSecret(pool, 'cancel_key');
  const cancels = makeCancels({
    pool,
    heartbeat,
    secret: () => secret,
    find: (processId) => sessions.find(processId),
    clock: systemClock,
    log: { warn: trouble },
  });
  const sessions = makeSessions({
    analyser: instead ?? analyser,
    cancels,
    policy,
    ledger,
    elevations,
    watchdog,
    heartbeat,
    targets: { [name]: place },
    limits: { ...LIMITS, ...options.limits },
    approvalWaitMs: options.approvalWaitMs ?? 60_000,
    clock: systemClock,
    log: { debug: quiet, info: quiet, warn: quiet, error: (fields, text) => faults.push(`${text} ${inspect(fields)}`) },
    ownSettings: () => options.ownSettings ?? [],
    ...(options.listenerPatienceMs !== undefined && { listenerPatienceMs: options.listenerPatienceMs }),
    schemaChanged: (target) => analyser.catalogueChanged(target),
  });
  const log = { info: quiet, error: quiet };
  const front = await makeWireListener({ host: '127.0.0.1', port: 0, tls: null, tokens, sessions, log });
  const { port } = front.address;
  const through = (config: pg.ClientConfig = {}): pg.ClientConfig => {
    const password = given.get(config.user ?? 'ana')?.secret ?? 'none';
    return { host: '127.0.0.1', port, user: 'ana', database: name, password, ...config };
  };
  const clients: pg.Client[] = [];
  return {
    port,
    connection,
    analyser,
    sessions,
    ledger,
    elevations,
    requests,
    records,
    heartbeat,
    through,
    faults,
    troubles,
    async who(user) {
      const who = await tokens.bearer(given.get(user)?.secret ?? '');
      if (!who) throw new Error(`${user} has no token that is good.`);
      return who;
    },
    async revokeToken(user) {
      const before = given.get(user);
      await give(user);
      if (before) await tokens.revoke(before.id, OPERATOR);
      heartbeat.hasten();
    },
    async connect(config) {
      const client = await open(through(config));
      clients.push(client);
      return client;
    },
    async close() {
      await Promise.allSettled(clients.map((client) => client.end()));
      await sessions.shutdown(0);
      await front.close();
      await elevations.close(1_000);
      await requests.close();
      await watchdog.close();
      await heartbeat.close();
      await instead?.close();
      await analyser.close();
      await ledger.close();
      await pool.close();
    },
  };
}
