// Refusals and faults as pages.
import type { FastifyError, FastifyInstance } from 'fastify';
import { LedgerUnavailable } from '../../../ledger/ledger.ts';
import { ProviderUnavailable, SignInRefused } from '../../../people/refused.ts';
import { asProblem, HttpProblem, statusOf } from '../problems.ts';
import { html } from './html.ts';
import { layout } from './layout.ts';

export function handlePageProblems(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError | Error, request, reply) => {
    const { title, problem } = explained(error);
    const status = statusOf(problem.code);
    if (status >= 500) request.log.error({ err: error }, 'a page failed');
    else if (error instanceof SignInRefused) request.log.info({ err: error }, 'somebody could not sign in');
    const words = status === 500 ? 'It is in the gateway’s log.' : problem.message;
    const body = html`<div class="card narrow"><p>${words}</p>
<p class="soft">Request ${request.id}</p>
<p><a class="button" href="/">${request.visitor ? 'To the first page' : 'Sign in'}</a></p></div>`;
    return reply
      .code(status)
      .headers(problem.headers)
      .type('text/html; charset=utf-8')
      .send(layout({ title, visitor: request.visitor ?? null, body }).toString());
  });
}

function explained(error: FastifyError | Error): { title: string; problem: HttpProblem } {
  if (error instanceof SignInRefused)
    return { title: 'You could not be signed in', problem: new HttpProblem('forbidden', error.message) };
  if (error instanceof ProviderUnavailable) {
    const words = `${error.message} Who is signed in goes on; nobody new can sign in until it does.`;
    return { title: 'Signing in does not work now', problem: new HttpProblem('not_ready', words) };
  }
  if (error instanceof LedgerUnavailable)
    return { title: TITLES.not_ready ?? '', problem: new HttpProblem('not_ready') };
  const problem = asProblem(error as FastifyError);
  return { title: TITLES[problem.code] ?? 'That did not work', problem };
}

const TITLES: Partial<Record<string, string>> = {
  not_found: 'There is nothing here',
  forbidden: 'You may not do that',
  not_ready: 'The gateway cannot answer now',
  fault: 'Something went wrong here',
  foreign_form: 'That did not come from a page of ours',
  sign_in_needed: 'You are not signed in',
  too_often: 'Too often',
};
