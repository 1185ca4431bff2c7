// Counts wrong tokens per address, so that guessing is slow and does not load the ledger's database.
import { createHash } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import type { Clock } from '../../contract/clock.ts';

export interface Attempts {
  /** Seconds to wait when `address` failed too often, else null. A token that was good from here lately is let through: one broken client behind a shared address must not lock out the others. */
  refuses(address: string, token: string): number | null;
  failed(address: string): void;
  succeeded(address: string, token: string): void;
}

const WINDOW_MS = 60_000;
const ALLOWED = 20;
/** Addresses and good tokens remembered; the oldest are forgotten. */
const REMEMBERED = 10_000;

/** Other processes of this host, at which the same client is wrong and good. */
export interface OtherAttempts {
  tellFailed(network: string): void;
  tellGood(key: string): void;
  hear(failed: (network: string) => void, good: (key: string) => void): void;
}

export function makeAttempts(clock: Clock, others?: OtherAttempts): Attempts {
  const failures = new Map<string, { count: number; until: number }>();
  const good = new Set<string>();
  const goodKey = (address: string, token: string) =>
    createHash('sha256')
      .update(`${network(address)}\n${token}`)
      .digest('base64');
  const failed = (key: string) => {
    const now = clock.monotonic();
    const entry = failures.get(key);
    const current = entry && entry.until > now ? entry : { count: 0, until: now + WINDOW_MS };
    failures.delete(key);
    failures.set(key, { ...current, count: current.count + 1 });
    forgetOldest(failures);
  };
  const succeeded = (key: string) => {
    good.delete(key);
    good.add(key);
    forgetOldest(good);
  };
  others?.hear(failed, succeeded);
  return {
    refuses(address, token) {
      const entry = failures.get(network(address));
      const now = clock.monotonic();
      if (!entry || entry.until <= now || entry.count < ALLOWED) return null;
      return good.has(goodKey(address, token)) ? null : Math.ceil((entry.until - now) / 1_000);
    },
    failed(address) {
      const key = network(address);
      failed(key);
      others?.tellFailed(key);
    },
    succeeded(address, token) {
      const key = goodKey(address, token);
      if (!good.has(key)) others?.tellGood(key);
      succeeded(key);
    },
  };
}

function forgetOldest(kept: Map<string, unknown> | Set<string>): void {
  if (kept.size <= REMEMBERED) return;
  const [oldest] = kept.keys();
  if (oldest !== undefined) kept.delete(oldest);
}

/** An IPv4 address, or the /64 that an IPv6 address is in, for that is what one customer gets. */
function network(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed instanceof ipaddr.IPv6 ? parsed.parts.slice(0, 4).join(':') : parsed.toString();
}
