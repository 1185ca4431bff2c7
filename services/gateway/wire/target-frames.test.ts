import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  commandComplete,
  copyData,
  dataRow,
  message,
  parameterStatus,
  readyForQuery,
  rowDescription,
} from './frames.ts';
import { ProtocolViolation } from './frames.ts';
import { TargetFrames, type TargetVisitor } from './target-frames.ts';

const stream = Buffer.concat([
  rowDescription(['n']),
  dataRow(['1']),
  dataRow(['two'.repeat(100)]),
  dataRow(['3']),
  commandComplete('SELECT 3'),
  readyForQuery('I'),
  copyData(Buffer.alloc(500, 'c')),
  readyForQuery('T'),
]);

/** What is written, and the types seen, when `bytes` come in chunks of `size`. */
function walk(bytes: Buffer, size: number, rules: Partial<TargetVisitor> = {}): { out: Buffer; seen: string } {
  const out: Buffer[] = [];
  let seen = '';
  const frames = new TargetFrames();
  const visitor: TargetVisitor = {
    bulk: (type, length) => {
      seen += type;
      return rules.bulk?.(type, length) ?? true;
    },
    message: (message) => {
      seen += message.type;
      assert.deepEqual(message.raw.subarray(5), message.body);
      assert.equal(message.raw.length, message.length);
      return rules.message?.(message) ?? true;
    },
    write: (piece) => out.push(Buffer.from(piece)),
  };
  for (let at = 0; at < bytes.length; at += size) frames.feed(bytes.subarray(at, at + size), visitor);
  assert.ok(frames.atBoundary && frames.clientAtBoundary);
  return { out: Buffer.concat(out), seen };
}

const sizes = [1, 2, 3, 5, 6, 7, 50, 333, stream.length];

test('bytes pass unchanged and every message is seen once, whichever way they are cut', () => {
  for (const size of sizes) assert.deepEqual(walk(stream, size), { out: stream, seen: 'TDDDCZdZ' });
});

test('rows are dropped, and messages dropped or replaced in their place', () => {
  const notice = parameterStatus('sudoql.mode', 'read');
  const expected = Buffer.concat([
    rowDescription(['n']),
    dataRow(['1']),
    notice,
    readyForQuery('I'),
    notice,
    readyForQuery('T'),
  ]);
  for (const size of sizes) {
    let rows = 0;
    const { out } = walk(stream, size, {
      bulk: (type) => type === 'D' && rows++ === 0,
      message: ({ type, raw }) => (type === 'C' ? false : type === 'Z' ? Buffer.concat([notice, raw]) : true),
    });
    assert.deepEqual(out, expected);
  }
});

test('it knows when the client was given half a row', () => {
  const frames = new TargetFrames();
  const visitor: TargetVisitor = { bulk: () => true, message: () => true, write: () => {} };
  const row = dataRow(['long'.repeat(50)]);
  frames.feed(row.subarray(0, 20), visitor);
  assert.equal(frames.clientAtBoundary, false);
  frames.feed(row.subarray(20), visitor);
  assert.equal(frames.clientAtBoundary, true);
  // The header alone is kept back, so the client was given nothing.
  frames.feed(row.subarray(0, 4), visitor);
  assert.equal(frames.clientAtBoundary, true);
  assert.equal(frames.atBoundary, false);
});

test('a row of any length is not held', () => {
  const frames = new TargetFrames(1000);
  let size = 0;
  const visitor: TargetVisitor = {
    bulk: () => true,
    message: () => true,
    write: (bytes) => {
      size += bytes.length;
    },
  };
  const row = dataRow(['x'.repeat(100_000)]);
  for (let at = 0; at < row.length; at += 1000) {
    frames.feed(row.subarray(at, at + 1000), visitor);
    assert.equal(size, Math.min(at + 1000, row.length));
  }
});

test('an impossible or too long message of the target is a violation', () => {
  const visitor: TargetVisitor = { bulk: () => true, message: () => true, write: () => {} };
  assert.throws(() => new TargetFrames().feed(Buffer.from([0x5a, 0, 0, 0, 1]), visitor), ProtocolViolation);
  assert.throws(() => new TargetFrames(10).feed(message('E', Buffer.alloc(11)), visitor), ProtocolViolation);
});
