// Browsers that somebody signed in with: rows, so that each can be listed and ended, and ends by itself.
import { randomBytes } from 'node:crypto';
import type { Clock } from '../contract/clock.ts';
import type { Principal } from '../contract/words.ts';
import type { LedgerPool } from '../ledger/ledger-pool.ts';
import { hashOf, newSecret } from './secret.ts';
import type { SignInSettings } from './settings.ts';
import type { SignIn } from './sign-ins.ts';

/** Who asks for a page. */
export interface Visitor {
  session: string;
  principal: Principal;
  name: string | null;
  signIn: string;
  issuer: string;
  subject: string;
  /** When the person last proved to the provider who they are. */
  authenticatedAt: Date;
  /** The same, where the provider said it; null: nobody knows how fresh this sign-in is. */
  provedAt: Date | null;
  acr: string | null;
  expiresAt: Date;
}

export interface BrowserSessionRow {
  id: string;
  signIn: string;
  address: string;
  client: string;
  createdAt: Date;
  seenAt: Date;
  expiresAt: Date;
}

export interface BrowserSessions {
  /** The secret for the cookie; returned here and never again. */
  open(signIn: SignIn): Promise<string>;
  /** Whose cookie it is; null when there is no such session (any more). Counts as use of it. */
  visitor(secret: string): Promise<Visitor | null>;
  /** The same, and does not count as use: of a page that only goes on being shown. */
  look(secret: string): Promise<Visitor | null>;
  /** Those of a principal that have not ended, the newest first. */
  list(principal: string): Promise<BrowserSessionRow[]>;
  /** False when it is not that principal's, or had ended. */
  end(id: string, principal: string, why: string): Promise<boolean>;
}

const ENDED = `(SELECT FROM browser_session_end e WHERE e.session = b.id)
  AND NOT EXISTS (SELECT FROM sign_in_end e WHERE e.sign_in = b.sign_in)`;
const SEEN = 'coalesce((SELECT max(seen_at) FROM browser_session_seen n WHERE n.session = b.id), b.created_at)';
/** Longer than any secret; what is longer is not looked up. */
const MAX_SECRET = 100;

export function makeBrowserSessions(
  pool: LedgerPool,
  clock: Clock,
  { session: { idleMs, absoluteMs }, elevate }: Pick<SignInSettings, 'session' | 'elevate'>,
): BrowserSessions {
  const live = (now: string) =>
    `b.expires_at > ${now} AND ${SEEN} > ${now} - make_interval(secs => ${idleMs / 1_000}) AND NOT EXISTS ${ENDED}`;
  const seenAt = new Map<string, number>();

  /** Once a minute and process; the oldest are forgotten. */
  async function seen(id: string, now: Date): Promise<void> {
    const minute = Math.floor(now.getTime() / 60_000) * 60_000;
    if (seenAt.get(id) === minute) return;
    seenAt.delete(id);
    seenAt.set(id, minute);
    const [oldest] = seenAt.keys();
    if (seenAt.size > 10_000 && oldest !== undefined) seenAt.delete(oldest);
    await pool.query('INSERT INTO browser_session_seen (session, seen_at) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      id,
      new Date(minute),
    ]);
  }

  async function find(secret: string): Promise<Visitor | null> {
    if (secret.length > MAX_SECRET) return null;
    const now = clock.now();
    const [row] = await pool.query<Row>(
      `SELECT b.id, b.expires_at, s.id AS sign_in, s.principal, s.email, s.name, s.groups, s.issuer, s.subject, s.acr, s.authenticated_at, s.proved
       FROM browser_session b JOIN sign_in s ON s.id = b.sign_in WHERE b.secret_hash = $1 AND ${live('$2::timestamptz')}`,
      [hashOf(secret), now],
    );
    if (!row) return null;
    return {
      session: row.id,
      principal: { id: row.principal, email: row.email, groups: row.groups, kind: 'human', elevate },
      name: row.name,
      signIn: row.sign_in,
      issuer: row.issuer,
      subject: row.subject,
      authenticatedAt: row.authenticated_at,
      provedAt: row.proved ? row.authenticated_at : null,
      acr: row.acr,
      expiresAt: row.expires_at,
    };
  }

  return {
    async open(signIn) {
      const secret = newSecret();
      const now = clock.now();
      await pool.query(
        'INSERT INTO browser_session (id, sign_in, secret_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)',
        [`ses_${randomBytes(8).toString('hex')}`, signIn.id, hashOf(secret), now, new Date(now.getTime() + absoluteMs)],
      );
      return secret;
    },

    async visitor(secret) {
      const found = await find(secret);
      if (found) await seen(found.session, clock.now());
      return found;
    },
    look: (secret) => find(secret),

    async list(principal) {
      const rows = await pool.query<ListRow>(
        `SELECT b.id, b.sign_in, s.address, s.client, b.created_at, b.expires_at, ${SEEN} AS seen_at
         FROM browser_session b JOIN sign_in s ON s.id = b.sign_in
         WHERE s.principal = $1 AND ${live('$2::timestamptz')} ORDER BY b.created_at DESC`,
        [principal, clock.now()],
      );
      return rows.map((row) => ({
        id: row.id,
        signIn: row.sign_in,
        address: row.address,
        client: row.client,
        createdAt: row.created_at,
        seenAt: row.seen_at,
        expiresAt: row.expires_at,
      }));
    },

    async end(id, principal, why) {
      const rows = await pool.query(
        `INSERT INTO browser_session_end (session, why)
         SELECT b.id, $3 FROM browser_session b JOIN sign_in s ON s.id = b.sign_in WHERE b.id = $1 AND s.principal = $2
         ON CONFLICT DO NOTHING RETURNING session`,
        [id, principal, why],
      );
      return rows.length === 1;
    },
  };
}

interface Row {
  id: string;
  expires_at: Date;
  sign_in: string;
  principal: string;
  email: string | null;
  name: string | null;
  groups: string[];
  issuer: string;
  subject: string;
  acr: string | null;
  authenticated_at: Date;
  proved: boolean;
}

interface ListRow {
  id: string;
  sign_in: string;
  address: string;
  client: string;
  created_at: Date;
  expires_at: Date;
  seen_at: Date;
}
