/** SQLSTATEs of a login or a database that is not there, or is refused. */
const NO_LOGIN: ReadonlySet<unknown> = new Set(['28P01', '28000', '3D000']);

/** What to do where the ledger's server refuses the login; null for any other error. A server says the same of a wrong password as of a login that was never made. */
export function noLogin(error: unknown): string | null {
  const { code, message, cause } = (error ?? {}) as { code?: unknown; message?: unknown; cause?: unknown };
  if (!NO_LOGIN.has(code)) return cause === undefined ? null : noLogin(cause);
  return `The ledger's server refuses the login: ${String(message)}. If this ledger is new, "sudoqld migrate" makes its schema and the gateway's login; else look at ledger.url and ledger.password.`;
}
