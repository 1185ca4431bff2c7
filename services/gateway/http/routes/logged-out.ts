// What the provider calls when somebody logged out there (OpenID Connect Back-Channel Logout 1.0).
import forms from '@fastify/formbody';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from '../../../contract/typebox/typebox.js';
import type { People } from '../../../people/people.ts';
import { ProviderUnavailable, SignInRefused } from '../../../people/refused.ts';
import { HttpProblem } from '../problems.ts';

const Body = Type.Object({ logout_token: Type.String({ maxLength: 16_000 }) });

export function loggedOutRoute(plain: FastifyInstance, { loggedOut }: Pick<People, 'loggedOut'>): void {
  plain.register((scope, _, done) => {
    scope.register(forms, { bodyLimit: 32 * 1_024 });
    scope
      .withTypeProvider<TypeBoxTypeProvider>()
      .post('/sign-in/logged-out', { schema: { hide: true, body: Body } }, async (request, reply) => {
        reply.header('cache-control', 'no-store');
        try {
          const ended = await loggedOut(request.body.logout_token);
          request.log.info({ ended }, 'the identity provider logged somebody out');
          return reply.code(200).send();
        } catch (error) {
          if (error instanceof SignInRefused) throw new HttpProblem('invalid_request', error.message);
          if (error instanceof ProviderUnavailable) throw new HttpProblem('not_ready');
          throw error;
        }
      });
    done();
  });
}
