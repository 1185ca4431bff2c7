// One query at a time: direct, through the TCP port, through the WebSocket, and through pgbouncer where it is installed.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { connectWebSocket } from '../clients/repl/connection.ts';
import { startDemo, until } from '../test/helpers/demo.ts';
import { freePort } from '../test/helpers/postgres.ts';
import { compare, type Way } from './measure.ts';

const QUERIES_A_ROUND = 500;
const KEY_LOOKUP = { text: 'SELECT id, name, email FROM customers WHERE id = $1', values: [42] };

/** Microseconds a query. */
function way(name: string, client: pg.Client): Way {
  return {
    name,
    round: async () => {
      const start = performance.now();
      for (let i = 0; i < QUERIES_A_ROUND; i++) await client.query(KEY_LOOKUP);
      return ((performance.now() - start) * 1000) / QUERIES_A_ROUND;
    },
  };
}

/** pgbouncer on a free port in front of the target, or null where it is not installed. */
async function pgbouncer(target: string): Promise<{ client: pg.Client; stop(): Promise<void> } | null> {
  const program = '/usr/sbin/pgbouncer';
  if (!existsSync(program)) return null;
  const { username, password, hostname, port, pathname } = new URL(target);
  const directory = await mkdtemp(join(tmpdir(), 'sudoql-bouncer-'));
  const listen = await freePort();
  await writeFile(join(directory, 'users'), `"${username}" "${decodeURIComponent(password)}"\n`);
  await writeFile(
    join(directory, 'ini'),
    `[databases]\nshop = host=${hostname} port=${port} dbname=${pathname.slice(1)} user=${username} password=${decodeURIComponent(password)}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${listen}\nauth_type = trust\nauth_file = ${directory}/users\nunix_socket_dir =\npool_mode = session\n`,
  );
  const asUser = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  await chmod(directory, 0o755);
  const child = spawn(program, ['-q', ...asUser, join(directory, 'ini')], { stdio: 'ignore' });
  const client = await until('pgbouncer answers', async () => {
    const fresh = new pg.Client({ host: '127.0.0.1', port: listen, user: username, database: 'shop' });
    fresh.on('error', () => {});
    return fresh.connect().then(
      () => fresh,
      () => null,
    );
  });
  return {
    client,
    stop: async () => {
      await client.end();
      child.kill('SIGTERM');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const demo = await startDemo();
const direct = new pg.Client({ connectionString: demo.target });
await direct.connect();
const bouncer = await pgbouncer(demo.target);
try {
  const tcp = await demo.connect();
  const socket = new pg.Client({
    stream: () => connectWebSocket({ url: demo.http, token: demo.token }),
    user: demo.user,
    database: 'shop',
  } as pg.ClientConfig);
  await socket.connect();
  const ways = [way('direct', direct), way('gateway, TCP', tcp), way('gateway, WebSocket', socket)];
  if (bouncer) ways.push(way('pgbouncer', bouncer.client));
  else console.log('  pgbouncer is not installed: apt-get install pgbouncer');
  await compare('a key lookup, extended protocol', 'µs', ways, 11);
  await socket.end();
} finally {
  await bouncer?.stop();
  await direct.end();
  await demo.stop();
}
