// What the configuration says of signing in, as services/gateway/config fills it in.

export interface SignInSettings {
  /** The provider's issuer, exactly as it names itself. */
  issuer: string;
  client: string;
  /** Null: a public client, which PKCE alone protects. */
  secret: string | null;
  scopes: string[];
  /** Names of the claims that say each; `groups` null: the provider says none, and nobody who signs in has any. */
  claims: { login: string; email: string; name: string; groups: string | null };
  /** What a person who signed in may have at most; policy narrows it. */
  elevate: 'none' | 'connect' | 'in-band';
  /** Milliseconds. Of a token that `sudoql login` gets. */
  tokenMs: number;
  /** Milliseconds. Of a browser's session: without a request, and at most. */
  session: { idleMs: number; absoluteMs: number };
  /** Whether the link in a mail stops by itself, or only for who is signed in. */
  stop: 'link' | 'signed-in';
  /** Where policy wants the same person to confirm: how fresh their sign-in must be, in milliseconds, and of which `acr` (any, where none is named). */
  confirm: { withinMs: number; acr: string[] };
  /** How often the provider is asked again, and the key (32 bytes in base64) that its refresh tokens are kept under; null: none is kept. */
  refresh: { everyMs: number; key: string } | null;
}
