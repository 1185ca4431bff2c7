// The console's few files, each under a name that changes with its content, so that browsers may keep them for good.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';

const asset = (name: string, type: string) => {
  const text = readFileSync(new URL(name, import.meta.url), 'utf8');
  const [stem, ending] = [name.replace(/\.\w+$/, ''), name.replace(/^.*\./, '')];
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return { path: `/assets/${stem}-${hash}.${ending}`, text, type };
};

const CSS = asset('console.css', 'text/css; charset=utf-8');
const LIVE = asset('live.js', 'text/javascript; charset=utf-8');
const ALL = [CSS, LIVE];

export const STYLESHEET = CSS.path;
/** Module: parts with `data-live` are kept current (pages/live.ts). */
export const LIVE_PARTS = LIVE.path;

export function assetRoutes(app: FastifyInstance): void {
  for (const { path, text, type } of ALL) {
    app.get(path, (_, reply) =>
      reply.type(type).header('cache-control', 'public, max-age=31536000, immutable').send(text),
    );
  }
}
