import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import pg from 'pg';
import { pino } from 'pino';
import { until } from '../../../test/helpers/until.ts';
import { offered, RawClient, type RawMessage, saslInitial, startupMessage } from '../../../test/helpers/raw-client.ts';
import { selfSigned } from '../../../test/helpers/self-signed.ts';
import type { Tokens } from '../../ledger/tokens/tokens.ts';
import { serveConnection } from './connection.ts';
import { cancelRequest, GSSENC_REQUEST, int32, message, query, readFields, SSL_REQUEST } from './frames.ts';
import { OPENING_LIMITS, type OpeningLimits } from './limits.ts';
import { makeWireListener, type WireListener } from './listener.ts';
import { secureContext } from './tls-upgrade.ts';
import { type ToySessions, toySessions, toyTokens } from './toys.ts';

const pair = selfSigned();
const log = pino({ level: 'silent' });
const SSL = Buffer.concat([int32(8), int32(SSL_REQUEST)]);
const GSS = Buffer.concat([int32(8), int32(GSSENC_REQUEST)]);

interface Gateway {
  port: number;
  listener: WireListener;
  sessions: ToySessions;
  refused: string[];
}

const open: WireListener[] = [];

async function gateway(
  more: { limits?: Partial<OpeningLimits>; tls?: boolean; tokens?: Pick<Tokens, 'scram'> } = {},
): Promise<Gateway> {
  const sessions = toySessions();
  const refused: string[] = [];
  const listener = await makeWireListener({
    host: '127.0.0.1',
    port: 0,
    tls: more.tls === false ? null : pair,
    tokens: more.tokens ?? toyTokens({ ana: ['expired-soon', 'secret'] }),
    sessions,
    log,
    limits: { refusedMs: 1, ...more.limits },
    onRefused: (code) => refused.push(code),
  });
  open.push(listener);
  return { port: listener.address.port, listener, sessions, refused };
}

let usual: Gateway;
before(async () => {
  usual = await gateway();
});
after(() => Promise.all(open.map((listener) => listener.close())));

async function withClient(port: number, run: (client: RawClient) => Promise<void>): Promise<void> {
  const client = await RawClient.connect(port);
  try {
    await run(client);
  } finally {
    client.destroy();
  }
}

async function startTls(client: RawClient): Promise<{ socket: TLSSocket; secure: RawClient }> {
  client.send(SSL);
  assert.equal((await client.bytes(1)).toString(), 'S');
  client.stream.removeAllListeners('data');
  const socket = connectTls({ socket: client.stream, ca: pair.cert, servername: 'localhost' });
  const secure = new RawClient(socket);
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  return { socket, secure };
}

const errorOf = (answer: RawMessage): string | undefined => readFields(answer.body).get('R');

test('a right token opens a session for its principal, target and parameters', async () => {
  await withClient(usual.port, async (client) => {
    assert.equal((await client.logIn('ana', 'shop', 'secret', { application_name: 'raw' })).type, 'R');
    await client.until('Z');
    const hello = usual.sessions.hellos.at(-1);
    assert.equal(hello?.who.principal.id, 'ana');
    assert.equal(hello?.target, 'shop');
    assert.equal(hello?.via, 'tcp');
    assert.equal(hello?.clientAddress, '127.0.0.1');
    assert.deepEqual(usual.sessions.paused, [true]);
    assert.deepEqual([...(hello?.parameters ?? [])], [['application_name', 'raw']]);
  });
});

test('what the client sent right behind its last authentication message reaches the session', async () => {
  await withClient(usual.port, async (client) => {
    const original = client.send.bind(client);
    // The proof and the first statement in one packet.
    client.send = (...messages) =>
      original(...messages, ...(Buffer.concat(messages).includes('p=') ? [query('SELECT early')] : []));
    await client.logIn('ana', 'shop', 'secret');
    await client.until('Z');
    const answered = await client.until('Z');
    assert.match(answered.find(({ type }) => type === 'D')?.body.toString() ?? '', /SELECT early/);
  });
});

test('a wrong token and an unknown user get the same exchange and the same words', async () => {
  const answers: unknown[] = [];
  for (const user of ['ana', 'nobody']) {
    await withClient(usual.port, async (client) => {
      const answer = await client.logIn(user, 'shop', 'wrong');
      answers.push([answer.type, Object.fromEntries(readFields(answer.body))]);
      assert.equal((await client.closed()).length, 0);
    });
  }
  assert.deepEqual(answers[0], answers[1]);
  assert.equal(JSON.stringify(answers[0]).includes('28P01'), true);
  assert.deepEqual(usual.refused.slice(-2), ['wrong_token', 'wrong_token']);
});

test('an unknown user is shown the same salt each time, as a known one is', async () => {
  for (const user of ['ana', 'nobody']) {
    const salts: string[] = [];
    for (let i = 0; i < 2; i++) {
      await withClient(usual.port, async (client) => {
        client.send(startupMessage({ user, database: 'shop' }));
        await client.next();
        client.send(saslInitial('SCRAM-SHA-256', 'n,,n=*,r=abc'));
        salts.push(/s=([^,]+)/.exec((await client.next()).body.toString())?.[1] ?? '');
      });
    }
    assert.ok(salts[0]);
    assert.equal(salts[0], salts[1]);
  }
});

test('GSSENCRequest is answered N, whether before or after SSLRequest', async () => {
  await withClient(usual.port, async (client) => {
    client.send(GSS);
    assert.equal((await client.bytes(1)).toString(), 'N');
    const { secure } = await startTls(client);
    assert.equal((await secure.logIn('ana', 'shop', 'secret')).type, 'R');
  });
  const plain = await gateway({ tls: false });
  await withClient(plain.port, async (client) => {
    client.send(SSL);
    assert.equal((await client.bytes(1)).toString(), 'N');
    client.send(GSS);
    assert.equal((await client.bytes(1)).toString(), 'N');
    assert.equal((await client.logIn('ana', 'shop', 'secret')).type, 'R');
  });
});

test('encryption is not asked for twice, nor inside TLS', async () => {
  for (const request of [SSL, GSS]) {
    await withClient(usual.port, async (client) => {
      const { secure } = await startTls(client);
      secure.send(request);
      assert.equal((await secure.fields()).R, 'protocol_violation');
    });
  }
  await withClient(usual.port, async (client) => {
    client.send(GSS, GSS);
    await client.bytes(1);
    assert.equal((await client.fields()).R, 'protocol_violation');
  });
});

test('plain bytes behind SSLRequest are an injection: nothing of them is read and the connection closes', async () => {
  const before = usual.sessions.hellos.length;
  for (const behind of [startupMessage({ user: 'ana', database: 'shop' }), Buffer.from([0])]) {
    await withClient(usual.port, async (client) => {
      client.send(SSL, behind);
      assert.equal((await client.fields()).R, 'protocol_violation');
      await client.closed();
    });
  }
  assert.equal(usual.sessions.hellos.length, before);
});

test('SCRAM-SHA-256-PLUS is offered under TLS and used by a client that can', async () => {
  await withClient(usual.port, async (client) => {
    const { secure } = await startTls(client);
    secure.send(startupMessage({ user: 'ana', database: 'shop' }));
    assert.deepEqual(offered(await secure.next()), ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256']);
  });
  const ssl = { ca: pair.cert };
  const login = { host: 'localhost', port: usual.port, user: 'ana', password: 'secret', database: 'shop', ssl };
  for (const enableChannelBinding of [true, false]) {
    const client = new pg.Client({ ...login, enableChannelBinding });
    await client.connect();
    const { rows } = await client.query('SELECT over TLS');
    assert.deepEqual(rows, [{ text: 'SELECT over TLS' }]);
    await client.end();
  }
  const wrong = new pg.Client({ ...login, password: 'wrong', enableChannelBinding: true });
  await assert.rejects(wrong.connect(), { code: '28P01', routine: 'wrong_token' });
});

test('a client that says PLUS was not offered, though it was, is refused', async () => {
  await withClient(usual.port, async (client) => {
    const { secure } = await startTls(client);
    secure.send(startupMessage({ user: 'ana', database: 'shop' }));
    await secure.next();
    secure.send(saslInitial('SCRAM-SHA-256', 'y,,n=*,r=abc'));
    assert.equal((await secure.fields()).R, 'protocol_violation');
  });
});

/** Serves one connection as if it came from `address`, and gives the answer to a StartupMessage of ana's. */
async function from(address: string, allowPlaintext: boolean, encrypted: boolean): Promise<RawMessage> {
  const server = createServer((socket) => {
    void serveConnection(socket, address, () => {}, {
      tokens: toyTokens({ ana: ['secret'] }),
      sessions: toySessions(),
      tls: secureContext(pair),
      allowPlaintext,
      limits: OPENING_LIMITS,
      log,
      onRefused: () => {},
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = await RawClient.connect((server.address() as { port: number }).port);
  try {
    const speaking = encrypted ? (await startTls(client)).secure : client;
    return await speaking.send(startupMessage({ user: 'ana', database: 'shop' })).next();
  } finally {
    client.destroy();
    server.close();
  }
}

test('from another machine nobody authenticates without TLS, unless the operator allows it', async () => {
  assert.equal(errorOf(await from('203.0.113.5', false, false)), 'tls_required');
  assert.equal(errorOf(await from('2001:db8::1', false, false)), 'tls_required');
  assert.equal(errorOf(await from('', false, false)), 'tls_required');
  assert.equal((await from('203.0.113.5', true, false)).type, 'R');
  assert.equal((await from('203.0.113.5', false, true)).type, 'R');
  assert.equal((await from('127.0.0.1', false, false)).type, 'R');
  assert.equal((await from('::1', false, false)).type, 'R');
});

const garbage: [string, Buffer][] = [
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
  ['TLS that is no handshake', Buffer.from('170301020001000001fc0303', 'hex')],
  ['zeros', Buffer.alloc(64)],
  ['0xff', Buffer.alloc(64, 0xff)],
  ['a startup packet one byte too long', Buffer.concat([int32(10_001), int32(0x0003_0000), Buffer.alloc(9_993)])],
  ['a startup packet that lies about its end', Buffer.concat([int32(13), int32(0x0003_0000), Buffer.from('user\0')])],
  ['a Query', query('SELECT 1')],
];
for (const [what, bytes] of garbage) {
  test(`${what} as first bytes gets an error and a closed connection`, async () => {
    await withClient(usual.port, async (client) => {
      client.send(bytes);
      const fields = await client.fields();
      assert.equal(fields.R, 'protocol_violation');
      assert.equal(fields.S, 'FATAL');
      await client.closed();
    });
    await until('the place is given back', async () => usual.listener.halfOpen === 0);
  });
}

test('another major version is told what is spoken here', async () => {
  await withClient(usual.port, async (client) => {
    client.send(startupMessage({ user: 'ana' }, 0x0002_0000));
    assert.equal((await client.fields()).C, '0A000');
  });
});

test('protocol 3.2 is spoken, and a newer one negotiated down to it', async () => {
  await withClient(usual.port, async (client) => {
    client.send(startupMessage({ user: 'ana', database: 'shop' }, 0x0003_0009));
    const negotiated = await client.next();
    assert.equal(negotiated.type, 'v');
    assert.equal(negotiated.body.readInt32BE(), 0x0003_0002);
    assert.equal((await client.next()).type, 'R');
  });
});

test('a message other than SASL’s, or one too long, ends the login', async () => {
  for (const answer of [
    query('SELECT 1'),
    message('p', Buffer.alloc(2_000)),
    message('p', 'SCRAM-SHA-256', int32(-1)),
  ]) {
    await withClient(usual.port, async (client) => {
      client.send(startupMessage({ user: 'ana', database: 'shop' }));
      await client.next();
      client.send(answer);
      assert.equal((await client.fields()).R, 'protocol_violation');
      await client.closed();
    });
  }
});

test('no user in the startup packet is refused', async () => {
  await withClient(usual.port, async (client) => {
    client.send(startupMessage({ database: 'shop' }));
    assert.equal((await client.fields()).C, '28000');
  });
});

test('bytes that drip are cut off at the deadline, wherever it falls', async () => {
  const hurried = await gateway({ limits: { authenticationMs: 80 } });
  await withClient(hurried.port, async (client) => {
    client.send(Buffer.from([0]));
    assert.equal((await client.closed()).length, 0);
  });
  await withClient(hurried.port, async (client) => {
    client.send(startupMessage({ user: 'ana', database: 'shop' }));
    // Asked for its proof before, where the machine has the time.
    const last = (await client.until('E')).at(-1);
    assert.equal(last && errorOf(last), 'not_authorized');
    await client.closed();
  });
  await withClient(hurried.port, async (client) => {
    client.send(SSL);
    assert.match((await client.closed()).toString(), /^S?$/);
  });
  await until('all places are given back', async () => hurried.listener.halfOpen === 0);
});

test('a deadline does not end a session', async () => {
  const hurried = await gateway({ limits: { authenticationMs: 150 } });
  // A loaded machine may need more than one try to be in before the deadline.
  const client = await until('a session is open', async () => {
    const one = await RawClient.connect(hurried.port);
    const answer = await one.logIn('ana', 'shop', 'secret').catch(() => null);
    if (answer?.type === 'R') return one;
    one.destroy();
    return null;
  });
  try {
    await client.until('Z');
    // A silent connection made after this one is cut off: by then this one's deadline has passed as well.
    await withClient(hurried.port, async (silent) => void (await silent.closed()));
    client.send(query('SELECT 1'));
    assert.equal((await client.until('Z')).length, 4);
  } finally {
    client.destroy();
  }
});

test('half-open connections are limited by address, and a session does not count', async () => {
  const small = await gateway({ limits: { halfOpenPerAddress: 2 } });
  await withClient(small.port, async (session) => {
    await session.logIn('ana', 'shop', 'secret');
    await session.until('Z');
    await withClient(small.port, async (first) => {
      await withClient(small.port, async () => {
        await until('both are counted', async () => small.listener.halfOpen === 2);
        await withClient(small.port, async (third) => {
          const fields = await third.fields();
          assert.equal(fields.R, 'too_many_connections');
          await third.closed();
        });
      });
      await until('the second has left', async () => small.listener.halfOpen === 1);
      assert.equal((await first.logIn('ana', 'shop', 'secret')).type, 'R');
    });
  });
});

test("a balancer's hundred clients that connect again at once, all from its address, are let in", async () => {
  const clients = await Promise.all(Array.from({ length: 100 }, () => RawClient.connect(usual.port)));
  try {
    await until('all are counted', async () => usual.listener.halfOpen >= 100);
    const answers = await Promise.all(clients.map((client) => client.logIn('ana', 'shop', 'secret')));
    assert.deepEqual([...new Set(answers.map(({ type }) => type))], ['R']);
  } finally {
    for (const client of clients) client.destroy();
  }
  await until('their places are given back', async () => usual.listener.halfOpen === 0);
});

test('a refused login hears of it late, and keeps its place until then though it has left, so that tries are bounded', async () => {
  const strict = await gateway({ limits: { refusedMs: 60_000 } });
  const wrong = await RawClient.connect(strict.port);
  let heard = false;
  const refused = wrong.logIn('ana', 'shop', 'wrong').then(
    () => (heard = true),
    () => {},
  );
  await until('its proof was looked at', async () => strict.refused.length === 1);
  await withClient(strict.port, async (client) => {
    await client.logIn('ana', 'shop', 'secret');
    await client.until('Z');
    assert.deepEqual([heard, strict.listener.halfOpen], [false, 1]);
    wrong.destroy();
    await refused;
    assert.deepEqual([heard, strict.listener.halfOpen], [false, 1]);
  });
});

test('a CancelRequest reaches the sessions, and its connection stays open until the cancel is through', async () => {
  await withClient(usual.port, async (client) => {
    client.send(cancelRequest(42, Buffer.alloc(32, 9)));
    await until('the cancel has come', async () => usual.sessions.cancels.length > 0);
    assert.deepEqual(usual.sessions.cancels, [{ processId: 42, secret: Buffer.alloc(32, 9) }]);
    let closed = false;
    const end = client.closed().then(() => {
      closed = true;
    });
    await withClient(usual.port, async (other) => void (await other.logIn('ana', 'shop', 'secret')));
    assert.equal(closed, false);
    usual.sessions.release();
    await end;
  });
});

test('where tokens cannot be checked, nobody gets in and the reason is said', async () => {
  const broken = await gateway({ tokens: { scram: () => Promise.reject(new Error('ledger: connection refused')) } });
  await withClient(broken.port, async (client) => {
    client.send(startupMessage({ user: 'ana', database: 'shop' }));
    const fields = await client.fields();
    assert.equal(fields.C, '57P03');
    assert.doesNotMatch(JSON.stringify(fields), /connection refused/);
  });
  const hanging = await gateway({ tokens: { scram: () => new Promise(() => {}) }, limits: { authenticationMs: 80 } });
  await withClient(hanging.port, async (client) => {
    client.send(startupMessage({ user: 'ana', database: 'shop' }));
    assert.equal((await client.fields()).R, 'not_authorized');
  });
  await until('the place is given back', async () => hanging.listener.halfOpen === 0);
});

test('closing drops who has not authenticated and leaves sessions alone', async () => {
  const going = await gateway();
  await withClient(going.port, async (session) => {
    await session.logIn('ana', 'shop', 'secret');
    await session.until('Z');
    await withClient(going.port, async (silent) => {
      await until('it is counted', async () => going.listener.halfOpen === 1);
      await going.listener.close();
      await silent.closed();
    });
    await assert.rejects(RawClient.connect(going.port));
    session.send(query('SELECT 1'));
    assert.equal((await session.until('Z')).length, 4);
  });
});

test('a taken port is told', async () => {
  const options = {
    host: '127.0.0.1',
    port: usual.port,
    tls: null,
    sessions: toySessions(),
    tokens: toyTokens({}),
    log,
  };
  await assert.rejects(makeWireListener(options), { code: 'EADDRINUSE' });
});

test('a certificate that does not parse stops the start', async () => {
  const tls = { cert: 'no certificate', key: pair.key };
  const options = { host: '127.0.0.1', port: 0, tls, sessions: toySessions(), tokens: toyTokens({}), log };
  await assert.rejects(makeWireListener(options));
});
