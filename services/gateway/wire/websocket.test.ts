import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { pino } from 'pino';
import { WebSocket, WebSocketServer } from 'ws';
import { until } from '../../../test/helpers/until.ts';
import { RawClient, startupMessage } from '../../../test/helpers/raw-client.ts';
import { PIECE, WebSocketStream } from '../../contract/websocket-stream.ts';
import { cancelRequest, int32, query, SSL_REQUEST } from './frames.ts';
import { someone, type ToySessions, toySessions } from './toys.ts';
import { makeWebSocketHandler, WEBSOCKET_OPTIONS, type WebSocketDeps } from './websocket.ts';

const log = pino({ level: 'silent' });
const servers: Server[] = [];

/** A server whose every WebSocket is ana's. */
async function serve(sessions: ToySessions, more: Partial<WebSocketDeps> = {}): Promise<string> {
  const server = createServer();
  const sockets = new WebSocketServer({ server, ...WEBSOCKET_OPTIONS });
  const handle = makeWebSocketHandler({ sessions, log, ...more });
  sockets.on('connection', (socket) => void handle(socket, someone('ana'), '127.0.0.1'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return `ws://127.0.0.1:${(server.address() as { port: number }).port}/`;
}

let sessions: ToySessions;
let url: string;
before(async () => {
  sessions = toySessions();
  url = await serve(sessions);
});
after(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
});

async function connect(to = url): Promise<{ socket: WebSocket; client: RawClient }> {
  const socket = new WebSocket(to, { perMessageDeflate: false });
  const client = new RawClient(new WebSocketStream(socket));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return { socket, client };
}

test('pg speaks through the WebSocket with no password, as the token’s principal', async () => {
  const client = new pg.Client({
    stream: () => new WebSocketStream(new WebSocket(url)) as never,
    user: 'ana',
    database: 'shop',
  });
  await client.connect();
  assert.deepEqual((await client.query('SELECT 1')).rows, [{ text: 'SELECT 1' }]);
  // Longer than a message may be: it is cut on the way and put together again.
  const long = `SELECT '${'x'.repeat(3_000_000)}'`;
  assert.equal((await client.query(long)).rows[0].text, long);
  const hello = sessions.hellos.at(-1);
  assert.deepEqual([hello?.who.principal.id, hello?.target, hello?.via], ['ana', 'shop', 'websocket']);
  await client.end();
});

test('another user than the token’s is refused', async () => {
  const { client } = await connect();
  client.send(startupMessage({ user: 'ben', database: 'shop' }));
  const fields = await client.fields();
  assert.deepEqual([fields.C, fields.R, fields.S], ['28000', 'not_authorized', 'FATAL']);
  await client.closed();
});

test('a second socket whose first message is a CancelRequest cancels, and closes when it is through', async () => {
  const { client } = await connect();
  client.send(cancelRequest(42, Buffer.alloc(4, 9)));
  await until('the cancel has come', async () => sessions.cancels.length === 1);
  sessions.release();
  await client.closed();
});

for (const [what, bytes] of [
  ['SSLRequest', Buffer.concat([int32(8), int32(SSL_REQUEST)])],
  ['garbage', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
] as const) {
  test(`${what} inside a WebSocket is a protocol violation`, async () => {
    const { client } = await connect();
    client.send(bytes);
    assert.equal((await client.fields()).R, 'protocol_violation');
    await client.closed();
  });
}

test('a text message closes the WebSocket', async () => {
  const { socket, client } = await connect();
  const code = new Promise((resolve) => socket.once('close', resolve));
  socket.send('SELECT 1');
  await client.closed();
  assert.equal(await code, 1003);
});

test('a message over the limit closes the WebSocket', async () => {
  const { socket, client } = await connect();
  const code = new Promise((resolve) => socket.once('close', resolve));
  socket.send(Buffer.alloc(2 * 1024 * 1024));
  await client.closed();
  assert.equal(await code, 1009);
});

test('a WebSocket that says nothing is dropped at the deadline', async () => {
  const hurried = await serve(toySessions(), { limits: { authenticationMs: 50 } });
  const { client } = await connect(hurried);
  await client.closed();
});

test('one principal’s opening WebSockets are limited', async () => {
  const small = await serve(toySessions(), { limits: { halfOpenPerAddress: 1 } });
  const { client: first } = await connect(small);
  const { client: second } = await connect(small);
  assert.equal((await second.fields()).R, 'too_many_connections');
  first.send(startupMessage({ user: 'ana', database: 'shop' }));
  await first.until('Z');
  const { client: third } = await connect(small);
  third.send(startupMessage({ user: 'ana', database: 'shop' }));
  await third.until('Z');
  first.destroy();
  third.destroy();
});

test('a peer that answers no ping is dropped, one that answers stays', async () => {
  const pinged = await serve(toySessions(), { pingMs: 20 });
  const socket = new WebSocket(pinged, { autoPong: false });
  await new Promise((resolve) => socket.once('close', resolve));

  const { socket: alive, client } = await connect(pinged);
  client.send(startupMessage({ user: 'ana', database: 'shop' }));
  let pings = 0;
  await new Promise<void>((resolve) => {
    alive.on('ping', () => {
      if (++pings === 6) resolve();
    });
  });
  client.send(query('SELECT 1'));
  await client.until('Z');
  client.destroy();
});

test('back-pressure holds both ways: a reader that stops is not filled without end', async () => {
  const stalled = toySessions();
  let written = 0;
  let full = false;
  stalled.open = (client) =>
    new Promise((resolve) => {
      client.once('close', resolve).on('error', () => {});
      const more = (): void => {
        while (client.writable && written < 512 * 1024 * 1024) {
          written += PIECE;
          if (!client.write(Buffer.alloc(PIECE))) {
            full = true;
            client.once('drain', more);
            return;
          }
        }
      };
      more();
    });
  const { socket, client } = await connect(await serve(stalled));
  socket.pause();
  client.send(startupMessage({ user: 'ana', database: 'shop' }));
  let last = -1;
  await until('the writer waits', async () => {
    const still = full && written === last;
    last = written;
    if (!still) await new Promise((resolve) => setTimeout(resolve, 50));
    return still;
  });
  assert.ok(written < 64 * 1024 * 1024);
  client.destroy();
});
