// A connection whose address was checked: what a name resolves to is judged here, once, and connected to; nothing resolves it a second time.
import { lookup } from 'node:dns/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { mayConnectTo } from './address.ts';

export class AddressRefused extends Error {}

export interface GuardedOptions {
  allowPrivate: boolean;
  signal: AbortSignal;
  /** For tests. */
  resolve?: (host: string) => Promise<string[]>;
  /** Further authorities, for tests. */
  ca?: string;
}

/** Connects to the URL's host, with TLS (verified) for https. Throws AddressRefused before a packet is sent to an address that is refused. */
export async function guardedConnect(url: URL, options: GuardedOptions): Promise<Socket> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = await Promise.race([(options.resolve ?? resolveAll)(host), aborted(options.signal)]);
  const allowed = addresses.filter((address) => mayConnectTo(address, options.allowPrivate));
  if (allowed.length === 0) {
    throw new AddressRefused(
      'The receiver’s address is loopback, private, link-local or reserved; allow_private permits private ones.',
    );
  }
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  let problem: unknown;
  for (const address of allowed.slice(0, 4)) {
    try {
      return await connectOne(url, host, address, port, options);
    } catch (error) {
      problem = error;
      if (options.signal.aborted) break;
    }
  }
  throw problem;
}

/** For what cannot be cancelled, such as a look-up, but need not be waited for. Only ever rejects. */
export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

async function resolveAll(host: string): Promise<string[]> {
  return (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address);
}

function connectOne(url: URL, host: string, address: string, port: number, options: GuardedOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const secure = url.protocol === 'https:';
    const tcp = connectTcp({ host: address, port });
    const abort = () => fail(options.signal.reason);
    const fail = (error: unknown) => {
      tcp.destroy();
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    options.signal.addEventListener('abort', abort, { once: true });
    tcp.once('error', fail);
    tcp.once('connect', () => {
      // The kernel's word for whom we speak to.
      if (!mayConnectTo(tcp.remoteAddress ?? '', options.allowPrivate))
        return fail(new AddressRefused('Connected to a refused address.'));
      if (!secure) return done(tcp);
      const isName = !/^[\d.]+$|:/.test(host);
      const tls = connectTls({
        socket: tcp,
        ...(isName ? { servername: host } : { host }),
        ...(options.ca ? { ca: options.ca } : {}),
      });
      tls.once('error', fail);
      tls.once('secureConnect', () => done(tls));
    });
    function done(socket: Socket): void {
      options.signal.removeEventListener('abort', abort);
      tcp.off('error', fail);
      socket.off('error', fail);
      socket.on('error', () => {});
      resolve(socket);
    }
  });
}
