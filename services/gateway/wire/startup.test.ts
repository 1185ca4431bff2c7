import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startupMessage } from '../../../test/helpers/raw-client.ts';
import { cancelRequest, int32, ProtocolViolation } from './frames.ts';
import { parseFirstPacket, type Startup } from './startup.ts';

const parse = (packet: Buffer) => parseFirstPacket(packet.subarray(4));

function startup(parameters: Record<string, string>, version?: number): Startup {
  const first = parse(startupMessage(parameters, version));
  assert.ok(first.kind === 'startup');
  return first.startup;
}

test('user and database are taken out of the parameters', () => {
  const { user, database, parameters, minor, negotiate } = startup({
    user: 'ana',
    database: 'shop',
    application_name: 'psql',
    options: '-c sudoql.reason=x',
  });
  assert.deepEqual({ user, database, minor, negotiate }, { user: 'ana', database: 'shop', minor: 0, negotiate: null });
  assert.deepEqual(Object.fromEntries(parameters), { application_name: 'psql', options: '-c sudoql.reason=x' });
});

test('no database means no target, not one named like the user', () => {
  assert.equal(startup({ user: 'ana' }).database, '');
});

const versions: [number, 0 | 2, number | null][] = [
  [0x0003_0000, 0, null],
  [0x0003_0001, 0, 0x0003_0000],
  [0x0003_0002, 2, null],
  [0x0003_0003, 2, 0x0003_0002],
  [0x0003_270f, 2, 0x0003_0002],
];
for (const [asked, minor, answered] of versions) {
  test(`version 0x${asked.toString(16)} is ${answered === null ? 'taken' : `negotiated to 0x${answered.toString(16)}`}`, () => {
    const found = startup({ user: 'ana' }, asked);
    assert.equal(found.minor, minor);
    assert.equal(found.negotiate?.readInt32BE(5) ?? null, answered);
  });
}

test('a protocol extension is named in the negotiation and is no parameter', () => {
  const found = startup({ user: 'ana', '_pq_.command': '1' }, 0x0003_0002);
  assert.equal(found.negotiate?.readInt32BE(5), 0x0003_0002);
  assert.equal(found.negotiate?.readInt32BE(9), 1);
  assert.equal(found.negotiate?.toString('latin1', 13), '_pq_.command\0');
  assert.equal(found.parameters.size, 0);
});

test('cancel keys of protocol 3.0 and of 3.2 are read', () => {
  for (const length of [4, 32, 256]) {
    assert.deepEqual(parse(cancelRequest(7, Buffer.alloc(length, 1))), {
      kind: 'cancel',
      processId: 7,
      secret: Buffer.alloc(length, 1),
    });
  }
  for (const length of [0, 3, 257]) {
    assert.throws(() => parse(cancelRequest(7, Buffer.alloc(length))), ProtocolViolation);
  }
});

const raw = (...parts: (Buffer | string)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
const bad: [string, Buffer][] = [
  ['parameters without an end', raw(int32(0x0003_0000), 'user\0ana\0')],
  ['a name without its value', raw(int32(0x0003_0000), 'user\0')],
  ['bytes behind the end', raw(int32(0x0003_0000), 'user\0ana\0\0x')],
  ['a user that is given twice', raw(int32(0x0003_0000), 'user\0ana\0user\0ben\0\0')],
  ['a user that is not UTF-8', raw(int32(0x0003_0000), 'user\0\xff\xfe\0\0')],
  ['an SSLRequest that is too long', raw(int32(80_877_103), 'x')],
];
for (const [what, body] of bad) {
  test(`a startup packet with ${what} is a protocol violation`, () => {
    assert.throws(() => parseFirstPacket(body), ProtocolViolation);
  });
}

test('another major version is told from garbage', () => {
  assert.deepEqual(parseFirstPacket(int32(0x0002_0000)), { kind: 'other_version', version: '2.0' });
});
