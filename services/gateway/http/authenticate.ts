// Bearer tokens.
import type { FastifyRequest } from 'fastify';
import type { Authenticated, Tokens } from '../../ledger/tokens/tokens.ts';
import type { Attempts } from './attempts.ts';
import { HttpProblem } from './problems.ts';

/** Who a request's bearer token proved to be. Throws HttpProblem. */
export type Authenticate = (request: FastifyRequest) => Promise<Authenticated>;

const CHALLENGE = { 'www-authenticate': 'Bearer realm="sudoql"' };
/** Longer than any token; what is longer is not looked up. */
const MAX_TOKEN = 512;

export function makeAuthenticate(tokens: Tokens, attempts: Attempts): Authenticate {
  return async (request) => {
    const token = bearerToken(request.headers.authorization);
    if (token === null) throw new HttpProblem('unauthorized', undefined, CHALLENGE);
    const wait = attempts.refuses(request.ip, token);
    if (wait !== null) throw new HttpProblem('too_many_attempts', undefined, { 'retry-after': String(wait) });
    const who = await lookUp(tokens, token, request);
    if (who === null) {
      attempts.failed(request.ip);
      throw new HttpProblem('unauthorized', undefined, CHALLENGE);
    }
    attempts.succeeded(request.ip, token);
    return who;
  };
}

async function lookUp(tokens: Tokens, token: string, request: FastifyRequest): Promise<Authenticated | null> {
  if (token.length > MAX_TOKEN) return null;
  try {
    return await tokens.bearer(token);
  } catch (error) {
    request.log.error({ err: error }, 'a token could not be looked up');
    throw new HttpProblem('not_ready');
  }
}

function bearerToken(header: string | undefined): string | null {
  return /^Bearer +([!-~]+)$/i.exec(header ?? '')?.[1] ?? null;
}
