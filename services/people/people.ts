// People who sign in: from the provider's word to a browser's session and a token of our own.
import type { Clock } from '../contract/clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { LedgerPool } from '../ledger/ledger-pool.ts';
import type { Tokens } from '../ledger/tokens/tokens.ts';
import { type BrowserSessions, makeBrowserSessions } from './browser-sessions.ts';
import { personOf } from './claims.ts';
import { type Logins, makeLogins } from './logins.ts';
import { type Challenge, makeProvider } from './provider.ts';
import { makeRefreshing, type Refreshing } from './refreshing.ts';
import { SignInRefused } from './refused.ts';
import { hashOf, newSecret } from './secret.ts';
import type { SignInSettings } from './settings.ts';
import { type From, makeSignIns, type SignIns } from './sign-ins.ts';
import { makeUnderWay } from './under-way.ts';

export interface People {
  settings: SignInSettings;
  signIns: SignIns;
  sessions: BrowserSessions;
  logins: Logins;
  refreshing: Refreshing;
  /**
   * Where the browser goes, and the secret that it must still have when it comes back: who sends somebody else's way back to it gets
   * nowhere. `to`: where it wanted to go. Throws ProviderUnavailable.
   */
  begin(to: string, maxAge: number | null, acr?: readonly string[]): Promise<{ url: URL; browser: string }>;
  /** `url`: the callback as it was called. The new session's secret, never one that the browser had before. Throws SignInRefused, ProviderUnavailable. */
  finish(url: URL, browser: string | null, from: From): Promise<{ secret: string; to: string }>;
  /** Ends the sign-ins that a back-channel logout token names; resolves to how many. Throws SignInRefused, ProviderUnavailable. */
  loggedOut(token: string): Promise<number>;
}

export interface PeopleOptions {
  settings: SignInSettings;
  publicUrl: string;
  pool: LedgerPool;
  ledger: Pick<Ledger, 'transaction'>;
  tokens: Pick<Tokens, 'create'>;
  clock: Clock;
  log: { warn(fields: object, text: string): void };
  hasten?: () => void;
}

/** How long a person may take at the provider. */
const AT_THE_PROVIDER_MS = 10 * 60_000;

interface Begun {
  challenge: Omit<Challenge, 'state'>;
  to: string;
  /** Hex SHA-256 of the browser's secret. */
  browser: string;
}

export function makePeople(options: PeopleOptions): People {
  const { settings, publicUrl, pool, ledger, tokens, clock, log } = options;
  const hasten = options.hasten ?? (() => {});
  const provider = makeProvider({ settings, callback: `${publicUrl}/sign-in/callback` });
  const underWay = makeUnderWay(pool, clock);
  const signIns = makeSignIns({ pool, ledger, clock, hasten });
  const sessions = makeBrowserSessions(pool, clock, settings);
  const refreshing = makeRefreshing({ settings, provider, signIns, pool, log });
  return {
    settings,
    signIns,
    sessions,
    logins: makeLogins({ underWay, pool, tokens, settings, clock }),
    refreshing,

    async begin(to, maxAge, acr = []) {
      const { url, challenge } = await provider.begin({ maxAge, acr });
      const browser = newSecret();
      const { state, ...kept } = challenge;
      const begun: Begun = { challenge: kept, to, browser: hashOf(browser).toString('hex') };
      await underWay.begin('sign_in', state, begun, AT_THE_PROVIDER_MS);
      return { url, browser };
    },

    async loggedOut(token) {
      const { subject, sid } = await provider.loggedOut(token);
      const named = await signIns.live({ issuer: settings.issuer, subject, sid });
      const actor = { operator: 'identity provider' };
      const ended = await Promise.all(named.map((id) => signIns.end(id, 'logged out at the provider', actor)));
      return ended.filter(Boolean).length;
    },

    async finish(url, browser, from) {
      const state = url.searchParams.get('state') ?? '';
      const begun = await underWay.use<Begun>('sign_in', state);
      if (begun === null || browser === null || hashOf(browser).toString('hex') !== begun.browser) {
        throw new SignInRefused(
          'expired',
          'That sign-in was not begun in this browser, took too long, or is over already. Begin again.',
        );
      }
      const proof = await provider.finish(url, { ...begun.challenge, state });
      const signIn = await signIns.begin(personOf(proof.claims, settings), proof, from);
      await refreshing.keep(signIn.id, proof.refresh);
      return { secret: await sessions.open(signIn), to: begun.to };
    },
  };
}
