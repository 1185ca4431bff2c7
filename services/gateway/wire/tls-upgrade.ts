import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import { ConnectionEnded, readExactly } from './read-exactly.ts';

/** PostgreSQL's name in a TLS handshake. */
export const ALPN = 'postgresql';

/** Of a TLS record that is part of a handshake; a startup packet begins with the zero byte of its length. */
const HANDSHAKE = 0x16;

/** PEM texts. */
export interface TlsPair {
  cert: string | Buffer;
  key: string | Buffer;
}

/** Throws for a pair that does not fit or does not parse: call it at start, so that the start fails. */
export function secureContext(pair: TlsPair): SecureContext {
  return createSecureContext({
    ...pair,
    minVersion: 'TLSv1.2',
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  });
}

/** Whether the client begins with TLS, without asking for it in plain (libpq's sslnegotiation=direct). Nothing is taken from the stream. */
export async function beginsTls(socket: Socket): Promise<boolean> {
  const first = await readExactly(socket, 1);
  socket.unshift(first);
  return first[0] === HANDSHAKE;
}

/** The TLS handshake as its server. Rejects with ConnectionEnded when it fails; the socket is then gone. */
export function upgradeToTls(socket: Socket, context: SecureContext): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secure = new TLSSocket(socket, { isServer: true, secureContext: context, ALPNProtocols: [ALPN] });
    const failed = (): void => {
      secure.destroy();
      reject(new ConnectionEnded('The TLS handshake failed.'));
    };
    secure.on('error', failed);
    secure.once('close', failed);
    secure.once('secure', () => {
      // An error later is seen by whoever uses the stream; without a listener it would end the process.
      secure
        .off('close', failed)
        .off('error', failed)
        .on('error', () => {});
      resolve(secure);
    });
  });
}
