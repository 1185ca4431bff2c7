// Everything the demo consists of, started in order and ended in the reverse order.
import pg from 'pg';
import { openDirectory } from './directory.ts';
import { choosePort, type GatewayFiles, type GatewayProcess, startGateway, writeConfig } from './gateway-process.ts';
import { type CaughtMail, type DemoMailbox, startDemoMailbox } from './mailbox.ts';
import { writePolicies } from './policies.ts';
import { type DemoProvider, startProvider } from './provider.ts';
import { createDatabase, makeTokens, prepareLedger, prepareTarget } from './prepare.ts';
import { type Server, startServer } from './server.ts';
import { fillShop } from './shop-data.ts';
import { type CaughtWebhook, type DemoWebhookReceiver, startWebhookReceiver } from './webhook-receiver.ts';

export interface StageOptions {
  directory: string;
  /** Take the usual ports when they are free; else any. */
  usualPorts: boolean;
  /** With a second target, where security must agree, and a policy that says so. Programs get the shop and the policy as shipped. */
  payroll: boolean;
  progress(step: string): void;
}

export interface Listeners {
  mail(mail: CaughtMail): void;
  webhook(webhook: CaughtWebhook): void;
}

export interface Stage {
  directory: string;
  files: GatewayFiles;
  gateway: GatewayProcess;
  server: Server;
  mailbox: DemoMailbox;
  receiver: DemoWebhookReceiver;
  provider: DemoProvider;
  http: string;
  /** For PostgreSQL's clients. */
  wire: { port: number; url(user: string, target?: string): string };
  tokens: Record<string, string>;
  /** From now on, these hear of what arrives. */
  hear(listeners: Listeners): void;
  close(): Promise<void>;
}

const SALARIES = `CREATE TABLE salaries (id int PRIMARY KEY, name text NOT NULL, monthly int NOT NULL);
  INSERT INTO salaries SELECT n, 'employee ' || n, 3500 + 100 * n FROM generate_series(1, 12) n`;

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
  // An earlier visit may have mended what the tour is about.
  await server.sql("UPDATE orders SET status = 'pending' WHERE id = 4211", 'shop');
  if (options.payroll) await preparePayroll(server);
  progress("the ledger's database and the target's logins");
  await prepareLedger(server, secrets);
  const targets = options.payroll ? ['payroll'] : [];
  for (const target of ['shop', ...targets]) await prepareTarget(server, secrets, target);

  progress('a mailbox and a webhook receiver');
  let listeners: Listeners | null = null;
  const mailbox = await startDemoMailbox({ onMail: (mail) => listeners?.mail(mail) });
  endings.push(mailbox.close);
  const receiver = await startWebhookReceiver({
    secret: secrets.webhook,
    onWebhook: (webhook) => listeners?.webhook(webhook),
  });
  endings.push(receiver.close);

  const http = await choosePort(options.usualPorts ? 8432 : null);
  const wire = await choosePort(options.usualPorts ? 7432 : null);
  const provider = await startProvider(`http://127.0.0.1:${http}`, secrets.issuer);
  endings.push(provider.close);
  await directory.saveIssuer(Number(new URL(provider.issuer).port));
  const files = await writeConfig({
    provider,
    ...(options.payroll && { policies: await writePolicies(directory.path) }),
    targets,
    directory: directory.path,
    secrets,
    target: server.port,
    ledger: server.port,
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
    provider,
    http: `http://127.0.0.1:${http}`,
    wire: {
      port: wire,
      url: (user, target = 'shop') => `postgres://${user}:${secrets.tokens[user]}@127.0.0.1:${wire}/${target}`,
    },
    tokens: secrets.tokens,
    hear: (heard) => {
      listeners = heard;
    },
    close,
  };
}

async function preparePayroll(server: Server): Promise<void> {
  if (await createDatabase(server, 'payroll')) {
    await server.sql(SALARIES, 'payroll').catch(async (error: unknown) => {
      await server.sql('DROP DATABASE payroll');
      throw error;
    });
  }
  await server.sql('UPDATE salaries SET monthly = 4200 WHERE id = 7', 'payroll');
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
