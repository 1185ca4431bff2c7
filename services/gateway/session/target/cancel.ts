// A CancelRequest to a target: a connection of its own, with TLS where the target has it.
import net from 'node:net';
import tls from 'node:tls';
import type pg from 'pg';
import { cancelRequest, int32, SSL_REQUEST } from '../../wire/frames.ts';

const PATIENCE_MS = 3_000;

/** Resolves when the target has closed the connection, or could not be reached in time. Never rejects. */
export function sendCancel(config: pg.ClientConfig, pid: number, key: number): Promise<void> {
  const request = cancelRequest(pid, int32(key | 0));
  return new Promise((resolve) => {
    const host = config.host ?? '127.0.0.1';
    const port = config.port ?? 5432;
    const socket = host.startsWith('/') ? net.connect(`${host}/.s.PGSQL.${port}`) : net.connect(port, host);
    let secured: tls.TLSSocket | null = null;
    const finish = () => {
      clearTimeout(timer);
      secured?.destroy();
      socket.destroy();
      resolve();
    };
    const timer = setTimeout(finish, PATIENCE_MS);
    socket.on('error', finish).on('close', finish);
    socket.once('connect', () => {
      if (!config.ssl || host.startsWith('/')) {
        socket.resume();
        socket.write(request);
        return;
      }
      socket.write(Buffer.concat([int32(8), int32(SSL_REQUEST)]));
      socket.once('data', (answer: Buffer) => {
        if (answer.toString('latin1') !== 'S') return finish();
        const options = config.ssl === true ? {} : config.ssl;
        secured = tls.connect({ ...(options || {}), socket, host, ...(net.isIP(host) ? {} : { servername: host }) });
        secured.on('error', finish).on('close', finish);
        secured.once('secureConnect', () => secured?.write(request));
        secured.resume();
      });
    });
  });
}
