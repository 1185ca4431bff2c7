import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { pino } from 'pino';
import { RawClient, startupMessage } from '../../../test/helpers/raw-client.ts';
import { until } from '../../../test/helpers/until.ts';
import { readFields } from './frames.ts';
import { makeWireListener, type WireListener } from './listener.ts';
import { inNetworks } from './networks.ts';
import { toySessions, toyTokens } from './toys.ts';

const open: WireListener[] = [];
after(() => Promise.all(open.map((listener) => listener.close())));

async function gateway(trustProxy: string[], perAddress = 250) {
  const sessions = toySessions();
  const listener = await makeWireListener({
    host: '127.0.0.1',
    port: 0,
    tls: null,
    allowPlaintext: true,
    tokens: toyTokens({ ana: ['secret'] }),
    sessions,
    log: pino({ level: 'silent' }),
    limits: { refusedMs: 1, halfOpenPerAddress: perAddress },
    trustProxy,
  });
  open.push(listener);
  return { port: listener.address.port, listener, sessions };
}

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const v2 = (command: number, family: number, block: number[], length = block.length) =>
  Buffer.concat([SIGNATURE, Buffer.from([0x20 | command, family, length >> 8, length & 255, ...block])]);
const IPV4 = [203, 0, 113, 9, 127, 0, 0, 1, 0x11, 0x11, 0x1d, 0x08];
const IPV6 = [0x20, 0x01, 0x0d, 0xb8, ...Array<number>(11).fill(0), 7, ...Array<number>(16).fill(0), 1, 1, 2, 2];

test('the record’s address is the one that a trusted balancer names, in both versions', async () => {
  const { port, sessions } = await gateway(['loopback']);
  for (const [header, address] of [
    ['PROXY TCP4 203.0.113.9 127.0.0.1 4369 7432\r\n', '203.0.113.9'],
    ['PROXY TCP6 2001:db8::7 ::1 4369 7432\r\n', '2001:db8::7'],
    ['PROXY TCP6 ::ffff:203.0.113.9 ::1 4369 7432\r\n', '203.0.113.9'],
    ['PROXY UNKNOWN\r\n', '127.0.0.1'],
    ['PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n', '127.0.0.1'],
    [v2(1, 0x11, IPV4), '203.0.113.9'],
    // With an extension behind the addresses.
    [v2(1, 0x11, [...IPV4, 0x04, 0, 1, 0]), '203.0.113.9'],
    [v2(1, 0x21, IPV6), '2001:db8::7'],
    [v2(0, 0x00, []), '127.0.0.1'],
    [v2(1, 0x31, Array(216).fill(0)), '127.0.0.1'],
  ] as const) {
    for (const apart of [false, true]) {
      const client = await RawClient.connect(port);
      if (apart) for (const byte of Buffer.from(header)) client.send(Buffer.from([byte]));
      else client.send(Buffer.from(header));
      assert.equal((await client.logIn('ana', 'shop', 'secret')).type, 'R', String(header));
      await client.until('Z');
      assert.equal(sessions.hellos.at(-1)?.clientAddress, address, String(header));
      client.destroy();
    }
  }
});

async function refusal(port: number, ...messages: Buffer[]): Promise<string | undefined> {
  const client = await RawClient.connect(port);
  client.send(...messages);
  const answer = await client.next();
  client.destroy();
  return readFields(answer.body).get('R');
}

test('who is not trusted is not believed, and who is must say it', async () => {
  const startup = startupMessage({ user: 'ana', database: 'shop' });
  const header = Buffer.from('PROXY TCP4 203.0.113.9 127.0.0.1 4369 7432\r\n');
  const off = await gateway([]);
  const others = await gateway(['10.0.0.0/8', 'fd00::/8']);
  for (const { port } of [off, others]) assert.equal(await refusal(port, header, startup), 'protocol_violation');
  const { port, sessions } = await gateway(['127.0.0.1']);
  for (const bad of [
    startup,
    Buffer.concat([header, header, startup]),
    Buffer.from('PROXY TCP4 203.0.113.999 127.0.0.1 1 2\r\n'),
    Buffer.from('PROXY TCP4 2001:db8::7 127.0.0.1 1 2\r\n'),
    Buffer.from('PROXY TCP4 203.0.113.9 127.0.0.1 1 99999\r\n'),
    Buffer.from('PROXY UDP4 203.0.113.9 127.0.0.1 1 2\r\n'),
    Buffer.from('PROXY TCP4 203.0.113.9 127.0.0.1 1 2\n'),
    Buffer.from(`PROXY UNKNOWN ${'x'.repeat(200)}\r\n`),
    v2(1, 0x12, IPV4),
    v2(2, 0x11, IPV4),
    v2(1, 0x11, IPV4.slice(0, 8)),
    v2(1, 0x11, [], 60_000),
    Buffer.concat([SIGNATURE, Buffer.from([0x11, 0x11, 0, 0])]),
    Buffer.concat([SIGNATURE.subarray(0, 8), Buffer.alloc(8)]),
  ])
    assert.equal(await refusal(port, bad), 'protocol_violation', bad.toString('latin1'));
  assert.equal(sessions.hellos.length, 0);
});

test('a balancer on this machine does not make its clients’ plain wire a safe one, nor does what it says of them', async () => {
  const listener = await makeWireListener({
    host: '127.0.0.1',
    port: 0,
    tls: null,
    tokens: toyTokens({ ana: ['secret'] }),
    sessions: toySessions(),
    log: pino({ level: 'silent' }),
    limits: { refusedMs: 1 },
    trustProxy: ['loopback'],
  });
  open.push(listener);
  const startup = startupMessage({ user: 'ana', database: 'shop' });
  const header = Buffer.from('PROXY TCP4 203.0.113.9 127.0.0.1 4369 7432\r\n');
  assert.equal(await refusal(listener.address.port, header, startup), 'tls_required');
});

test('limits by address count the client that is named, and not its balancer', async () => {
  const { port, listener } = await gateway(['loopback'], 2);
  const header = (address: string) => Buffer.from(`PROXY TCP4 ${address} 127.0.0.1 1 2\r\n`);
  const startup = startupMessage({ user: 'ana', database: 'shop' });
  const waiting: RawClient[] = [];
  // None of the first six is of the same client more than twice.
  for (let n = 0; n < 6; n++) {
    const client = await RawClient.connect(port);
    client.send(header(`203.0.113.${Math.floor(n / 2)}`), startup);
    assert.equal((await client.next()).type, 'R');
    waiting.push(client);
  }
  assert.equal(await refusal(port, header('203.0.113.0'), startup), 'too_many_connections');
  waiting[0]?.destroy();
  await until('its place is given back', async () => listener.halfOpen === 5);
  const again = await RawClient.connect(port);
  again.send(header('203.0.113.0'), startup);
  assert.equal((await again.next()).type, 'R');
  for (const client of [...waiting, again]) client.destroy();
  await until('all places are given back', async () => listener.halfOpen === 0);
});

test('networks are told apart as they are written', () => {
  const within = inNetworks(['10.0.0.0/8', '192.0.2.7', 'fd00::/8', 'loopback']);
  for (const address of ['10.1.2.3', '192.0.2.7', 'fd12::1', '127.0.0.5', '::1', '::ffff:10.1.2.3'])
    assert.ok(within(address), address);
  for (const address of ['11.0.0.1', '192.0.2.8', 'fe80::1', '', 'nonsense', '::2'])
    assert.ok(!within(address), address);
  assert.ok(!inNetworks([])('127.0.0.1'));
});

test('a client that leaves in the middle of its first packet is told nothing, as PostgreSQL tells it nothing', async () => {
  const { port } = await gateway([]);
  const whole = startupMessage({ user: 'ana', database: 'shop' });
  for (let length = 0; length < whole.length; length += 3) {
    const client = await RawClient.connect(port);
    client.send(whole.subarray(0, length));
    client.stream.end();
    assert.equal((await client.closed()).length, 0, `${length} bytes`);
  }
});
