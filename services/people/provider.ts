// The identity provider: OpenID Connect by openid-client, and the signatures of its tokens by jose.
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { isLoopback } from '../contract/loopback.ts';
import { ProviderUnavailable, SignInRefused } from './refused.ts';
import type { SignInSettings } from './settings.ts';

/** What must come back as it was sent. */
export interface Challenge {
  state: string;
  nonce: string;
  verifier: string;
  /** Seconds; null: however old the proof is. */
  maxAge: number | null;
}

/** What the provider proved. */
export interface Proof {
  claims: Record<string, unknown>;
  sid: string | null;
  acr: string | null;
  authenticatedAt: Date;
  /** Whether the provider said when that was; else it is when the token was made. */
  proved: boolean;
  /** Null when the provider gave none. */
  refresh: string | null;
}

export interface Provider {
  /** Where a browser is sent, and what it must come back with. Throws ProviderUnavailable. */
  begin(options: { maxAge: number | null; acr?: readonly string[] }): Promise<{ url: URL; challenge: Challenge }>;
  /** `url`: the callback as the browser called it. Throws ProviderUnavailable, SignInRefused. */
  finish(url: URL, challenge: Challenge): Promise<Proof>;
  /** Asks again. Null when the provider says no: the person is gone there, or not to be here. Throws ProviderUnavailable. */
  again(refresh: string, subject: string): Promise<Pick<Proof, 'claims' | 'refresh'> | null>;
  /** Whom a back-channel logout token ends (OpenID Connect Back-Channel Logout 1.0, 2.6). Throws SignInRefused, ProviderUnavailable. */
  loggedOut(token: string): Promise<{ subject: string | null; sid: string | null }>;
}

/** No `none`, and nothing that our own secret could sign. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const LOGOUT = 'http://schemas.openid.net/event/backchannel-logout';
const PATIENCE_S = 5;
/** How long what was discovered is taken for so. */
const KNOWN_MS = 3_600_000;

export interface ProviderOptions {
  settings: SignInSettings;
  /** Where browsers come back to. */
  callback: string;
  now?: () => number;
}

type Keys = ReturnType<typeof createRemoteJWKSet>;

/** Asks nothing yet: a provider that is down when the gateway starts is asked again with the next sign-in. */
export function makeProvider({ settings, callback, now = Date.now }: ProviderOptions): Provider {
  let known: { at: number; found: Promise<{ configuration: client.Configuration; keys: Keys }> } | null = null;

  async function discovered() {
    if (known && now() - known.at < KNOWN_MS) return known.found;
    const found = discover(settings);
    known = { at: now(), found };
    try {
      return await found;
    } catch (error) {
      known = null;
      throw new ProviderUnavailable(error);
    }
  }

  async function verified(token: string, options: { typ?: string } = {}): Promise<JWTPayload> {
    const { keys } = await discovered();
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: settings.issuer,
        audience: settings.client,
        algorithms: ALGORITHMS,
        clockTolerance: 30,
        ...options,
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError))
        throw new ProviderUnavailable(error);
      throw new SignInRefused('provider', 'The provider’s token is not one: its signature, issuer or time is wrong.', {
        cause: error,
      });
    }
  }

  return {
    async begin({ maxAge, acr = [] }) {
      const { configuration } = await discovered();
      const verifier = client.randomPKCECodeVerifier();
      const challenge: Challenge = { state: client.randomState(), nonce: client.randomNonce(), verifier, maxAge };
      const url = client.buildAuthorizationUrl(configuration, {
        redirect_uri: callback,
        scope: settings.scopes.join(' '),
        state: challenge.state,
        nonce: challenge.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...(maxAge === null ? {} : { max_age: String(maxAge) }),
        ...(acr.length === 0 ? {} : { acr_values: acr.join(' ') }),
      });
      return { url, challenge };
    },

    async finish(url, { state, nonce, verifier, maxAge }) {
      const { configuration } = await discovered();
      try {
        const answer = await client.authorizationCodeGrant(configuration, url, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
          ...(maxAge === null ? {} : { maxAge }),
        });
        const said = answer.claims();
        if (!said || !answer.id_token) throw new SignInRefused('provider', 'The provider gave no ID token.');
        await verified(answer.id_token);
        const claims = await withUserInfo(configuration, answer.access_token, said);
        const at = said.auth_time ?? said.iat;
        return {
          claims,
          sid: typeof said.sid === 'string' ? said.sid : null,
          acr: typeof said.acr === 'string' ? said.acr : null,
          authenticatedAt: new Date(Number(at) * 1_000),
          proved: said.auth_time !== undefined,
          refresh: answer.refresh_token ?? null,
        };
      } catch (error) {
        throw explained(error);
      }
    },

    async again(refresh, subject) {
      const { configuration } = await discovered();
      try {
        const answer = await client.refreshTokenGrant(configuration, refresh);
        const said = answer.claims();
        if (answer.id_token) await verified(answer.id_token);
        if (said && said.sub !== subject) return null;
        const info = { ...said, ...(await client.fetchUserInfo(configuration, answer.access_token, subject)) };
        return { claims: info, refresh: answer.refresh_token ?? refresh };
      } catch (error) {
        if (error instanceof client.ResponseBodyError && REFUSALS.has(error.error)) return null;
        if (error instanceof client.WWWAuthenticateChallengeError) return null;
        throw error instanceof ProviderUnavailable ? error : new ProviderUnavailable(error);
      }
    },

    async loggedOut(token) {
      const { events, nonce, sub, sid, jti } = await verified(token);
      const event = typeof events === 'object' && events !== null ? (events as Record<string, unknown>)[LOGOUT] : null;
      // A nonce is an ID token's: one must not do for the other.
      if (typeof event !== 'object' || event === null || nonce !== undefined || typeof jti !== 'string')
        throw new SignInRefused('provider', 'That is no logout token.');
      const subject = typeof sub === 'string' ? sub : null;
      const session = typeof sid === 'string' ? sid : null;
      if (subject === null && session === null) throw new SignInRefused('provider', 'The logout token names nobody.');
      return { subject, sid: session };
    },
  };
}

/** The provider's own word that the person is not to go on. */
const REFUSALS = new Set([
  'invalid_grant',
  'access_denied',
  'interaction_required',
  'login_required',
  'consent_required',
]);

async function discover(settings: SignInSettings): Promise<{ configuration: client.Configuration; keys: Keys }> {
  const issuer = new URL(settings.issuer);
  const insecure = issuer.protocol === 'http:' && isLoopback(issuer.hostname);
  const authentication = settings.secret === null ? client.None() : client.ClientSecretBasic(settings.secret);
  const configuration = await client.discovery(issuer, settings.client, undefined, authentication, {
    timeout: PATIENCE_S,
    execute: insecure ? [client.allowInsecureRequests] : [],
  });
  const { issuer: named, jwks_uri: keys } = configuration.serverMetadata();
  if (named !== settings.issuer) throw new Error(`It names itself ${named}, not ${settings.issuer}.`);
  if (!keys) throw new Error('It says not where its keys are.');
  const options = { timeoutDuration: PATIENCE_S * 1_000, cooldownDuration: 1_000 };
  return { configuration, keys: createRemoteJWKSet(new URL(keys), options) };
}

async function withUserInfo(
  configuration: client.Configuration,
  accessToken: string,
  said: client.IDToken,
): Promise<Record<string, unknown>> {
  if (!configuration.serverMetadata().userinfo_endpoint) return said;
  // What the signed token says is not overwritten.
  return { ...(await client.fetchUserInfo(configuration, accessToken, said.sub)), ...said };
}

/** What the provider, or the way back from it, says wrongly refuses; what cannot be reached is another matter. */
function explained(error: unknown): Error {
  if (error instanceof SignInRefused || error instanceof ProviderUnavailable) return error;
  if (error instanceof client.AuthorizationResponseError) {
    const why =
      error.error === 'access_denied' ? 'You, or the provider, said no.' : `The provider refused: ${error.error}.`;
    return new SignInRefused('provider', why, { cause: error });
  }
  if (error instanceof client.ResponseBodyError && error.status < 500)
    return new SignInRefused('provider', `The provider refused: ${error.error}.`, { cause: error });
  if (error instanceof client.ClientError && error.code?.startsWith('OAUTH_') && !BROKEN.has(error.code))
    return new SignInRefused('provider', 'What came back is not what was asked for. Sign in again.', { cause: error });
  return new ProviderUnavailable(error);
}

/** Answers of what stands before a provider that is down. */
const BROKEN = new Set(['OAUTH_RESPONSE_IS_NOT_JSON', 'OAUTH_RESPONSE_IS_NOT_CONFORM', 'OAUTH_PARSE_ERROR']);
