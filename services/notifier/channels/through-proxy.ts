// The way to a receiver through an HTTP proxy (CONNECT): what is said inside is between the gateway and the receiver.
import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { Socket } from 'node:net';

export interface Hop {
  host: string;
  port: number;
  /** `http://proxy:3128`, with a user and a password where it wants them. */
  proxy: URL;
  signal: AbortSignal;
}

/** A connection to host and port by way of the proxy. Throws what keeps it from being there; never a password. */
export function connectThrough({ host, port, proxy, signal }: Hop): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
    const outgoing = (proxy.protocol === 'https:' ? secureRequest : plainRequest)({
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: Number(proxy.port) || (proxy.protocol === 'https:' ? 443 : 80),
      method: 'CONNECT',
      path: authority,
      headers: {
        host: authority,
        ...(proxy.username ? { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` } : {}),
      },
      agent: false,
      signal,
      maxHeaderSize: 16 * 1_024,
    });
    outgoing.once('connect', ({ statusCode = 0 }, socket: Socket, head: Buffer) => {
      if (statusCode < 200 || statusCode > 299 || head.length > 0) {
        socket.destroy();
        return reject(new Error(`The proxy answered ${statusCode}.`));
      }
      resolve(socket);
    });
    outgoing.once('response', ({ statusCode = 0 }) => {
      outgoing.destroy();
      reject(new Error(`The proxy answered ${statusCode}.`));
    });
    outgoing.once('error', (error) =>
      reject(new Error(`The proxy cannot be used: ${error.message}`, { cause: error })),
    );
    outgoing.once('close', () => reject(new Error('The proxy hung up.')));
    outgoing.end();
  });
}
