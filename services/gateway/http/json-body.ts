import type { FastifyInstance } from 'fastify';
import { flawOf } from '../../policy/source/json-text.ts';
import { HttpProblem } from './problems.ts';

/**
 * Bodies of JSON are read as UTF-8 or refused. By default what is no UTF-8 becomes U+FFFD: a policy that is not the one that was sent, or
 * a name that is not the one that was meant. So it is with a key that is there twice, of which the last would count, and with numbers
 * that are rounded.
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
    const checked: typeof done = (error, value) => {
      const flaw = error ? null : flawOf(text);
      if (flaw)
        return done(new HttpProblem('invalid_request', `The body, at character ${flaw.offset + 1}: ${flaw.message}.`));
      return done(error, value);
    };
    return parse(request, text, checked);
  });
}
