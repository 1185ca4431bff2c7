// What of elevations a person may see and do: `sudoql/admin/decision` says so, record by record, when it is shown.
import type { Principal, Target } from '../../../contract/words.ts';
import type { ElevationRecord } from '../../../ledger/read/elevation-records.ts';
import type { Verdict } from '../permissions.ts';
import type { ConsoleDeps } from './console.ts';

export function makeElevationView({
  permissions,
  records,
  targets,
}: Pick<ConsoleDeps, 'permissions' | 'records' | 'targets'>) {
  const targetOf = (name: string): Target => targets.find((target) => target.name === name) ?? { name, labels: {} };
  const verdict = (who: Principal, action: 'show' | 'show_reason' | 'revoke', record: ElevationRecord): Verdict =>
    permissions.may(who, `elevation.${action}`, record.principal, targetOf(record.target));
  const maySee = (who: Principal, record: ElevationRecord) => verdict(who, 'show', record).allowed;
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
    /** Those that are live, of them what `who` may see. */
    async live(who: Principal): Promise<ElevationRecord[]> {
      const all = await records.list({ live: true, limit: 1_000 });
      return all.filter((record) => maySee(who, record) && record.revokedBy === null);
    },
  };
}
