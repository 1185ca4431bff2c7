import { request } from 'node:http';
import type { Socket } from 'node:net';
import { aborted, type GuardedOptions, guardedConnect } from './guarded-connect.ts';

export interface Answer {
  status: number;
  /** The header as sent. */
  retryAfter: string | null;
  /** As far as it was read, whatever its encoding says. */
  body: string;
}

export interface PostOptions extends Omit<GuardedOptions, 'signal'> {
  /** Milliseconds for everything: name, connection, TLS, answer. */
  timeoutMs: number;
  /** Bytes of an answer that are read; more is an error. */
  maxBytes: number;
}

/** Answers of 1xx before the answer; without an end they would leave no turn to the deadline. */
const MOST_HINTS = 16;

/** One POST on a connection of its own. Redirects are answers like any other. Throws when there is no whole answer in time. */
export async function post(
  url: URL,
  headers: Record<string, string>,
  body: string,
  options: PostOptions,
): Promise<Answer> {
  const signal = AbortSignal.timeout(options.timeoutMs);
  try {
    const socket = await guardedConnect(url, { ...options, signal });
    try {
      return await Promise.race([exchange(socket), aborted(signal)]);
    } finally {
      socket.destroy();
    }
  } catch (error) {
    if (signal.aborted) throw new Error(`No answer within ${options.timeoutMs / 1_000} s.`, { cause: error });
    throw error;
  }

  function exchange(socket: Socket): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          // The socket is the connection, TLS included; host and path only make the request's head.
          createConnection: () => socket,
          host: url.hostname,
          path: url.pathname + url.search,
          method: 'POST',
          headers: { host: url.host, ...headers, 'content-length': Buffer.byteLength(body), connection: 'close' },
          signal,
          maxHeaderSize: 16 * 1_024,
        },
        (incoming) => {
          let size = 0;
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => {
            size += chunk.length;
            if (size <= options.maxBytes) return void chunks.push(chunk);
            reject(new Error(`The answer is larger than ${options.maxBytes} bytes.`));
            incoming.destroy();
          });
          incoming.once('error', reject);
          incoming.once('aborted', () => reject(new Error('The answer was cut off.')));
          incoming.once('end', () =>
            resolve({
              status: incoming.statusCode ?? 0,
              retryAfter: incoming.headers['retry-after'] ?? null,
              body: Buffer.concat(chunks).toString('utf8'),
            }),
          );
        },
      );
      outgoing.once('error', reject);
      let hints = 0;
      outgoing.on('information', () => {
        if (++hints <= MOST_HINTS) return;
        reject(new Error(`The receiver answered with more than ${MOST_HINTS} hints and nothing else.`));
        socket.destroy();
      });
      outgoing.once('upgrade', ({ statusCode }) => reject(new Error(`The receiver answered ${statusCode}.`)));
      // Whatever else ends it: a promise that nobody settles would keep its message for ever.
      outgoing.once('close', () => reject(new Error('The receiver hung up.')));
      outgoing.end(body);
    });
  }
}

/** Of a Retry-After: seconds or an HTTP date. */
export function retryAfterMs(header: string | null): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}
