// What the client makes of gateways that are not well. With one that is: test/repl/.
import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, test } from 'node:test';
import { WebSocketServer } from 'ws';
import { EXIT } from './exit-codes.ts';
import { listTargets } from './gateway-api.ts';
import { connect, startupOptions } from './gateway-client.ts';
import { Problem } from './problem.ts';

const me = {
  principal: { id: 'ana', email: null, groups: [], kind: 'human', elevate: 'in-band' },
  token: { id: 'tok', expires_at: '2030-01-01T00:00:00Z' },
};
let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function gateway(answer: RequestListener): Promise<{ url: URL; token: string }> {
  server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: new URL(`http://127.0.0.1:${(server.address() as { port: number }).port}/base`), token: 'secret' };
}

const options = { target: 'shop', onNotice: () => {}, onState: () => {} };
async function problemOf(attempt: Promise<unknown>): Promise<Problem> {
  const error = await attempt.then(
    () => null,
    (error: unknown) => error,
  );
  assert.ok(error instanceof Problem, String(error));
  assert.equal(error.exitCode, EXIT.connection);
  return error;
}

test('the token goes to the gateway’s base path, and a redirect is not followed', async () => {
  const asked: (string | undefined)[][] = [];
  const to = await gateway((request, response) => {
    asked.push([request.url, request.headers.authorization]);
    response.writeHead(302, { location: 'http://127.0.0.1:1/elsewhere' }).end();
  });
  await problemOf(listTargets(to));
  assert.deepEqual(asked, [['/base/v1/targets', 'Bearer secret']]);
});

test('what the gateway says is passed on; control characters in it are not', async () => {
  const busy = await gateway((_, response) => {
    response.writeHead(503).end(JSON.stringify({ code: 'not_ready', message: 'the ledger is away\u001b[2J' }));
  });
  assert.equal((await problemOf(connect(busy, options))).message, 'The gateway refused: the ledger is away\\x1b[2J');
});

test('another service at that address is told from a gateway', async () => {
  const other = await gateway((_, response) => response.end('<html>hello</html>'));
  assert.match((await problemOf(connect(other, options))).message, /does not answer as a sudoql gateway does/);
});

test('a WebSocket that is refused is a problem with the gateway’s own words', async () => {
  const to = await gateway((_, response) => response.end(JSON.stringify(me)));
  server.on('upgrade', (_, socket) => {
    const body = JSON.stringify({ code: 'too_many_attempts', message: 'Wait a minute.' });
    socket.end(`HTTP/1.1 429 Too Many Requests\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  });
  assert.equal((await problemOf(connect(to, options))).message, 'The gateway refused: Wait a minute.');
});

test('a WebSocket that closes or speaks garbage before there is a session is a problem, not a crash', async () => {
  for (const behave of ['close', 'garbage', 'text'] as const) {
    const to = await gateway((_, response) => response.end(JSON.stringify(me)));
    new WebSocketServer({ server }).on('connection', (socket) => {
      if (behave === 'close') socket.close();
      if (behave === 'garbage') {
        socket.send(Buffer.from('GARBAGE!'));
        socket.close();
      }
      if (behave === 'text') socket.send('hello');
    });
    await problemOf(connect(to, options));
    server.closeAllConnections();
    server.close();
  }
});

test('a reason survives the startup packet’s options, whatever is in it', () => {
  assert.equal(
    startupOptions({ reason: 'fix\\ it now', duration: '10 min' }),
    '-c sudoql.reason=fix\\\\\\ it\\ now -c sudoql.duration=10\\ min',
  );
});
