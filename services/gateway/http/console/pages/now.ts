// Now: who can write at this moment, and who is connected.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from '../../../../contract/typebox/typebox.js';
import { inWords } from '../../../../contract/durations.ts';
import type { Principal } from '../../../../contract/words.ts';
import type { ElevationRecord } from '../../../../ledger/read/elevation-records.ts';
import { type OpenSession, SESSIONS_OF_HOURS } from '../../../../ledger/read/sessions.ts';
import { CURSOR, cursorOf, placeOf } from '../../cursor.ts';
import { LIVE_PARTS } from '../assets.ts';
import type { PageDeps } from '../console.ts';
import { makeElevationView } from '../elevation-view.ts';
import { html, type Html, type Part } from '../html.ts';
import { oncePerPair } from '../once-per-pair.ts';
import { show, visitor } from '../page.ts';
import { action, ago, empty, facts, more, table } from '../parts.ts';
import { writtenWords } from '../written-words.ts';
import type { LivePart } from './live.ts';

const After = Type.Object({ after: Type.Optional(Type.String(CURSOR)) });
/** Of elevations on one page; more than so many are lines of a table instead of cards. */
const PAGE = 100;
const CARDS = 12;
/** Of those that all who keep looking share; where there are more, each is asked for what they may see. */
const MOST_LIVE = 1_000;
const SHARED_MS = 1_000;
/** Of sessions: who wants all has the record. */
const SESSIONS = 50;

/** Returns what stands on it, for whoever keeps looking. */
export function nowPages(plain: FastifyInstance, deps: PageDeps): LivePart {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const { data, records, clock, permissions } = deps;
  const view = makeElevationView(deps);

  app.get('/', (_, reply) => reply.redirect('/now', 303));

  app.get('/now', { schema: { querystring: After } }, async (request, reply) => {
    const { principal } = visitor(request);
    const { after } = request.query;
    const [seen, sessions] = await Promise.all([
      view.live(principal, PAGE, after === undefined ? undefined : placeOf(after)),
      data.sessions(),
    ]);
    const live = await part(principal, seen, sessions);
    // Of a later page nothing is sent: it would be the first one.
    const body = html`<section${after === undefined && html` data-live="now"`}>${live}</section>`;
    return show(request, reply, { title: 'Now', at: '/now', scripts: [LIVE_PARTS], body });
  });

  // Who keeps looking asks for what all others do: of each look once a second.
  const allLive = shared(() => records.list({ live: true, limit: MOST_LIVE }), SHARED_MS);
  const allSessions = shared(() => data.sessions(), SHARED_MS);

  /** As `principal` may see it now. */
  async function keptCurrent(principal: Principal): Promise<Html> {
    const [all, sessions] = await Promise.all([allLive(), allSessions()]);
    const seen = all.length < MOST_LIVE ? view.amongLive(principal, PAGE, all) : await view.live(principal, PAGE);
    return part(principal, seen, sessions);
  }

  /** What stands on it. */
  async function part(
    principal: Principal,
    { live, next }: ReturnType<typeof view.amongLive>,
    sessions: readonly OpenSession[],
  ): Promise<Html> {
    const written = await data.written(live.map(({ id }) => id));
    const now = clock.now();
    const seen = sessions.filter(
      oncePerPair(
        (each: OpenSession) =>
          permissions.may(principal, 'session.see', each.principal, view.targetOf(each.target)).allowed,
      ),
    );
    return html`${
      live.length === 0
        ? empty(
            'Nobody is in write mode where you may see it. Who is stands here, with the time left, why, and what was written so far.',
          )
        : live.length > CARDS
          ? table(['Who', 'Where', 'Left', 'Written'], live.map(line))
          : live.map(card)
    }${more(next && `/now?after=${cursorOf(next)}`)}
<h2>Sessions</h2>
${
  seen.length === 0
    ? empty('Nobody is connected where you may see it. Sessions of the last day that are still open stand here.')
    : html`${table(['Who', 'Where', 'Client', 'Since'], seen.slice(0, SESSIONS).map(sessionCells))}
<p class="soft">${seen.length > SESSIONS && `The newest ${SESSIONS} of ${seen.length}. `}Begun in the last ${SESSIONS_OF_HOURS} hours.</p>`
}`;

    function card(record: ElevationRecord): Html {
      const kind = brokeGlass(record) ? 'alarm' : 'write';
      return html`<article class="card ${kind}">
<p class="label ${kind}">${kind === 'alarm' ? 'Broke glass' : 'Write mode'} · ${record.target}</p>
<h2><a href="/elevations/${record.id}">${record.principal}</a>, for ${left(record, now)}</h2>
${facts([
  ['Why', why(principal, record)],
  ['Since', ago(record.startedAt, now)],
  ['Written', writtenWords(written.get(record.id))],
])}
${view.mayEnd(principal, record) && html`<div class="row">${action(`/elevations/${record.id}/end`, 'End it now', 'danger')}</div>`}
</article>`;
    }
    /** Who may see no reason does not see this. */
    function brokeGlass(record: ElevationRecord): boolean {
      return record.breakGlass === true && view.reason(principal, record) !== null;
    }
    function line(record: ElevationRecord): Part[] {
      return [
        html`<a href="/elevations/${record.id}">${record.principal}</a>${brokeGlass(record) && html` <strong class="label alarm">broke glass</strong>`}`,
        record.target,
        left(record, now),
        writtenWords(written.get(record.id)),
      ];
    }
    function sessionCells({ principal: who, target, applicationName, clientAddress, since }: OpenSession): Part[] {
      return [who, target, `${applicationName || 'a client without a name'}, ${clientAddress}`, ago(since, now)];
    }
  }

  const why = (who: Principal, record: ElevationRecord): Part =>
    view.reason(who, record) ?? html`<span class="soft">not for you to see</span>`;
  return keptCurrent;
}

function left({ deadline }: ElevationRecord, now: Date): string {
  const seconds = (deadline.getTime() - now.getTime()) / 1_000;
  return seconds > 0 ? `another ${inWords(seconds)}` : 'no longer';
}

/** The same answer for all who ask within `ms`; one that failed is asked for again. */
function shared<T>(ask: () => Promise<T>, ms: number): () => Promise<T> {
  let known: { until: number; answer: Promise<T> } | null = null;
  return () => {
    if (known && performance.now() < known.until) return known.answer;
    const answer = ask();
    known = { until: performance.now() + ms, answer };
    answer.catch(() => {
      known = null;
    });
    return answer;
  };
}
