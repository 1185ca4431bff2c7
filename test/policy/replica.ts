// A second gateway beside the one of test/helpers/whole.ts: the same ledger, target and policy, its own ports, name and disk.
import { readFile, writeFile } from 'node:fs/promises';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { parse, stringify } from 'yaml';
import { choosePort, type GatewayProcess, startGateway } from '../demo/gateway-process.ts';
import type { Whole } from '../helpers/whole.ts';

export interface Replica {
  http: string;
  /** The port of its wire listener. */
  wire: number;
  process: GatewayProcess;
  cache: string;
  connect(user?: string): Promise<pg.Client>;
  stop(): Promise<void>;
  /** Again, with the same files. */
  start(until?: 'readyz' | 'livez'): Promise<void>;
}

/** `home`: the tree of an earlier version, whose gateway it is until it is started again. */
export async function startReplica(whole: Whole, name: string, home?: string): Promise<Replica> {
  const config = parse(await readFile(whole.files.config, 'utf8')) as Record<string, Record<string, unknown>>;
  const directory = join(dirname(whole.files.config), name);
  await mkdir(directory, { recursive: true });
  const [http, wire] = [await choosePort(null), await choosePort(null)];
  const cache = join(directory, 'policy-cache');
  const own = {
    ...config,
    replica: name,
    public_url: `http://127.0.0.1:${http}`,
    listen: { http: { host: '127.0.0.1', port: http }, wire: { host: '127.0.0.1', port: wire } },
    policy: { ...config.policy, cache },
  };
  const files = { config: join(directory, 'sudoql.yaml'), env: whole.files.env };
  await writeFile(files.config, stringify(own));
  const clients: pg.Client[] = [];
  const replica: Replica = {
    http: `http://127.0.0.1:${http}`,
    wire,
    process: await startGateway(files, http, directory, 'readyz', home),
    cache,
    async connect(user = 'ana') {
      const client = new pg.Client({
        connectionString: `postgres://${user}:${whole.tokens[user]}@127.0.0.1:${wire}/shop`,
      });
      client.on('error', () => {});
      await client.connect();
      clients.push(client);
      return client;
    },
    async stop() {
      await Promise.allSettled(clients.splice(0).map((client) => client.end()));
      await replica.process.stop();
    },
    start: async (until = 'readyz') => {
      replica.process = await startGateway(files, http, directory, until);
    },
  };
  return replica;
}
