import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { WebSocketStream } from '../../services/contract/websocket-stream.ts';
import { copyData, COPY_DONE } from '../../services/gateway/wire/frames.ts';
import { makeWebSocketHandler, WEBSOCKET_OPTIONS } from '../../services/gateway/wire/websocket.ts';
import { query, Raw, refusedInRead, run, SYNC } from './raw-client.ts';
import { assertLedger } from '../helpers/assert-ledger.ts';
import { makeStage, openPolicy, type Stage } from './stage.ts';

let stage: Stage;
let server: WebSocketServer;

before(async () => {
  stage = await makeStage({
    policy: openPolicy(),
    schema: 'CREATE TABLE items (id int); INSERT INTO items VALUES (1), (2)',
  });
  const handle = makeWebSocketHandler({ sessions: stage.sessions, log: { info: () => {}, error: console.error } });
  const who = await stage.who('ana');
  server = new WebSocketServer({ host: '127.0.0.1', port: 0, ...WEBSOCKET_OPTIONS });
  server.on('connection', (socket) => void handle(socket, who, '127.0.0.1'));
  await once(server, 'listening');
});
after(async () => {
  for (const socket of server.clients) socket.terminate();
  server.close();
  await stage.remove();
});

async function open(): Promise<Raw> {
  const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await once(socket, 'open');
  return Raw.over(new WebSocketStream(socket), { user: 'ana', database: 'shop' });
}

test('promise 3: through a WebSocket the guard stands as well: simple and extended protocol, COPY', async () => {
  await assertLedger(
    stage.onLedger,
    [
      'read SelectStmt',
      'ok 1',
      'refused DeleteStmt write_needs_elevation',
      'refused DeleteStmt write_needs_elevation',
      'refused CopyStmt write_needs_elevation',
    ],
    async () => {
      const raw = await open();
      assert.deepEqual(await raw.ask(query('SELECT count(*) FROM items')), [
        'T(count:20:0)',
        'D(2)',
        'C(SELECT 1)',
        'Z(I)',
      ]);
      assert.ok(refusedInRead(await raw.ask(query('DELETE FROM items'))));
      assert.ok(refusedInRead(await raw.ask([run('DELETE FROM items'), SYNC])));
      assert.ok(
        refusedInRead(await raw.ask([query('COPY items FROM STDIN'), copyData(Buffer.from('3\n')), COPY_DONE])),
      );
      assert.deepEqual(await stage.rows('SELECT count(*)::int AS n FROM items'), [{ n: 2 }]);
      const started = (await stage.entries('session_started')).at(-1);
      assert.equal(started?.via, 'websocket');
      raw.destroy();
    },
  );
});

test('promise 5: through a WebSocket an elevation ends with its connection', async () => {
  const raw = await open();
  await raw.ask(query("SELECT sudo('websocket')"));
  await raw.ask(query('BEGIN'));
  await raw.ask(query('DELETE FROM items'));
  raw.destroy();
  await stage.gone('websocket');
  assert.deepEqual(await stage.rows('SELECT count(*)::int AS n FROM items'), [{ n: 2 }]);
});
