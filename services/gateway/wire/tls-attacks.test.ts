// What may be tried with TLS itself: older versions, renegotiation, other names and protocols, plain bytes where TLS was agreed.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import pg from 'pg';
import { pino } from 'pino';
import { RawClient, startupMessage } from '../../../test/helpers/raw-client.ts';
import { selfSigned } from '../../../test/helpers/self-signed.ts';
import { int32, SSL_REQUEST } from './frames.ts';
import { makeWireListener, type WireListener } from './listener.ts';
import { type ToySessions, toySessions, toyTokens } from './toys.ts';

const pair = selfSigned();
const SSL = Buffer.concat([int32(8), int32(SSL_REQUEST)]);
const STARTUP = startupMessage({ user: 'ana', database: 'shop' });

let listener: WireListener;
let sessions: ToySessions;
before(async () => {
  sessions = toySessions();
  listener = await makeWireListener({
    host: '127.0.0.1',
    port: 0,
    tls: pair,
    tokens: toyTokens({ ana: ['secret'] }),
    sessions,
    log: pino({ level: 'silent' }),
    limits: { refusedMs: 1 },
  });
});
after(() => listener?.close());

/** Behind SSLRequest, as far as the answer. */
async function agreed(): Promise<RawClient> {
  const client = await RawClient.connect(listener.address.port);
  client.send(SSL);
  assert.equal((await client.bytes(1)).toString(), 'S');
  return client;
}

async function handshake(options: ConnectionOptions): Promise<TLSSocket> {
  const client = await agreed();
  client.stream.removeAllListeners('data');
  const socket = connectTls({ socket: client.stream, ca: pair.cert, servername: 'localhost', ...options });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  return socket;
}

const login = (ca: string | Buffer, more: Record<string, unknown> = {}) =>
  new pg.Client({
    host: 'localhost',
    port: listener.address.port,
    user: 'ana',
    password: 'secret',
    database: 'shop',
    ssl: { ca: String(ca) },
    enableChannelBinding: true,
    ...more,
  });

test('a version of TLS before 1.2 is not spoken', async () => {
  const old: ConnectionOptions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
  await assert.rejects(handshake(old), /version|protocol|alert|disconnected|ECONNRESET/i);
});

test('a protocol of another name inside TLS is not spoken, PostgreSQL’s or none is', async () => {
  await assert.rejects(handshake({ ALPNProtocols: ['http/1.1'] }), /alpn|protocol|alert|disconnected|ECONNRESET/i);
  for (const ALPNProtocols of [['postgresql'], ['h2', 'postgresql']]) {
    const socket = await handshake({ ALPNProtocols });
    assert.equal(socket.alpnProtocol, 'postgresql');
    socket.destroy();
  }
});

test('whatever name a client asks for, it is shown the one certificate', async () => {
  for (const servername of ['', 'localhost', 'shop.example.com', 'x'.repeat(250), '*.example.com']) {
    const socket = await handshake({ servername, rejectUnauthorized: false });
    assert.equal(socket.getPeerX509Certificate()?.fingerprint256, (await shown()).fingerprint, servername.slice(0, 20));
    socket.destroy();
  }
});
async function shown(): Promise<{ fingerprint: string | undefined }> {
  const socket = await handshake({});
  const fingerprint = socket.getPeerX509Certificate()?.fingerprint256;
  socket.destroy();
  return { fingerprint };
}

test('a second handshake inside the first is refused, again and again', async () => {
  const socket = await handshake({ maxVersion: 'TLSv1.2' });
  const refused = new Promise<unknown>((resolve) => {
    socket.once('error', resolve).once('close', resolve);
    socket.renegotiate({}, (error) => resolve(error));
  });
  assert.ok((await refused) !== null, 'it was done');
  socket.destroy();
});

test('plain bytes where TLS was agreed end the connection, and nothing of them is taken for a login', async () => {
  const before = sessions.hellos.length;
  for (const bytes of [
    STARTUP,
    SSL,
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Buffer.alloc(20_000, 0x16),
    Buffer.from([0x16, 3, 1, 0xff, 0xff]),
  ]) {
    const client = await agreed();
    client.send(bytes);
    if (bytes.length === 5) client.stream.end();
    await client.closed();
  }
  assert.equal(sessions.hellos.length, before);
});

const direct = (options: ConnectionOptions): TLSSocket => {
  const { port } = listener.address;
  const socket = connectTls({ port, host: '127.0.0.1', ca: pair.cert, servername: 'localhost', ...options });
  return socket.on('error', () => {});
};

test('TLS without SSLRequest before it is spoken with who names PostgreSQL in the handshake, bound to the certificate', async () => {
  const before = sessions.hellos.length;
  const client = login(pair.cert, { sslnegotiation: 'direct' });
  await client.connect();
  await client.end();
  assert.equal(sessions.hellos.length, before + 1);
});

test('TLS without SSLRequest of another protocol or of none is no login', async () => {
  const before = sessions.hellos.length;
  await assert.rejects(once(direct({ ALPNProtocols: ['http/1.1'] }), 'secureConnect'));
  const nameless = direct({});
  await once(nameless, 'secureConnect');
  const client = new RawClient(nameless);
  client.send(STARTUP);
  assert.match(String((await client.next()).body), /must name its protocol in the handshake/);
  await client.closed();
  // Asked for once more inside.
  const inside = direct({ ALPNProtocols: ['postgresql'] });
  await once(inside, 'secureConnect');
  const again = new RawClient(inside);
  again.send(SSL);
  assert.match(String((await again.next()).body), /TLS was asked for twice/);
  await again.closed();
  for (const bytes of [
    Buffer.alloc(20_000, 0x16),
    Buffer.from([0x16, 3, 1, 0xff, 0xff]),
    Buffer.from('160301000a00', 'hex'),
  ]) {
    const client = await RawClient.connect(listener.address.port);
    client.send(bytes);
    client.stream.end();
    await client.closed();
  }
  assert.equal(sessions.hellos.length, before);
});

test('after a certificate was renewed, who connects is shown the new one and bound to it; what does not fit changes nothing', async () => {
  const renewed = selfSigned();
  assert.throws(() => listener.renewTls({ cert: renewed.cert, key: pair.key }));
  const still = login(pair.cert);
  await still.connect();
  await still.end();
  const early = await handshake({});
  listener.renewTls(renewed);
  try {
    await assert.rejects(login(pair.cert).connect());
    const bound = login(renewed.cert);
    await bound.connect();
    await bound.end();
    // Who shook hands before goes on with the certificate that it was shown.
    const secure = new RawClient(early);
    secure.send(STARTUP);
    assert.ok(await secure.next());
  } finally {
    early.destroy();
    listener.renewTls(pair);
  }
});
