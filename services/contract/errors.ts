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
  sudo_bad_argument: '22023',
  sudo_failed: '58000',
  elevation_ended: '25P02',
  statement_cancelled: '57014',
  wrong_token: '28P01',
  not_authorized: '28000',
  tls_required: '28000',
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

/** What becomes an ErrorResponse (or a NoticeResponse). `position`: 1-based, in characters, as PostgreSQL counts. */
export interface ClientError {
  code: ErrorCode;
  message: string;
  detail?: string;
  hint?: string;
  position?: number;
  /** Overrides the table's SQLSTATE, where one code is answered with several (57014 and 25P02 of an ended elevation). */
  sqlstate?: string;
}
