/** What a connection may use before it has authenticated. */
export interface OpeningLimits {
  /** From the first moment to AuthenticationOk, TLS included. Milliseconds. */
  authenticationMs: number;
  /** Bytes of a startup packet; PostgreSQL's own limit is 10,000. */
  startupBytes: number;
  /** Connections that have not authenticated, all together and by address (an IPv6 network of 64 bits counts as one). */
  halfOpen: number;
  halfOpenPerAddress: number;
  /** A refused login hears of it, and gives up its place among the half-open ones, after so long, which bounds the tries. Milliseconds. */
  refusedMs: number;
}

export const OPENING_LIMITS: OpeningLimits = {
  authenticationMs: 10_000,
  startupBytes: 10_000,
  halfOpen: 1_000,
  halfOpenPerAddress: 250,
  refusedMs: 300,
};
