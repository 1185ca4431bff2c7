// What policy lets a principal do and see beside statements.
import type { Clock } from '../../contract/clock.ts';
import type { Principal, Target } from '../../contract/words.ts';
import type { AdminInput, Policy } from '../../policy/decision.ts';

export interface Permissions {
  /** Denied also when policy cannot decide. `subject`: whose elevation or token it is. */
  may(principal: Principal, action: AdminInput['action'], subject: string | null, target: Target | null): Verdict;
}

export type Verdict = { allowed: true } | { allowed: false; message: string };

export function makePermissions(policy: Policy, clock: Clock): Permissions {
  return {
    may(principal, action, subject, target) {
      const now = clock.now();
      const evaluated = policy.admin({
        version: 1,
        principal,
        action,
        subject,
        target,
        clock: { ns: now.getTime() * 1e6, iso: now.toISOString() },
      });
      if (!evaluated.ok) return { allowed: false, message: 'No usable policy permits it.' };
      if (evaluated.decision.allow) return { allowed: true };
      const reasons = evaluated.decision.reasons.map((reason) => `${reason.message} ${reason.remedy}`.trim());
      return { allowed: false, message: reasons.join(' ') || 'Policy does not permit it.' };
    },
  };
}
