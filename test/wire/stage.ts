// A gateway's sessions on real parts, for tests of the wire: a target with its logins, the ledger with tokens and
// heartbeat, elevations with their watchdog, the analyser with its catalogue, the listener. Only policy is the test's own,
// for the shipped one is tested beside its rules.
import { entriesOf } from '../helpers/entries.ts';
import assert from 'node:assert/strict';
import pg from 'pg';
import type { ElevationsOfProcess } from '../../services/elevation/make-elevations.ts';
import { setupTarget } from '../../services/gateway/targets/setup/setup-target.ts';
import type { SessionLimits } from '../../services/gateway/session/deps.ts';
import type { Requests } from '../../services/elevation/requests/requests.ts';
import type { Sessions } from '../../services/gateway/wire/hello.ts';
import type { EntryDraft } from '../../services/ledger/entry/entry.ts';
import type { Authenticated } from '../../services/ledger/tokens/tokens.ts';
import type { LedgerWriter } from '../../services/ledger/write/make-ledger.ts';
import type { Evaluated, Obligations, Policy, StatementInput } from '../../services/policy/decision.ts';
import { type Gateway, type GatewayOptions, makeGateway } from '../helpers/gateway.ts';
import { assertSettled } from '../helpers/assert-ledger.ts';
import type { Cluster } from '../helpers/postgres.ts';
import { until, within } from '../helpers/until.ts';
import { startLedgerPostgres } from '../../services/ledger/testing.ts';

const PASSWORD = 'for tests: target';
const DATABASE = 'shop';
const LEDGER = 'ledger';

export interface Stage {
  cluster: Cluster;
  /** Of the gateway. */
  port: number;
  sessions: Sessions;
  ledger: LedgerWriter;
  elevations: ElevationsOfProcess;
  requests: Requests;
  /** As ana unless told otherwise; ended by `remove`. */
  connect(config?: pg.ClientConfig): Promise<pg.Client>;
  /** As the target's superuser, or as one of its logins. */
  direct(user?: 'reader' | 'writer' | 'postgres'): Promise<pg.Client>;
  /** How to connect: through the gateway, and past it. */
  through(config?: pg.ClientConfig): pg.ClientConfig;
  past(user: 'reader' | 'writer' | 'postgres'): pg.ClientConfig;
  /** Whom `user`'s token authenticates. */
  who(user: string): Promise<Authenticated>;
  /** Rows of the target as its superuser. */
  rows(text: string): Promise<Record<string, unknown>[]>;
  /** Entries of the ledger, oldest first, once all that was queued is in it. */
  entries<K extends EntryDraft['kind']>(kind: K, principal?: string): Promise<Extract<EntryDraft, { kind: K }>[]>;
  /** Rows of the ledger's database. */
  onLedger(text: string): Promise<Record<string, unknown>[]>;
  /** Waits until no backend of the writer's login is shown: for `ms`, and what the machine takes beyond it. */
  gone(what: string, ms?: number): Promise<void>;
  /** The entry of the end of the elevation with this reason; waits for it. */
  ended(reason: string): Promise<Extract<EntryDraft, { kind: 'elevation_ended' }>>;
  /** Revokes all that is live; resolves when that is committed and the heartbeat was hastened. */
  revoke(): Promise<void>;
  /** Gives `user` another token and revokes the one before. */
  revokeToken(user: string): Promise<void>;
  /** Another gateway on the same ledger and target; closed by `remove`. */
  beside(): Promise<Gateway>;
  /** What sessions logged as errors; a test that expects one takes it out, any other fails `remove`. */
  faults: string[];
  remove(): Promise<void>;
}

export interface StageOptions {
  policy: Policy;
  limits?: Partial<SessionLimits>;
  /** SQL that makes the target's objects. */
  schema: string;
  /** Of another version; removed with the stage. */
  cluster?: Cluster;
  /** Entries that may wait for the ledger. */
  maxQueued?: number;
  /** Seconds of an elevation that names none. */
  seconds?: number;
  /** Milliseconds that reads go on without the ledger. */
  graceMs?: number;
  /** Milliseconds that sudo waits for others to agree. */
  approvalWaitMs?: number;
  /** LISTEN is permitted, to whom takes nothing for so many milliseconds at most. */
  listenerPatienceMs?: number;
  /** Prefixes of settings that policy lets reads set. */
  ownSettings?: string[];
}

export async function makeStage(options: StageOptions): Promise<Stage> {
  const cluster = options.cluster ?? (await startLedgerPostgres());
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
  const gatewayOptions: GatewayOptions = {
    ledger: cluster,
    ledgerDatabase: LEDGER,
    name: DATABASE,
    reader: { ...target, ...login('reader') },
    writer: { ...target, ...login('writer') },
    control: { ...target, ...login('control') },
    policy: options.policy,
    ...(options.limits && { limits: options.limits }),
    ...(options.maxQueued !== undefined && { maxQueued: options.maxQueued }),
    ...(options.seconds !== undefined && { seconds: options.seconds }),
    ...(options.graceMs !== undefined && { graceMs: options.graceMs }),
    ...(options.approvalWaitMs !== undefined && { approvalWaitMs: options.approvalWaitMs }),
    ...(options.listenerPatienceMs !== undefined && { listenerPatienceMs: options.listenerPatienceMs }),
    ...(options.ownSettings && { ownSettings: options.ownSettings }),
  };
  const gateway = await makeGateway(gatewayOptions);
  const others: Gateway[] = [];
  const { port, sessions, ledger, elevations, requests, records, heartbeat, faults, through } = gateway;
  const clients: pg.Client[] = [];
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
    // What gathers is taken at once, and entries are committed in order: when this one is, all before it are.
    const { promise: taken, resolve } = Promise.withResolvers<null>();
    ledger.gather(principal, () => {
      resolve(null);
      return null;
    })('statement');
    await taken;
    await ledger.append({ kind: 'notice_delivered', notice: 'none', channel: 'none', attempts: 0 });
    const { rows } = await cluster.sql('SELECT body FROM entry ORDER BY seq', LEDGER);
    return entriesOf(rows, kind).filter((entry) => entry.principal === principal) as never;
  };
  return {
    cluster,
    port,
    sessions,
    ledger,
    elevations,
    requests,
    faults,
    through,
    past,
    connect: (config) => open(through(config)),
    direct: (user = 'postgres') => open(past(user)),
    rows: async (text) => (await cluster.sql(text, DATABASE)).rows,
    who: gateway.who,
    entries,
    async beside() {
      const other = await makeGateway({ ...gatewayOptions, ledgerOf: gateway.connection });
      others.push(other);
      return other;
    },
    onLedger: async (text) => (await cluster.sql(text, LEDGER)).rows,
    async ended(reason) {
      const found = until(`the end of ${reason} is recorded`, async () => {
        const { elevation } = (await entries('elevation_started')).find((each) => each.reason === reason) ?? {};
        return (await entries('elevation_ended')).find((each) => each.elevation === elevation);
      });
      return found.catch((error: unknown) => {
        throw new Error([String(error), ...gateway.troubles, ...faults].join('\n'));
      });
    },
    async gone(what, ms = 1_000) {
      await within(ms, `the writer is gone: ${what}`, async () => {
        const shown = await cluster.sql("SELECT query FROM pg_stat_activity WHERE usename = 'writer'");
        return shown.rowCount === 0;
      });
    },
    async revoke() {
      for (const { id } of await records.list({ live: true })) await records.revoke(id, { principal: 'sec' });
      heartbeat.hasten();
    },
    revokeToken: gateway.revokeToken,
    async remove() {
      await Promise.allSettled(clients.map((client) => client.end()));
      try {
        await Promise.all([sessions, ...others.map((other) => other.sessions)].map((each) => each.shutdown(0)));
        await assertSettled(async (text) => (await cluster.sql(text, LEDGER)).rows);
        assert.deepEqual([faults, ...others.map((other) => other.faults)].flat(), []);
      } finally {
        for (const each of [...others, gateway]) await each.close();
        await cluster.remove();
      }
    },
  };
}

/** A policy that permits everything that the floor does; tests of the shipped one are elsewhere. */
export function openPolicy(obliged: (input: StatementInput) => Obligations = () => ({})): Policy {
  const ok = <D>(decision: D): Evaluated<D> => ({
    ok: true,
    decision,
    revision: 'test',
    microseconds: 1,
    lasting: false,
  });
  return {
    statement: (input) => ok({ allow: true, reasons: [], obligations: obliged(input) }),
    elevation: () => ok({ result: 'allow', reasons: [], max_seconds: 3_600, default_seconds: 600, notify: [] }),
    admin: () => ok({ allow: true, reasons: [] }),
    approval: () => ok({ allow: true, reasons: [], sets: [] }),
    revision: 'test',
    problem: null,
  };
}
