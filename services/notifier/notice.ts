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
    } & NoticeSubject)
  | ({ event: 'elevation.extended'; elevation: string; reason: string; deadline: string } & NoticeSubject)
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
  | ({ event: 'elevation.revoked'; elevation: string; reason: string; by: string } & NoticeSubject)
  | {
      event: 'policy.activated';
      revision: string;
      previous: string | null;
      summary: string;
      by: string | null;
      gateway?: string;
    }
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

/**
 * The outbox. `enqueue` runs inside the ledger's transaction: one notice row and one job per channel, so that
 * neither the record nor the notice exists without the other. Throws when `channels` is empty for an elevation.
 */
export interface Outbox {
  enqueue(client: pg.ClientBase, event: NoticeEvent, channels: string[], head: Recorded): Promise<string[]>;
}
