// Signing in and out.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from '../../../../contract/typebox/typebox.js';
import type { PageDeps } from '../console.ts';
import { fromOf } from '../browser.ts';
import { html } from '../html.ts';
import { show } from '../page.ts';
import { returnPath } from '../return-path.ts';

const To = Type.Object({ to: Type.Optional(Type.String({ maxLength: 2_000 })) });
/** Each address, a minute: an office behind one signs in at nine. */
const SLOW = { max: 120, timeWindow: 60_000 };

export function signInPages(plain: FastifyInstance, { people, cookies, publicUrl }: PageDeps): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const open = { config: { open: true, rateLimit: SLOW } };

  app.get('/sign-in', { ...open, schema: { querystring: To } }, async (request, reply) => {
    const to = returnPath(request.query.to);
    if (request.visitor) return reply.redirect(to, 303);
    const { url, browser } = await people.begin(to, null);
    cookies.begun.set(reply, browser);
    return reply.redirect(url.href, 303);
  });

  // Signed in or not: the provider is asked to prove anew who it is.
  app.get('/sign-in/fresh', { ...open, schema: { querystring: To } }, async (request, reply) => {
    const { withinMs, acr } = people.settings.confirm;
    const { url, browser } = await people.begin(returnPath(request.query.to), Math.floor(withinMs / 1_000), acr);
    cookies.begun.set(reply, browser);
    return reply.redirect(url.href, 303);
  });

  app.get('/sign-in/callback', open, async (request, reply) => {
    const url = new URL(request.url, publicUrl);
    const browser = cookies.begun.read(request);
    cookies.begun.clear(reply);
    const { secret, to } = await people.finish(url, browser, fromOf(request));
    // Never the one that the browser had: who planted it would be signed in with it.
    if (request.visitor)
      await people.sessions.end(request.visitor.session, request.visitor.principal.id, 'signed in anew');
    cookies.session.set(reply, secret);
    return reply.redirect(to, 303);
  });

  app.get('/signed-out', { config: { open: true } }, (request, reply) => {
    const body = html`<div class="card narrow"><p>This browser has nothing of you any more. The provider may still know you: signing in again may ask nothing.</p>
<p><a class="button" href="/">Sign in</a></p></div>`;
    return show(request, reply, { title: 'You are signed out', body });
  });

  app.post('/sign-out', { config: { open: true } }, async (request, reply) => {
    const { visitor } = request;
    if (visitor) await people.sessions.end(visitor.session, visitor.principal.id, 'signed out');
    cookies.session.clear(reply);
    return reply.redirect('/signed-out', 303);
  });
}
