// Inputs and outputs of the entrypoints: one source for TypeScript types, JSON Schemas and Rego's type checks.
import { type Static, Type } from '../contract/typebox/typebox.js';
import { Mode, Principal, Target } from '../contract/words.ts';
import { StatementFacts } from '../statements/facts.ts';

const closed = { additionalProperties: false };
const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);

const SessionInput = Type.Object(
  {
    id: Type.String(),
    /** `tcp` or `websocket`. */
    via: Type.Union([Type.Literal('tcp'), Type.Literal('websocket')]),
    application_name: Type.String(),
    client_address: Type.String(),
  },
  closed,
);

const ElevationInput = Type.Object(
  { id: Type.String(), reason: Type.String(), started_at: Type.String(), deadline: Type.String() },
  closed,
);

/** The clock as policy sees it; Rego has no clock of its own here. `ns`: nanoseconds since 1970, a float64's precision. */
const Clock = Type.Object({ ns: Type.Number(), iso: Type.String() }, closed);

export const StatementInput = Type.Object(
  {
    version: Type.Literal(1),
    principal: Principal,
    target: Target,
    session: SessionInput,
    mode: Mode,
    elevation: nullable(ElevationInput),
    statement: StatementFacts,
    clock: Clock,
  },
  closed,
);
export type StatementInput = Static<typeof StatementInput>;

export const Reason = Type.Object({ code: Type.String(), message: Type.String(), remedy: Type.String() }, closed);
/** Why something was refused: stable code, a sentence, and what to do about it. */
export type Reason = Static<typeof Reason>;

export const Obligations = Type.Object(
  {
    max_rows: Type.Optional(Type.Integer({ minimum: 0 })),
    max_bytes: Type.Optional(Type.Integer({ minimum: 0 })),
    max_affected_rows: Type.Optional(Type.Integer({ minimum: 0 })),
    timeout_ms: Type.Optional(Type.Integer({ minimum: 1 })),
  },
  closed,
);
/** What the gateway must enforce on an allowed statement. */
export type Obligations = Static<typeof Obligations>;

export const StatementDecision = Type.Object(
  { allow: Type.Boolean(), reasons: Type.Array(Reason), obligations: Obligations },
  closed,
);
export type StatementDecision = Static<typeof StatementDecision>;

/** What one of the configured checks was answered. `answered: false`: there was no answer in time, or none that could be read. */
const CheckInput = Type.Object(
  { answered: Type.Boolean(), status: nullable(Type.Integer()), answer: Type.Any() },
  closed,
);
export type CheckInput = Static<typeof CheckInput>;

export const ElevationInputDocument = Type.Object(
  {
    version: Type.Literal(1),
    principal: Principal,
    target: Target,
    session: SessionInput,
    /** `connect`: asked by the startup packet; `in-band`: by SELECT sudo(…). */
    by: Type.Union([Type.Literal('connect'), Type.Literal('in-band')]),
    reason: Type.String(),
    /** Seconds; null when the client named none. */
    requested_seconds: nullable(Type.Number()),
    /** Extending the elevation that the session is in. */
    extends: nullable(ElevationInput),
    /** They ask to skip approval, and to be reviewed for it. */
    break_glass: Type.Boolean(),
    /** By the names in the configuration. */
    checks: Type.Record(Type.String(), CheckInput),
    /** That this principal began within the last hour, on any target; null: the record did not say. */
    recent_elevations: nullable(Type.Integer()),
    /** That the configuration names for the target; null: how they stand is not known. */
    channels: nullable(
      Type.Array(
        Type.Object(
          {
            name: Type.String(),
            /** How long it has delivered nothing though it was tried; 0 while it delivers. */
            failing_seconds: Type.Number(),
          },
          closed,
        ),
      ),
    ),
    clock: Clock,
  },
  closed,
);
export type ElevationRequestInput = Static<typeof ElevationInputDocument>;

const Deciders = { people: Type.Array(Type.String()), groups: Type.Array(Type.String()) };

const ApprovalSet = Type.Object(
  {
    name: Type.String(),
    /** So many of these people, and of people in these groups. */
    count: Type.Integer({ minimum: 1 }),
    ...Deciders,
    channels: Type.Array(Type.String()),
    /** Who may answer as well after so many seconds. */
    wider: Type.Array(
      Type.Object({ after_seconds: Type.Number(), ...Deciders, channels: Type.Array(Type.String()) }, closed),
    ),
  },
  closed,
);
/** Who must agree. Where there are several, all are needed. */
export type ApprovalSet = Static<typeof ApprovalSet>;

export const ElevationDecision = Type.Object(
  {
    /** `approve`: others must agree first, as `approve` says. */
    result: Type.Union([Type.Literal('allow'), Type.Literal('confirm'), Type.Literal('approve'), Type.Literal('deny')]),
    reasons: Type.Array(Reason),
    /** Seconds. The configuration's own maximum holds whatever is said here. */
    max_seconds: Type.Number(),
    default_seconds: Type.Number(),
    /** Names of channels, beside those that the configuration names for the target. */
    notify: Type.Array(Type.String()),
    /** Left out where nobody else is asked. */
    approve: Type.Optional(
      Type.Object({ sets: Type.Array(ApprovalSet), ask_seconds: Type.Number(), use_seconds: Type.Number() }, closed),
    ),
    /** Whether a request to break glass is granted as one. */
    break_glass: Type.Optional(Type.Boolean()),
  },
  closed,
);
export type ElevationDecision = Static<typeof ElevationDecision>;

export const AdminInput = Type.Object(
  {
    version: Type.Literal(1),
    principal: Principal,
    action: Type.Union([
      Type.Literal('elevation.list'),
      Type.Literal('elevation.show'),
      Type.Literal('elevation.show_reason'),
      Type.Literal('elevation.revoke'),
      Type.Literal('elevation.remark'),
      Type.Literal('session.see'),
      Type.Literal('token.create'),
      Type.Literal('token.list'),
      Type.Literal('token.revoke'),
      Type.Literal('ledger.read'),
      Type.Literal('notice.read'),
      Type.Literal('notice.send'),
      Type.Literal('target.see'),
      Type.Literal('policy.activate'),
      Type.Literal('policy.approve'),
      Type.Literal('policy.read'),
    ]),
    /** Whose elevation or token; null where the action has no subject. */
    subject: nullable(Type.String()),
    target: nullable(Target),
    clock: Clock,
  },
  closed,
);
export type AdminInput = Static<typeof AdminInput>;

export const AdminDecision = Type.Object({ allow: Type.Boolean(), reasons: Type.Array(Reason) }, closed);
export type AdminDecision = Static<typeof AdminDecision>;

export const ApprovalInput = Type.Object(
  {
    version: Type.Literal(1),
    /** Who answers. */
    principal: Principal,
    /** `review`: of an elevation that broke glass. */
    action: Type.Union([Type.Literal('approve'), Type.Literal('deny'), Type.Literal('review')]),
    target: Target,
    request: Type.Object(
      {
        /** Of the request, or of the elevation that is reviewed. */
        id: Type.String(),
        principal: Principal,
        reason: Type.String(),
        seconds: Type.Number(),
        /** By the ledger's clock. */
        age_seconds: Type.Number(),
        /** As the elevation's decision says now. */
        sets: Type.Array(ApprovalSet),
      },
      closed,
    ),
    clock: Clock,
  },
  closed,
);
export type ApprovalInput = Static<typeof ApprovalInput>;

export const ApprovalDecision = Type.Object(
  {
    allow: Type.Boolean(),
    reasons: Type.Array(Reason),
    /** Names of the sets that their answer counts for. */
    sets: Type.Array(Type.String()),
  },
  closed,
);
export type ApprovalDecision = Static<typeof ApprovalDecision>;

export const ENTRYPOINTS = {
  statement: 'sudoql/statement/decision',
  elevation: 'sudoql/elevation/decision',
  admin: 'sudoql/admin/decision',
  approval: 'sudoql/approval/decision',
} as const;

/** Without these a policy is whole: under one that does not answer them, what they are asked is denied. */
export const OPTIONAL_ENTRYPOINTS: ReadonlySet<string> = new Set([ENTRYPOINTS.approval]);

/** What an evaluation gave: a decision of the right shape, or a fault (which callers treat as a denial). */
export type Evaluated<D> =
  | {
      ok: true;
      decision: D;
      revision: string;
      microseconds: number;
      /** No rule that was asked reads the clock: under this revision the same input, whatever its clock, has this decision. */
      lasting: boolean;
    }
  | { ok: false; fault: string; revision: string | null };

/** The active policy: decisions in process, synchronous. With no usable revision every call is a fault. */
export interface Policy {
  statement(input: StatementInput): Evaluated<StatementDecision>;
  elevation(input: ElevationRequestInput): Evaluated<ElevationDecision>;
  admin(input: AdminInput): Evaluated<AdminDecision>;
  approval(input: ApprovalInput): Evaluated<ApprovalDecision>;
  /** Content hash of the active revision (hex), or null: everything is denied. */
  readonly revision: string | null;
  /** Why there is no active revision, or why the last candidate was refused; null when all is well. For /readyz. */
  readonly problem: string | null;
}
