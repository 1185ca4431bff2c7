// Links in mails that stop one elevation and can do nothing else. They need no login, so the link itself is the key:
// an HMAC of the elevation's id, by a secret that all replicas share. It ends with the elevation, extensions included.
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface StopLinks {
  /** Null when no `public_url` is configured. */
  link(elevation: string): string | null;
  /** Whether `key` is that elevation's. Takes the same time whatever is wrong with it. */
  opens(elevation: string, key: string): boolean;
}

/** `secret`: at least 32 random bytes. */
export function makeStopLinks(secret: Buffer, publicUrl: string | null): StopLinks {
  const keyOf = (elevation: string) => createHmac('sha256', secret).update(`sudoql stop ${elevation}`).digest();
  return {
    link: (elevation) =>
      publicUrl === null
        ? null
        : `${publicUrl}/stop/${encodeURIComponent(elevation)}?key=${keyOf(elevation).toString('base64url')}`,
    opens(elevation, key) {
      const given = Buffer.from(key, 'base64url');
      const expected = keyOf(elevation);
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
  };
}
