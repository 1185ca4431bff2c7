// Policy: what is in force, who changed what, and what waits for somebody else to agree.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from '../../../../contract/typebox/typebox.js';
import { inWords } from '../../../../contract/durations.ts';
import type { Principal } from '../../../../contract/words.ts';
import type { Activation } from '../../../../policy/source/revisions.ts';
import { actorName } from '../../../revocation.ts';
import { answerPolicy, available, overtakenBy, permitPolicy } from '../../answer-policy.ts';
import type { Earlier, GoneBack } from '../../../policy/go-back.ts';
import { HttpProblem } from '../../problems.ts';
import type { PolicyRequest } from '../../../policy/requests/requests.ts';
import type { PageDeps } from '../console.ts';
import { html, type Html, type Part } from '../html.ts';
import { proofOf, show, visitor } from '../page.ts';
import { ago, empty, facts, list, time } from '../parts.ts';

const Id = Type.Object({ id: Type.String({ pattern: '^[0-9a-f]{12}$' }) });
const Revision = Type.Object({ revision: Type.String({ pattern: '^[0-9a-f]{64}$' }) });
/** What was in force when it was asked for. */
const Seen = Type.Object({
  expected: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  opens: Type.Optional(Type.String({ pattern: '^[0-9]{0,6}$' })),
});
/** Each address, a minute: each is compiled and tested. */
const SLOW = { max: 10, timeWindow: 60_000 };
const HISTORY = 30;

export function policyPages(plain: FastifyInstance, deps: PageDeps): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const { permissions, revisions, requests, clock } = deps;
  const within = inWords(deps.people.settings.confirm.withinMs / 1_000);
  const answering = { permissions, ...deps.policyRequests };
  const permit = (who: Principal) => permitPolicy(permissions, who, 'policy.read', null);

  app.get('/policy', async (request, reply) => {
    const { principal } = visitor(request);
    permit(principal);
    const now = clock.now();
    const [history, asked] = await available(
      Promise.all([revisions.history(HISTORY), deps.policyRequests.requests('')]),
    );
    const inForce = deps.revision();
    const back = deps.goBack !== null && permissions.would(principal, 'policy.activate', null, null);
    const waiting = asked.filter(({ state }) => state === 'waiting');
    const body = html`<div class="card${inForce === null && ' alarm'}">${
      inForce === null
        ? html`<p><strong>No policy is in force here: everything is denied.</strong></p>`
        : facts([['In force here', html`<code>${inForce}</code>`]])
    }</div>
<h2>Waiting for approval</h2>
${waiting.length === 0 ? empty('None. A change that others must approve waits here, with what it gives and takes.') : waiting.map((each) => requestCard(each, now))}
<h2>History</h2>
${history.length === 0 ? empty('The record has no activation yet. Each stands here: who, when, and what it gives and takes.') : history.map((each) => activationCard(each, now, back && each.revision !== inForce))}`;
    return show(request, reply, { title: 'Policy', at: '/policy', body });
  });

  app.get('/policy/requests/:id', { schema: { params: Id } }, async (request, reply) => {
    const { principal } = visitor(request);
    permit(principal);
    const [found] = await available(deps.policyRequests.requests(request.params.id));
    if (!found) throw new HttpProblem('not_found');
    const now = clock.now();
    const own = 'principal' in found.by && found.by.principal === principal.id;
    const may = permissions.would(principal, 'policy.approve', actorName(found.by), null);
    const body = html`<article class="card${found.state === 'waiting' && ' write'}">
<p class="label${found.state === 'waiting' && ' write'}">${STATES[found.state]}</p>
${facts([
  ['By', html`<strong>${actorName(found.by)}</strong>, ${ago(new Date(found.at), now)}`],
  ['Revision', html`<code>${found.revision}</code>`],
  ['In short', found.summary || 'nothing was said'],
  ['Approved', found.approved.join(', ') || 'by nobody yet'],
  found.denied.length > 0 ? ['Denied', found.denied.join(', ')] : null,
])}
${found.state === 'waiting' && answers(found, own, may)}
</article>
<h2>Who could do what by it</h2>
${list(found.rights, 'Nobody gains or loses anything that is named.')}
<h2>What differs</h2>
${list(found.difference, 'No rule, setting or file.')}
<h2>Recent decisions that it would turn</h2>
${list(found.flips, 'None of those that were asked again.')}`;
    return show(request, reply, { title: `A policy of ${actorName(found.by)}`, at: '/policy', body });
  });

  app.get('/policy/revisions/:revision', { schema: { params: Revision } }, async (request, reply) => {
    const me = visitor(request);
    permit(me.principal);
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
  });

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

  for (const answer of ['approve', 'deny'] as const) {
    app.post(`/policy/requests/:id/${answer}`, { schema: { params: Id } }, async (request, reply) => {
      await answerPolicy(answering, request.params.id, visitor(request).principal, answer);
      return reply.redirect(answer === 'deny' ? '/policy' : `/policy/requests/${request.params.id}`, 303);
    });
  }
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

const STATES: Record<PolicyRequest['state'], string> = {
  waiting: 'Waits for somebody else to approve it',
  active: 'Approved, and in force since',
  denied: 'Denied',
  overtaken: 'Another policy was activated meanwhile',
  expired: 'Nobody approved it in time',
};

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

function requestCard({ id, by, at, summary, rights }: PolicyRequest, now: Date): Html {
  return html`<article class="card write"><p class="label write">${STATES.waiting}</p>
<h3><a href="/policy/requests/${id}">${actorName(by)}: ${summary || 'nothing was said'}</a></h3>
<p class="soft">${ago(new Date(at), now)}</p>
${rights.length > 0 && list(rights, '')}</article>`;
}

function answers({ id }: PolicyRequest, own: boolean, may: boolean): Part {
  const form = (answer: string, words: string, kind: string) =>
    html`<form method="post" action="/policy/requests/${id}/${answer}"><button class="${kind}">${words}</button></form>`;
  if (own)
    return html`<p class="soft">It is yours: somebody else approves it.</p><div class="row">${form('deny', 'Take it back', 'quiet')}</div>`;
  return may && html`<div class="row">${form('approve', 'Approve', '')}${form('deny', 'Deny', 'danger')}</div>`;
}

function activationCard({ revision, kind, at, by, summary, rights }: Activation, now: Date, back: boolean): Html {
  return html`<article class="card"><p class="label">${kind === 'rolled_back' ? 'Rolled back' : 'Activated'} · ${time(new Date(at), now)}</p>
<p><strong>${by === null ? 'A gateway, from its files' : actorName(by)}</strong>: ${summary || 'nothing was said'}</p>
${rights.length > 0 && list(rights, '')}
<p class="soft"><code>${revision}</code></p>
${back && by !== null && html`<p><a href="/policy/revisions/${revision}">Go back to it</a></p>`}</article>`;
}
