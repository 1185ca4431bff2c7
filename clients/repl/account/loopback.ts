// A port of this machine's own that the browser brings the code to (RFC 8252, 7.3).
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EXIT } from '../exit-codes.ts';
import { Problem } from '../problem.ts';

export interface Loopback {
  port: number;
  /** Resolves with the code that came with `state`; rejects with a Problem after `ms`. */
  code(ms: number): Promise<string>;
  close(): void;
}

export async function listen(state: string): Promise<Loopback> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  promise.catch(() => {});
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const code = searchParams.get('code');
    // Any page can send a browser here: what was not asked for by us is not ours.
    if (request.method !== 'GET' || pathname !== '/' || searchParams.get('state') !== state || code === null)
      return say(response, 404, 'This is not what sudoql waits for.');
    say(response, 200, 'You are logged in. Close this page, and go back to your terminal.');
    resolve(code);
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', listening);
  });
  return {
    port: (server.address() as AddressInfo).port,
    code: (ms) => {
      const timer = setTimeout(
        () => reject(new Problem(EXIT.connection, 'Nobody logged in in the browser in time.', 'sudoql login')),
        ms,
      );
      return promise.finally(() => clearTimeout(timer));
    },
    close: () => {
      server.close();
      server.closeIdleConnections();
    },
  };
}

function say(response: ServerResponse, status: number, words: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'",
    'referrer-policy': 'no-referrer',
    connection: 'close',
  });
  response.end(
    `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>sudoql</title><p>${words}</p></html>`,
  );
}
