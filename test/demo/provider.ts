// The company's sign-in: an OpenID provider, whose people are known without a password.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeMemory } from './provider-memory.ts';
import Provider, { type Configuration, type JWK } from 'oidc-provider';

/** As the provider's claims say it. */
export interface ProvidedPerson {
  sub: string;
  preferred_username: string;
  email: string;
  name: string;
  groups?: string[];
  [claim: string]: unknown;
}

export interface DemoProvider {
  issuer: string;
  /** By subject; who is taken out of it can no longer be asked about. */
  people: Map<string, ProvidedPerson>;
  client: { id: string; secret: string };
  /** Changes what the token endpoint answers. */
  tamper: ((answer: Record<string, unknown>) => Promise<Record<string, unknown>>) | null;
  /** Whether it answers at all. */
  down: boolean;
  /** The key that it signs with now, and where else it signs by hand. */
  key: JWK;
  /** Another key; the one before is no longer among those that it shows. Whoever was signed in there no longer is. */
  rotate(): void;
  close(): Promise<void>;
}

const PEOPLE: ProvidedPerson[] = [
  { sub: 'u-1001', preferred_username: 'cleo', email: 'cleo@example.com', name: 'Cleo', groups: ['developers'] },
  { sub: 'u-1002', preferred_username: 'dan', email: 'dan@example.com', name: 'Dan', groups: ['security-team'] },
];

/** `gateway`: its public URL. `wanted`: its port, or another where somebody has that one: nobody can take it between a look and this. */
export async function startProvider(gateway: string, wanted = 0): Promise<DemoProvider> {
  const client = { id: 'sudoql', secret: randomBytes(24).toString('base64url') };
  let handler: (request: IncomingMessage, response: ServerResponse) => void = () => {};
  const server = createServer((request, response) => {
    if (state.down) return void response.destroy();
    handler(request, response);
  });
  const listening = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => resolve(void server.off('error', reject)));
    });
  await listening(wanted).catch(() => listening(0));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const state: DemoProvider = {
    issuer,
    people: new Map(PEOPLE.map((person) => [person.sub, person])),
    client,
    tamper: null,
    down: false,
    key: newKey(),
    rotate() {
      state.key = newKey();
      serve();
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const serve = () => {
    const provider = new Provider(issuer, configurationOf(state, gateway));
    provider.use(async (context, next) => {
      await next();
      if (state.tamper && context.path === '/token' && context.status === 200)
        context.body = await state.tamper(context.body as Record<string, unknown>);
    });
    const answer = provider.callback();
    handler = (request, response) => {
      const [, interaction] = /^\/interaction\/([\w-]+)$/.exec(request.url?.split('?')[0] ?? '') ?? [];
      if (interaction === undefined) return void answer(request, response);
      void interact(provider, state, request, response).catch((error: unknown) => {
        response.statusCode = 500;
        response.end(String(error));
      });
    };
  };
  serve();
  return state;
}

function newKey(): JWK {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    ...privateKey.export({ format: 'jwk' }),
    kid: randomBytes(6).toString('hex'),
    alg: 'ES256',
    use: 'sig',
  } as JWK;
}

function configurationOf({ people, client, key }: DemoProvider, gateway: string): Configuration {
  return {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: [`${gateway}/sign-in/callback`],
        grant_types: ['authorization_code', 'refresh_token'],
        id_token_signed_response_alg: 'ES256',
        backchannel_logout_uri: `${gateway}/sign-in/logged-out`,
        backchannel_logout_session_required: true,
      },
    ],
    adapter: makeMemory(new Map()),
    jwks: { keys: [key] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    claims: {
      openid: ['sub'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
      groups: ['groups', '_claim_names'],
    },
    scopes: ['openid', 'profile', 'email', 'groups', 'offline_access'],
    features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    pkce: { required: () => true },
    issueRefreshToken: async () => true,
    findAccount: (_, sub) => {
      const person = people.get(sub);
      return person && { accountId: sub, claims: () => ({ email_verified: true, ...person }) };
    },
    // Nobody is asked whether sudoql may know who they are.
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({
        clientId: oidc.client?.clientId ?? '',
        accountId: oidc.session?.accountId ?? '',
      });
      grant.addOIDCScope('openid profile email groups offline_access');
      await grant.save();
      return grant;
    },
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      IdToken: 600,
      Grant: 86_400,
      RefreshToken: 86_400,
      Interaction: 600,
      Session: 86_400,
    },
  };
}

/** One button a person. */
async function interact(
  provider: Provider,
  { people }: DemoProvider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { searchParams } = new URL(request.url ?? '', 'http://here.invalid');
  const sub = searchParams.get('as');
  if (request.method === 'POST' && sub !== null && people.has(sub))
    return void (await provider.interactionFinished(request, response, { login: { accountId: sub } }));
  await provider.interactionDetails(request, response);
  const buttons = [...people.values()].map(
    ({ sub: each, name }) => `<form method="post" action="?as=${each}"><button>${name}</button></form>`,
  );
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.end(
    `<!doctype html><html lang="en"><title>Sign in</title><meta name="viewport" content="width=device-width"><h1>The company’s sign-in</h1><p>Who are you?</p>${buttons.join('')}</html>`,
  );
}
