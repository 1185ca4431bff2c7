// Everything the demo consists of, started in order and ended in the reverse order.
import pg from 'pg';
import { migrate } from '../../services/ledger/migrate.ts';
import { setupTarget } from '../../services/gateway/roles/setup-target.ts';
import { type DemoDirectory, openDirectory } from './directory.ts';
import {
  choosePort,
  type GatewayFiles,
  type GatewayProcess,
  startGateway,
  sudoqld,
  writeConfig,
} from './gateway-process.ts';
import { type DemoMailbox, startDemoMailbox } from './mailbox.ts';
import { type Server, startServer } from './server.ts';
import { fillShop } from './shop-data.ts';
import { type DemoWebhookReceiver, startWebhookReceiver } from './webhook-receiver.ts';

export interface StageOptions {
  directory: string;
  /** Take the usual ports when they are free; else any. */
  usualPorts: boolean;
  progress(step: string): void;
}

export interface Stage {
  directory: string;
  files: GatewayFiles;
  gateway: GatewayProcess;
  server: Server;
  mailbox: DemoMailbox;
  receiver: DemoWebhookReceiver;
  http: string;
  /** For PostgreSQL's clients. */
  wire: { port: number; url(user: string): string };
  tokens: Record<string, string>;
  close(): Promise<void>;
}

/** Who the demo knows: a developer, a colleague of hers from security, a program and a robot. */
const PEOPLE = {
  ana: ['--kind', 'human', '--groups', 'dev', '--elevate', 'in-band', '--email', 'ana@example.com'],
  ben: ['--kind', 'human', '--groups', 'dev', '--elevate', 'in-band', '--email', 'ben@example.com'],
  sec: ['--kind', 'human', '--groups', 'security', '--elevate', 'in-band', '--email', 'sec@example.com'],
  app: ['--kind', 'service', '--groups', 'dev', '--elevate', 'connect'],
  robot: ['--kind', 'agent', '--groups', 'dev', '--elevate', 'none'],
} as const;

/** Throws when a part cannot be started; what was started before it is then ended. */
export async function setStage(options: StageOptions): Promise<Stage> {
  const endings: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const end of endings.splice(0).reverse()) await end().catch(() => undefined);
  };
  try {
    return await build(options, endings, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function build(
  options: StageOptions,
  endings: (() => Promise<void>)[],
  close: () => Promise<void>,
): Promise<Stage> {
  const { progress } = options;
  const directory = await openDirectory(options.directory);
  endings.push(directory.release);
  const { secrets } = directory;

  progress('PostgreSQL');
  const server = await startServer(directory.path, await choosePort(null), secrets.superuser);
  endings.push(server.stop);
  if (await createDatabase(server, 'shop')) {
    progress('a shop with 5,000 customers and 30,000 orders');
    await onDatabase(server, 'shop', fillShop).catch(async (error: unknown) => {
      await server.sql('DROP DATABASE shop');
      throw error;
    });
  }
  progress("the ledger's database and the target's logins");
  await prepareLedger(server, directory);
  await prepareTarget(server, directory);

  progress('a mailbox and a webhook receiver');
  const mailbox = await startDemoMailbox();
  endings.push(mailbox.close);
  const receiver = await startWebhookReceiver({ secret: secrets.webhook });
  endings.push(receiver.close);

  const http = await choosePort(options.usualPorts ? 8432 : null);
  const wire = await choosePort(options.usualPorts ? 7432 : null);
  const files = await writeConfig({
    directory: directory.path,
    secrets,
    postgres: server.port,
    http,
    wire,
    smtp: mailbox.smtpPort,
    webhook: receiver.url,
  });
  if (new Date(secrets.tokensUntil) < new Date()) {
    progress('tokens');
    await directory.saveTokens(await makeTokens(files));
  }
  progress('the gateway');
  const gateway = await startGateway(files, http, directory.path);
  endings.push(gateway.stop);
  return {
    directory: directory.path,
    files,
    gateway,
    server,
    mailbox,
    receiver,
    http: `http://127.0.0.1:${http}`,
    wire: { port: wire, url: (user) => `postgres://${user}:${secrets.tokens[user]}@127.0.0.1:${wire}/shop` },
    tokens: secrets.tokens,
    close,
  };
}

async function prepareLedger(server: Server, { secrets }: DemoDirectory): Promise<void> {
  const made = await server.sql("SELECT FROM pg_roles WHERE rolname = 'sudoql_owner'");
  if (made.rowCount === 0) {
    await server.sql(`CREATE ROLE sudoql_owner LOGIN CREATEROLE PASSWORD ${pg.escapeLiteral(secrets.owner)}`);
  }
  await createDatabase(server, 'sudoql_ledger', 'sudoql_owner');
  await migrate(
    { host: '127.0.0.1', port: server.port, database: 'sudoql_ledger', user: 'sudoql_owner', password: secrets.owner },
    { gatewayPassword: secrets.gateway, auditorPassword: secrets.auditor },
  );
}

async function prepareTarget(server: Server, { secrets }: DemoDirectory): Promise<void> {
  await setupTarget(
    { connectionString: server.url('shop') },
    {
      database: 'shop',
      schemas: ['public'],
      reader: { user: 'shop_reader', password: secrets.reader },
      writer: { user: 'shop_writer', password: secrets.writer },
      control: { user: 'shop_control', password: secrets.control },
    },
    { apply: true },
  );
}

async function makeTokens(files: GatewayFiles): Promise<Record<string, string>> {
  const made = await Promise.all(
    Object.entries(PEOPLE).map(async ([user, how]) => {
      const printed = await sudoqld(files, 'token', 'create', '--user', user, ...how, '--expires', '30d', '--json');
      return [user, (JSON.parse(printed) as { secret: string }).secret] as const;
    }),
  );
  return Object.fromEntries(made);
}

/** False when it was there. */
async function createDatabase(server: Server, name: string, owner = 'postgres'): Promise<boolean> {
  const found = await server.sql('SELECT FROM pg_database WHERE datname = $1', 'postgres', [name]);
  if (found.rowCount !== 0) return false;
  await server.sql(`CREATE DATABASE ${name} OWNER ${owner}`);
  return true;
}

async function onDatabase(server: Server, name: string, act: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: server.url(name) });
  await client.connect();
  try {
    await act(client);
  } finally {
    await client.end();
  }
}
