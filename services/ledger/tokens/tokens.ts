// Principals and their tokens, in the ledger's database. Built by `makeTokens` (make-tokens.ts).
import type { Principal } from '../../contract/words.ts';
import type { Actor } from '../entry/entry.ts';

/** Who a token proved to be. */
export interface Authenticated {
  principal: Principal;
  /** The token's id (never the token). */
  token: string;
  expiresAt: Date;
}

/** What a SCRAM exchange is tried against: all unexpired, unrevoked tokens of a principal share salt and iterations. */
export interface ScramCandidates {
  salt: Buffer;
  iterations: number;
  /** Empty for an unknown or disabled user: the exchange is then carried through and fails with the same words. */
  candidates: { storedKey: Buffer; serverKey: Buffer; who: Authenticated }[];
}

export interface TokenRow {
  id: string;
  principal: string;
  kind: Principal['kind'];
  elevate: Principal['elevate'];
  groups: string[];
  email: string | null;
  createdAt: Date;
  expiresAt: Date;
  /** Also when the sign-in ended that it came of. */
  revokedAt: Date | null;
  /** That it came of; null where an operator made it. */
  signIn: string | null;
  /** What asked for it; null where an operator made it. */
  client: string | null;
}

export interface NewToken {
  user: string;
  email: string | null;
  kind: Principal['kind'];
  elevate: Principal['elevate'];
  groups: string[];
  /** Seconds from now. */
  lifetime: number;
  /** That it comes of and ends with, and what asked for it. */
  of?: { signIn: string; client: string };
}

export interface Tokens {
  /** For SCRAM. An unknown user gets a salt derived by HMAC from a secret that replicas share. */
  scram(user: string): Promise<ScramCandidates>;
  /** For HTTP's bearer tokens; null when wrong, revoked or expired. */
  bearer(token: string): Promise<Authenticated | null>;
  /** The secret is returned here and never again; the verifier, a hash and a ledger entry are stored in one transaction. */
  create(token: NewToken, actor: Actor): Promise<{ id: string; secret: string; expiresAt: Date }>;
  list(user?: string): Promise<TokenRow[]>;
  /** Records and takes effect in one transaction; false when there is no such live token. */
  revoke(id: string, actor: Actor): Promise<boolean>;
}
