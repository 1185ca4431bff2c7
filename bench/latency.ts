// One query at a time: direct, through the TCP port, through the WebSocket, and through pgbouncer.
import pg from 'pg';
import { connectWebSocket } from '../clients/repl/connection.ts';
import { startDemo } from '../test/helpers/demo.ts';
import { compare, type Way } from './measure.ts';
import { startPgbouncer } from './stage/pgbouncer.ts';

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

const demo = await startDemo();
const direct = new pg.Client({ connectionString: demo.target });
await direct.connect();
const { username, password, port } = new URL(demo.target);
const login = { user: username, password: decodeURIComponent(password) };
const bouncer = await startPgbouncer(Number(port), [login], 10);
const bounced = new pg.Client({ host: '127.0.0.1', port: bouncer.port, database: 'shop', ...login });
await bounced.connect();
try {
  const tcp = await demo.connect();
  const socket = new pg.Client({
    stream: () => connectWebSocket({ url: demo.http, token: demo.token }),
    user: demo.user,
    database: 'shop',
  } as pg.ClientConfig);
  await socket.connect();
  const ways = [
    ...[way('direct', direct), way('gateway, TCP', tcp), way('gateway, WebSocket', socket)],
    way('pgbouncer', bounced),
  ];
  await compare('a key lookup, extended protocol', 'µs', ways, 11);
  await socket.end();
} finally {
  await bounced.end();
  await bouncer.stop();
  await direct.end();
  await demo.stop();
}
