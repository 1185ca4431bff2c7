// What somebody who is asked sees first: facts that the requester did not write. For the API and the page alike.
import type { Principal } from '../../contract/words.ts';
import type { OwedReview, RequestRecord, Requests } from '../../elevation/requests/requests.ts';
import type { ElevationRecord, ElevationRecords } from '../../ledger/read/elevation-records.ts';
import type { Permissions } from './permissions.ts';

export interface RequestFacts {
  /** What they wrote lately, the newest first: on any target. */
  lately: ElevationRecord[];
  /** Who can write on the target now. */
  live: ElevationRecord[];
}

const LATELY_DAYS = 30;
const MOST = 5;

export interface RequestViewDeps {
  requests: Requests;
  records: Pick<ElevationRecords, 'list'>;
  permissions: Permissions;
}

/** Who asked, and who is asked, see a request whole; others as policy lets them see elevations and reasons. */
export function makeRequestView({ requests, records, permissions }: RequestViewDeps) {
  const may = (who: Principal, action: 'elevation.show' | 'elevation.show_reason', of: RequestRecord | OwedReview) =>
    permissions.may(who, action, of.principal.id, of.target).allowed;
  const concerned = (who: Principal, record: RequestRecord) =>
    who.id === record.principal.id || requests.isAsked(who, record);
  return {
    maySee: (who: Principal, record: RequestRecord) => concerned(who, record) || may(who, 'elevation.show', record),
    /** Null where it is not for `who` to see. */
    reason: (who: Principal, record: RequestRecord): string | null =>
      concerned(who, record) || may(who, 'elevation.show_reason', record) ? record.reason : null,
    maySeeReview: (who: Principal, review: OwedReview) =>
      who.id === review.principal.id || requests.mayReview(who, review) || may(who, 'elevation.show_reason', review),
    isAsked: (who: Principal, record: RequestRecord) => record.state === 'pending' && requests.isAsked(who, record),
    async facts(record: RequestRecord): Promise<RequestFacts> {
      const since = new Date(Date.now() - LATELY_DAYS * 86_400_000);
      const [lately, live] = await Promise.all([
        records.list({ principal: record.principal.id, since, limit: MOST }),
        records.list({ target: record.target.name, live: true, limit: MOST }),
      ]);
      return { lately, live };
    },
  };
}
export type RequestView = ReturnType<typeof makeRequestView>;
