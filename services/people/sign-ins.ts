// Sign-ins: one proof by the provider of who somebody is, and what came of it. Each begins and ends with an entry.
import { randomBytes } from 'node:crypto';
import type { Clock } from '../contract/clock.ts';
import type { Actor, EntryDraft } from '../ledger/entry/entry.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { LedgerPool } from '../ledger/ledger-pool.ts';
import type { Person } from './claims.ts';
import type { Proof } from './provider.ts';
import { SignInRefused } from './refused.ts';
import { isUniqueViolation } from './unique-violation.ts';

export interface SignIn {
  id: string;
  principal: string;
  issuer: string;
  subject: string;
  email: string | null;
  name: string | null;
  groups: string[];
  acr: string | null;
  authenticatedAt: Date;
  createdAt: Date;
  address: string;
  client: string;
}

/** From where, as what. */
export interface From {
  address: string;
  client: string;
}

export interface SignIns {
  /**
   * Records that the person signed in. Who comes for the first time is bound to the login name, unless that is another's: throws
   * SignInRefused.
   */
  begin(person: Person, proof: Pick<Proof, 'sid' | 'acr' | 'authenticatedAt' | 'proved'>, from: From): Promise<SignIn>;
  /** Ends it, and with it its browser sessions and tokens, within a second. False when it had ended. */
  end(id: string, why: string, actor: Actor): Promise<boolean>;
  /** Those of a subject, or of the provider's session, that have not ended. */
  live(of: { issuer: string; subject?: string | null; sid?: string | null }): Promise<string[]>;
  /** Binds a subject to a principal that an operator made. Throws SignInRefused when either is bound otherwise. */
  join(issuer: string, subject: string, principal: string, actor: Actor): Promise<void>;
}

export interface SignInsOptions {
  pool: LedgerPool;
  ledger: Pick<Ledger, 'transaction'>;
  clock: Clock;
  /** So that this process's own sessions hear of an end at once. */
  hasten?: () => void;
}

export function makeSignIns({ pool, ledger, clock, hasten }: SignInsOptions): SignIns {
  async function principalOf({ issuer, subject, login }: Person): Promise<{ principal: string; isNew: boolean }> {
    const [bound] = await pool.query<{ principal: string }>(
      'SELECT principal FROM identity WHERE issuer = $1 AND subject = $2',
      [issuer, subject],
    );
    if (bound) return { principal: bound.principal, isNew: false };
    const [taken] = await pool.query(
      `SELECT FROM identity WHERE lower(principal) = lower($1)
       UNION ALL SELECT FROM principal_salt WHERE lower(principal) = lower($1) LIMIT 1`,
      [login],
    );
    if (taken) throw await refusal(issuer, subject, login);
    return { principal: login, isNew: true };
  }

  async function refusal(issuer: string, subject: string, login: string): Promise<SignInRefused> {
    const [other] = await pool.query('SELECT FROM identity WHERE issuer = $1 AND lower(principal) = lower($2)', [
      issuer,
      login,
    ]);
    if (other) {
      return new SignInRefused(
        'login_taken',
        `${login} is the login name of somebody else here, who signed in with it first. An operator can give you another: sudoqld principals join NAME --subject ${subject}`,
      );
    }
    return new SignInRefused(
      'not_joined',
      `An operator made ${login} before you signed in, and must say that it is you: sudoqld principals join ${login} --subject ${subject}`,
    );
  }

  return {
    async begin(person, proof, from) {
      const { principal, isNew } = await principalOf(person);
      const id = `sig_${randomBytes(8).toString('hex')}`;
      const actor: Actor = { principal };
      const { issuer, subject, email, name, groups } = person;
      const drafts: EntryDraft[] = [
        ...(isNew ? [{ kind: 'principal_bound', principal, issuer, subject, actor } as const] : []),
        {
          kind: 'signed_in',
          principal,
          sign_in: id,
          issuer,
          subject,
          groups,
          client_address: from.address,
          client: from.client,
          authenticated: proof.authenticatedAt.toISOString(),
        },
      ];
      const createdAt = clock.now();
      try {
        await ledger.transaction(drafts, async (client) => {
          if (isNew) {
            await client.query('INSERT INTO identity (issuer, subject, principal, actor) VALUES ($1, $2, $3, $4)', [
              issuer,
              subject,
              principal,
              JSON.stringify(actor),
            ]);
          }
          await client.query(
            `INSERT INTO sign_in (id, issuer, subject, principal, email, name, groups, sid, acr, authenticated_at, address, client, created_at, proved)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
            [
              id,
              issuer,
              subject,
              principal,
              email,
              name,
              groups,
              proof.sid,
              proof.acr,
              proof.authenticatedAt,
              from.address,
              from.client,
              createdAt,
              proof.proved,
            ],
          );
        });
      } catch (error) {
        // Two who came for the first time with one login name.
        if (isUniqueViolation(error)) throw await refusal(issuer, subject, principal);
        throw error;
      }
      const { acr, authenticatedAt } = proof;
      return { id, principal, issuer, subject, email, name, groups, acr, authenticatedAt, createdAt, ...from };
    },

    async end(id, why, actor) {
      const [row] = await pool.query<{ principal: string }>(
        'SELECT principal FROM sign_in s WHERE id = $1 AND NOT EXISTS (SELECT FROM sign_in_end e WHERE e.sign_in = s.id)',
        [id],
      );
      if (!row) return false;
      try {
        await ledger.transaction(
          [{ kind: 'sign_in_ended', principal: row.principal, sign_in: id, why, actor }],
          async (client) => {
            await client.query('INSERT INTO sign_in_end (sign_in, why, actor) VALUES ($1, $2, $3)', [
              id,
              why,
              JSON.stringify(actor),
            ]);
            await client.query("SELECT pg_notify('sudoql', 'token')");
          },
        );
      } catch (error) {
        if (isUniqueViolation(error)) return false;
        throw error;
      }
      hasten?.();
      return true;
    },

    async live({ issuer, subject, sid }) {
      const rows = await pool.query<{ id: string }>(
        `SELECT s.id FROM sign_in s WHERE s.issuer = $1 AND ($2::text IS NULL OR s.subject = $2) AND ($3::text IS NULL OR s.sid = $3)
         AND ($2::text IS NOT NULL OR $3::text IS NOT NULL)
         AND NOT EXISTS (SELECT FROM sign_in_end e WHERE e.sign_in = s.id)`,
        [issuer, subject ?? null, sid ?? null],
      );
      return rows.map(({ id }) => id);
    },

    async join(issuer, subject, principal, actor) {
      const [bound] = await pool.query<{ issuer: string; subject: string; principal: string }>(
        'SELECT * FROM identity WHERE issuer = $1 AND (subject = $2 OR lower(principal) = lower($3))',
        [issuer, subject, principal],
      );
      if (bound) {
        throw new SignInRefused(
          'login_taken',
          `${bound.subject} of ${issuer} is ${bound.principal} already, and stays so: what was recorded is that person's.`,
        );
      }
      await ledger.transaction([{ kind: 'principal_bound', principal, issuer, subject, actor }], (client) =>
        client.query('INSERT INTO identity (issuer, subject, principal, actor) VALUES ($1, $2, $3, $4)', [
          issuer,
          subject,
          principal,
          JSON.stringify(actor),
        ]),
      );
    },
  };
}
