// The whole of sudoql as processes, each part where a test can take it away: two PostgreSQL servers, each behind a hop that
// can be cut, a gateway, a mailbox and a webhook receiver.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { makeSecrets } from '../demo/directory.ts';
import {
  choosePort,
  type GatewayFiles,
  type GatewayProcess,
  startGateway,
  sudoqld,
  sudoqldOf,
  writeConfig,
} from '../demo/gateway-process.ts';
import { type DemoMailbox, startDemoMailbox } from '../demo/mailbox.ts';
import { createDatabase, makeTokens, prepareLedger, prepareTarget } from '../demo/prepare.ts';
import { type DemoProvider, startProvider } from '../demo/provider.ts';
import { type DemoWebhookReceiver, startWebhookReceiver } from '../demo/webhook-receiver.ts';
import { entriesOf } from './entries.ts';
import { type Cluster, startPostgres } from './postgres.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

export interface Whole {
  target: { cluster: Cluster; hop: TcpProxy };
  ledger: { cluster: Cluster; hop: TcpProxy };
  mailbox: DemoMailbox;
  receiver: DemoWebhookReceiver;
  /** On the way to the mailbox and to the receiver of webhooks. */
  channels: { mail: TcpProxy; chat: TcpProxy };
  files: GatewayFiles;
  http: string;
  /** The port of its wire listener. */
  wire: number;
  tokens: Record<string, string>;
  /** The gateway that runs now. */
  gateway: GatewayProcess;
  /** With `signIn`. */
  provider: DemoProvider | null;
  /** Starts it (again), and waits until it is ready; with `ready: false`, until it is up. */
  start(options?: { ready?: boolean }): Promise<void>;
  /** A client of `user`'s through the gateway; ended by `remove`. */
  connect(user?: string, more?: pg.ClientConfig): Promise<pg.Client>;
  onTarget(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  onLedger(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** Parsed entries of a kind, oldest first; executions in read mode as intents and outcomes. */
  entries(kind: string): Promise<Record<string, unknown>[]>;
  sudoqld(...args: string[]): Promise<string>;
  readyz(): Promise<{ ready: boolean; parts: Record<string, { ready: boolean; detail: string | null }> }>;
  remove(): Promise<void>;
}

const SHOP = `CREATE TABLE orders (id int PRIMARY KEY, status text NOT NULL);
  INSERT INTO orders SELECT i, 'pending' FROM generate_series(1, 1000) AS i`;

export interface WholeOptions {
  /** A directory instead of the project's. */
  policies?: string;
  /** `policy.source: database`, with the policy of this directory activated first. */
  activated?: string;
  /** With a provider that people sign in with. */
  signIn?: object;
  /** The tree of an earlier version, which makes the configuration, the ledger, the tokens and the first gateway; those started later are this version's. */
  home?: string;
  /** More of the configuration, over the demo's. */
  more?: Record<string, object | number | string>;
}

/** Everything is ready when it resolves. */
export async function startWhole(more: WholeOptions = {}): Promise<Whole> {
  const directory = await mkdtemp(join(tmpdir(), 'sudoql-whole-'));
  const endings: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  const remove = async () => {
    for (const end of endings.splice(0).reverse()) await end();
  };
  try {
    return await build(directory, endings, remove, more);
  } catch (error) {
    await remove();
    throw error;
  }
}

const earlierDemo = async (home: string): Promise<{ writeConfig: typeof writeConfig }> =>
  import(join(home, 'test/demo/gateway-process.ts'));

async function build(
  directory: string,
  endings: (() => Promise<unknown>)[],
  remove: () => Promise<void>,
  { activated, home, ...more }: WholeOptions,
): Promise<Whole> {
  const secrets = makeSecrets();
  const place = async () => {
    const cluster = await startPostgres();
    endings.push(() => cluster.remove());
    const hop = await startTcpProxy(cluster.port);
    endings.push(() => hop.close());
    return { cluster, hop };
  };
  const [target, ledger] = await Promise.all([place(), place()]);
  await createDatabase(target.cluster, 'shop');
  await target.cluster.sql(SHOP, 'shop');
  await prepareTarget(target.cluster, secrets);
  await prepareLedger(ledger.cluster, secrets, home !== undefined);
  const mailbox = await startDemoMailbox();
  const receiver = await startWebhookReceiver({ secret: secrets.webhook });
  endings.push(
    () => mailbox.close(),
    () => receiver.close(),
  );
  const channels = {
    mail: await startTcpProxy(mailbox.smtpPort),
    chat: await startTcpProxy(Number(new URL(receiver.url).port)),
  };
  for (const hop of Object.values(channels)) endings.push(() => hop.close());
  const [http, wire] = [await choosePort(null), await choosePort(null)];
  const provider = more.signIn ? await startProvider(`http://127.0.0.1:${http}`) : null;
  if (provider) endings.push(() => provider.close());
  // An earlier version's configuration is as one wrote it then.
  const written = home === undefined ? { writeConfig } : await earlierDemo(home);
  const files = await written.writeConfig({
    directory,
    secrets,
    target: target.hop.port,
    ledger: ledger.hop.port,
    http,
    wire,
    smtp: channels.mail.port,
    webhook: `http://127.0.0.1:${channels.chat.port}/`,
    ...more,
    ...(provider && { provider }),
    ...(activated === undefined ? {} : { policyFromDatabase: true }),
  });
  if (activated !== undefined) await sudoqld(files, 'policy', 'activate', activated);
  if (home !== undefined) await sudoqldOf(home, files, 'migrate');
  const tokens = await makeTokens(files, home);
  const clients: pg.Client[] = [];
  const onTarget: Whole['onTarget'] = async (text, values) => (await target.cluster.sql(text, 'shop', values)).rows;
  const onLedger: Whole['onLedger'] = async (text, values) =>
    (await ledger.cluster.sql(text, 'sudoql_ledger', values)).rows;
  const whole: Whole = {
    target,
    ledger,
    mailbox,
    receiver,
    channels,
    files,
    http: `http://127.0.0.1:${http}`,
    wire,
    tokens,
    gateway: await startGateway(files, http, directory, 'readyz', home),
    provider,
    start: async ({ ready = true } = {}) => {
      whole.gateway = await startGateway(files, http, directory, ready ? 'readyz' : 'livez');
    },
    connect: async (user = 'ana', more = {}) => {
      const client = new pg.Client({
        connectionString: `postgres://${user}:${tokens[user]}@127.0.0.1:${wire}/shop`,
        ...more,
      });
      client.on('error', () => {});
      clients.push(client);
      await client.connect();
      return client;
    },
    onTarget,
    onLedger,
    entries: async (kind) => entriesOf(await onLedger('SELECT body FROM entry ORDER BY at, seq'), kind),
    sudoqld: (...args) => sudoqld(files, ...args),
    readyz: async () => (await (await fetch(`http://127.0.0.1:${http}/readyz`)).json()) as never,
    remove,
  };
  endings.push(
    // Those that a test put in the place of the first ones.
    async () => {
      if (whole.mailbox !== mailbox) await whole.mailbox.close();
      if (whole.receiver !== receiver) await whole.receiver.close();
    },
    () => whole.gateway.stop(),
    () => Promise.allSettled(clients.map((client) => client.end())),
  );
  return whole;
}
