// What of elevations a person may see and do: `sudoql/admin/decision` says so, record by record, when it is shown.
import type { Principal, Target } from '../../../contract/words.ts';
import type { ElevationRecord, Place } from '../../../ledger/read/elevation-records.ts';
import { actorName } from '../../revocation.ts';
import { oncePerPair } from './once-per-pair.ts';
import type { Verdict } from '../permissions.ts';
import type { ConsoleDeps } from './console.ts';

interface Live {
  live: ElevationRecord[];
  /** Where a page goes on; null where there is no more. */
  next: Place | null;
}

type Action = 'list' | 'show' | 'show_reason' | 'revoke' | 'remark';

export function makeElevationView({
  permissions,
  records,
  targets,
}: Pick<ConsoleDeps, 'permissions' | 'records' | 'targets'>) {
  const targetOf = (name: string): Target => targets.find((target) => target.name === name) ?? { name, labels: {} };
  const verdict = (who: Principal, action: Action, record: Pick<ElevationRecord, 'principal' | 'target'>): Verdict =>
    permissions.may(who, `elevation.${action}`, record.principal, targetOf(record.target));
  const maySee = (who: Principal, record: Pick<ElevationRecord, 'principal' | 'target'>) =>
    verdict(who, 'show', record).allowed;
  return {
    targetOf,
    verdict,
    maySee,
    /** Null where it is not for `who` to see. */
    reason: (who: Principal, record: ElevationRecord): string | null =>
      verdict(who, 'show_reason', record).allowed ? record.reason : null,
    /** Asked to know whether to offer it: the decision that is recorded is that of the act. */
    mayEnd: (who: Principal, record: ElevationRecord): boolean =>
      permissions.would(who, 'elevation.revoke', record.principal, targetOf(record.target)),
    /** Whether they may read what its statements were, without their values. */
    mayRead: (who: Principal, { principal, target }: Pick<ElevationRecord, 'principal' | 'target'>): boolean =>
      permissions.may(who, 'ledger.read', principal, targetOf(target)).allowed,
    /** Of `all` live ones, the newest first, what `who` may see. */
    amongLive(who: Principal, limit: number, all: readonly ElevationRecord[]): Live {
      const may = oncePerPair((record: ElevationRecord) => maySee(who, record));
      const seen = all.filter((record) => record.revokedBy === null && may(record));
      return { live: seen.slice(0, limit), next: seen.length > limit ? (seen[limit - 1]?.place ?? null) : null };
    },
    /** Those that are live, of them what `who` may see, the newest first. */
    async live(who: Principal, limit: number, after?: Place): Promise<Live> {
      // Who may see which is asked first: a limit cuts what they see, not what there is.
      const among = (await records.pairs({ live: true })).filter((pair) => maySee(who, pair));
      if (among.length === 0) return { live: [], next: null };
      const found = await records.list({ live: true, among, limit: limit + 1, ...(after && { after }) });
      const page = found.slice(0, limit);
      return {
        live: page.filter(({ revokedBy }) => revokedBy === null),
        next: found.length > limit ? (page.at(-1)?.place ?? null) : null,
      };
    },
  };
}

const ENDS: Record<NonNullable<ElevationRecord['why']>, string> = {
  unsudo: 'They ended it themselves',
  transaction: 'It was for one transaction, which is over',
  deadline: 'Its time was up',
  revoked: 'It was stopped',
  token_revoked: 'Their token was revoked or had expired',
  disconnected: 'Their connection ended',
  reset: 'Their client reset the session',
  writer_lost: 'The writing connection was lost',
  ledger_lost: 'The ledger did not answer any more',
  shutdown: 'The gateway shut down',
  gateway_lost: 'The gateway was lost',
  fault: 'Something failed in the gateway',
};

/** Why it ended, and by whom; null while it lives. */
export function endWords({ state, why, revokedBy }: ElevationRecord): string | null {
  if (state === 'live')
    return revokedBy === null ? null : `Stopped by ${actorName(revokedBy)}; its end is being recorded`;
  const words = why === null ? 'It ended' : ENDS[why];
  return revokedBy === null ? words : `${words}, by ${actorName(revokedBy)}`;
}
