// Back to a policy that was in force before: what would differ, and the question.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from '../../../../contract/typebox/typebox.js';
import { inWords } from '../../../../contract/durations.ts';
import type { Earlier, GoneBack } from '../../../policy/go-back.ts';
import { actorName } from '../../../revocation.ts';
import { available, overtakenBy, permitPolicy } from '../../answer-policy.ts';
import { HttpProblem } from '../../problems.ts';
import type { PageDeps } from '../console.ts';
import { html, type Html } from '../html.ts';
import { proofOf, show, visitor } from '../page.ts';
import { facts, list, time } from '../parts.ts';

const Revision = Type.Object({ revision: Type.String({ pattern: '^[0-9a-f]{64}$' }) });
/** What was in force when it was asked for. */
const Seen = Type.Object({
  expected: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  opens: Type.Optional(Type.String({ pattern: '^[0-9]{0,6}$' })),
});
/** Each address, a minute: each is compiled and tested. */
const SLOW = { max: 10, timeWindow: 60_000 };
/** Likewise: each is compared by the compiler. */
const COMPARED = { max: 30, timeWindow: 60_000 };

export function policyBackPages(plain: FastifyInstance, deps: PageDeps): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const { permissions, requests, clock } = deps;
  const within = inWords(deps.people.settings.confirm.withinMs / 1_000);

  app.get(
    '/policy/revisions/:revision',
    { config: { rateLimit: COMPARED }, schema: { params: Revision } },
    async (request, reply) => {
      const me = visitor(request);
      permitPolicy(permissions, me.principal, 'policy.read', null);
      const { revision } = request.params;
      const found = deps.goBack && (await available(deps.goBack.look(revision)));
      if (!found) throw new HttpProblem('not_found');
      const may = permissions.would(me.principal, 'policy.activate', null, null);
      const act = html`${may && goBackForm(revision, found.now.revision, requests.isFresh(proofOf(me)), within)}`;
      return show(request, reply, {
        title: 'Back to an earlier policy?',
        at: '/policy',
        body: backCard(found, clock.now(), act),
      });
    },
  );

  app.post(
    '/policy/revisions/:revision/activate',
    { config: { rateLimit: SLOW }, schema: { params: Revision, body: Seen } },
    async (request, reply) => {
      const me = visitor(request);
      permitPolicy(permissions, me.principal, 'policy.activate', null);
      if (!requests.isFresh(proofOf(me)))
        throw new HttpProblem('forbidden', `A sign-in of the last ${within} is needed. Go back, and sign in afresh.`);
      if (!deps.goBack) throw new HttpProblem('not_found');
      const { expected, opens } = request.body;
      const seen = { expected, opens: Number(opens ?? 0) };
      const gone = await available(deps.goBack.to(request.params.revision, seen, me.principal));
      return reply.redirect(whereTo(gone), 303);
    },
  );
}

/** Lines of a difference that stand on a page. */
const LINES = 200;

function backCard({ now: inForce, to, difference }: Earlier, now: Date, act: Html): Html {
  const lines = difference ?? ['What differs cannot be said: the files of one of both are not stored whole.'];
  return html`<article class="card write"><p class="label write">In force before</p>
${facts([
  ['Activated', html`${time(new Date(to.at), now)}, by ${to.by === null ? 'a gateway' : actorName(to.by)}`],
  ['Revision', html`<code>${to.revision}</code>`],
  ['In short', to.summary || 'nothing was said'],
  ['In force now', html`<code>${inForce.revision}</code>: ${inForce.summary || 'nothing was said'}`],
])}
<p class="soft">It is judged as any other: compiled, tested, held against recent decisions. Where others must approve, it waits for them.</p>
${act}
</article>
<h2>What would differ from now</h2>
${list(lines.slice(0, LINES), 'No rule, setting or file.')}
${lines.length > LINES && html`<p class="soft">${lines.length - LINES} more lines: <code>sudoqld policy diff</code> has them.</p>`}`;
}

/** After a fresh sign-in, which comes back to this page. */
function goBackForm(revision: string, expected: string, fresh: boolean, within: string): Html {
  if (!fresh)
    return html`<p class="soft">It takes a sign-in of the last ${within}; yours is older.</p>
<div class="row"><a class="button" href="/sign-in/fresh?to=/policy/revisions/${revision}">Sign in afresh</a></div>`;
  return html`<form method="post" action="/policy/revisions/${revision}/activate"><input type="hidden" name="expected" value="${expected}">
<label for="opens">How many refusals of the last days it may turn into permissions (none, unless you say so; if there are some, you are told how many)</label>
<input id="opens" name="opens" inputmode="numeric" pattern="[0-9]{0,6}" maxlength="6" size="6">
<div class="row"><button class="danger">Go back to it</button></div></form>`;
}

/** The page that shows what came of it. Throws HttpProblem where nothing did. */
function whereTo(gone: GoneBack): string {
  switch (gone.kind) {
    case 'activated':
    case 'unchanged':
      return '/policy';
    case 'requested':
      return `/policy/requests/${gone.request}`;
    case 'refused':
      throw new HttpProblem('policy_refused', gone.problem);
    case 'overtaken':
      throw new HttpProblem('policy_overtaken', overtakenBy(gone.by));
    case 'under_way':
      throw new HttpProblem('too_often', 'Another of yours is being judged. Wait until it is.');
    case 'unknown':
      throw new HttpProblem('not_found');
    default:
      return gone satisfies never;
  }
}
