// Now: who can write at this moment.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from '../../../../contract/typebox/typebox.js';
import { inWords } from '../../../../contract/durations.ts';
import type { ElevationRecord } from '../../../../ledger/read/elevation-records.ts';
import type { WrittenSoFar } from '../../../../ledger/read/written-so-far.ts';
import { count } from '../../../../notifier/render/times.ts';
import { HttpProblem } from '../../problems.ts';
import type { PageDeps } from '../console.ts';
import { makeElevationView } from '../elevation-view.ts';
import { html, type Html } from '../html.ts';
import { show, visitor } from '../page.ts';
import { action, ago, empty, facts } from '../parts.ts';

const Id = Type.Object({ id: Type.String({ minLength: 1, maxLength: 100, pattern: '^[A-Za-z0-9_-]+$' }) });

export function nowPages(plain: FastifyInstance, deps: PageDeps): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const { records, revoke, clock } = deps;
  const view = makeElevationView(deps);

  app.get('/', (_, reply) => reply.redirect('/now', 303));

  app.get('/now', async (request, reply) => {
    const me = visitor(request);
    const live = await view.live(me.principal);
    const written = await deps.written(live.map(({ id }) => id));
    const body =
      live.length === 0
        ? empty(
            'Nobody is in write mode where you may see it. Who is stands here, with the time left, why, and what was written so far.',
          )
        : live.map((record) => card(record, clock.now(), written.get(record.id)));
    return show(request, reply, { title: 'Now', at: '/now', body });

    function card(record: ElevationRecord, now: Date, so: WrittenSoFar | undefined): Html {
      const left = (record.deadline.getTime() - now.getTime()) / 1_000;
      return html`<article class="card write">
<p class="label write">Write mode · ${record.target}</p>
<h2>${record.principal}, for ${left > 0 ? `another ${inWords(left)}` : 'no longer'}</h2>
${facts([
  ['Why', view.reason(me.principal, record) ?? html`<span class="soft">not for you to see</span>`],
  ['Since', ago(record.startedAt, now)],
  ['Written', writtenWords(so)],
])}
${view.mayEnd(me.principal, record) && html`<div class="row">${action(`/elevations/${record.id}/end`, 'End it now', 'danger')}</div>`}
</article>`;
    }
  });

  app.post('/elevations/:id/end', { schema: { params: Id } }, async (request, reply) => {
    const { principal } = visitor(request);
    const record = await records.show(request.params.id);
    if (record === null || !view.maySee(principal, record)) throw new HttpProblem('not_found');
    const verdict = view.verdict(principal, 'revoke', record);
    if (!verdict.allowed) throw new HttpProblem('forbidden', verdict.message);
    // One that has ended meanwhile is what was wanted.
    await revoke(record.id, { principal: principal.id });
    return reply.redirect('/now', 303);
  });
}

/** Of what is committed and in the record; a statement that runs is not. */
function writtenWords(so: WrittenSoFar | undefined): string {
  if (!so) return 'nothing yet';
  const tables = Object.entries(so.rows).map(([table, n]) => `${count(n, 'row')} of ${table}`);
  const failed = so.failed > 0 ? [`${so.failed} failed`] : [];
  return [count(so.statements, 'statement'), ...failed, ...tables].join(', ');
}
