import type { FastifyInstance } from 'fastify';
import { HttpProblem } from './problems.ts';

/**
 * Bodies of JSON are read as UTF-8 or refused. By default what is no UTF-8 becomes U+FFFD: a policy that is not the one that was sent, or
 * a name that is not the one that was meant.
 */
export function readJsonAsUtf8(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    } catch {
      return done(new HttpProblem('invalid_request', 'The body is not UTF-8.'));
    }
    return parse(request, text, done);
  });
}
