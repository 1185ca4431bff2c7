// Live parts, by server-sent events: what the page shows, decided anew for whoever looks each time that it is sent.
import { setTimeout } from 'node:timers/promises';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from '../../../../contract/typebox/typebox.js';
import type { Principal } from '../../../../contract/words.ts';
import { HttpProblem } from '../../problems.ts';
import type { PageDeps } from '../console.ts';
import type { Html } from '../html.ts';
import { visitor } from '../page.ts';

/** A part of a page, as `who` may see it now. */
export type LivePart = (who: Principal) => Promise<Html>;

/** Milliseconds between two looks; one that has changed in nothing but its times is sent every so many looks. */
const LOOK_MS = 2_000;
const TIMES_EVERY = 8;
/** Streams of one person, and of this process: each asks the ledger. */
const MOST_EACH = 4;
const MOST = 100;

const What = Type.Object({ what: Type.Union([Type.Literal('now'), Type.Literal('requests')]) });

export function livePages(
  plain: FastifyInstance,
  { people, cookies }: PageDeps,
  parts: Readonly<Record<'now' | 'requests', LivePart>>,
): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const open = new Map<string, number>();
  const ending = new AbortController();
  app.addHook('preClose', async () => ending.abort());

  app.get('/live/:what', { schema: { params: What } }, async (request, reply) => {
    const { principal } = visitor(request);
    const secret = cookies.session.read(request) ?? '';
    const mine = open.get(principal.id) ?? 0;
    if (mine >= MOST_EACH || [...open.values()].reduce((a, b) => a + b, 0) >= MOST) throw new HttpProblem('too_often');
    open.set(principal.id, mine + 1);
    const gone = new AbortController();
    request.raw.once('close', () => gone.abort());
    const signal = AbortSignal.any([gone.signal, ending.signal]);
    reply.hijack();
    const { raw } = reply;
    // What reads as a page is none: no buffering on the way.
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'x-accel-buffering': 'no',
    });
    const send = (event: string, data: string) => raw.write(`event: ${event}\ndata: ${data}\n\n`);
    try {
      let shown = '';
      for (let looks = 0; !signal.aborted; looks++) {
        // Who was signed out, or has other groups, sees nothing more. Looking on is no use of the session.
        const now = await people.sessions.look(secret);
        if (now === null) {
          send('over', '""');
          break;
        }
        const part = (await parts[request.params.what](now.principal)).toString();
        const lasting = withoutTimes(part);
        // Who does not read what was sent is sent no more until then.
        if (!raw.writableNeedDrain && (lasting !== shown || looks % TIMES_EVERY === 0)) {
          send('part', JSON.stringify(part));
          shown = lasting;
        }
        await setTimeout(LOOK_MS, undefined, { signal }).catch(() => undefined);
      }
    } catch (error) {
      // The browser connects again.
      request.log.warn({ err: error }, 'a live part could not be shown');
    } finally {
      raw.end();
      const left = (open.get(principal.id) ?? 1) - 1;
      if (left > 0) open.set(principal.id, left);
      else open.delete(principal.id);
    }
  });
}

const withoutTimes = (part: string): string => part.replace(/<time[^>]*>[^<]*<\/time>|another [^<]*/g, '');
