import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ClientFrame, ClientFrames } from './client-frames.ts';
import {
  BodyReader,
  bind,
  bodyOf,
  copyData,
  dataRow,
  errorResponse,
  int16,
  message,
  noticeResponse,
  ProtocolViolation,
  parse,
  query,
  readDataRow,
  readFields,
  rowDescription,
  SYNC,
} from './frames.ts';

const all = (frames: ClientFrames): ClientFrame[] => {
  const found: ClientFrame[] = [];
  for (let frame = frames.next(); frame; frame = frames.next()) found.push(frame);
  return found;
};

/** What is found when the bytes come in chunks of `size`. */
function cut(bytes: Buffer, size: number, maxText = 1024): ClientFrame[] {
  const frames = new ClientFrames(maxText);
  const found: ClientFrame[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    frames.push(bytes.subarray(at, at + size));
    found.push(...all(frames));
  }
  assert.equal(frames.buffered, 0);
  return found;
}

const bodies = (found: ClientFrame[]): string =>
  found
    .map((frame) => {
      if (frame.kind === 'message') return `${frame.type}(${frame.raw.toString('latin1', 5).replaceAll('\0', '.')})`;
      if (frame.kind === 'dropped') return `dropped ${frame.type} ${frame.length}`;
      return frame.kind;
    })
    .join(' ');

test('an error carries SQLSTATE, stable code, detail, hint and position', () => {
  const fields = readFields(
    errorResponse({ code: 'write_needs_elevation', message: 'm', detail: 'd', hint: 'h', position: 7 }).subarray(5),
  );
  assert.deepEqual(Object.fromEntries(fields), {
    S: 'ERROR',
    V: 'ERROR',
    C: '25006',
    M: 'm',
    D: 'd',
    H: 'h',
    P: '7',
    F: 'sudoql',
    R: 'write_needs_elevation',
  });
  const ended = readFields(
    errorResponse({ code: 'elevation_ended', message: 'm', sqlstate: '57014' }, 'FATAL').subarray(5),
  );
  assert.equal(ended.get('C'), '57014');
  assert.equal(ended.get('S'), 'FATAL');
});

test('a zero byte in a message begins no field of its own', () => {
  const fields = readFields(errorResponse({ code: 'not_understood', message: 'a\0Cspoof\0' }).subarray(5));
  assert.equal(fields.get('C'), '42501');
  assert.equal(fields.get('M'), 'a\uFFFDCspoof\uFFFD');
  assert.throws(() => query('SELECT 1\0; DROP'), ProtocolViolation);
});

test('a notice without a code is a plain one, with a code it has its SQLSTATE', () => {
  assert.equal(readFields(noticeResponse({ message: 'm' }).subarray(5)).get('C'), '00000');
  assert.equal(readFields(noticeResponse({ message: 'm', code: 'shutting_down' }).subarray(5)).get('C'), '57P01');
});

test('rows of texts are read as they were built', () => {
  const values = ['a', null, '', 'ü'];
  assert.deepEqual(
    readDataRow(dataRow(values).subarray(5)).map((value) => value?.toString() ?? null),
    values,
  );
  const columns = new BodyReader(rowDescription(['mode']).subarray(5));
  assert.equal(columns.int16(), 1);
  assert.equal(columns.cstring(), 'mode');
  columns.bytes(6);
  assert.equal(columns.int32(), 25);
});

test('a body that ends before it should is a protocol violation', () => {
  assert.throws(() => new BodyReader(Buffer.from([1])).int16(), ProtocolViolation);
  assert.throws(() => new BodyReader(Buffer.from('abc')).cstring(), ProtocolViolation);
  assert.throws(() => new BodyReader(Buffer.alloc(4)).bytes(-1), ProtocolViolation);
});

test('messages are found whichever way their bytes are cut', () => {
  const bytes = Buffer.concat([
    query('SELECT 1'),
    parse('s', 'SELECT 2', [23]),
    bind('', 's'),
    SYNC,
    copyData(Buffer.alloc(0)),
    SYNC,
  ]);
  const whole = bodies(cut(bytes, bytes.length));
  assert.equal(whole, 'Q(SELECT 1.) P(s.SELECT 2..\x01...\x17) B(.s.......) S() S()');
  for (const size of [1, 2, 3, 5, 7, 64]) assert.equal(bodies(cut(bytes, size)), whole);
});

test('COPY data comes in pieces of any framing, without being held', () => {
  const bytes = Buffer.concat([copyData(Buffer.alloc(300_000, 'x')), copyData(Buffer.from('end')), SYNC]);
  const frames = new ClientFrames(1024);
  let size = 0;
  let most = 0;
  const kinds = new Set<string>();
  for (let at = 0; at < bytes.length; at += 1000) {
    frames.push(bytes.subarray(at, at + 1000));
    for (const frame of all(frames)) {
      kinds.add(frame.kind);
      if (frame.kind === 'copy_data') size += frame.bytes.length;
    }
    most = Math.max(most, frames.buffered);
  }
  assert.equal(size, 300_003);
  assert.deepEqual([...kinds], ['copy_data', 'message']);
  assert.ok(most < 10);
});

test('a long Bind comes as a head that holds both names, and pieces that add up to it', () => {
  const long = message('B', 'portal', 'statement', int16(0), Buffer.alloc(200_000, 7));
  for (const size of [1000, 70_000, long.length]) {
    const found = cut(Buffer.concat([long, SYNC]), size);
    const [head, ...rest] = found;
    assert.ok(head?.kind === 'bind_head');
    assert.equal(head.length, long.length - 5);
    const reader = bodyOf(head.raw);
    assert.equal(`${reader.cstring()} ${reader.cstring()}`, 'portal statement');
    const pieces = rest.filter((frame) => frame.kind === 'piece');
    assert.deepEqual(Buffer.concat([head.raw, ...pieces.map((piece) => piece.bytes)]), long);
    assert.deepEqual(pieces.map((piece) => piece.last).lastIndexOf(true), pieces.length - 1);
    assert.equal(pieces.filter((piece) => piece.last).length, 1);
    assert.equal(bodies(rest.slice(-1)), 'S()');
  }
});

test('a text over the limit and a FunctionCall are dropped, and what follows is still understood', () => {
  const bytes = Buffer.concat([query('x'.repeat(2000)), message('F', Buffer.alloc(50)), SYNC]);
  for (const size of [1, 100, bytes.length]) assert.equal(bodies(cut(bytes, size)), 'dropped Q 2001 dropped F 50 S()');
});

const violations: [string, Buffer][] = [
  ['an unknown type', Buffer.from('GET / HTTP/1.1\r\n')],
  ['a length below its own four bytes', Buffer.from([0x51, 0, 0, 0, 3])],
  ['a negative length', Buffer.from([0x51, 0xff, 0xff, 0xff, 0xff])],
  ['a Sync of a megabyte', Buffer.from([0x53, 0, 0x10, 0, 0])],
  ['a length of two gigabytes', Buffer.from([0x64, 0x7f, 0xff, 0xff, 0xff])],
  ['a password after authentication', message('p', 'secret')],
  ['a Bind whose names do not end', message('B', Buffer.alloc(100_000, 'x'))],
];
for (const [what, bytes] of violations) {
  test(`${what} is a protocol violation`, () => {
    assert.throws(() => cut(bytes, bytes.length), ProtocolViolation);
  });
}
