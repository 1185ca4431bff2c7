import { answer, isFresh, stillOpen, withdraw } from './answer.ts';
import { ask } from './ask.ts';
import type { RequestsDeps } from './deps.ts';
import { aboutRequest, aboutReview, evaluateAnswer } from './judging.ts';
import { look } from './look.ts';
import type { Requests } from './requests.ts';
import { barred, mayConfirm } from './floor.ts';
import { owe, review } from './review.ts';
import { listRequests, onPool, owedReviews, putState, showRequest, showReview } from './store.ts';
import { watchRequests } from './watch.ts';

/** Milliseconds between two looks at what time has done. */
const LOOK_EVERY = 1_000;

export function makeRequests(deps: RequestsDeps & { lookEveryMs?: number }): Requests {
  const query = onPool(deps.pool);
  const watch = watchRequests(deps.heartbeat, query, (error) =>
    deps.log.warn({ err: error }, 'requests could not be looked at'),
  );
  const allows = (
    action: 'approve' | 'review',
    principal: Parameters<typeof barred>[0],
    about: ReturnType<typeof aboutRequest>,
  ) => {
    if (barred(principal, about.principal)) return false;
    const { evaluated } = evaluateAnswer(deps, principal, action, about);
    return evaluated.ok && evaluated.decision.allow;
  };
  let looking: Promise<void> = Promise.resolve();
  let closed = false;
  const timer = setInterval(() => {
    looking = looking
      .then(() => (closed ? undefined : look(deps)))
      .catch((error: unknown) => deps.log.warn({ err: error }, 'requests that are open could not be looked at'));
  }, deps.lookEveryMs ?? LOOK_EVERY).unref();

  return {
    ask: (asked) => ask(deps, asked),
    use: async (client, request, elevation) => {
      await stillOpen(client, request, ['approved']);
      await putState(client, request, 'used', { elevation });
    },
    answer: (id, who, action, why) => answer(deps, id, who, action, why),
    withdraw: (id, who) => withdraw(deps, id, who),
    show: (id) => showRequest(query, id),
    list: (filter) => listRequests(query, filter),
    isFresh: (proof) => isFresh(deps, proof),
    isAsked: (principal, request) =>
      request.confirm
        ? mayConfirm(principal, request.principal) === null
        : allows('approve', principal, aboutRequest(request, request.sets)),
    watch: (id, changed) => watch.watch(id, changed),
    owe,
    review: (elevation, who, comment) => review(deps, elevation, who, comment),
    owed: () => owedReviews(query),
    showReview: (elevation) => showReview(query, elevation),
    mayReview: (principal, owed) => allows('review', principal, aboutReview(owed)),
    look: () => look(deps),
    close: async () => {
      closed = true;
      clearInterval(timer);
      watch.close();
      await looking;
    },
  };
}
