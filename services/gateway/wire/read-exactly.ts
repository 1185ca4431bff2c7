import type { Readable } from 'node:stream';

/** The other side left before it had sent what was awaited. Nothing to answer. */
export class ConnectionEnded extends Error {
  override name = 'ConnectionEnded';
}

/**
 * The next `count` bytes of a stream that has no `data` listener; what comes behind them stays in the stream, so nothing is
 * read ahead of a TLS handshake or of whoever takes the stream over. `count` must be below the stream's high-water mark.
 * Rejects with ConnectionEnded.
 */
export function readExactly(stream: Readable, count: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const settle = (bytes: Buffer | null): void => {
      stream.off('readable', attempt).off('end', ended).off('close', ended).off('error', ended);
      if (bytes) resolve(bytes);
      else reject(new ConnectionEnded('The connection ended.'));
    };
    const ended = (): void => settle(null);
    const attempt = (): void => {
      const bytes: Buffer | null = stream.read(count);
      // At its end a stream gives what it has, however little.
      if (bytes) settle(bytes.length === count ? bytes : null);
    };
    if (stream.destroyed || stream.readableEnded) return settle(null);
    stream.on('readable', attempt).on('end', ended).on('close', ended).on('error', ended);
    attempt();
  });
}
