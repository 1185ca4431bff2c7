import { type ChildProcess, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { sudoqld } from '../demo/gateway-process.ts';
import { copyData, hashOf, madeOnce, openDataDirectory } from './data-directory.ts';

/** What `npm run demo -- --serve --json` prints when it is ready. */
export interface DemoKeys {
  /** `postgres://ana:TOKEN@127.0.0.1:PORT/shop` */
  wire: string;
  http: string;
  user: string;
  token: string;
  /** Someone who may revoke. */
  security: { user: string; token: string };
  /** Superuser URLs of the target and of the ledger's database. */
  target: string;
  ledger: string;
  /** URLs that list what was caught as JSON, newest last. */
  mails: string;
  webhooks: string;
  /** Of everyone the demo knows. */
  tokens: Record<string, string>;
  /** The gateway's configuration, and the environment that its secrets are in. */
  config: string;
  env: Record<string, string>;
  /** The gateway's log. */
  log: string;
}

export interface Demo extends DemoKeys {
  process: ChildProcess;
  /** A client of ana's through the gateway, ended by `stop`. `options` as in PGOPTIONS. */
  connect(more?: pg.ClientConfig): Promise<pg.Client>;
  /** Rows of a query as superuser on the target or the ledger's database. */
  onTarget(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  onLedger(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** Runs a `sudoqld` command on it; resolves to what it printed. */
  sudoqld(...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

const run = (directory: string): ChildProcess =>
  spawn(process.execPath, [join(root, 'test/demo/main.ts'), '--serve', '--json', '--data', directory], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });

/** Starts the demo as a child process, with its data in a directory of its own, and waits until it says that it is ready. */
export async function startDemo(): Promise<Demo> {
  const directory = await openDataDirectory();
  await copyDemo(directory);
  const child = run(directory);
  const keys = await ready(child);
  const clients: pg.Client[] = [];

  const open = async (config: pg.ClientConfig): Promise<pg.Client> => {
    const client = new pg.Client(config);
    client.on('error', () => {});
    await client.connect();
    clients.push(client);
    return client;
  };
  const admin = async (url: string, text: string, values?: unknown[]): Promise<Record<string, unknown>[]> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query(text, values)).rows;
    } finally {
      await client.end();
    }
  };
  return {
    ...keys,
    process: child,
    connect: (more = {}) => open({ ...partsOf(keys.wire), ...more }),
    onTarget: (text, values) => admin(keys.target, text, values),
    onLedger: (text, values) => admin(keys.ledger, text, values),
    sudoqld: (...args) => sudoqld(keys, ...args),
    stop: async () => {
      await Promise.allSettled(clients.map((client) => client.end()));
      await ended(child);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Into an empty directory: what a demo has there after its first start. */
export const copyDemo = async (directory: string): Promise<void> => copyData(await made(), directory);

/** Its data after a first start, of which each demo gets a copy: the shop and the logins cost as much as all else of a start. */
async function made(): Promise<string> {
  const sources = [
    'test/demo',
    'services/ledger',
    'services/contract',
    'services/gateway/targets',
    'package-lock.json',
  ];
  return madeOnce(`demo-${await hashOf(sources)}`, async (directory) => {
    const child = run(directory);
    await ready(child);
    await ended(child);
    await rm(join(directory, 'gateway.log'));
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

/** pg lets a URL win over everything that stands beside it. */
function partsOf(url: string): pg.ClientConfig {
  const { hostname, port, username, password, pathname } = new URL(url);
  return {
    host: hostname,
    port: Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.slice(1),
  };
}

function ready(child: ChildProcess): Promise<DemoKeys> {
  return new Promise((resolve, reject) => {
    let complaint = '';
    child.stderr?.on('data', (data: Buffer) => {
      complaint = (complaint + data.toString()).slice(-4_000);
    });
    child.once('exit', (code) => reject(new Error(`The demo ended with ${code} before it was ready:\n${complaint}`)));
    if (!child.stdout) return reject(new Error('The demo has no standard output.'));
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('{')) resolve(JSON.parse(line) as DemoKeys);
    });
  });
}
