// All that a measurement needs, as processes: a target and a ledger (two PostgreSQL servers), and the ways to the target.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSecrets } from '../../test/demo/directory.ts';
import { prepareLedger, prepareTarget } from '../../test/demo/prepare.ts';
import { type BenchGateway, startBenchGateway } from './gateway.ts';
import { startPgbouncer } from './pgbouncer.ts';
import { type Server, startServer } from './server.ts';
import { startRelay } from './start-relay.ts';
import { fillTarget } from './tables.ts';
import { DATABASE, type Way, type WayName } from './way.ts';

/** The processes whose CPU is told apart. */
export type Part = 'gateway' | 'ledger' | 'target' | 'pgbouncer' | 'relay';

export interface Stage {
  ways: Way[];
  way(name: WayName): Way;
  target: Server;
  ledger: Server;
  gateway: BenchGateway;
  /** Roots of the parts' trees of processes. */
  pids: Partial<Record<Part, number>>;
  close(): Promise<void>;
}

export interface StageOptions {
  fsync?: boolean;
  /** How many sessions at once it must hold. */
  sessions?: number;
  ways?: readonly WayName[];
  gatewayEnv?: Record<string, string>;
  /** Of the gateway; default 1. */
  processes?: number;
}

const ALL_WAYS: readonly WayName[] = ['direct', 'pgbouncer', 'relay', 'gateway'];

/** Everything is ready when it resolves. */
export async function startStage(options: StageOptions = {}): Promise<Stage> {
  const endings: (() => Promise<unknown>)[] = [];
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
  { fsync = false, sessions = 200, ways = ALL_WAYS, gatewayEnv, processes = 1 }: StageOptions,
  endings: (() => Promise<unknown>)[],
  close: () => Promise<void>,
): Promise<Stage> {
  const directory = await mkdtemp(join(tmpdir(), 'sudoql-bench-'));
  await chmod(directory, 0o711);
  endings.push(() => rm(directory, { recursive: true, force: true }));
  const secrets = makeSecrets();
  // Beside the sessions of a way: idle ones that pgbouncer keeps, the gateway's own, ours.
  const server = async () => {
    const started = await startServer({ fsync, connections: 3 * sessions + 100 });
    endings.push(started.remove);
    return started;
  };
  const [target, ledger] = await Promise.all([server(), server()]);
  await target.createDatabase(DATABASE);
  await fillTarget(target);
  await prepareTarget(target, secrets);
  // As \`setup-target --connection-limit\` would: the logins hold as many sessions as are measured.
  for (const login of ['shop_reader', 'shop_writer'])
    await target.sql(`ALTER ROLE ${login} CONNECTION LIMIT ${3 * sessions}`);
  await prepareLedger(ledger, secrets);

  const reader = { user: 'shop_reader', password: secrets.reader };
  const writer = { user: 'shop_writer', password: secrets.writer };
  const logins = { read: reader, write: writer };
  const pids: Stage['pids'] = { target: target.pid, ledger: ledger.pid };
  const found: Way[] = [{ name: 'direct', port: target.port, login: (mode) => logins[mode] }];
  if (ways.includes('pgbouncer')) {
    const { port, pid, stop } = await startPgbouncer(target.port, [reader, writer], 2 * sessions);
    endings.push(stop);
    pids.pgbouncer = pid;
    found.push({ name: 'pgbouncer', port, login: (mode) => logins[mode] });
  }
  if (ways.includes('relay')) {
    const { port, pid, stop } = await startRelay(target.port);
    endings.push(stop);
    pids.relay = pid;
    found.push({ name: 'relay', port, login: (mode) => logins[mode] });
  }
  const gateway = await startBenchGateway({
    ...{ directory, secrets, target: target.port, ledger: ledger.port, sessions: 2 * sessions, processes },
    ...(gatewayEnv ? { env: gatewayEnv } : {}),
  });
  endings.push(gateway.stop);
  pids.gateway = Number(gateway.process.process.pid);
  const { ana = '', app = '' } = gateway.tokens;
  // A program that elevates as it connects, so that pgbench runs unchanged.
  const options = '-c sudoql.reason=benchmark';
  found.push({
    name: 'gateway',
    port: gateway.port,
    login: (mode) => (mode === 'read' ? { user: 'ana', password: ana } : { user: 'app', password: app, options }),
  });
  return {
    ways: found.filter(({ name }) => ways.includes(name)),
    way: (name) => {
      const way = found.find((one) => one.name === name);
      if (!way) throw new Error(`The way ${name} was not started.`);
      return way;
    },
    target,
    ledger,
    gateway,
    pids,
    close,
  };
}
