// Links in mails that stop one elevation (or the pool that it is of) and can do nothing else. They need no login, so the link itself is the
// key: an HMAC of the elevation's id, by a secret that all replicas share. It ends with the elevation, extensions included.
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface StopLinks {
  /** Null without a `public_url`, or when the secret is not known yet. */
  link(elevation: string, publicUrl: string | null): string | null;
  /** Whether `key` is that elevation's. Takes the same time whatever is wrong with it. */
  opens(elevation: string, key: string): boolean;
}

/** `secret`: 32 random bytes or more; null while it has not been fetched, then no link is made and none opens. */
export function makeStopLinks(secret: () => Buffer | null): StopLinks {
  const keyOf = (elevation: string): Buffer | null => {
    const shared = secret();
    return shared && createHmac('sha256', shared).update(`sudoql stop ${elevation}`).digest();
  };
  return {
    link(elevation, publicUrl) {
      const key = publicUrl === null ? null : keyOf(elevation);
      return key && `${publicUrl}/stop/${encodeURIComponent(elevation)}?key=${key.toString('base64url')}`;
    },
    opens(elevation, key) {
      const given = Buffer.from(key, 'base64url');
      const expected = keyOf(elevation);
      return expected !== null && given.length === expected.length && timingSafeEqual(given, expected);
    },
  };
}
