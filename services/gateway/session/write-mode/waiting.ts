// Others must agree first: `sudo` waits for their answer, and holds nothing on the target meanwhile.
import type { ClientError } from '../../../contract/errors.ts';
import type { WaitsFor } from '../../../elevation/elevations.ts';
import type { RequestState } from '../../../elevation/requests/requests.ts';
import { plain } from '../../../ledger/entry/entry-words.ts';
import type { Session } from '../session.ts';
import { QUESTIONS } from '../target/questions.ts';

type Outcome = RequestState | 'late' | 'cancelled';

/** Null when it was approved, and the request is to be judged again; else what the client is told. */
export async function waitForAnswer(
  session: Session,
  { request, asked }: WaitsFor,
  pending: ClientError,
): Promise<ClientError | null> {
  session.say({ ...pending, hint: `Ctrl-C stops the waiting, and not the request. ${pending.hint ?? ''}` });
  const begun = session.bareBegin;
  // Only BEGIN ran: a transaction that is open for minutes keeps the target from cleaning up.
  if (begun !== null) await session.reader.ask(QUESTIONS.rollback);
  const outcome = await outcomeOf(session, request);
  if (session.closed) return stopped(request, 'the session ended');
  if (begun !== null) await session.reader.ask(QUESTIONS.beginAgain(begun.readOnly));
  switch (outcome) {
    case 'approved':
      return null;
    case 'late':
      hearLater(session, request);
      return { ...pending, message: `${asked.join(' and ')} have not answered yet: request ${request}` };
    case 'cancelled':
      hearLater(session, request);
      return stopped(request, 'the waiting was cancelled');
    default:
      return answeredNo(session, request, outcome);
  }
}

/** As long as the session waits at most; a cancel, and the session's end, stop it. */
function outcomeOf(session: Session, request: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const over = (outcome: Outcome) => {
      clearTimeout(timer);
      stop();
      session.stopWaiting = null;
      resolve(outcome);
    };
    const timer = setTimeout(() => over('late'), session.deps.approvalWaitMs).unref();
    session.stopWaiting = () => over('cancelled');
    const stop = session.deps.elevations.watchRequest(request, over);
  });
}

/** The session hears of an answer that comes when it no longer waits. */
export function hearLater(session: Session, request: string): void {
  if (session.closed || session.heard.has(request)) return;
  const stop = session.deps.elevations.watchRequest(request, (state) => {
    if (state !== 'approved') {
      session.heard.get(request)?.();
      session.heard.delete(request);
    }
    if (session.closed || state === 'used' || state === 'withdrawn') return;
    if (state === 'approved')
      return session.say({ message: `request ${request} is approved`, hint: 'The same sudo goes through now.' });
    void answeredNo(session, request, state).then(({ message, hint }) =>
      session.say({ message, ...(hint && { hint }) }),
    );
  });
  session.heard.set(request, stop);
}

const stopped = (request: string, why: string): ClientError => ({
  code: 'statement_cancelled',
  message: `${why}; request ${request} is still open`,
  hint: `The same sudo goes on waiting, and goes through once it is approved. sudoql withdraw ${request} takes it back.`,
});

async function answeredNo(session: Session, request: string, state: RequestState): Promise<ClientError> {
  const record = await session.deps.elevations.showRequest(request).catch(() => null);
  const by = record?.end?.by ? ` by ${plain(record.end.by)}` : '';
  const why = record?.end?.why ? `: ${plain(record.end.why)}` : '';
  return {
    code: 'sudo_not_permitted',
    message:
      state === 'expired' ? `nobody answered request ${request} in time` : `request ${request} was ${state}${by}${why}`,
    hint:
      state === 'used'
        ? 'Another session of yours has used it: ask again.'
        : 'Talk to those who were asked, then ask again.',
  };
}
