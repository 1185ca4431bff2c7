// A connection whose address was checked: what a name resolves to is judged here, once, and connected to; nothing resolves it a second time.
import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { mayConnectTo } from './address.ts';
import { connectThrough } from './through-proxy.ts';

export class AddressRefused extends Error {}

export interface GuardedOptions {
  allowPrivate: boolean;
  signal: AbortSignal;
  /** For tests. */
  resolve?: (host: string) => Promise<string[]>;
  /** Further authorities, for tests. */
  ca?: string;
  /** It connects, and decides where it may: names are not looked up here. */
  proxy?: URL | null;
}

/** Connects to the URL's host, with TLS (verified) for https. Throws AddressRefused before a packet is sent to an address that is refused. */
export async function guardedConnect(url: URL, options: GuardedOptions): Promise<Socket> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  if (options.proxy) {
    if (isIP(host) !== 0 && !mayConnectTo(host, options.allowPrivate)) throw new AddressRefused(REFUSED);
    const tunnel = await connectThrough({ host, port, proxy: options.proxy, signal: options.signal });
    return secured(tunnel, host, options);
  }
  const addresses = await Promise.race([(options.resolve ?? resolveAll)(host), aborted(options.signal)]);
  const allowed = addresses.filter((address) => mayConnectTo(address, options.allowPrivate));
  if (allowed.length === 0) {
    throw new AddressRefused(REFUSED);
  }
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

const REFUSED =
  'The receiver’s address is loopback, private, link-local or reserved; allow_private permits private ones.';

async function connectOne(
  url: URL,
  host: string,
  address: string,
  port: number,
  options: GuardedOptions,
): Promise<Socket> {
  const tcp = await opened(connectTcp({ host: address, port }), 'connect', options.signal);
  // The kernel's word for whom we speak to.
  if (!mayConnectTo(tcp.remoteAddress ?? '', options.allowPrivate)) {
    tcp.destroy();
    throw new AddressRefused('Connected to a refused address.');
  }
  return url.protocol === 'https:' ? secured(tcp, host, options) : tcp;
}

/** TLS, with the receiver's certificate verified. */
function secured(tcp: Socket, host: string, { ca, signal }: GuardedOptions): Promise<Socket> {
  const named = isIP(host) === 0 ? { servername: host } : { host };
  return opened(connectTls({ socket: tcp, ...named, ...(ca ? { ca } : {}) }), 'secureConnect', signal);
}

/** Once `event` has come; later errors are the reader's. */
function opened<S extends Socket>(socket: S, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<S> {
  return new Promise((resolve, reject) => {
    const abort = () => fail(signal.reason);
    const fail = (error: unknown) => {
      signal.removeEventListener('abort', abort);
      socket.destroy();
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    if (signal.aborted) return fail(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    socket.once('error', fail);
    socket.once(event, () => {
      signal.removeEventListener('abort', abort);
      socket.off('error', fail);
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}
