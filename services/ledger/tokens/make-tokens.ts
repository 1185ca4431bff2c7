import { createHmac, randomBytes } from 'node:crypto';
import type pg from 'pg';
import { type Clock, systemClock } from '../../contract/clock.ts';
import type { Principal } from '../../contract/words.ts';
import type { EntryDraft } from '../entry/entry.ts';
import type { Ledger } from '../ledger.ts';
import type { LedgerPool } from '../ledger-pool.ts';
import { SCRAM_ITERATIONS, scramVerifier } from './scram-verifier.ts';
import { sharedSecret } from './shared-secret.ts';
import { looksLikeSecret, newSecret, secretHash } from './token-secret.ts';
import type { Authenticated, NewToken, TokenRow, Tokens } from './tokens.ts';

export interface TokensOptions {
  pool: LedgerPool;
  ledger: Pick<Ledger, 'transaction'>;
  clock?: Clock;
}

interface Row {
  id: string;
  principal: string;
  email: string | null;
  kind: Principal['kind'];
  elevate: Principal['elevate'];
  groups: string[];
  created_at: Date;
  expires_at: Date;
  revoked_at: Date | null;
  sign_in: string | null;
  client: string | null;
  stored_key: Buffer;
  server_key: Buffer;
}

/** A token that was asked for cannot be: the message says why, for the person who asked. */
export class TokenRefused extends Error {}

const MAX_LIFETIME = 366 * 86_400;
/** As long as PostgreSQL's names; no spaces, quotes, control or invisible characters, so that it reads the same everywhere. */
const USER = /^[a-z0-9][a-z0-9._@+-]{0,62}$/i;
/** A % is a provider's (services/people/groups.ts). */
const GROUP = /^[a-z0-9][a-z0-9._:/%-]{0,62}$/i;
/** As many, and as long, as the largest input that the policy's gate tries. */
const MOST_GROUPS = 50;
const EMAIL = /^[^\s<>"',;:@\p{C}]+@[^\s<>"',;:@\p{C}]+$/u;
const LIVE = `expires_at > $2 AND NOT EXISTS (SELECT FROM token_revocation r WHERE r.token = t.id)
  AND NOT EXISTS (SELECT FROM sign_in_end e WHERE e.sign_in = t.sign_in)`;

/** A token's principal is as that token says: its kind, elevate, groups and email are those it was made with. */
export function makeTokens({ pool, ledger, clock = systemClock }: TokensOptions): Tokens {
  let mockKey: Promise<Buffer> | null = null;

  /** For a user without a live token: a salt that is the same at each try and on each replica, and says nothing. */
  async function mockSalt(user: string): Promise<Buffer> {
    mockKey ??= sharedSecret(pool, 'scram_mock_salt').catch((error: unknown) => {
      mockKey = null;
      throw error;
    });
    return createHmac('sha256', await mockKey)
      .update(user)
      .digest()
      .subarray(0, 16);
  }

  const authenticated = (row: Row): Authenticated => ({
    principal: { id: row.principal, email: row.email, groups: row.groups, kind: row.kind, elevate: row.elevate },
    token: row.id,
    expiresAt: row.expires_at,
  });

  return {
    async scram(user) {
      // Asked for every user, so that the time taken does not tell who exists.
      const mock = await mockSalt(user);
      const rows = await pool.query<Row & { salt: Buffer; iterations: number }>(
        `SELECT t.*, s.salt, s.iterations FROM token t JOIN principal_salt s USING (principal)
         WHERE t.principal = $1 AND ${LIVE}`,
        [user, clock.now()],
      );
      const [first] = rows;
      return {
        salt: first?.salt ?? mock,
        iterations: first?.iterations ?? SCRAM_ITERATIONS,
        candidates: rows.map((row) => ({
          storedKey: row.stored_key,
          serverKey: row.server_key,
          who: authenticated(row),
        })),
      };
    },

    async bearer(token) {
      if (!looksLikeSecret(token)) return null;
      const [row] = await pool.query<Row>(`SELECT t.* FROM token t WHERE t.secret_hash = $1 AND ${LIVE}`, [
        secretHash(token),
        clock.now(),
      ]);
      return row ? authenticated(row) : null;
    },

    async create(token, actor) {
      refuseBad(token);
      const id = `tok_${randomBytes(8).toString('hex')}`;
      const secret = newSecret();
      const expiresAt = new Date(clock.now().getTime() + token.lifetime * 1_000);
      await pool.query(
        'INSERT INTO principal_salt (principal, salt, iterations) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
        [token.user, randomBytes(16), SCRAM_ITERATIONS],
      );
      const [shared] = await pool.query<{ salt: Buffer; iterations: number }>(
        'SELECT salt, iterations FROM principal_salt WHERE principal = $1',
        [token.user],
      );
      if (!shared) throw new Error(`The salt of ${token.user} is missing.`);
      const { storedKey, serverKey } = await scramVerifier(secret, shared.salt, shared.iterations);
      const draft: EntryDraft = {
        kind: 'token_created',
        token: id,
        principal: token.user,
        principal_kind: token.kind,
        elevate: token.elevate,
        groups: token.groups,
        expires: expiresAt.toISOString(),
        ...(token.of && { sign_in: token.of.signIn }),
        actor,
      };
      await ledger.transaction([draft], (client) =>
        client.query(
          `INSERT INTO token (id, principal, email, kind, elevate, groups, secret_hash, stored_key, server_key, created_at, expires_at, sign_in, client)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
          [
            id,
            token.user,
            token.email,
            token.kind,
            token.elevate,
            token.groups,
            secretHash(secret),
            storedKey,
            serverKey,
            clock.now(),
            expiresAt,
            token.of?.signIn ?? null,
            token.of?.client ?? null,
          ],
        ),
      );
      return { id, secret, expiresAt };
    },

    async list(user) {
      const rows = await pool.query<Row>(
        `SELECT t.id, t.principal, t.email, t.kind, t.elevate, t.groups, t.created_at, t.expires_at, t.sign_in, t.client,
           least(r.revoked_at, e.ended_at) AS revoked_at
         FROM token t LEFT JOIN token_revocation r ON r.token = t.id LEFT JOIN sign_in_end e ON e.sign_in = t.sign_in
         WHERE $1::text IS NULL OR t.principal = $1 ORDER BY t.created_at, t.id`,
        [user ?? null],
      );
      return rows.map(tokenRow);
    },

    async revoke(id, actor) {
      const [row] = await pool.query<Row>(`SELECT t.* FROM token t WHERE t.id = $1 AND ${LIVE}`, [id, clock.now()]);
      if (!row) return false;
      try {
        await ledger.transaction([{ kind: 'token_revoked', token: id, principal: row.principal, actor }], (client) =>
          revokeIn(client, id, actor),
        );
        return true;
      } catch (error) {
        if (error instanceof RevokedBefore) return false;
        throw error;
      }
    },
  };
}

class RevokedBefore extends Error {}

async function revokeIn(client: pg.ClientBase, id: string, actor: object): Promise<void> {
  const { rowCount } = await client.query(
    'INSERT INTO token_revocation (token, actor) VALUES ($1, $2) ON CONFLICT DO NOTHING',
    [id, JSON.stringify(actor)],
  );
  if (rowCount !== 1) throw new RevokedBefore();
  await client.query("SELECT pg_notify('sudoql', 'token')");
}

function refuseBad(token: NewToken): void {
  if (!USER.test(token.user)) {
    throw new TokenRefused(
      'A user has 1 to 63 letters, digits or ._@+- and begins with a letter or digit; the target sees it in application_name.',
    );
  }
  if (token.email !== null && (token.email.length > 254 || !EMAIL.test(token.email))) {
    throw new TokenRefused(`Not an address: ${JSON.stringify(token.email)}`);
  }
  const bad = token.groups.find((group) => !GROUP.test(group));
  if (bad !== undefined || token.groups.length > MOST_GROUPS) {
    throw new TokenRefused(
      bad === undefined
        ? `At most ${MOST_GROUPS} groups.`
        : `A group has 1 to 63 letters, digits or ._:/%- : ${JSON.stringify(bad)}`,
    );
  }
  if (!Number.isFinite(token.lifetime) || token.lifetime < 1 || token.lifetime > MAX_LIFETIME) {
    throw new TokenRefused('A token lives for at least a second and at most 366 days.');
  }
  const most = { human: ['none', 'connect', 'in-band'], service: ['none', 'connect'], agent: ['none'] }[token.kind];
  if (!most.includes(token.elevate)) {
    throw new TokenRefused(
      `A token of kind ${token.kind} may have elevate ${most.join(' or ')}: who controls the text of statements could call sudo().`,
    );
  }
}

function tokenRow(row: Row): TokenRow {
  return {
    id: row.id,
    principal: row.principal,
    kind: row.kind,
    elevate: row.elevate,
    groups: row.groups,
    email: row.email,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    signIn: row.sign_in,
    client: row.client,
  };
}
