// A gateway's sessions on real parts, for tests of the wire: a target with its logins, a ledger, policy, elevations with
// their watchdog. In front of it a listener that believes whom the startup packet names; authentication has its own tests.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import pg from 'pg';
import { systemClock } from '../../services/contract/clock.ts';
import type { Principal } from '../../services/contract/words.ts';
import { type ElevationsOfProcess, makeElevations } from '../../services/elevation/make-elevations.ts';
import { makeWatchdog } from '../../services/elevation/watchdog.ts';
import { setupTarget } from '../../services/gateway/roles/setup-target.ts';
import type { SessionLimits } from '../../services/gateway/session/deps.ts';
import { makeSessions } from '../../services/gateway/session/sessions.ts';
import { message, int32 } from '../../services/gateway/wire/frames.ts';
import type { Hello, Sessions } from '../../services/gateway/wire/hello.ts';
import type { Actor, EntryDraft } from '../../services/ledger/entry.ts';
import type { Heartbeat } from '../../services/ledger/heartbeat.ts';
import { migratedLedger } from '../../services/ledger/testing.ts';
import { type LedgerWriter, makeLedger } from '../../services/ledger/writer.ts';
import { makeOutbox } from '../../services/notifier/outbox.ts';
import type { Evaluated, Obligations, Policy, StatementInput } from '../../services/policy/decision.ts';
import { ANALYSER_VERSION, makeAnalyser } from '../../services/statements/analyser.ts';
import { makeCatalogues } from '../../services/statements/catalogue.ts';
import { loadParser } from '../../services/statements/parse.ts';
import { type Cluster, startPostgres } from '../helpers/postgres.ts';

const PASSWORD = 'for tests: target';
const DATABASE = 'shop';

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

/** People of the tests, by the name that they connect as. */
export const PEOPLE: Record<string, Principal> = {
  ana: { id: 'ana', email: null, groups: ['dev'], kind: 'human', elevate: 'in-band' },
  ben: { id: 'ben', email: null, groups: ['dev'], kind: 'human', elevate: 'none' },
  deploy: { id: 'deploy', email: null, groups: ['dev'], kind: 'service', elevate: 'connect' },
  helper: { id: 'helper', email: null, groups: ['dev'], kind: 'agent', elevate: 'none' },
};

export interface Stage {
  cluster: Cluster;
  /** Of the gateway. */
  port: number;
  sessions: Sessions;
  ledger: LedgerWriter;
  elevations: ElevationsOfProcess;
  /** As ana unless told otherwise; ended by `remove`. */
  connect(config?: pg.ClientConfig): Promise<pg.Client>;
  /** As the target's superuser, or as one of its logins. */
  direct(user?: 'reader' | 'writer' | 'postgres'): Promise<pg.Client>;
  /** How to connect: through the gateway, and past it. */
  through(config?: pg.ClientConfig): pg.ClientConfig;
  past(user: 'reader' | 'writer' | 'postgres'): pg.ClientConfig;
  /** Rows of the target as its superuser. */
  rows(text: string): Promise<Record<string, unknown>[]>;
  /** Entries of the ledger, oldest first, once all that was queued is in it. */
  entries<K extends EntryDraft['kind']>(kind: K, principal?: string): Promise<Extract<EntryDraft, { kind: K }>[]>;
  /** Waits until no backend of the writer's login is shown; throws after `ms`. */
  gone(what: string, ms?: number): Promise<void>;
  /** The entry of the end of the elevation with this reason; waits for it. */
  ended(reason: string): Promise<Extract<EntryDraft, { kind: 'elevation_ended' }>>;
  /** Revokes all that is live, as another replica's heartbeat would tell it. */
  revoke(): void;
  endTokens(why: 'revoked' | 'expired'): void;
  remove(): Promise<void>;
}

export interface StageOptions {
  policy: Policy;
  limits?: Partial<SessionLimits>;
  /** SQL that makes the target's objects. */
  schema: string;
  /** Seconds of an elevation that names none. */
  seconds?: number;
}

export async function makeStage(options: StageOptions): Promise<Stage> {
  await loadParser();
  const cluster = await startPostgres();
  await cluster.createDatabase(DATABASE);
  await cluster.sql(options.schema, DATABASE);
  const login = (user: string) => ({ user, password: PASSWORD });
  await setupTarget(
    { connectionString: cluster.url(DATABASE) },
    {
      database: DATABASE,
      schemas: ['public'],
      reader: login('reader'),
      writer: login('writer'),
      control: login('control'),
    },
    { apply: true },
  );
  const target = { host: '127.0.0.1', port: cluster.port, database: DATABASE };
  const connection = await migratedLedger(cluster);
  const ledger = makeLedger({ connection, replica: randomUUID(), version: 'test', graceMs: 2_000, flushMs: 10 });
  await ledger.ready;

  const { heartbeat, revoke, endTokens } = beating();
  const watchdog = makeWatchdog({ targets: { shop: { ...target, ...login('control') } } });
  const elevations = makeElevations({
    ledger,
    outbox: makeOutbox({ channels: ['team'] }),
    policy: options.policy,
    heartbeat,
    watchdog,
    clock: systemClock,
    bounds: { defaultSeconds: options.seconds ?? 600, maxSeconds: 3_600 },
    leaseMs: 60_000,
    notify: { shop: ['team'] },
    channels: ['team'],
    analyserVersion: ANALYSER_VERSION,
    log: console,
  });
  const catalogues = makeCatalogues({
    connect: async () => {
      const client = new pg.Client({ ...target, ...login('reader') });
      client.on('error', () => {});
      await client.connect();
      return client;
    },
  });
  const analyser = makeAnalyser({ catalogues });
  const quiet = () => {};
  const loud = (fields: object, text: string) => console.error(text, fields);
  const sessions = makeSessions({
    analyser,
    policy: options.policy,
    ledger,
    elevations,
    watchdog,
    heartbeat,
    targets: {
      shop: {
        target: { name: 'shop', labels: { environment: 'production' } },
        reader: { ...target, ...login('reader') },
        writer: { ...target, ...login('writer') },
      },
    },
    limits: { ...LIMITS, ...options.limits },
    clock: systemClock,
    log: { debug: quiet, info: quiet, warn: loud, error: loud },
    schemaChanged: (name) => analyser.catalogueChanged(name),
  });
  const front = await believing(sessions);
  const clients: pg.Client[] = [];
  const through = (config: pg.ClientConfig = {}): pg.ClientConfig => ({
    host: '127.0.0.1',
    port: front.port,
    user: 'ana',
    database: DATABASE,
    ...config,
  });
  const past = (user: string): pg.ClientConfig =>
    user === 'postgres' ? { connectionString: cluster.url(DATABASE) } : { ...target, ...login(user) };
  const open = async (config: pg.ClientConfig): Promise<pg.Client> => {
    const client = new pg.Client(config);
    client.on('error', () => {});
    await client.connect();
    clients.push(client);
    return client;
  };
  const entries: Stage['entries'] = async (kind, principal = 'ana') => {
    // Entries are committed in order: when this one is, all before it are.
    await ledger.append({ kind: 'notice_delivered', notice: 'none', channel: 'none', attempts: 0 });
    const { rows } = await cluster.sql('SELECT body FROM entry ORDER BY seq', 'ledger');
    const all = rows.map(({ body }) => (typeof body === 'string' ? JSON.parse(body) : body));
    return all.filter((entry) => entry.kind === kind && entry.principal === principal);
  };
  return {
    cluster,
    port: front.port,
    sessions,
    ledger,
    elevations,
    through,
    past,
    connect: (config) => open(through(config)),
    direct: (user = 'postgres') => open(past(user)),
    rows: async (text) => (await cluster.sql(text, DATABASE)).rows,
    entries,
    async ended(reason) {
      const until = performance.now() + 3_000;
      for (;;) {
        const { elevation } = (await entries('elevation_started')).find((each) => each.reason === reason) ?? {};
        const found = (await entries('elevation_ended')).find((each) => each.elevation === elevation);
        if (found) return found;
        if (performance.now() > until) throw new Error(`The end of ${reason} is not recorded.`);
      }
    },
    async gone(what, ms = 1_000) {
      const until = performance.now() + ms;
      for (;;) {
        const shown = await cluster.sql("SELECT query FROM pg_stat_activity WHERE usename = 'writer'");
        if (shown.rowCount === 0) return;
        if (performance.now() > until) throw new Error(`Still there: ${what}: ${JSON.stringify(shown.rows)}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    revoke,
    endTokens,
    async remove() {
      await Promise.allSettled(clients.map((client) => client.end()));
      await sessions.shutdown(0);
      front.close();
      await elevations.close(1_000);
      await watchdog.close();
      await analyser.close();
      await ledger.close();
      await cluster.remove();
    },
  };
}

/** The heartbeat of a ledger that always answers; what it would find is said by the test. */
function beating(): { heartbeat: Heartbeat; revoke(): void; endTokens(why: 'revoked' | 'expired'): void } {
  const elevations = new Set<(by: Actor) => void>();
  const tokens = new Set<(why: 'revoked' | 'expired') => void>();
  const watch = <T>(set: Set<T>, listener: T) => {
    set.add(listener);
    return () => void set.delete(listener);
  };
  const heartbeat: Heartbeat = {
    watchElevation: (_id, listener) => watch(elevations, listener),
    watchToken: (_id, listener) => watch(tokens, listener),
    watchPolicy: () => () => {},
    onLease: () => () => {},
    onDeadReplica: () => () => {},
    get confirmedAt() {
      return systemClock.monotonic();
    },
    hasten: () => {},
    close: async () => {},
  };
  return {
    heartbeat,
    revoke: () => {
      for (const listener of [...elevations]) listener({ principal: 'sec' });
    },
    endTokens: (why) => {
      for (const listener of [...tokens]) listener(why);
    },
  };
}

async function believing(sessions: Sessions): Promise<{ port: number; close(): void }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    let bytes = Buffer.alloc(0);
    const onData = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.length < 8 || bytes.length < bytes.readInt32BE(0)) return;
      const length = bytes.readInt32BE(0);
      const code = bytes.readInt32BE(4);
      if (code === 80_877_102) {
        void sessions.cancel(bytes.readInt32BE(8), bytes.subarray(12, length)).then(() => socket.end());
        return;
      }
      socket.off('data', onData);
      socket.pause();
      const words = bytes.toString('utf8', 8, length).split('\0');
      const parameters = new Map<string, string>();
      for (let n = 0; words[n]; n += 2) parameters.set(words[n] ?? '', words[n + 1] ?? '');
      if (bytes.length > length) socket.unshift(bytes.subarray(length));
      socket.write(message('R', int32(0)));
      void sessions.open(socket, helloOf(parameters, code & 0xffff));
    };
    socket.on('data', onData);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function helloOf(parameters: Map<string, string>, minor: number): Hello {
  const user = parameters.get('user') ?? '';
  const target = parameters.get('database') ?? user;
  parameters.delete('user');
  parameters.delete('database');
  const principal = PEOPLE[user];
  if (!principal) throw new Error(`Nobody is called ${user}.`);
  const who = { principal, token: `tok_${user}`, expiresAt: new Date(Date.now() + 86_400_000) };
  return { who, target, via: 'tcp', clientAddress: '127.0.0.1', minor: minor === 2 ? 2 : 0, parameters };
}

/** A policy that permits everything that the floor does; tests of the shipped one are elsewhere. */
export function openPolicy(obliged: (input: StatementInput) => Obligations = () => ({})): Policy {
  const ok = <D>(decision: D): Evaluated<D> => ({ ok: true, decision, revision: 'test', microseconds: 1 });
  return {
    statement: (input) => ok({ allow: true, reasons: [], obligations: obliged(input) }),
    elevation: () => ok({ result: 'allow', reasons: [], max_seconds: 3_600, default_seconds: 600, notify: [] }),
    admin: () => ok({ allow: true, reasons: [] }),
    revision: 'test',
    problem: null,
  };
}
