// The ledger and the policy as the rest of the gateway gets them: counted and told on the way.
import type { EntryDraft } from '../../ledger/entry/entry.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { EntrypointName } from '../../policy/schemas/schemas.ts';
import type { Evaluated, Policy, Reason } from '../../policy/decision.ts';
import type { Metrics } from './metrics.ts';

/** Tells of entries when the ledger has taken them, and how long who waited had to. */
export function observedLedger(
  ledger: Ledger,
  observe: (draft: EntryDraft) => void,
  committed: (seconds: number) => void = () => {},
): Ledger {
  return {
    append: async (draft) => {
      const began = performance.now();
      const recorded = await ledger.append(draft);
      committed((performance.now() - began) / 1_000);
      observe(draft);
      return recorded;
    },
    transaction: async (drafts, also) => {
      const began = performance.now();
      const result = await ledger.transaction(drafts, also);
      committed((performance.now() - began) / 1_000);
      for (const draft of drafts) observe(draft);
      return result;
    },
    queue: (...drafts) => {
      ledger.queue(...drafts);
      for (const draft of drafts) observe(draft);
    },
    follow: (draft) => {
      const confirmed = ledger.follow(draft);
      observe(draft);
      return confirmed;
    },
    hasten: (done) => ledger.hasten(done),
    gather: (principal, take) =>
      ledger.gather(principal, () => {
        const draft = take();
        if (draft) observe(draft);
        return draft;
      }),
    keep: (part) => ledger.keep(part),
    room: (principal, session) => ledger.room(principal, session),
    get acceptsReads() {
      return ledger.acceptsReads;
    },
    get head() {
      return ledger.head;
    },
    close: () => ledger.close(),
  };
}

export function observedPolicy(policy: Policy, metrics: Metrics): Policy {
  const observed = <D extends { reasons: Reason[] }>(
    entrypoint: EntrypointName,
    evaluated: Evaluated<D>,
  ): Evaluated<D> => {
    metrics.decision(entrypoint, evaluated.ok ? 'decided' : 'fault', evaluated.ok ? evaluated.microseconds : 0);
    if (evaluated.ok && evaluated.decision.reasons.length > 0)
      metrics.reasons(
        entrypoint,
        evaluated.decision.reasons.map(({ code }) => code),
      );
    return evaluated;
  };
  return {
    statement: (input) => observed('statement', policy.statement(input)),
    elevation: (input) => observed('elevation', policy.elevation(input)),
    admin: (input) => observed('admin', policy.admin(input)),
    approval: (input) => observed('approval', policy.approval(input)),
    get revision() {
      return policy.revision;
    },
    get problem() {
      return policy.problem;
    },
  };
}
