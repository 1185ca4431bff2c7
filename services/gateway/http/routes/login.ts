// `sudoql login` and `logout`: a command line gets a token of its own, once, and gives it back.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import { Type } from '../../../contract/typebox/typebox.js';
import type { Tokens } from '../../../ledger/tokens/tokens.ts';
import type { Given } from '../../../people/logins.ts';
import type { People } from '../../../people/people.ts';
import { SignInRefused } from '../../../people/refused.ts';
import type { Rates } from '../../processes/rates.ts';
import type { Authenticate } from '../authenticate.ts';
import { tooOften } from '../too-often.ts';
import { HttpProblem, problemResponses } from '../problems.ts';

const Secret = Type.String({ pattern: '^[A-Za-z0-9_-]{20,200}$' });
/** As people read it where they are asked: no control characters. */
const Client = Type.String({ minLength: 1, maxLength: 100, pattern: '^[\\x20-\\x7e]+$' });
const Token = Type.Object({ user: Type.String(), id: Type.String(), token: Type.String(), expires_at: Type.String() });
const Pending = Type.Object({ pending: Type.Literal(true) });
const MINUTE = 60_000;

export interface LoginRouteDeps {
  authenticate: Authenticate;
  tokens: Pick<Tokens, 'revoke'>;
  people: People | null;
  publicUrl: string | null;
  /** Where what comes too often is counted; null: in this process. */
  rates: Rates | null;
}

export function loginRoutes(
  plain: FastifyInstance,
  { authenticate, tokens, people, publicUrl, rates }: LoginRouteDeps,
): void {
  plain.post(
    '/v1/logout',
    {
      schema: {
        summary: 'Revoke this token: what is connected with it ends within a second',
        security: [{ bearer: [] }],
        response: { 200: Type.Object({ revoked: Type.Literal(true) }), ...problemResponses },
      },
    },
    async (request) => {
      const { token, principal } = await authenticate(request);
      await tokens.revoke(token, { principal: principal.id });
      return { revoked: true as const };
    },
  );
  if (people === null || publicUrl === null) return;
  const { logins } = people;
  plain.register((scope, _, done) => {
    scope.register(rateLimit, tooOften(rates));
    scope.register((each, __, ready) => {
      routes(each);
      ready();
    });
    done();
  });

  function routes(app: FastifyInstance): void {
    const typed = app.withTypeProvider<TypeBoxTypeProvider>();
    typed.post(
      '/v1/login/token',
      {
        config: { rateLimit: { max: 60, timeWindow: MINUTE } },
        schema: {
          summary: 'The token for a code that a browser brought to the loopback',
          body: Type.Object({ code: Secret, verifier: Secret }, { additionalProperties: false }),
          response: { 200: Token, ...problemResponses },
        },
      },
      async ({ body }) => given(await inWords(logins.redeem(body.code, body.verifier))),
    );
    typed.post(
      '/v1/login/device',
      {
        config: { rateLimit: { max: 20, timeWindow: MINUTE } },
        schema: {
          summary: 'Begin where there is no browser (as RFC 8628): what to type, and where',
          body: Type.Object({ client: Client }, { additionalProperties: false }),
          response: {
            200: Type.Object({
              device_code: Type.String(),
              user_code: Type.String(),
              verification_uri: Type.String(),
              expires_in: Type.Integer(),
              interval: Type.Integer(),
            }),
            ...problemResponses,
          },
        },
      },
      async ({ body, ip }) => {
        const { device, typed: code, seconds } = await logins.device({ client: body.client, address: ip });
        return {
          device_code: device,
          user_code: code,
          verification_uri: `${publicUrl}/device`,
          expires_in: seconds,
          interval: 2,
        };
      },
    );
    typed.post(
      '/v1/login/device/token',
      {
        config: { rateLimit: { max: 300, timeWindow: MINUTE } },
        schema: {
          summary: 'The token for a device, once somebody has answered',
          body: Type.Object({ device_code: Secret }, { additionalProperties: false }),
          response: { 200: Token, 202: Pending, ...problemResponses },
        },
      },
      async ({ body }, reply) => {
        const answer = await inWords(logins.poll(body.device_code));
        return answer === null ? reply.code(202).send({ pending: true }) : given(answer);
      },
    );
  }
}

const given = ({ user, id, secret, expiresAt }: Given) => ({
  user,
  id,
  token: secret,
  expires_at: expiresAt.toISOString(),
});

async function inWords<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof SignInRefused) throw new HttpProblem('forbidden', error.message);
    throw error;
  }
}
