import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { ClientConnection } from './client.ts';

/** A client that takes `room` bytes before it counts as slow, and what each write to it was. */
function connect(room = 1_000_000) {
  const written: string[] = [];
  const held: (() => void)[] = [];
  let taking = true;
  const stream = new Duplex({
    writableHighWaterMark: room,
    read() {},
    write(chunk: Buffer, _, done) {
      written.push(chunk.length > 20 ? `${chunk.length}` : chunk.toString());
      if (taking) done();
      else held.push(done);
    },
  });
  return {
    client: new ClientConnection(stream, 1_024),
    written,
    stop: () => {
      taking = false;
    },
    go: () => {
      taking = true;
      for (const done of held.splice(0)) done();
    },
  };
}

test('what is written in one turn goes together at its end, in order, with what is said in between', async () => {
  const { client, written } = connect();
  client.write(Buffer.from('a'));
  client.write(Buffer.from('b'));
  client.say(Buffer.from('c'), Buffer.from('d'));
  client.write(Buffer.from('e'));
  await setImmediate();
  client.write(Buffer.from('f'));
  await setImmediate();
  assert.deepEqual(written, ['abcde', 'f']);
});

test('what is large is not put off, and goes behind what was', async () => {
  const { client, written } = connect();
  client.write(Buffer.from('a'));
  client.write(Buffer.alloc(64 * 1024));
  assert.deepEqual(written, ['a', '65536']);
  client.write(Buffer.from('b'));
  await setImmediate();
  assert.deepEqual(written, ['a', '65536', 'b']);
});

test('last words stand behind what was written in the same turn', async () => {
  const { client, written } = connect();
  client.write(Buffer.from('a'));
  client.end(Buffer.from('z'));
  await setImmediate();
  assert.deepEqual(written, ['a', 'z']);
});

test('a client that takes nothing is slow, and drained once it has taken what it was sent', async () => {
  const { client, written, stop, go } = connect(10);
  stop();
  assert.ok(client.write(Buffer.alloc(20)));
  await setImmediate();
  assert.ok(client.slow);
  assert.ok(!client.write(Buffer.from('b')), 'it is to be waited for');
  const drained = client.drained();
  go();
  await drained;
  await setImmediate();
  assert.deepEqual(written, ['\0'.repeat(20), 'b']);
});
