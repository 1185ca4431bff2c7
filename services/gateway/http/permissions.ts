// What policy lets a principal do and see beside statements.
import type { Clock } from '../../contract/clock.ts';
import type { Principal, Target } from '../../contract/words.ts';
import { type Ledger, LedgerUnavailable } from '../../ledger/ledger.ts';
import type { AdminDecision, AdminInput, Evaluated, Policy } from '../../policy/decision.ts';
import { ANALYSER_VERSION } from '../../statements/analyser.ts';

export interface Permissions {
  /** Denied also when policy cannot decide. `subject`: whose elevation or token it is. */
  may(principal: Principal, action: AdminInput['action'], subject: string | null, target: Target | null): Verdict;
  /** As `may`, to know what to offer: nothing is done, and nothing recorded. */
  would(principal: Principal, action: AdminInput['action'], subject: string | null, target: Target | null): boolean;
}

export type Verdict = { allowed: true } | { allowed: false; message: string };

/**
 * What changes something, or gives out policies. What one may see of lists is asked row by row, and not recorded. `or denied`: when
 * there is no room for the entry. A revocation has an entry of its own, which waits for no room: who floods the record cannot
 * keep others from stopping an elevation.
 */
const RECORDED: ReadonlyMap<AdminInput['action'], 'or denied' | 'if there is room'> = new Map([
  ['elevation.revoke', 'if there is room'],
  ['notice.send', 'or denied'],
  ['policy.activate', 'or denied'],
  ['policy.approve', 'or denied'],
  ['policy.read', 'or denied'],
]);

export function makePermissions(policy: Policy, clock: Clock, ledger: Pick<Ledger, 'keep' | 'queue'>): Permissions {
  const record = (context: Omit<AdminInput, 'clock'>, clock: string, evaluated: Evaluated<AdminDecision>): void => {
    const allowed = evaluated.ok && evaluated.decision.allow;
    const codes = evaluated.ok ? evaluated.decision.reasons.map(({ code }) => code) : ['fault'];
    const result = allowed ? 'allow' : 'deny';
    ledger.queue({
      kind: 'admin_decided',
      principal: context.principal.id,
      action: context.action,
      subject: context.subject,
      target: context.target?.name ?? null,
      result,
      ...(evaluated.ok ? {} : { fault: evaluated.fault }),
      revision: evaluated.revision,
      decided: {
        entrypoint: 'admin',
        context: ledger.keep(context),
        facts: null,
        clock,
        analyser: ANALYSER_VERSION,
        said: { result, codes, terms: {} },
      },
    });
  };
  const ask = (principal: Principal, action: AdminInput['action'], subject: string | null, target: Target | null) => {
    const now = clock.now();
    const context = { version: 1, principal, action, subject, target } as const;
    const iso = now.toISOString();
    return { context, iso, evaluated: policy.admin({ ...context, clock: { ns: now.getTime() * 1e6, iso } }) };
  };
  return {
    would(principal, action, subject, target) {
      const { evaluated } = ask(principal, action, subject, target);
      return evaluated.ok && evaluated.decision.allow;
    },
    may(principal, action, subject, target) {
      const { context, iso, evaluated } = ask(principal, action, subject, target);
      try {
        if (RECORDED.has(action)) record(context, iso, evaluated);
      } catch (error) {
        if (!(error instanceof LedgerUnavailable)) throw error;
        if (RECORDED.get(action) === 'or denied')
          return { allowed: false, message: 'It cannot be recorded now, so it is not permitted.' };
      }
      if (!evaluated.ok) return { allowed: false, message: 'No usable policy permits it.' };
      if (evaluated.decision.allow) return { allowed: true };
      const reasons = evaluated.decision.reasons.map((reason) => `${reason.message} ${reason.remedy}`.trim());
      return { allowed: false, message: reasons.join(' ') || 'Policy does not permit it.' };
    },
  };
}
