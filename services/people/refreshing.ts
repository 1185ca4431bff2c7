// The provider is asked again, who is still there and in which groups: what it takes away ends here.
import type { LedgerPool } from '../ledger/ledger-pool.ts';
import { groupsOf } from './claims.ts';
import type { Provider } from './provider.ts';
import { ProviderUnavailable, SignInRefused } from './refused.ts';
import { seal, unseal } from './sealed.ts';
import type { SignInSettings } from './settings.ts';
import type { SignIns } from './sign-ins.ts';

export interface Refreshing {
  /** Keeps a sign-in's refresh token, encrypted; nothing where none is to be kept. */
  keep(signIn: string, refresh: string | null): Promise<void>;
  /** Asks for all whose time it is; ends those who are gone, or in other groups. Never rejects. Resolves to how many ended. */
  look(): Promise<number>;
  /** Looks again and again until it is closed. */
  start(): { close(): Promise<void> };
}

export interface RefreshingOptions {
  settings: SignInSettings;
  provider: Provider;
  signIns: SignIns;
  pool: LedgerPool;
  log: { warn(fields: object, text: string): void };
}

interface Due {
  id: string;
  subject: string;
  groups: string[];
  seq: string;
  refresh: Buffer;
}

const ACTOR = { operator: 'identity provider' };

export function makeRefreshing({ settings, provider, signIns, pool, log }: RefreshingOptions): Refreshing {
  const { refresh: how } = settings;
  const key = how && Buffer.from(how.key, 'base64');

  async function keep(signIn: string, refresh: string | null): Promise<void> {
    if (!key) return;
    const sealed = refresh === null ? null : seal(refresh, key, signIn);
    await pool.query('INSERT INTO sign_in_check (sign_in, refresh) VALUES ($1, $2)', [signIn, sealed]);
  }

  /** Whose newest check is old enough, and something of whom is still live. */
  const due = () =>
    pool.query<Due>(
      `SELECT s.id, s.subject, s.groups, c.seq, c.refresh FROM sign_in s
       JOIN LATERAL (SELECT * FROM sign_in_check c WHERE c.sign_in = s.id ORDER BY c.seq DESC LIMIT 1) c ON c.refresh IS NOT NULL
       WHERE s.issuer = $1 AND c.checked_at <= now() - make_interval(secs => $2)
         AND s.created_at > now() - interval '31 days'
         AND NOT EXISTS (SELECT FROM sign_in_end e WHERE e.sign_in = s.id)
         AND (EXISTS (SELECT FROM browser_session b WHERE b.sign_in = s.id AND b.expires_at > now()
                AND NOT EXISTS (SELECT FROM browser_session_end e WHERE e.session = b.id))
           OR EXISTS (SELECT FROM token t WHERE t.sign_in = s.id AND t.expires_at > now()))
       ORDER BY c.seq LIMIT 100`,
      [settings.issuer, (how?.everyMs ?? 0) / 1_000],
    );

  /** One of the replicas asks. Should it die over it, the next turn comes with the same token. */
  async function mine({ id, seq, refresh }: Due): Promise<boolean> {
    const rows = await pool.query(
      'INSERT INTO sign_in_check (sign_in, refresh, after) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING seq',
      [id, refresh, seq],
    );
    return rows.length === 1;
  }

  async function check(row: Due): Promise<boolean> {
    if (!key || !(await mine(row))) return false;
    const refresh = unseal(row.refresh, key, row.id);
    // Another key than it was kept under: nobody can be asked, so nobody vouches.
    if (refresh === null) return signIns.end(row.id, 'the provider can no longer be asked', ACTOR);
    const said = await provider.again(refresh, row.subject);
    if (said === null) return signIns.end(row.id, 'the provider said no', ACTOR);
    // First: with what it was asked by, it cannot be asked again.
    await keep(row.id, said.refresh);
    const groups = readable(said.claims);
    if (groups === null) return signIns.end(row.id, 'the provider no longer says which groups', ACTOR);
    if (groups.join() !== row.groups.join()) return signIns.end(row.id, 'the groups have changed', ACTOR);
    return false;
  }

  function readable(claims: Record<string, unknown>): string[] | null {
    try {
      return groupsOf(claims, settings.claims.groups);
    } catch (error) {
      if (error instanceof SignInRefused) return null;
      throw error;
    }
  }

  async function look(): Promise<number> {
    let ended = 0;
    try {
      for (const row of await due()) if (await check(row)) ended++;
    } catch (error) {
      // Who is signed in goes on until the token's end.
      const why = error instanceof ProviderUnavailable ? error.cause : error;
      log.warn({ err: why }, 'the identity provider could not be asked again');
    }
    return ended;
  }

  return {
    keep,
    look,
    start() {
      if (!how) return { close: async () => {} };
      let running: Promise<unknown> = Promise.resolve();
      const timer = setInterval(
        () => {
          running = running.then(look);
        },
        Math.min(how.everyMs, 30_000),
      );
      timer.unref();
      return {
        close: async () => {
          clearInterval(timer);
          await running;
        },
      };
    },
  };
}
