// Tokens that were good a moment ago do while the ledger is out of reach, for the grace: the heartbeat would have told of their end.
import type { Clock } from '../../contract/clock.ts';
import type { Heartbeat } from '../heartbeat/heartbeat.ts';
import { LedgerUnavailable } from '../ledger.ts';
import { secretHash } from './token-secret.ts';
import type { Authenticated, ScramCandidates, Tokens } from './tokens.ts';

export interface KnownTokensOptions {
  tokens: Tokens;
  heartbeat: Pick<Heartbeat, 'watchToken' | 'confirmedAt'>;
  /** How long after the last answered beat they do. */
  graceMs: number;
  clock: Clock;
  /** Principals and bearer tokens that are remembered. Default 500 of each. */
  most?: number;
}

interface Known<V> {
  value: V;
  ids: readonly string[];
  /** On the monotonic clock: only a beat that was asked later has looked at its tokens. */
  since: number;
  over: Set<string>;
  forget(): void;
}

/**
 * As `tokens`, but `scram` and `bearer` go by what they found last where the ledger does not answer. Never for a token that was revoked
 * before the last answered beat, or has expired; who was not seen lately is refused as before (LedgerUnavailable).
 */
export function makeKnownTokens({ tokens, heartbeat, graceMs, clock, most = 500 }: KnownTokensOptions): Tokens {
  const byUser = new Map<string, Known<ScramCandidates>>();
  const bySecret = new Map<string, Known<Authenticated>>();

  function remember<V>(known: Map<string, Known<V>>, key: string, value: V, ids: string[]): void {
    const before = known.get(key);
    if (before && before.over.size === 0 && ids.join() === before.ids.join()) {
      // Watched already, and each watching hastens a beat.
      before.value = value;
      known.delete(key);
      known.set(key, before);
      return;
    }
    const over = new Set<string>();
    const unwatch = ids.map((id) => heartbeat.watchToken(id, () => over.add(id)));
    const entry: Known<V> = {
      value,
      ids,
      since: clock.monotonic(),
      over,
      forget: () => {
        for (const stop of unwatch) stop();
      },
    };
    known.delete(key);
    known.set(key, entry);
    before?.forget();
    const [oldest] = known.keys();
    if (known.size <= most || oldest === undefined) return;
    known.get(oldest)?.forget();
    known.delete(oldest);
  }

  function recall<V>(known: Map<string, Known<V>>, key: string): Known<V> | null {
    const entry = known.get(key);
    const { confirmedAt } = heartbeat;
    if (!entry || confirmedAt === null || confirmedAt < entry.since) return null;
    return clock.monotonic() - confirmedAt <= graceMs ? entry : null;
  }

  const good = ({ over }: Known<unknown>, who: Authenticated): boolean =>
    !over.has(who.token) && who.expiresAt.getTime() > clock.now().getTime();

  return {
    ...tokens,
    async scram(user) {
      try {
        const found = await tokens.scram(user);
        const ids = found.candidates.map(({ who }) => who.token);
        if (ids.length > 0) remember(byUser, user, found, ids);
        else forget(byUser, user);
        return found;
      } catch (error) {
        const known = error instanceof LedgerUnavailable ? recall(byUser, user) : null;
        if (!known) throw error;
        return { ...known.value, candidates: known.value.candidates.filter(({ who }) => good(known, who)) };
      }
    },
    async bearer(token) {
      const key = secretHash(token).toString('hex');
      try {
        const who = await tokens.bearer(token);
        if (who) remember(bySecret, key, who, [who.token]);
        else forget(bySecret, key);
        return who;
      } catch (error) {
        const known = error instanceof LedgerUnavailable ? recall(bySecret, key) : null;
        if (!known) throw error;
        return good(known, known.value) ? known.value : null;
      }
    },
  };
}

function forget<V>(known: Map<string, Known<V>>, key: string): void {
  known.get(key)?.forget();
  known.delete(key);
}
