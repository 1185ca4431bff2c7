import { createHash } from 'node:crypto';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Type } from '../../../contract/typebox/typebox.js';
import type { ElevationRecord, ElevationRecords } from '../../../ledger/read/elevation-records.ts';
import type { Attempts } from '../attempts.ts';
import { HttpProblem } from '../problems.ts';
import type { Revoke } from '../../revocation.ts';
import type { StopLinks } from '../stop-links.ts';
import { page, STYLE } from './stop-page.ts';

const HEADERS = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex, nofollow',
  'cache-control': 'no-store',
};

const Params = Type.Object({ elevation: Type.String({ minLength: 1, maxLength: 100 }) });
const Query = Type.Object({ key: Type.String({ minLength: 1, maxLength: 100 }) });

export interface StopRouteDeps {
  links: StopLinks;
  attempts: Attempts;
  records: ElevationRecords;
  revoke: Revoke;
}

/** `/stop/:elevation`: what the link in a mail opens. GET asks and does nothing, for mail scanners follow links; POST stops. */
export function stopRoutes(plain: FastifyInstance, deps: StopRouteDeps): void {
  plain.register((scope, _, ready) => {
    const app = scope.withTypeProvider<TypeBoxTypeProvider>();
    // The confirming form has no fields; its key is in the URL, as in the link itself.
    app.addContentTypeParser('application/x-www-form-urlencoded', { bodyLimit: 1_024 }, (_, payload, done) => {
      payload.resume();
      done(null, null);
    });
    const html = (reply: FastifyReply, code: number, text: string) =>
      reply.code(code).headers(HEADERS).type('text/html; charset=utf-8').send(text);

    /** The link's elevation, or null: the same answer for a wrong key and for an elevation that never was. */
    const opened = async (address: string, id: string, key: string): Promise<ElevationRecord | null> => {
      // First: who guesses must not keep others behind the same address from stopping anybody.
      if (deps.links.opens(id, key)) return deps.records.show(id);
      const wait = deps.attempts.refuses(address, key);
      if (wait !== null) throw new HttpProblem('too_many_attempts', undefined, { 'retry-after': String(wait) });
      deps.attempts.failed(address);
      return null;
    };

    app.get(
      '/stop/:elevation',
      { schema: { hide: true, params: Params, querystring: Query } },
      async ({ ip, params, query }, reply) => {
        const record = await opened(ip, params.elevation, query.key);
        if (record === null) return html(reply, 404, page({ kind: 'unknown' }));
        if (isOver(record)) return html(reply, 410, page({ kind: 'ended', record }));
        return html(reply, 200, page({ kind: 'confirm', record }));
      },
    );
    app.post(
      '/stop/:elevation',
      { schema: { hide: true, params: Params, querystring: Query } },
      async ({ ip, params, query }, reply) => {
        const record = await opened(ip, params.elevation, query.key);
        if (record === null) return html(reply, 404, page({ kind: 'unknown' }));
        if (isOver(record)) return html(reply, 410, page({ kind: 'ended', record }));
        const stopped = await deps.revoke(record.id, { operator: `stop link, opened from ${ip}` });
        return html(reply, stopped ? 200 : 410, page({ kind: stopped ? 'stopped' : 'ended', record }));
      },
    );
    ready();
  });
}

/** Revoked is over, too: its end is recorded a moment later. */
function isOver(record: ElevationRecord): boolean {
  return record.state === 'ended' || record.revokedBy !== null;
}
