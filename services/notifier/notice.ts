// What people are told, as data. Texts are made when a notice is sent (services/notifier/texts). `gateway`: the process that tells it.
import type pg from 'pg';
import type { ElevationSummary, EndReason, Recorded } from '../ledger/entry/entry.ts';

export interface NoticeSubject {
  principal: string;
  email: string | null;
  target: string;
  environment: string | null;
  session: string;
  client_address: string;
  application_name: string;
}

/** No literals, no parameters, no tokens; `reason` is what the person typed, checked and bounded. */
export type NoticeEvent =
  | ({
      event: 'elevation.started';
      elevation: string;
      reason: string;
      by: 'connect' | 'in-band';
      started_at: string;
      deadline: string;
      /** Others' approval was skipped; left out otherwise. */
      break_glass?: true;
      /** Who agreed; left out where nobody was asked. */
      approved_by?: string[];
    } & NoticeSubject)
  | ({
      event: 'elevation.extended';
      elevation: string;
      reason: string;
      deadline: string;
      break_glass?: true;
      approved_by?: string[];
    } & NoticeSubject)
  | ({
      event: 'elevation.ended';
      elevation: string;
      reason: string;
      started_at: string;
      ended_at: string;
      why: EndReason;
      summary: ElevationSummary | null;
      /** Where there is no summary to say it: whether the writer's backend was seen to be gone. */
      backend?: ElevationSummary['backend'];
      /** Of a gateway that was lost: the last that the record has of it. `ended_at` is when the target showed the backend no more. */
      last_seen_at?: string;
    } & NoticeSubject)
  /** What followed an end that could not be confirmed. `unconfirmed`: it still cannot. */
  | ({
      event: 'elevation.settled';
      elevation: string;
      reason: string;
      ended_at: string;
      settled_at: string;
      backend: ElevationSummary['backend'];
    } & NoticeSubject)
  | ({ event: 'elevation.refused'; reason: string; codes: string[]; messages: string[] } & NoticeSubject)
  /** `why`: what they said of it; left out where they said nothing. */
  | ({ event: 'elevation.revoked'; elevation: string; reason: string; by: string; why?: string } & NoticeSubject)
  /** Others are asked to agree; `reminder`: nobody has answered, or somebody is asked beside them. `to`: one of them, by an email channel, at their own address alone. */
  | ({
      event: 'request.made' | 'request.reminder';
      request: string;
      reason: string;
      seconds: number;
      by: 'connect' | 'in-band';
      /** Of who asks. */
      groups: string[];
      asked: { name: string; count: number }[];
      expires: string;
      to?: string;
    } & NoticeSubject)
  | ({
      event: 'request.answered';
      request: string;
      reason: string;
      answer: 'approved' | 'denied' | 'withdrawn' | 'expired';
      by: string | null;
      why: string | null;
    } & NoticeSubject)
  /** Of an elevation that broke glass: nobody has reviewed it yet; somebody has. `about`: the elevation. */
  | ({ event: 'review.owed'; about: string; reason: string; since: string } & NoticeSubject)
  | ({ event: 'review.closed'; about: string; reason: string; by: string; comment: string } & NoticeSubject)
  /** Somebody asks who writes, or wrote, something, or is answered. `about`: the elevation. */
  | ({
      event: 'remark.made';
      about: string;
      reason: string;
      says: 'question' | 'answer';
      by: string;
      words: string;
    } & NoticeSubject)
  | {
      event: 'policy.activated';
      revision: string;
      previous: string | null;
      summary: string;
      /** Who can do what by this policy and not by the one before it, or no longer: sentences. */
      rights?: string[];
      /** Where others must approve: who did. */
      approved_by?: string[];
      by: string | null;
      gateway?: string;
    }
  /** It waits until others approve it. */
  | {
      event: 'policy.requested';
      request: string;
      revision: string;
      previous: string | null;
      summary: string;
      rights: string[];
      by: string;
      gateway?: string;
    }
  /** A line of the settings ends within a week. `until`: UTC, without a zone. */
  | {
      event: 'policy.line_ends';
      revision: string;
      line: string;
      until: string;
      owner: string | null;
      ticket: string | null;
      gateway?: string;
    }
  /** `of`: whose request it was. */
  | { event: 'policy.denied'; request: string; revision: string; of: string; by: string; gateway?: string }
  | { event: 'policy.refused'; revision: string | null; problem: string; by: string | null; gateway?: string }
  /** On a schedule: where the chains end, so that what comes after can be held against it. The youngest; `chains`: of how many. */
  | {
      event: 'ledger.heads';
      at: string;
      heads: { chain: string; seq: number; hash: string }[];
      chains: number;
      gateway?: string;
    }
  /** Asked for by hand; never queued. */
  | { event: 'notices.test'; by: string; gateway: string }
  | { event: 'gateway.problem'; problem: string; gateway?: string };

export type Asking = Extract<NoticeEvent, { event: 'request.made' | 'request.reminder' }>;

/** The address that alone gets it; null: it is for whoever reads the channel. */
export const ownAddress = (event: NoticeEvent): string | null => ('to' in event ? (event.to ?? null) : null);

/** Where a notice goes, in words. */
export const whereTo = ({ channel, event }: { channel: string; event: NoticeEvent }): string => {
  const own = ownAddress(event);
  return own === null ? channel : `${channel}, to ${own} alone`;
};

/**
 * The outbox. `enqueue` runs inside the ledger's transaction: one notice row and one job per channel, so that
 * neither the record nor the notice exists without the other. Throws NobodyToTell where a start or an extension has no
 * channel that is configured.
 */
export interface Outbox {
  enqueue(client: pg.ClientBase, event: NoticeEvent, channels: string[], head: Recorded): Promise<string[]>;
}
