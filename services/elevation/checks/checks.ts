// Facts from outside that policy decides on: whether somebody is on call, a ticket open. Built by `makeChecks`.
import type { Principal, Target } from '../../contract/words.ts';
import type { CheckInput } from '../../policy/decision.ts';

/** What a check is asked about. */
export interface CheckSubject {
  principal: Principal;
  target: Target;
  reason: string;
}

export interface Checks {
  /** Asks all that are configured for the target, at once; null where there are none. By name. Never rejects: no answer is an answer. */
  ask(about: CheckSubject): Promise<Record<string, CheckInput>> | null;
}

export const NO_CHECKS: Checks = { ask: () => null };
