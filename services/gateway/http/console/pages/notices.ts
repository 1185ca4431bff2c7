// Notices: what waits, fails or was given up; tried again, and tested.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from '../../../../contract/typebox/typebox.js';
import type { Principal } from '../../../../contract/words.ts';
import type { NoticeRow } from '../../../../notifier/board.ts';
import { whereTo } from '../../../../notifier/notice.ts';
import { inline } from '../../../../notifier/render/visible.ts';
import type { Tried } from '../../../../notifier/try-channels.ts';
import { HttpProblem } from '../../problems.ts';
import type { PageDeps } from '../console.ts';
import { html, type Html, type Part } from '../html.ts';
import { show, visitor } from '../page.ts';
import { action, ago, empty, facts, table, time } from '../parts.ts';

const Id = Type.Object({ id: Type.String({ minLength: 1, maxLength: 100, pattern: '^[A-Za-z0-9_-]+$' }) });
const MOST = 100;
/** Each address, a minute: every test is a message to people. */
const SLOW = { max: 5, timeWindow: 60_000 };

export function noticePages(plain: FastifyInstance, { data, permissions, clock }: PageDeps): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const { notices } = data;
  const permit = (who: Principal, act: 'notice.read' | 'notice.send') => {
    const verdict = permissions.may(who, act, null, null);
    if (!verdict.allowed) throw new HttpProblem('forbidden', verdict.message);
  };

  const page = async (principal: Principal, tried: readonly Tried[]): Promise<Html> => {
    permit(principal, 'notice.read');
    const now = clock.now();
    const [dead, failing, waiting] = await Promise.all([
      notices.list({ state: 'dead', limit: MOST }),
      notices.list({ state: 'pending', failing: true, limit: MOST }),
      notices.list({ state: 'pending', failing: false, limit: MOST }),
    ]);
    const send = permissions.would(principal, 'notice.send', null, null);
    const list = (rows: NoticeRow[], again: boolean, none: string) =>
      rows.length === 0
        ? empty(none)
        : html`${table(
            [...NOTICE_COLUMNS, ...(again ? [''] : [])],
            rows.map((row) => [
              ...noticeCells(row, now),
              ...(again ? [action(`/notices/${row.id}/retry`, 'Try again', 'quiet')] : []),
            ]),
          )}${rows.length === MOST && html`<p class="soft">The newest ${MOST}.</p>`}`;
    return html`${tried.length > 0 && outcome(tried)}
<h2>Given up</h2>
${list(dead, send, 'None. What could not be delivered for 26 hours stands here, and can be tried again.')}
<h2>Failing</h2>
${list(failing, send, 'None. What was tried and did not arrive yet stands here, with the problem.')}
<h2>Waiting</h2>
${list(waiting, false, 'None. What is about to be sent stands here.')}
${
  send &&
  html`<h2>Test</h2>
<p class="soft">Sends a message through every channel, now, and says what became of it.</p>
${action('/notices/test', 'Send a test message', 'plain')}`
}`;
  };

  app.get('/notices', async (request, reply) => {
    const body = await page(visitor(request).principal, []);
    return show(request, reply, { title: 'Notices', at: '/notices', body });
  });

  app.get('/notices/:id', { schema: { params: Id } }, async (request, reply) => {
    permit(visitor(request).principal, 'notice.read');
    const notice = await notices.show(request.params.id);
    if (!notice) throw new HttpProblem('not_found');
    const now = clock.now();
    const { event, attemptLog } = notice;
    const body = html`<div class="card">${facts([
      ['Tells of', event.event],
      ['Channel', whereTo(notice)],
      ['State', stateWords(notice)],
      ['Queued', time(notice.createdAt, now)],
      notice.elevation === null
        ? null
        : ['Elevation', html`<a href="/elevations/${notice.elevation}">${notice.elevation}</a>`],
      ['Head', html`<code>${notice.head.hash}</code>`],
    ])}</div>
<h2>Attempts</h2>
${
  attemptLog.length === 0
    ? empty('None yet.')
    : table(
        ['Attempt', 'When', 'Outcome', { wide: 'Problem' }],
        attemptLog.map(({ attempt, at, outcome: came, problem }) => [attempt, time(at, now), came, problem]),
      )
}`;
    return show(request, reply, { title: 'A notice', at: '/notices', body });
  });

  app.post('/notices/:id/retry', { schema: { params: Id } }, async (request, reply) => {
    permit(visitor(request).principal, 'notice.send');
    const retried = await notices.retry(request.params.id);
    if (retried === 'unknown') throw new HttpProblem('not_found');
    // One that was delivered meanwhile is what was wanted.
    return reply.redirect('/notices', 303);
  });

  app.post('/notices/test', { config: { rateLimit: SLOW } }, async (request, reply) => {
    const { principal } = visitor(request);
    permit(principal, 'notice.send');
    const body = await page(principal, await notices.test(principal.id));
    return show(request, reply, { title: 'Notices', at: '/notices', body });
  });
}

export const NOTICE_COLUMNS = ['Notice', 'Channel', { wide: 'State' }, 'Queued'];

export function noticeCells(row: NoticeRow, now: Date): Part[] {
  const { event } = row;
  const about = 'principal' in event ? ` · ${event.principal} on ${event.target}` : '';
  return [
    html`<a href="/notices/${row.id}">${event.event}</a>${inline(about, 80)}`,
    inline(whereTo(row), 120),
    stateWords(row),
    ago(row.createdAt, now),
  ];
}

function stateWords({ state, attempts, problem }: NoticeRow): string {
  const tries = attempts > 0 ? `, attempt ${attempts}` : '';
  const words = { pending: 'waiting', delivered: 'delivered', dead: 'given up' }[state];
  return `${words}${tries}${problem === null || state === 'delivered' ? '' : `: ${inline(problem, 200)}`}`;
}

function outcome(tried: readonly Tried[]): Html {
  const well = tried.every(({ problem }) => problem === null);
  return html`<div class="card${!well && ' alarm'}" role="status"><h2>The test</h2>
${table(
  ['Channel', { wide: 'Came of it' }],
  tried.map(({ channel, problem, seconds }) => [
    channel,
    problem === null ? `took it in ${seconds} s` : html`<strong>not delivered:</strong> ${inline(problem, 500)}`,
  ]),
)}</div>`;
}
