// Me: who I am here, my browsers and my tokens.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from '../../../../contract/typebox/typebox.js';
import type { BrowserSessionRow } from '../../../../people/browser-sessions.ts';
import type { TokenRow } from '../../../../ledger/tokens/tokens.ts';
import { HttpProblem } from '../../problems.ts';
import type { PageDeps } from '../console.ts';
import { html, type Part } from '../html.ts';
import { show, visitor } from '../page.ts';
import { action, ago, empty, facts, table, time } from '../parts.ts';

const Id = Type.Object({ id: Type.String({ pattern: '^[a-z]+_[0-9a-f]{1,40}$' }) });

export function mePages(plain: FastifyInstance, { people, tokens, clock, cookies }: PageDeps): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();

  app.get('/me', async (request, reply) => {
    const me = visitor(request);
    const { principal } = me;
    const now = clock.now();
    const [sessions, all] = await Promise.all([people.sessions.list(principal.id), tokens.list(principal.id)]);
    const live = all.filter(({ revokedAt, expiresAt }) => revokedAt === null && expiresAt > now);
    const body = html`
<div class="card">${facts([
      ['User', html`<strong>${principal.id}</strong>`],
      me.name === null ? null : ['Name', me.name],
      ['Address', principal.email ?? 'none; mails do not name one'],
      ['Groups', principal.groups.join(', ') || 'none'],
      ['Signed in', html`${ago(me.authenticatedAt, now)}, by ${me.issuer}`],
    ])}</div>
<h2>Tokens</h2>
<p class="soft">What psql and programs connect with. <code>sudoql login</code> gets you one.</p>
${live.length === 0 ? empty('No token is good now. Those that you get with sudoql login are listed here, with what uses them.') : table(['Token', 'Got by', 'Good until', ''], live.map(tokenCells))}
<h2>Browsers</h2>
${table(['Browser', 'From', 'Last seen', ''], sessions.map(sessionCells))}
<h2>Everywhere</h2>
<p class="soft">Ends all browsers and all tokens that came of signing in. What is connected with them ends within a second, write mode too.</p>
${action('/me/sign-out-everywhere', 'Sign out everywhere', 'danger')}`;
    return show(request, reply, { title: 'Me', at: '/me', body });

    function tokenCells(row: TokenRow): Part[] {
      const by = row.signIn === null ? 'an operator' : (row.client ?? 'sudoql login');
      return [
        html`<code>${row.id}</code>`,
        by,
        time(row.expiresAt, now),
        action(`/me/tokens/${row.id}/end`, 'End', 'quiet'),
      ];
    }
    function sessionCells(row: BrowserSessionRow): Part[] {
      const words = row.id === me.session ? html`${row.client} <span class="soft">(this one)</span>` : row.client;
      return [words, row.address, ago(row.seenAt, now), action(`/me/browsers/${row.id}/end`, 'End', 'quiet')];
    }
  });

  app.post('/me/tokens/:id/end', { schema: { params: Id } }, async (request, reply) => {
    const { principal } = visitor(request);
    const own = (await tokens.list(principal.id)).some(({ id }) => id === request.params.id);
    if (!own) throw new HttpProblem('not_found');
    await tokens.revoke(request.params.id, { principal: principal.id });
    return reply.redirect('/me', 303);
  });

  app.post('/me/browsers/:id/end', { schema: { params: Id } }, async (request, reply) => {
    const { principal } = visitor(request);
    if (!(await people.sessions.end(request.params.id, principal.id, 'ended by its owner')))
      throw new HttpProblem('not_found');
    return reply.redirect('/me', 303);
  });

  app.post('/me/sign-out-everywhere', async (request, reply) => {
    const { principal, issuer, subject } = visitor(request);
    for (const id of await people.signIns.live({ issuer, subject }))
      await people.signIns.end(id, 'signed out everywhere', { principal: principal.id });
    cookies.session.clear(reply);
    return reply.redirect('/signed-out', 303);
  });
}
