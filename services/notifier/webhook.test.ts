import assert from 'node:assert/strict';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, connect, createServer as createTcp, type Socket } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { selfSigned } from '../../test/helpers/self-signed.ts';
import { mayConnectTo } from './channels/address.ts';
import type { Sent, WebhookSettings } from './channels/channel.ts';
import { makeWebhook } from './channels/webhook.ts';
import type { Message } from './message.ts';
import { ended, type Receiver, SECRET, started, startReceiver, webhookTo } from './testing.ts';
import { compose } from './texts/compose.ts';

let receiver: Receiver;
before(async () => {
  receiver = await startReceiver();
});
after(() => receiver?.close());
beforeEach(() => {
  receiver.received.length = 0;
  receiver.answer = (_request, response) => response.writeHead(204).end();
});

const AT = '2026-11-30T14:17:03.120Z';
const message = (events = [started({ reason: 'fix order 4211', elevation: 'elv_1' })]): Message => {
  const told = events.map((event, i) => ({
    notice: `ntc_${i}`,
    createdAt: new Date(AT),
    event,
    head: { chain: 'c', seq: 41 + i, hash: `${i}f`, at: AT },
  }));
  assert.ok(told[0]);
  return {
    id: 'ntc_0',
    outwardId: 'ntc_0',
    known: [],
    channel: 'hook',
    told: [told[0], ...told.slice(1)],
    thread: [],
    attempts: 0,
    firstAttemptAt: null,
    remaining: null,
    state: 'pending',
  };
};

type More = NonNullable<Parameters<typeof makeWebhook>[1]>;
function send(settings: Partial<WebhookSettings> = {}, more: More = {}, what = message()): Promise<Sent> {
  const letter = compose(what, (elevation) => `https://sudoql.example.com/stop/${elevation}`, new Date());
  return makeWebhook(webhookTo(receiver.port, settings), { timeoutMs: 60_000, ...more }).send(what, letter);
}
const problemOf = async (sent: Promise<Sent>): Promise<string> => {
  const outcome = await sent;
  assert.ok(!outcome.ok, 'it was taken as delivered');
  return outcome.problem;
};

test('a message is signed so that the convention’s library verifies it, and says what docs/webhooks.md says', async () => {
  assert.deepEqual(await send(), { ok: true });
  const [got] = receiver.received;
  assert.ok(got);
  const payload = new Webhook(SECRET).verify(got.body, got.headers as Record<string, string>) as {
    type: string;
    timestamp: string;
    data: Record<string, unknown> & { elevations: Record<string, unknown>[] };
  };
  assert.equal(got.headers['webhook-id'], 'ntc_0');
  assert.equal(payload.type, 'elevation.started');
  assert.equal(payload.timestamp, AT);
  const { text, elevations, head, ...common } = payload.data;
  assert.match(String(text), /^ana can write to shop \(production\) until/);
  assert.deepEqual(common, {
    principal: 'ana',
    email: 'ana@example.com',
    target: 'shop',
    environment: 'production',
    reason: 'fix order 4211',
  });
  assert.deepEqual(Object.keys(elevations[0] ?? {}).sort(), [
    'application_name',
    'by',
    'client_address',
    'deadline',
    'elevation',
    'notice',
    'session',
    'started_at',
    'stop_url',
  ]);
  assert.equal(elevations[0]?.stop_url, 'https://sudoql.example.com/stop/elv_1');
  assert.deepEqual(head, { chain: 'c', seq: 41, hash: '0f', at: AT });
});

test('a message of several sessions has one element for each, and the newest head', async () => {
  await send({}, {}, message([started({ reason: 'r' }), started({ reason: 'r' })]));
  const { data } = JSON.parse(receiver.received[0]?.body ?? '') as {
    data: { elevations: unknown[]; head: { seq: number } };
  };
  assert.equal(data.elevations.length, 2);
  assert.equal(data.head.seq, 42);
});

test('a changed body, and another secret, do not verify', async () => {
  await send();
  await send({ secret: `whsec_${Buffer.from('another secret, not the same').toString('base64')}` });
  const [right, wrong] = receiver.received;
  const verify = (body = '', headers = {}) => new Webhook(SECRET).verify(body, headers as Record<string, string>);
  assert.throws(() => verify(right?.body.replace('ana', 'eve'), right?.headers));
  assert.throws(() => verify(wrong?.body, wrong?.headers));
});

test('only a 2xx is success; 410 is final; Retry-After is handed on', async () => {
  const answers: [number, Record<string, string>, Partial<Extract<Sent, { ok: false }>> | null][] = [
    [200, {}, null],
    [299, {}, null],
    [304, {}, { final: false }],
    [400, {}, { final: false }],
    [404, {}, { final: false }],
    [410, {}, { final: true }],
    [429, { 'retry-after': '7' }, { final: false, retryAfterMs: 7_000 }],
    [500, {}, { final: false, retryAfterMs: null }],
    [503, { 'retry-after': 'nonsense' }, { final: false, retryAfterMs: null }],
  ];
  for (const [status, headers, expected] of answers) {
    receiver.answer = (_request, response) => response.writeHead(status, headers).end('x');
    const { problem: _problem, ...sent } = { problem: '', ...(await send()) };
    assert.deepEqual(
      sent,
      expected ? { ok: false, retryAfterMs: null, remaining: null, ...expected } : { ok: true },
      `${status}`,
    );
  }
});

test('for chats only what was posted is success, whatever the status says', async () => {
  const answers: [number, string, RegExp | null][] = [
    [200, 'ok', null],
    [200, '{"success":true}', null],
    [200, '', null],
    [200, '<html>posted</html>', null],
    [200, 'invalid_payload', /error invalid_payload/],
    [200, '{"ok":false,"error":"channel_not_found"}', /an error: channel_not_found/],
    [200, '{"success":false,"message":"nobody"}', /an error: nobody/],
    [202, 'ok', /202: taken in, and not posted/],
    [204, '', null],
  ];
  for (const [status, body, problem] of answers) {
    receiver.answer = (_request, response) => response.writeHead(status).end(body);
    const sent = send({ format: 'slack', secret: null });
    if (problem) assert.match(await problemOf(sent), problem);
    else assert.deepEqual(await sent, { ok: true }, body);
  }
  // For programs, as Standard Webhooks says, any 2xx is taken.
  receiver.answer = (_request, response) => response.writeHead(202).end('{"ok":false}');
  assert.deepEqual(await send(), { ok: true });
});

test('a secret is the key that every library of the convention makes of it', async () => {
  const key = Buffer.from('a key of enough bytes for any of them');
  for (const secret of [`whsec_${key.toString('base64')}`, key.toString('base64')]) {
    receiver.received.length = 0;
    await send({ secret });
    const [got] = receiver.received;
    new Webhook(secret).verify(got?.body ?? '', got?.headers as Record<string, string>);
  }
  for (const secret of ['correct horse battery staple', 'whsec_c2hvcnQ=', 'whsec_', 'ä'.repeat(40), null]) {
    assert.throws(() => makeWebhook(webhookTo(1, { secret })), /Channel hook: expected .*base64/, String(secret));
  }
});

test('through a proxy the receiver is spoken to within TLS, and addresses that are no receiver’s are not asked for', async () => {
  const { key, cert } = selfSigned();
  const https = createHttps({ key, cert }, (_request, response) => response.writeHead(204).end());
  await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve));
  const port = (https.address() as AddressInfo).port;
  const asked: string[] = [];
  const proxy = createHttp();
  proxy.on('connect', ({ url = '', headers }, socket: Socket) => {
    asked.push(`${url} ${headers['proxy-authorization'] ?? ''}`);
    const there = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      there.pipe(socket).pipe(there);
    });
    for (const one of [socket, there]) one.on('error', () => {});
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const by = { proxy: `http://us:er@127.0.0.1:${(proxy.address() as AddressInfo).port}` };
  try {
    const url = `https://localhost:${port}/hook`;
    assert.deepEqual(await send({ url, ...by }, { ca: cert }), { ok: true });
    assert.deepEqual(asked, [`localhost:${port} Basic ${Buffer.from('us:er').toString('base64')}`]);
    assert.match(await problemOf(send({ url, ...by })), /self.signed/i);
    assert.match(await problemOf(send({ url: 'https://169.254.169.254/', ...by })), /link-local/);
    assert.equal(asked.length, 2);
    proxy.removeAllListeners('connect');
    proxy.on('connect', (_request, socket: Socket) => socket.end('HTTP/1.1 407 No\r\n\r\n'));
    const problem = await problemOf(send({ url, ...by }, { ca: cert }));
    assert.match(problem, /The proxy answered 407/);
    assert.doesNotMatch(problem, /us:er/);
  } finally {
    https.close();
    https.closeAllConnections();
    proxy.close();
    proxy.closeAllConnections();
  }
});

test('a redirect is not followed', async () => {
  receiver.answer = ({ path }, response) =>
    response.writeHead(path === '/hook' ? 307 : 200, { location: '/other' }).end();
  assert.match(await problemOf(send()), /307; redirects are not followed/);
  assert.deepEqual(
    receiver.received.map(({ path }) => path),
    ['/hook'],
  );
});

test('a receiver that hangs, and one that drips its answer, are given up in time', async () => {
  receiver.answer = () => {};
  assert.match(await problemOf(send({}, { timeoutMs: 150 })), /No answer within 0.15 s/);
  receiver.answer = (_request, response) => {
    response.writeHead(200);
    const drip = setInterval(() => response.write('.'), 20);
    response.on('close', () => clearInterval(drip));
  };
  assert.match(await problemOf(send({}, { timeoutMs: 150 })), /No answer within 0.15 s/);
});

test('an answer of more than 64 KiB is cut off', async () => {
  let written = 0;
  receiver.answer = (_request, response) => {
    response.writeHead(200);
    const pour = () => {
      while (written < 50_000_000) {
        written += 65_536;
        if (!response.write(Buffer.alloc(65_536))) return void response.once('drain', pour);
      }
      response.end();
    };
    pour();
  };
  assert.match(await problemOf(send()), /larger than 65536 bytes/);
  assert.ok(written < 50_000_000);
});

test('a receiver that is down, or hangs up, is a failure', async () => {
  receiver.answer = (_request, response) => response.destroy();
  assert.match(await problemOf(send()), /No answer/);
  assert.match(await problemOf(send({ url: 'http://127.0.0.1:1/' })), /ECONNREFUSED/);
});

/** Sent to a receiver that answers with these bytes, and then does with its socket what it likes. */
async function answeredWith(answer: (socket: Socket) => void): Promise<Sent> {
  const sockets = new Set<Socket>();
  const server = createTcp((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return await send({ url: `http://127.0.0.1:${port}/hook` });
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

const OK = 'HTTP/1.1 200 OK\r\n';
const pour = (head: string, drop: string) => (socket: Socket) => {
  const more = () => {
    while (socket.writable) if (!socket.write(drop)) return void socket.once('drain', more);
  };
  socket.write(head);
  more();
};
const HOSTILE: Record<string, (socket: Socket) => void> = {
  'an upgrade that nobody asked for': (socket) =>
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
  'an upgrade, and hangs up': (socket) =>
    socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nabc'),
  'hints without an end': pour('', 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(500)),
  'a header without an end': pour(`${OK}X: `, 'a'.repeat(65_536)),
  'headers without an end': pour(OK, 'X: a\r\n'.repeat(5_000)),
  'trailers without an end': pour(`${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n`, 'X: a\r\n'.repeat(5_000)),
  'a chunk’s extension without an end': pour(`${OK}Transfer-Encoding: chunked\r\n\r\n1;`, 'a'.repeat(65_536)),
  'two lengths': (socket) => socket.end(`${OK}Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`),
  'a length below nothing': (socket) => socket.end(`${OK}Content-Length: -1\r\n\r\n`),
  'less than it said': (socket) => socket.end(`${OK}Content-Length: 100\r\n\r\nx`),
  'words that are no HTTP': (socket) => socket.end('hello'),
  'a status that is none': (socket) => socket.end('HTTP/1.1 000 X\r\nContent-Length: 0\r\n\r\n'),
  nothing: (socket) => socket.end(),
  'a reset': (socket) => socket.resetAndDestroy(),
};
for (const [name, answer] of Object.entries(HOSTILE)) {
  test(`a receiver that answers with ${name} is a failure, in time`, { timeout: 30_000 }, async () => {
    assert.match(await problemOf(answeredWith(answer)), /No answer|answered/);
  });
}

test('credentials in a URL are sent as they were meant, and never part of a header of their own', async () => {
  const url = (user: string) => `http://${user}@127.0.0.1:${receiver.port}/hook`;
  for (const [user, pair] of [
    ['ana:p%40ss', 'ana:p@ss'],
    [':only', ':only'],
    ['ana', 'ana:'],
    ['a%0d%0aX-Evil:%201', 'a\r\nX-Evil: 1'],
  ] as const) {
    receiver.received.length = 0;
    assert.deepEqual(await send({ url: url(user) }), { ok: true });
    const { headers } = receiver.received[0] ?? {};
    assert.equal(headers?.['x-evil'], undefined);
    const [, encoded = ''] = String(headers?.authorization).split(' ');
    assert.equal(Buffer.from(encoded, 'base64').toString(), pair, user);
  }
  assert.throws(() => makeWebhook(webhookTo(1, { url: url('%ff') })), /credentials/);
});

test('an id that would break a line of the head is sent nowhere', async () => {
  const forged = { ...message(), id: 'ntc_1\r\nX-Evil: 1' };
  assert.match(await problemOf(send({}, {}, forged)), /Invalid character/);
  assert.deepEqual(receiver.received, []);
});

test('a signature holds for its id, its time and its body alone', async () => {
  await send();
  const [got] = receiver.received;
  const verify = (headers: object) =>
    new Webhook(SECRET).verify(got?.body ?? '', { ...got?.headers, ...headers } as Record<string, string>);
  verify({});
  assert.throws(() => verify({ 'webhook-id': 'ntc_1' }));
  const time = Number(got?.headers['webhook-timestamp']);
  assert.throws(() => verify({ 'webhook-timestamp': String(time + 1) }));
  assert.throws(() => verify({ 'webhook-timestamp': String(time - 3_600) }));
});

test('without allow_private, loopback and private addresses are refused before a packet is sent', async () => {
  for (const host of [
    '127.0.0.1',
    'localhost',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '0x7f.1',
    '2130706433',
    '169.254.169.254',
    '0x7f000001',
    '017700000001',
    '0177.0.0.1',
    '127.1',
    '127.0.0.1.',
    '①②⑦.⓪.⓪.①',
    '[::]',
    '0',
    '[0:0:0:0:0:ffff:7f00:1]',
    '[::7f00:1]',
    'ana:pw@127.0.0.1',
  ]) {
    const problem = await problemOf(send({ url: `https://${host}:${receiver.port}/`, allowPrivate: false }));
    assert.match(problem, /loopback, private/, host);
  }
  assert.deepEqual(receiver.received, []);
});

test('a name that turns to a private address is refused by the address that would be connected to', async () => {
  const asked: string[] = [];
  const resolve = async (host: string) => {
    asked.push(host);
    return ['127.0.0.1', '10.0.0.8', '::1'];
  };
  const url = `https://rebinding.example.com:${receiver.port}/`;
  assert.match(await problemOf(send({ url, allowPrivate: false }, { resolve })), /loopback, private/);
  assert.deepEqual(asked, ['rebinding.example.com'], 'a second look-up could have another answer');
  assert.deepEqual(receiver.received, []);
});

test('which addresses a webhook may reach', () => {
  const table: [string, boolean, boolean][] = [
    ['93.184.216.34', true, true],
    ['2606:4700::1111', true, true],
    ['127.0.0.1', false, true],
    ['10.0.0.1', false, true],
    ['172.31.255.255', false, true],
    ['192.168.1.1', false, true],
    ['100.64.0.1', false, true],
    ['fd12::1', false, true],
    ['::1', false, true],
    ['::ffff:10.0.0.1', false, true],
    ['0.0.0.0', false, false],
    ['::', false, false],
    ['169.254.169.254', false, false],
    ['fe80::1', false, false],
    ['168.63.129.16', false, false],
    ['100.100.100.200', false, false],
    ['fd00:ec2::254', false, false],
    ['fd00:ec2::23', false, false],
    ['fd20:ce::254', false, false],
    ['169.254.170.2', false, false],
    ['192.0.0.192', false, false],
    ['::7f00:1', false, false],
    ['::127.0.0.1', false, true],
    ['::a00:1', false, false],
    ['::ffff:0:7f00:1', false, false],
    ['64:ff9b:1::7f00:1', false, false],
    ['2001:0:7f00:1::', false, false],
    ['fec0::1', false, false],
    ['fe80::1%lo', false, false],
    ['::ffff:169.254.169.254', false, false],
    ['64:ff9b::a9fe:a9fe', false, false],
    ['2002:7f00:1::', false, false],
    ['224.0.0.1', false, false],
    ['255.255.255.255', false, false],
    ['198.18.0.1', false, false],
    ['no address', false, false],
  ];
  for (const [address, publicOnly, withPrivate] of table) {
    assert.equal(mayConnectTo(address, false), publicOnly, address);
    assert.equal(mayConnectTo(address, true), withPrivate, `${address} with allow_private`);
  }
});

test('TLS is verified: an unknown authority is refused before anything is said, a known one is spoken to', async () => {
  const { cert, key } = selfSigned();
  const bodies: string[] = [];
  const server = createHttps({ cert, key }, (request, response) => {
    request.on('data', (chunk: Buffer) => bodies.push(chunk.toString()));
    request.on('end', () => response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const url = `https://localhost:${(server.address() as AddressInfo).port}/`;
    assert.match(await problemOf(send({ url })), /self.signed/);
    assert.deepEqual(bodies, []);
    assert.deepEqual(await send({ url }, { ca: cert }), { ok: true });
    const resolve = async () => ['127.0.0.1'];
    const wrongName = url.replace('localhost', 'hooks.example.com');
    assert.match(await problemOf(send({ url: wrongName }, { ca: cert, resolve })), /altnames|Hostname/i);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('settings that can never work are refused when the channel is made', () => {
  assert.throws(() => makeWebhook(webhookTo(1, { allowPrivate: false })), /expected an https/);
  assert.throws(() => makeWebhook(webhookTo(1, { secret: 'whsec_!!!!!!!!!!!!!!!!' })), /base64/);
});

test('problems hold no URL: a chat’s is its password', async () => {
  receiver.answer = (_request, response) => response.writeHead(500).end();
  for (const url of [
    `http://127.0.0.1:${receiver.port}/services/T0/SECRET`,
    'http://nowhere.invalid/services/T0/SECRET',
  ]) {
    assert.ok(!(await problemOf(send({ url }))).includes('SECRET'));
  }
});

test('slack’s format is one text in which nobody can be called and no link be made', async () => {
  const end = ended(started({ reason: '<!channel> <https://evil.example|Stop it> & *bold*' }));
  assert.deepEqual(await send({ format: 'slack', secret: null }, {}, message([end as never])), { ok: true });
  const [got] = receiver.received;
  assert.equal(got?.headers['webhook-signature'], undefined);
  const { text } = JSON.parse(got?.body ?? '') as { text: string };
  assert.match(text, /^\*ana can no longer write to shop \(production\)\*/);
  assert.ok(text.includes('&lt;!channel&gt; &lt;https://evil.example|Stop it&gt; &amp;'));
  assert.ok(!/<(?!https:\/\/sudoql\.example\.com\/)/.test(text));
});

test('nor in the Markdown of the others that take that format, and no value can begin a line of its own', async () => {
  const reason = 'see [Stop it](https://evil.example) ![](https://evil.example/seen) @all @here @channel';
  const leftBehind = [{ effect: 'code', statement: 'create view "v\nall is well\u202e" as select 1' }];
  const end = ended(started({ reason }));
  const summary = { ...(end.summary as object), leftBehind };
  await send({ format: 'slack', secret: null }, {}, message([{ ...end, summary } as never]));
  const { text } = JSON.parse(receiver.received[0]?.body ?? '') as { text: string };
  assert.match(text, /Stop it/);
  assert.doesNotMatch(text, /\]\(/);
  assert.doesNotMatch(text, /@(all|here|channel)/);
  assert.doesNotMatch(text, /^all is well/m);
  assert.doesNotMatch(text, /\u202e/);
});

test('headers of the configuration go with each request, below what the gateway says itself; a path goes behind the URL’s', async () => {
  const settings: Partial<WebhookSettings> = {
    format: 'opsgenie',
    secret: 'KEY',
    url: `http://127.0.0.1:${receiver.port}/v2/alerts?team=db`,
    headers: { 'x-team': 'db', 'webhook-id': 'mine', authorization: 'mine' },
  };
  assert.deepEqual(await send(settings, {}, message([ended(started({ elevation: 'elv_1' })) as never])), { ok: true });
  const [got] = receiver.received;
  assert.equal(got?.path, '/v2/alerts/sudoql%2Felv_1/close?team=db&identifierType=alias');
  assert.equal(got.headers['x-team'], 'db');
  assert.equal(got.headers['webhook-id'], 'ntc_0');
  assert.equal(got.headers.authorization, 'GenieKey KEY');
});
