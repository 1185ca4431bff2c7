// Promise 11: what a client does with PostgreSQL it does here, on TCP and through the WebSocket, before and after a switch of mode.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import WebSocket from 'ws';
import { WebSocketStream } from '../../services/contract/websocket-stream.ts';
import { type Demo, startDemo } from '../helpers/demo.ts';
import { until } from '../helpers/until.ts';

let demo: Demo;
before(async () => {
  demo = await startDemo();
});
after(() => demo?.stop());

/** A client of ana's over `/v1/connect`, as the REPL makes it. */
async function overWebSocket(): Promise<pg.Client> {
  const socket = new WebSocket(`${demo.http.replace('http', 'ws')}/v1/connect`, {
    headers: { authorization: `Bearer ${demo.token}` },
  });
  const stream = new WebSocketStream(socket);
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return demo.connect({ connectionString: 'postgres://ana@127.0.0.1/shop', stream: () => stream as never });
}

const ways: [string, () => Promise<pg.Client>][] = [
  ['TCP', () => demo.connect()],
  ['WebSocket', overWebSocket],
];

for (const [way, connect] of ways) {
  test(`promise 11: prepared statements, cursors, parameters and errors with position, over ${way}`, async () => {
    const client = await connect();
    const named = { name: 'by-id', text: 'SELECT name FROM customers WHERE id = $1', values: [1] };
    const first = (await client.query(named)).rows;
    await client.query("SELECT sudo('prepared statements cross the switch')");
    assert.deepEqual((await client.query(named)).rows, first);
    await client.query('SELECT unsudo()');
    assert.deepEqual((await client.query(named)).rows, first);

    await client.query('BEGIN');
    await client.query('DECLARE c CURSOR FOR SELECT id FROM orders ORDER BY id');
    assert.equal((await client.query('FETCH 3 FROM c')).rowCount, 3);
    await client.query('COMMIT');

    await assert.rejects(client.query('SELECT * FORM orders'), { code: '42601', position: '10' });
    await assert.rejects(client.query('SELECT nosuch FROM orders'), { code: '42703', position: '8' });
    await assert.rejects(client.query('SELECT 1/0'), { code: '22012' });
    assert.equal((await client.query('SELECT 1 AS fine')).rows[0].fine, 1);
  });

  test(`promise 11: a large result arrives whole, over ${way}`, async () => {
    const client = await connect();
    const { rows } = await client.query(
      'SELECT o.id, i.product_id FROM orders o JOIN order_items i ON i.order_id = o.id',
    );
    const [counted] = await demo.onTarget('SELECT count(*)::int AS n FROM order_items');
    assert.equal(rows.length, counted?.n);
  });

  test(`promise 3: the guard holds over ${way}, in the simple and the extended protocol`, async () => {
    const client = await connect();
    const before = await demo.onTarget('SELECT count(*) AS n FROM customers');
    for (const query of [
      'DELETE FROM customers WHERE id = 1',
      { text: 'DELETE FROM customers WHERE id = $1', values: [1] },
      { name: 'd', text: 'DELETE FROM customers WHERE id = $1', values: [1] },
      'SELECT 1; DELETE FROM customers WHERE id = 1',
      'WITH gone AS (DELETE FROM customers WHERE id = 1 RETURNING 1) SELECT * FROM gone',
    ]) {
      await assert.rejects(client.query(query as never), { code: '25006', routine: 'write_needs_elevation' });
    }
    await assert.rejects(client.query('COPY customers FROM STDIN'), { code: '25006' });
    assert.deepEqual(await demo.onTarget('SELECT count(*) AS n FROM customers'), before);
  });
}

test('promise 11: a cancel ends the running statement and nothing else', async () => {
  const client = await demo.connect();
  const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
  const running = client.query('SELECT pg_sleep(30)').then(
    () => null,
    (error: pg.DatabaseError) => error,
  );
  await until(
    'it runs',
    async () =>
      (
        await demo.onTarget(
          "SELECT FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(30)%' AND pid <> pg_backend_pid()",
        )
      ).length > 0,
  );
  const url = new URL(demo.wire);
  const canceller = new pg.Client({ host: url.hostname, port: Number(url.port) }) as unknown as {
    connection: {
      connect(port: number, host: string): void;
      on(event: string, fn: () => void): void;
      cancel(pid: number, key: number): void;
    };
  };
  const { connection } = canceller;
  connection.on('connect', () => connection.cancel(processID, secretKey));
  connection.connect(Number(url.port), url.hostname);
  assert.equal((await running)?.code, '57014');
  assert.equal((await client.query('SELECT 1 AS fine')).rows[0].fine, 1);
});

test('promise 1: at a WebSocket too, a token of another user, a browser’s origin and no token open nothing', async () => {
  const refused = (headers: Record<string, string>): Promise<number> =>
    new Promise((resolve) => {
      const socket = new WebSocket(`${demo.http.replace('http', 'ws')}/v1/connect`, { headers });
      socket.on('unexpected-response', (_, response) => {
        resolve(response.statusCode ?? 0);
        socket.terminate();
      });
      socket.on('open', () => resolve(101));
      socket.on('error', () => {});
    });
  assert.equal(await refused({}), 401);
  assert.equal(await refused({ authorization: 'Bearer nonsense' }), 401);
  assert.equal(await refused({ authorization: `Bearer ${demo.token}`, origin: 'https://evil.example.com' }), 403);
});
