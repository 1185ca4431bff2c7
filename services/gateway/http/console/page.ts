import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Answerer } from '../../../elevation/requests/requests.ts';
import type { Visitor } from '../../../people/browser-sessions.ts';
import { HttpProblem } from '../problems.ts';
import { layout, type Page } from './layout.ts';

/** Who asks. Throws HttpProblem where nobody is signed in. */
export function visitor(request: FastifyRequest): Visitor {
  if (request.visitor === null) throw new HttpProblem('sign_in_needed');
  return request.visitor;
}

/** Sends a page; `visitor` is who asks. */
export function show(request: FastifyRequest, reply: FastifyReply, page: Omit<Page, 'visitor'>): FastifyReply {
  return reply.type('text/html; charset=utf-8').send(layout({ ...page, visitor: request.visitor }).toString());
}

/** Undefined where the provider did not say when they signed in. */
export const proofOf = ({ provedAt, acr }: Visitor): Answerer['proof'] =>
  provedAt === null ? undefined : { at: provedAt, acr };
