// What the record and the outbox say beside a request: how often somebody elevates, and whether anybody would hear of it.
import type { Target } from '../contract/words.ts';
import type { LedgerPool } from '../ledger/ledger-pool.ts';
import { FAILING } from '../notifier/board.ts';
import type { ElevationRequestInput } from '../policy/decision.ts';

/** As policy's input has it. */
export type Standing = Pick<ElevationRequestInput, 'recent_elevations' | 'channels'>;

export interface StandingLook {
  /** Never rejects: where the ledger does not answer, nothing is known, and nothing can begin. */
  of(about: { principal: { id: string }; target: Target }): Promise<Standing>;
}

/** The ledger does not answer. */
export const UNKNOWN: Standing = { recent_elevations: null, channels: null };

const BEGUN = `SELECT count(*)::int AS begun FROM entry
  WHERE principal = $1 AND kind = 'elevation_started' AND at > now() - interval '1 hour'`;

/** `notify`: channels that the configuration names for a target. */
export function makeStandingLook(
  pool: Pick<LedgerPool, 'query'>,
  notify: (target: string) => readonly string[],
): StandingLook {
  let looking: Promise<{ channel: string; seconds: number }[]> | null = null;
  /** One look at a time: many who ask at once share it. */
  const failingChannels = () => {
    looking ??= pool.query<{ channel: string; seconds: number }>(FAILING).finally(() => {
      looking = null;
    });
    return looking;
  };
  const look = async (principal: string, target: string): Promise<Standing> => {
    const [[row], failing] = await Promise.all([pool.query<{ begun: number }>(BEGUN, [principal]), failingChannels()]);
    const seconds = new Map(failing.map((each) => [each.channel, Math.max(0, Math.floor(each.seconds))]));
    return {
      recent_elevations: row?.begun ?? null,
      channels: notify(target).map((name) => ({ name, failing_seconds: seconds.get(name) ?? 0 })),
    };
  };
  return { of: ({ principal, target }) => look(principal.id, target.name).catch(() => UNKNOWN) };
}
