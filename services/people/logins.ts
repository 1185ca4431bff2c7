// `sudoql login`: a person who is signed in in a browser lets a command line have a token of our own.
import { createHash, randomInt } from 'node:crypto';
import type { Clock } from '../contract/clock.ts';
import type { LedgerPool } from '../ledger/ledger-pool.ts';
import type { Tokens } from '../ledger/tokens/tokens.ts';
import { SignInRefused } from './refused.ts';
import { newSecret } from './secret.ts';
import type { SignInSettings } from './settings.ts';
import type { UnderWay } from './under-way.ts';

/** What a command line gets, once. */
export interface Given {
  user: string;
  id: string;
  secret: string;
  expiresAt: Date;
}

/** What a person is asked about. */
export interface Asking {
  /** Of the device's row; what the answer is for. */
  id: string;
  client: string;
  address: string;
  since: Date;
}

export interface Logins {
  /** A code for the loopback of the command line whose challenge (RFC 7636, S256) it is; good for a minute, once. */
  code(signIn: string, challenge: string, client: string): Promise<string>;
  /** Throws SignInRefused. */
  redeem(code: string, verifier: string): Promise<Given>;
  /** For where there is no browser (RFC 8628): what the device keeps, and what a person types. */
  device(from: { client: string; address: string }): Promise<{ device: string; typed: string; seconds: number }>;
  /** Who asked with that code; null when nobody did, or it was answered. */
  asking(typed: string): Promise<Asking | null>;
  /** False when it was answered before. */
  answer(id: string, signIn: string | null): Promise<boolean>;
  /** Null as long as nobody answered. Throws SignInRefused when the answer is no, or it took too long. */
  poll(device: string): Promise<Given | null>;
}

const CODE_MS = 60_000;
const DEVICE_MS = 10 * 60_000;
/** No vowels, so no words; nothing that looks like something else. RFC 8628, 6.1. */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';

interface Code {
  signIn: string;
  challenge: string;
  client: string;
}

interface LoginsOptions {
  underWay: UnderWay;
  pool: LedgerPool;
  tokens: Pick<Tokens, 'create'>;
  settings: Pick<SignInSettings, 'elevate' | 'tokenMs'>;
  clock: Clock;
}

export function makeLogins({ underWay, pool, tokens, settings, clock }: LoginsOptions): Logins {
  async function give(signIn: string, client: string): Promise<Given> {
    const [row] = await pool.query<{ principal: string; email: string | null; groups: string[] }>(
      `SELECT s.principal, s.email, s.groups FROM sign_in s WHERE s.id = $1
       AND NOT EXISTS (SELECT FROM sign_in_end e WHERE e.sign_in = s.id)`,
      [signIn],
    );
    if (!row) throw new SignInRefused('ended', 'The sign-in has ended meanwhile. Log in again.');
    const made = await tokens.create(
      {
        user: row.principal,
        email: row.email,
        kind: 'human',
        elevate: settings.elevate,
        groups: row.groups,
        lifetime: settings.tokenMs / 1_000,
        of: { signIn, client },
      },
      { principal: row.principal },
    );
    return { user: row.principal, ...made };
  }

  const over = () => new SignInRefused('expired', 'That took too long, or was used already. Log in again.');

  return {
    async code(signIn, challenge, client) {
      const secret = newSecret();
      const body: Code = { signIn, challenge, client };
      await underWay.begin('code', secret, body, CODE_MS);
      return secret;
    },

    async redeem(code, verifier) {
      const begun = await underWay.use<Code>('code', code);
      if (!begun || createHash('sha256').update(verifier).digest('base64url') !== begun.challenge) throw over();
      return give(begun.signIn, begun.client);
    },

    async device(from) {
      const device = newSecret();
      const typed = Array.from({ length: 8 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
      await underWay.begin('device', device, from, DEVICE_MS, typed);
      return { device, typed: `${typed.slice(0, 4)}-${typed.slice(4)}`, seconds: DEVICE_MS / 1_000 };
    },

    async asking(typed) {
      const found = await underWay.look<{ client: string; address: string }>('device', { typed: plainCode(typed) });
      if (!found || (await answerTo(found.id)) !== undefined) return null;
      return { id: found.id, ...found.body, since: found.createdAt };
    },

    async answer(id, signIn) {
      const rows = await pool.query(
        `INSERT INTO device_answer (id, sign_in)
         SELECT u.id, $2::text FROM under_way u WHERE u.id = $1 AND u.kind = 'device' AND u.expires_at > $3
         ON CONFLICT DO NOTHING RETURNING id`,
        [id, signIn, clock.now()],
      );
      return rows.length === 1;
    },

    async poll(device) {
      const found = await underWay.look<{ client: string; address: string }>('device', { secret: device });
      if (!found) throw over();
      const answer = await answerTo(found.id);
      if (answer === undefined) return null;
      if (!(await underWay.use('device', device))) throw over();
      if (answer === null) throw new SignInRefused('ended', 'The answer in the browser was no.');
      return give(answer, found.body.client);
    },
  };

  /** Undefined: none yet; null: no. */
  async function answerTo(id: string): Promise<string | null | undefined> {
    const [row] = await pool.query<{ sign_in: string | null }>('SELECT sign_in FROM device_answer WHERE id = $1', [id]);
    return row?.sign_in;
  }
}

/** As it was given out, however it was typed. */
const plainCode = (typed: string): string => typed.toUpperCase().replace(/[^A-Z]/g, '');
