// Every change is a POST that our own pages sent: a browser says so itself, and no page of another's can say it for it.
import type { FastifyRequest } from 'fastify';
import { HttpProblem } from '../problems.ts';

/** Throws HttpProblem. `origin`: of `public_url`. */
export function refuseForeignPost(request: FastifyRequest, origin: string): void {
  if (isForeignPost(request, origin)) throw new HttpProblem('foreign_form');
}

export function isForeignPost(request: FastifyRequest, origin: string): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return false;
  const { 'sec-fetch-site': site, origin: from } = request.headers;
  // Browsers without the first have the second. Neither: no browser that has a cookie of ours.
  return site === undefined ? from !== origin : site !== 'same-origin';
}
