// Policy: what is in force, who changed what, and what waits for somebody else to agree.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from '../../../../contract/typebox/typebox.js';
import type { Principal } from '../../../../contract/words.ts';
import type { Activation } from '../../../../policy/source/revisions.ts';
import { actorName } from '../../../revocation.ts';
import { answerPolicy, available, permitPolicy } from '../../answer-policy.ts';
import { HttpProblem } from '../../problems.ts';
import type { PolicyRequest } from '../../../policy/requests/requests.ts';
import type { PageDeps } from '../console.ts';
import { html, type Html, type Part } from '../html.ts';
import { show, visitor } from '../page.ts';
import { ago, empty, facts, list, time } from '../parts.ts';

const Id = Type.Object({ id: Type.String({ pattern: '^[0-9a-f]{12}$' }) });
const HISTORY = 30;

export function policyPages(plain: FastifyInstance, deps: PageDeps): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const { permissions, revisions, clock } = deps;
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

  for (const answer of ['approve', 'deny'] as const) {
    app.post(`/policy/requests/:id/${answer}`, { schema: { params: Id } }, async (request, reply) => {
      await answerPolicy(answering, request.params.id, visitor(request).principal, answer);
      return reply.redirect(answer === 'deny' ? '/policy' : `/policy/requests/${request.params.id}`, 303);
    });
  }
}

const STATES: Record<PolicyRequest['state'], string> = {
  waiting: 'Waits for somebody else to approve it',
  active: 'Approved, and in force since',
  denied: 'Denied',
  overtaken: 'Another policy was activated meanwhile',
  expired: 'Nobody approved it in time',
};

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
