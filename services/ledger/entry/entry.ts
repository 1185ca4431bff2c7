// What the ledger records. An entry is one canonical JSON text; these are its shapes before chain, seq and hash are added.
import type { Mode, Principal } from '../../contract/words.ts';

/** Why an elevation ended. */
export type EndReason =
  | 'unsudo'
  /** It was for one transaction. */
  | 'transaction'
  | 'deadline'
  | 'revoked'
  | 'token_revoked'
  | 'disconnected'
  | 'reset'
  | 'writer_lost'
  | 'ledger_lost'
  | 'shutdown'
  | 'gateway_lost'
  | 'fault';

/** Who did something: a principal through the gateway, or the operator on the host. */
export type Actor = { principal: string } | { operator: string };

/** Who stopped an elevation, and what they said of it. */
export type Stopper = Actor & { why?: string };

/** How somebody answered: on a page of the console, or by the API, which the command line uses. */
export type Via = 'page' | 'api';

/** Of one table, as the target counted them on the writer's backend. */
export interface CountedRows {
  inserted: number;
  updated: number;
  deleted: number;
}

/** What statements wrote, by table. */
export interface Written {
  /** Rows that their tags reported, by `schema.table`; a statement over several tables counts under each. */
  rows: Record<string, number>;
  /** Tables that they changed without a count of rows (inside WITH, TRUNCATE, DDL); left out when there are none. */
  changed?: string[];
  /** How many more than `changed` names; left out when it names all. */
  unnamed?: number;
  /** Tables of these whose triggers, rules or cascading keys may have changed further rows, of whichever table, that `counted` does not have. At most 200. */
  further?: string[];
  /**
   * Rows as the target counted them, with those that triggers, rules and cascading keys changed, in transactions that changed such a table:
   * from the first such statement to the COMMIT. Rows of savepoints that were rolled back count; TRUNCATE, foreign tables and what is deferred to COMMIT do
   * not. At most 200 tables; left out where it was not asked.
   */
  counted?: Record<string, CountedRows>;
}

/** By form: the text without its literals (null where it could not be parsed), the codes, and how often. */
export interface RefusedStatements {
  statements: number;
  forms: { statement: string | null; codes: string[]; times: number }[];
  /** How many statements are of forms that are not named; left out when there are none. */
  unnamed?: number;
}

/** What an elevation did, for its closing entry and notice. `rows` and `changed`: of what is certainly committed. */
export interface ElevationSummary extends Written {
  statements: number;
  failed: number;
  /**
   * What may have been committed as well: the target's answer was lost with the client, the backend or the gateway. `statements`:
   * how many. Left out when everything is known.
   */
  unknown?: { statements: number } & Written;
  /**
   * Statements with effects that act later or cannot be judged (code, grant, remote, deferred, dynamic), and those that change what is
   * no table (ddl, write): effect and normalized text; `unknown` where it may have been committed. What is dynamic, remote or a write
   * is named whatever became of its transaction.
   */
  leftBehind: { effect: string; statement: string; unknown?: true }[];
  /** How many more than `leftBehind` names; left out when it names all. */
  moreLeftBehind?: number;
  /** Statements that did not run, for policy or the floor refused them; left out when there are none. */
  refused?: RefusedStatements;
  /** Whether a transaction was open, and was certainly rolled back. */
  rolledBack: boolean;
  /** `gone`: the target no longer shows the writer's backend; `unconfirmed`: that could not be seen. */
  backend: 'gone' | 'unconfirmed';
}

/**
 * What a decision was made on, so that it can be made again: the parts are kept once by content hash (`Ledger.keep`).
 * The input is `context` with `clock` added, and for statements `statement` = `facts`.
 */
export interface Decided {
  entrypoint: 'statement' | 'elevation' | 'admin' | 'approval';
  /** Hash of the input without clock and statement. */
  context: string;
  /** Hash of the statement's facts. */
  facts: string | null;
  /** The input's clock, ISO 8601 with milliseconds. */
  clock: string;
  analyser: string;
  said: Said;
}

/** Who may answer a request and is written to at their own address, and who may and has none; left out where nobody is written to so. */
export interface WrittenTo {
  /** Principals' ids, as in the other. */
  mailed: string[];
  no_address: string[];
  /** More may answer than are written to one by one: how many. */
  too_many?: number;
}

/** What policy answered. */
export interface Said {
  result: 'allow' | 'confirm' | 'approve' | 'deny';
  /** Of its reasons; `fault` alone when it gave no answer of the right shape. */
  codes: string[];
  /** On which terms it is allowed: obligations of a statement; of an elevation its times and channels. Empty otherwise. */
  terms: object;
}

/** A statement as it was decided on: equal for all executions that one decision allowed. */
export interface Form {
  fingerprint: string;
  normalized: string;
  type: string;
  effects: string[];
  relations: string[];
  revision: string;
  decided: Decided | null;
}

export type TransactionState = 'open' | 'committed' | 'rolled_back';

interface OfSession {
  session: string;
  principal: string;
  target: string;
}

/** `kind` and its fields. Times are added by the ledger. No literals, no parameters, no tokens. */
export type EntryDraft =
  | {
      kind: 'gateway_started';
      replica: string;
      version: string;
      predecessor: { chain: string; seq: number; hash: string } | null;
    }
  | { kind: 'gateway_stopped'; replica: string }
  | ({
      kind: 'session_started';
      via: 'tcp' | 'websocket';
      application_name: string;
      client_address: string;
      principal_kind: Principal['kind'];
      token: string;
    } & OfSession)
  | ({ kind: 'session_ended'; why: string; statements: number } & OfSession)
  | ({
      kind: 'elevation_started';
      elevation: string;
      reason: string;
      seconds: number;
      deadline: string;
      by: 'connect' | 'in-band';
      revision: string;
      decided: Decided | null;
      /** That others agreed to, and that this uses up; left out where nobody was asked. */
      request?: string;
      /** Approval was skipped, and a review is owed; left out otherwise. */
      break_glass?: true;
      writer_pid: number;
      writer_started: string;
    } & OfSession)
  | ({
      kind: 'elevation_extended';
      elevation: string;
      reason: string;
      seconds: number;
      deadline: string;
      request?: string;
      break_glass?: true;
      revision: string;
      decided: Decided | null;
    } & OfSession)
  /** Others must agree before this elevation. `asked`: names of the sets of people; `expires`: of the asking. */
  | ({
      kind: 'request_made';
      request: string;
      reason: string;
      seconds: number;
      by: 'connect' | 'in-band';
      asked: string[];
      expires: string;
      revision: string;
      decided: Decided;
      told?: WrittenTo;
    } & OfSession)
  /** Somebody agreed, for the sets named. `approved`: nobody else is needed. */
  | ({
      kind: 'request_approved';
      request: string;
      actor: Actor;
      via: Via;
      why: string | null;
      sets: string[];
      approved: boolean;
      revision: string;
      decided: Decided;
    } & OfSession)
  | ({
      kind: 'request_denied';
      request: string;
      actor: Actor;
      via: Via;
      why: string | null;
      revision: string;
      decided: Decided;
    } & OfSession)
  | ({ kind: 'request_withdrawn'; request: string; actor: Actor; via: Via } & OfSession)
  | ({ kind: 'request_expired'; request: string } & OfSession)
  /** People were told once more. `step`: a reminder, or which set was widened. */
  | ({ kind: 'request_reminded'; request: string; step: string; told?: WrittenTo } & OfSession)
  /** Somebody answered who may not; `about`: a request, or an elevation that was to be reviewed. */
  | ({
      kind: 'answer_refused';
      about: string;
      action: 'approve' | 'deny' | 'review';
      actor: Actor;
      via: Via;
      codes: string[];
      revision: string | null;
      decided: Decided | null;
    } & OfSession)
  /** Of one that broke glass. */
  | ({
      kind: 'elevation_reviewed';
      elevation: string;
      actor: Actor;
      via: Via;
      comment: string;
      revision: string;
      decided: Decided;
    } & OfSession)
  | ({ kind: 'review_reminded'; elevation: string; step: number } & OfSession)
  /** What others say to it, and the writer's answers. `text`: null of an acknowledgement without words. */
  | ({
      kind: 'elevation_remarked';
      elevation: string;
      says: 'comment' | 'acknowledged' | 'question' | 'answer';
      text: string | null;
      actor: Actor;
      via: Via;
    } & OfSession)
  | ({
      kind: 'elevation_refused';
      reason: string;
      codes: string[];
      /** Why policy could not decide; left out when it did. */
      fault?: string;
      revision: string | null;
      decided: Decided | null;
    } & OfSession)
  /** `why`: what they said of it; left out where they said nothing. */
  | ({ kind: 'elevation_revoked'; elevation: string; actor: Actor; why?: string } & OfSession)
  | ({
      kind: 'elevation_ended';
      elevation: string;
      why: EndReason;
      seconds: number;
      summary: ElevationSummary | null;
      /** Where there is no summary to say it: whether the writer's backend was seen to be gone. */
      backend?: 'gone' | 'unconfirmed';
    } & OfSession)
  /** What was seen after an end whose `backend` is `unconfirmed`; `unconfirmed`: still not, after so long. */
  | ({ kind: 'elevation_settled'; elevation: string; backend: 'gone' | 'unconfirmed'; seconds: number } & OfSession)
  /** Not written any more: what was about to run in write mode. */
  | ({
      kind: 'statement_intent';
      statement: string;
      mode: Mode;
      elevation: string | null;
      fingerprint: string;
      normalized: string;
      type: string;
      effects: string[];
      relations: string[];
      revision: string;
      decided: Decided | null;
      /** Of a COMMIT that was sent alone: the id of the target's transaction, to ask the target what became of it; left out where it had none. */
      transaction?: string;
    } & OfSession)
  /** Not written any more: how it ended. */
  | ({
      kind: 'statement_outcome';
      statement: string;
      /** That its statement ran in; null in read mode. */
      elevation: string | null;
      /** `unknown`: the answer was lost; it may have taken effect. `ok` in an open transaction waits for that one's end. */
      result: 'ok' | 'error' | 'unknown';
      sqlstate: string | null;
      rows: number | null;
      duration_ms: number;
      /**
       * In write mode: `open` in a transaction block that goes on, else how the transaction ended that ended with this statement.
       * Left out of statements before the last of a text or batch that is a transaction, and where the end is not known.
       */
      transaction?: 'open' | 'committed' | 'rolled_back';
      /** What was committed by then, with the last statement of a transaction that was. */
      written?: Written;
    } & OfSession)
  | ({
      kind: 'statement_refused';
      mode: Mode;
      elevation: string | null;
      code: string;
      /** Policy's coded reasons, or the floor's. */
      reasons: string[];
      fingerprint: string | null;
      normalized: string | null;
      type: string | null;
      effects: string[];
      /** Hash of the functions in it that nobody vetted, by signature and body, a part like those of a decision; left out when there are none. */
      unvetted?: string;
      /** Why policy could not decide, and in which of its rules; left out when it did. */
      fault?: string;
      revision: string | null;
      decided: Decided | null;
    } & OfSession)
  /**
   * What a session executed in read mode since its entry before: every execution, in the order in which they began, as columns of
   * equal length. One that still ran when the entry was made has no duration; a later entry of the session has it under `ended`.
   */
  | ({
      kind: 'reads';
      /** Number of the first of `runs` among the session's executions, from 1. */
      first: number;
      /** When it began; null when there is none. */
      since: string | null;
      forms: Form[];
      runs: {
        /** Index of its form. */
        form: number[];
        /** After `since`. */
        start_us: number[];
        duration_us: (number | null)[];
        rows: (number | null)[];
        /** Those that are not `ok`. `run`: index in the other columns. */
        failed: { run: number; result: 'error' | 'unknown'; sqlstate: string | null }[];
      };
      /** Results of executions that earlier entries have as begun. */
      ended: {
        number: number;
        result: 'ok' | 'error' | 'unknown';
        sqlstate: string | null;
        rows: number | null;
        duration_us: number;
      }[];
    } & OfSession)
  /**
   * What a session executed in one elevation since its entry before, as `reads` has it, and committed before any of it can take
   * effect. Its executions have numbers of their own in the session, from 1.
   */
  | ({
      kind: 'writes';
      elevation: string;
      first: number;
      since: string | null;
      forms: Form[];
      runs: {
        form: number[];
        start_us: number[];
        duration_us: (number | null)[];
        rows: (number | null)[];
        /**
         * How its transaction stands: `open` in a transaction block that goes on, else how that ended which ended with it. Null of a
         * statement before the last of a text or batch that is a transaction, where the end is not known, and as long as it runs.
         */
        transaction: (TransactionState | null)[];
        failed: { run: number; result: 'error' | 'unknown'; sqlstate: string | null }[];
        /** What was committed with the last statement of a transaction. */
        written: ({ run: number } & Written)[];
        /** Of a COMMIT that was sent alone: the id of the target's transaction, to ask the target what became of it. */
        commits: { run: number; id: string }[];
      };
      ended: {
        number: number;
        result: 'ok' | 'error' | 'unknown';
        sqlstate: string | null;
        rows: number | null;
        duration_us: number;
        /** Left out where it is not known. */
        transaction?: TransactionState;
        written?: Written;
      }[];
    } & OfSession)
  /** Not written any more: all reads of one fingerprint in one session in one second. */
  | ({
      kind: 'reads';
      second: string;
      fingerprint: string;
      normalized: string;
      count: number;
      failed: number;
      rows: number;
      revision: string;
      decided: Decided | null;
      runs?: undefined;
    } & OfSession)
  | {
      kind: 'token_created';
      token: string;
      principal: string;
      principal_kind: Principal['kind'];
      elevate: string;
      groups: string[];
      expires: string;
      /** That it came of, and ends with; left out where an operator made it. */
      sign_in?: string;
      actor: Actor;
    }
  /** Whose principal a provider's subject is from now on. */
  | { kind: 'principal_bound'; principal: string; issuer: string; subject: string; actor: Actor }
  /** `authenticated`: when the person last proved to the provider who they are. */
  | {
      kind: 'signed_in';
      principal: string;
      sign_in: string;
      issuer: string;
      subject: string;
      groups: string[];
      client_address: string;
      client: string;
      authenticated: string;
    }
  /** With what came of it: browser sessions and tokens. */
  | { kind: 'sign_in_ended'; principal: string; sign_in: string; why: string; actor: Actor }
  | { kind: 'token_revoked'; token: string; principal: string; actor: Actor }
  /** `rights`: who can do what by this policy and not by the one before, in sentences; left out by versions that did not say. */
  | {
      kind: 'policy_activated';
      revision: string;
      previous: string | null;
      actor: Actor | null;
      summary: string;
      rights?: string[];
      /** With `policy.approvals`: the request, and who approved it. */
      request?: string;
      approved_by?: string[];
    }
  /** A policy waits until others approve it. */
  | {
      kind: 'policy_requested';
      request: string;
      revision: string;
      previous: string | null;
      actor: Actor;
      summary: string;
      rights: string[];
    }
  /** A line of the settings ends within a week; told of once. `until`: UTC, without a zone. */
  | {
      kind: 'policy_line_ends';
      revision: string;
      line: string;
      until: string;
      owner: string | null;
      ticket: string | null;
    }
  | { kind: 'policy_approved'; request: string; revision: string; actor: Actor }
  | { kind: 'policy_denied'; request: string; revision: string; actor: Actor }
  | { kind: 'policy_refused'; revision: string | null; problem: string; actor: Actor | null }
  /** Only of what changes something or gives out policies; what one may see of lists is decided row by row, and not recorded. */
  | {
      kind: 'admin_decided';
      principal: string;
      action: string;
      subject: string | null;
      target: string | null;
      result: 'allow' | 'deny';
      /** Why policy could not decide; left out when it did. */
      fault?: string;
      revision: string | null;
      decided: Decided;
    }
  /** `elevation`: that the notice is about; left out when it is about none. */
  | { kind: 'notice_delivered'; notice: string; elevation?: string; channel: string; attempts: number }
  | { kind: 'notice_failed'; notice: string; elevation?: string; channel: string; attempts: number; problem: string }
  /** Heads of chains left the house by these channels. */
  | { kind: 'heads_told'; chains: number; channels: string[] }
  /** The head of another process's chain, so that its tail cannot be cut off unseen. */
  | { kind: 'chain_anchor'; of: { chain: string; seq: number; hash: string } }
  /** `checkpoints`: SHA-256 of the canonical JSON of where all chains go on (services/ledger/chain/checkpoints.ts). */
  | { kind: 'ledger_pruned'; month: string; entries: number; checkpoints: string; actor: Actor }
  /** Stored policies that nothing needs, by the hashes of their contents. */
  | { kind: 'policies_pruned'; before: string; contents: string[]; actor: Actor };

export type EntryKind = EntryDraft['kind'];

/** Where an entry stands in its chain. `hash`: hex SHA-256. */
export interface Recorded {
  chain: string;
  seq: number;
  hash: string;
  at: string;
}
