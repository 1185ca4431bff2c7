// What was begun and waits for its second half. Each is used once: whoever comes second finds it gone.
import type { Clock } from '../contract/clock.ts';
import { isUniqueViolation } from './unique-violation.ts';
import type { LedgerPool } from '../ledger/ledger-pool.ts';
import { hashOf } from './secret.ts';

export interface UnderWay {
  /** `typed`: what a person types instead of the secret. `body` is kept as it is: no secret of another's may be in it. */
  begin(kind: Kind, secret: string, body: object, lifetimeMs: number, typed?: string): Promise<void>;
  /** Its body, once; null where there is none, it is over, or was used. */
  use<B>(kind: Kind, secret: string): Promise<B | null>;
  /** Its body, without using it. */
  look<B>(
    kind: Kind,
    by: { secret: string } | { typed: string },
  ): Promise<{ id: string; body: B; createdAt: Date } | null>;
}
type Kind = 'sign_in' | 'code' | 'device';

export function makeUnderWay(pool: LedgerPool, clock: Clock): UnderWay {
  const OPEN = `u.expires_at > $3 AND NOT EXISTS (SELECT FROM under_way_used x WHERE x.id = u.id)`;
  const find = async (kind: Kind, column: 'id' | 'typed', value: string) => {
    const [row] = await pool.query<{ id: string; body: unknown; created_at: Date }>(
      `SELECT u.id, u.body, u.created_at FROM under_way u WHERE u.kind = $1 AND u.${column} = $2 AND ${OPEN}`,
      [kind, hashOf(value).toString('hex'), clock.now()],
    );
    return row ?? null;
  };
  return {
    async begin(kind, secret, body, lifetimeMs, typed) {
      const now = clock.now();
      await pool.query(
        'INSERT INTO under_way (id, kind, typed, body, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)',
        [
          hashOf(secret).toString('hex'),
          kind,
          typed === undefined ? null : hashOf(typed).toString('hex'),
          JSON.stringify(body),
          now,
          new Date(now.getTime() + lifetimeMs),
        ],
      );
    },
    async use<B>(kind: Kind, secret: string) {
      const row = await find(kind, 'id', secret);
      if (!row) return null;
      try {
        await pool.query('INSERT INTO under_way_used (id) VALUES ($1)', [row.id]);
      } catch (error) {
        if (isUniqueViolation(error)) return null;
        throw error;
      }
      return row.body as B;
    },
    async look<B>(kind: Kind, by: { secret: string } | { typed: string }) {
      const row = 'secret' in by ? await find(kind, 'id', by.secret) : await find(kind, 'typed', by.typed);
      return row && { id: row.id, body: row.body as B, createdAt: row.created_at };
    },
  };
}
