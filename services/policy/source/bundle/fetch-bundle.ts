import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';
import { BundleRefused } from './tar.ts';

export interface BundlePlace {
  /** https://, or http:// of this host. */
  url: string;
  /** Sent as a bearer token; null: none. */
  token: string | null;
  /** PEM of who certifies the server; null: the system's authorities. */
  ca: string | null;
}

export type Fetched = { changed: false } | { changed: true; bytes: Buffer; etag: string | null };

const ANSWER_MS = 30_000;
/** Bytes, as they travel. */
const MOST = 16 * 1_024 ** 2;

/** Asks with the tag of what is known; follows nothing elsewhere. Throws when it is not answered, and BundleRefused when it answers what is no bundle. */
export function fetchBundle({ url, token, ca }: BundlePlace, etag: string | null): Promise<Fetched> {
  return new Promise((resolve, reject) => {
    const to = new URL(url);
    const options = {
      headers: {
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(etag !== null && { 'if-none-match': etag }),
      },
      signal: AbortSignal.timeout(ANSWER_MS),
      ...(ca !== null && { ca }),
    };
    const get = to.protocol === 'https:' ? getHttps : getHttp;
    const request = get(to, options, (answer) => {
      const { statusCode, headers } = answer;
      if (statusCode === 304 && etag !== null) {
        answer.resume();
        return resolve({ changed: false });
      }
      if (statusCode !== 200) {
        answer.resume();
        return reject(new Error(`${to.host} answered ${statusCode}`));
      }
      const parts: Buffer[] = [];
      let length = 0;
      answer.on('data', (part: Buffer) => {
        length += part.length;
        parts.push(part);
        if (length > MOST) request.destroy(new BundleRefused(`it is larger than ${MOST} bytes`));
      });
      answer.on('error', reject);
      answer.on('end', () => resolve({ changed: true, bytes: Buffer.concat(parts), etag: headers.etag ?? null }));
    });
    request.on('error', reject);
  });
}
