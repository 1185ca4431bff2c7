// Asking others before an elevation, answering, and what is owed when nobody was asked. Built by `makeRequests`.
import type pg from 'pg';
import type { Principal, Target } from '../../contract/words.ts';
import type { Decided, Via } from '../../ledger/entry/entry.ts';
import type { ApprovalSet, ElevationDecision } from '../../policy/decision.ts';
import type { ElevationRequest } from '../elevations.ts';

export type Approve = NonNullable<ElevationDecision['approve']>;

/** `approved` is waited for no longer, and ends as `used`, or as one of the others. All but the first two are final. */
export type RequestState = 'pending' | 'approved' | 'denied' | 'withdrawn' | 'expired' | 'used';

/** What was asked, as its row keeps it. */
export interface AskedBody {
  principal: Principal;
  target: Target;
  session: { id: string; via: 'tcp' | 'websocket'; application_name: string; client_address: string };
  by: ElevationRequest['by'];
  reason: string;
  /** As they asked; null where they named no time. */
  requested_seconds: number | null;
  /** What they get at most. */
  seconds: number;
  sets: ApprovalSet[];
  /** The same person confirms it, by a fresh sign-in, and nobody else is asked; left out otherwise. */
  confirm?: true;
  /** They break glass, and confirm that; left out otherwise. */
  break_glass?: true;
  use_seconds: number;
  /** Told of it. */
  channels: string[];
}

export interface Approval {
  principal: Principal;
  at: Date;
  via: Via;
  why: string | null;
}

export interface RequestRecord extends AskedBody {
  id: string;
  state: RequestState;
  askedAt: Date;
  /** Of a pending one, when it expires; of an approved one, when the elevation must have begun. */
  until: Date;
  /** By the ledger's clock. */
  ageSeconds: number;
  approvals: Approval[];
  /** How it ended; `by`: a principal's id, or null. */
  end: { at: Date; by: string | null; why: string | null; elevation: string | null } | null;
}

/** A human who proved who they are, and how. */
export interface Answerer {
  principal: Principal;
  via: Via;
  /** On a page: their sign-in with the provider, where it said when that was. */
  proof?: { at: Date; acr: string | null };
}

/** How fresh a sign-in confirms, and of which `acr` (any, where none is named). */
export interface Confirming {
  withinMs: number;
  acr: readonly string[];
}

export type Answered =
  | { ok: true; request: RequestRecord }
  /** `not_found`: there is none; `over`: it is not open any more; `refused`: they may not, or policy has changed its mind. */
  | { ok: false; what: 'not_found' | 'over' | 'refused' | 'bad_why'; codes: string[]; message: string };

export interface OwedReview {
  elevation: string;
  principal: Principal;
  target: Target;
  session: AskedBody['session'];
  reason: string;
  seconds: number;
  /** Who would have been asked. */
  sets: ApprovalSet[];
  channels: string[];
  since: Date;
  ageSeconds: number;
  review: { at: Date; by: string; comment: string } | null;
}

export type Reviewed =
  | { ok: true; review: OwedReview }
  | { ok: false; what: 'not_found' | 'over' | 'refused' | 'bad_why'; codes: string[]; message: string };

/** What policy and the floor said of a request to elevate that others must agree to. */
export interface ToAsk {
  request: ElevationRequest;
  /** Checked. */
  reason: string;
  requestedSeconds: number | null;
  seconds: number;
  approve: Approve;
  /** The same person confirms it. */
  confirm?: boolean;
  revision: string;
  decided: Decided;
}

export type Asked =
  /** Everybody agreed, and it is still so: it is used by `use`. */
  | { kind: 'approved'; request: RequestRecord }
  | { kind: 'pending'; request: RequestRecord }
  | {
      kind: 'refused';
      code: 'nobody_to_ask' | 'needs_confirmation' | 'too_many_requests' | 'approval_lost';
      message: string;
      remedy: string;
    };

export interface RequestFilter {
  /** Of this principal. */
  principal?: string;
  /** Pending or approved. */
  open?: boolean;
  limit?: number;
}

export interface Requests {
  /** Finds the open request that asks for the same, or makes one and tells those who are asked. Throws LedgerUnavailable. */
  ask(asked: ToAsk): Promise<Asked>;
  /** In the transaction of the elevation's entry: from now on it is used. Throws RequestOver when it is not approved any more. */
  use(client: pg.ClientBase, request: string, elevation: string): Promise<void>;
  /** The one function that answers, for page, command line and API. Throws LedgerUnavailable. */
  answer(id: string, who: Answerer, action: 'approve' | 'deny', why: string | null): Promise<Answered>;
  withdraw(id: string, who: Answerer): Promise<Answered>;
  show(id: string): Promise<RequestRecord | null>;
  /** The newest first. */
  list(filter: RequestFilter): Promise<RequestRecord[]>;
  /** Whether this principal is asked: policy says so of an approval now. Recorded nowhere. */
  isAsked(principal: Principal, request: RequestRecord): boolean;
  /** Whether that sign-in is fresh enough to confirm with. */
  isFresh(proof: Answerer['proof']): boolean;
  /** Calls back at each change of state that others, or this process, commit. Returns how to stop. */
  watch(id: string, changed: (state: RequestState) => void): () => void;
  /** In the transaction of the elevation's entry: it broke glass, and somebody owes it a review. */
  owe(
    client: pg.ClientBase,
    elevation: string,
    owed: Omit<OwedReview, 'elevation' | 'since' | 'ageSeconds' | 'review'>,
  ): Promise<void>;
  review(elevation: string, who: Answerer, comment: string): Promise<Reviewed>;
  /** Reviews that are owed, the oldest first. */
  owed(): Promise<OwedReview[]>;
  showReview(elevation: string): Promise<OwedReview | null>;
  mayReview(principal: Principal, review: OwedReview): boolean;
  /** Ends what nobody answered in time and reminds of the rest; a timer does. */
  look(): Promise<void>;
  close(): Promise<void>;
}

/** It was used, withdrawn, denied, or its time is over, since it was looked at. */
export class RequestOver extends Error {
  readonly state: RequestState;
  constructor(id: string, state: RequestState) {
    super(`The request ${id} is ${state === 'pending' ? 'not approved yet' : state}.`);
    this.state = state;
  }
}
