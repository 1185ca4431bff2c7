// Health: what /readyz says, for people.
import type { FastifyInstance } from 'fastify';
import { VERSION } from '../../../version.ts';
import type { PageDeps } from '../console.ts';
import { html } from '../html.ts';
import { show } from '../page.ts';
import { table } from '../parts.ts';

export function healthPage(app: FastifyInstance, { health }: Pick<PageDeps, 'health'>): void {
  app.get('/health', async (request, reply) => {
    const { ready, parts } = await health.readiness();
    const rows = Object.entries(parts).map(([name, part]) => [
      name,
      part.ready ? 'ready' : html`<strong class="label alarm">not ready</strong>`,
      part.detail ?? '',
    ]);
    const body = html`
<div class="card${ready ? '' : ' alarm'}"><p>${
      ready
        ? 'Every part that is needed is ready.'
        : 'A part that is needed is not ready: who connects is refused until it is.'
    }</p>
<p class="soft">Version ${VERSION}</p></div>
${table(['Part', 'State', { wide: 'Words' }], rows)}`;
    return show(request, reply, { title: 'Health', at: '/health', body });
  });
}
