// Every refusal and fault that a client can see, declared once. `routine` of the ErrorResponse carries the code.

/** Stable code → SQLSTATE (PostgreSQL's own meanings). docs/errors.md lists each with its remedy. */
export const SQLSTATE = {
  write_needs_elevation: '25006',
  refused_by_policy: '42501',
  refused_by_floor: '42501',
  not_understood: '42501',
  sudo_not_alone: '25001',
  sudo_in_transaction: '25001',
  sudo_not_permitted: '42501',
  sudo_needs_approval: '42501',
  sudo_bad_argument: '22023',
  sudo_failed: '58000',
  elevation_ended: '25P02',
  statement_cancelled: '57014',
  wrong_token: '28P01',
  not_authorized: '28000',
  tls_required: '28000',
  bad_setting: '22023',
  unknown_target: '3D000',
  too_many_connections: '53300',
  limit_exceeded: '54000',
  too_complex: '54001',
  shutting_down: '57P01',
  not_ready: '57P03',
  target_unreachable: '08006',
  protocol_violation: '08P01',
  not_supported: '0A000',
  invalid_encoding: '22021',
  schema_changed: '0A000',
  not_recordable: '58000',
  fault: 'XX000',
} as const satisfies Record<string, string>;

export type ErrorCode = keyof typeof SQLSTATE;

/** Codes that are answered with other SQLSTATEs too, where PostgreSQL has a finer word for the moment. There are no others. */
export const OTHER_SQLSTATES = {
  /** Under a running statement; and where nobody can say whether it was committed. */
  elevation_ended: ['57014', '40003'],
  /** Idle in a transaction; idle outside one. */
  limit_exceeded: ['25P03', '57P05'],
  /** No such statement, no such portal, the name is taken, the name is too long. */
  protocol_violation: ['26000', '34000', '42P05', '42622'],
} as const satisfies { [code in ErrorCode]?: readonly string[] };

type OfCode<Code extends ErrorCode> =
  | (typeof SQLSTATE)[Code]
  | (Code extends keyof typeof OTHER_SQLSTATES ? (typeof OTHER_SQLSTATES)[Code][number] : never);
/** Every SQLSTATE that sudoql itself answers with. */
export type Sqlstate = OfCode<ErrorCode>;

/** A SQLSTATE that the target gave, passed on under a code of ours. */
export type TargetSqlstate = string & { readonly target: unique symbol };
export const ofTarget = (sqlstate: string): TargetSqlstate => sqlstate as TargetSqlstate;

/** In the message of `write_needs_elevation`: what stands behind it says how to come into write mode. */
export const TO_WRITE = '; to write, ';

/** What becomes an ErrorResponse (or a NoticeResponse). `position`: 1-based, in characters, as PostgreSQL counts. */
export interface ClientError {
  code: ErrorCode;
  message: string;
  detail?: string;
  hint?: string;
  position?: number;
  /** One of `OTHER_SQLSTATES`, or the target's own, in place of the code's usual one. */
  sqlstate?: Sqlstate | TargetSqlstate;
}
