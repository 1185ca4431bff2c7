// What policy says of a request now: who must agree, and whose answer counts.
import type { Clock } from '../../contract/clock.ts';
import type { Principal } from '../../contract/words.ts';
import type { Decided } from '../../ledger/entry/entry.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { ApprovalDecision, ApprovalInput, ApprovalSet, Evaluated, Policy } from '../../policy/decision.ts';
import { MOST_SETS } from '../../policy/gate/sample-inputs.ts';
import { decidedOn, elevationInput, type Facts } from '../policy-input.ts';
import { samePerson } from './floor.ts';
import type { AskedBody, OwedReview, RequestRecord } from './requests.ts';

export interface JudgingDeps {
  policy: Policy;
  ledger: Pick<Ledger, 'keep'>;
  clock: Clock;
  analyserVersion: string;
}

export type WhoMustAgree = { ok: true; sets: ApprovalSet[] } | { ok: false; codes: string[]; message: string };

/** As the elevation would be judged now. */
export function whoMustAgree({ policy, clock }: JudgingDeps, asked: ToJudge, facts: Facts): WhoMustAgree {
  const evaluated = policy.elevation(elevationInput(clock, asked, facts));
  if (!evaluated.ok) return { ok: false, codes: ['policy_fault'], message: 'policy could not decide' };
  const { result, reasons, approve } = evaluated.decision;
  if (result === 'approve' && approve) {
    const problem = uncountable(approve.sets);
    return problem === null
      ? { ok: true, sets: approve.sets }
      : { ok: false, codes: ['nobody_to_ask'], message: problem };
  }
  if (result === 'allow')
    return {
      ok: false,
      codes: ['not_needed'],
      message: 'policy needs nobody’s approval for it any more: they may run sudo again',
    };
  const why = reasons.map(({ message }) => message).join('; ');
  return {
    ok: false,
    codes: reasons.length > 0 ? reasons.map(({ code }) => code) : ['denied'],
    message: `policy does not permit it any more${why ? `: ${why}` : ''}`,
  };
}

/** Why these sets cannot be counted; null where they can. */
export function uncountable(sets: readonly ApprovalSet[]): string | null {
  if (sets.length === 0) return 'Policy wants others to agree, and names nobody.';
  return sets.length > MOST_SETS ? `Policy wants more than ${MOST_SETS} sets of people to agree.` : null;
}

type ToJudge = Pick<
  AskedBody,
  'principal' | 'target' | 'session' | 'reason' | 'by' | 'requested_seconds' | 'break_glass'
>;

/** Whether policy, asked now, wants the same person to confirm it, and what that was decided on. */
export function mustConfirm(
  deps: JudgingDeps,
  asked: ToJudge,
  facts: Facts,
): { ok: true; decided: Decided; revision: string } | { ok: false; codes: string[]; message: string } {
  const input = elevationInput(deps.clock, asked, facts);
  const evaluated = deps.policy.elevation(input);
  if (!evaluated.ok) return { ok: false, codes: ['policy_fault'], message: 'policy could not decide' };
  const { result, reasons } = evaluated.decision;
  if (result !== 'confirm') {
    const why = reasons.map(({ message }) => message).join('; ');
    const codes = reasons.length > 0 ? reasons.map(({ code }) => code) : ['not_needed'];
    return {
      ok: false,
      codes,
      message:
        result === 'allow'
          ? 'policy wants no confirmation any more: run sudo again'
          : why || 'policy has changed its mind',
    };
  }
  return { ok: true, decided: decidedOn(deps, input, evaluated), revision: evaluated.revision };
}

/** Recorded nowhere. */
export function evaluateAnswer(
  { policy, clock }: Pick<JudgingDeps, 'policy' | 'clock'>,
  principal: Principal,
  action: ApprovalInput['action'],
  about: ApprovalInput['request'] & Pick<ApprovalInput, 'target'>,
) {
  const at = clock.now();
  const { target, ...request } = about;
  const context = { version: 1 as const, principal, action, target, request };
  const evaluated = policy.approval({ ...context, clock: { ns: at.getTime() * 1e6, iso: at.toISOString() } });
  return { evaluated, context, at };
}

export interface Judged {
  evaluated: Evaluated<ApprovalDecision>;
  decided: Decided;
}

export function judgeAnswer(
  { policy, ledger, clock, analyserVersion }: JudgingDeps,
  principal: Principal,
  action: ApprovalInput['action'],
  about: ApprovalInput['request'] & Pick<ApprovalInput, 'target'>,
): Judged {
  const { evaluated, context, at } = evaluateAnswer({ policy, clock }, principal, action, about);
  const codes = evaluated.ok ? evaluated.decision.reasons.map(({ code }) => code) : ['fault'];
  const allowed = evaluated.ok && evaluated.decision.allow;
  return {
    evaluated,
    decided: {
      entrypoint: 'approval',
      context: ledger.keep(context),
      facts: null,
      clock: at.toISOString(),
      analyser: analyserVersion,
      said: {
        result: allowed ? 'allow' : 'deny',
        codes,
        terms: allowed && evaluated.ok ? { sets: evaluated.decision.sets } : {},
      },
    },
  };
}

export function aboutRequest(
  record: RequestRecord,
  sets: ApprovalSet[],
): ApprovalInput['request'] & Pick<ApprovalInput, 'target'> {
  const { id, principal, reason, seconds, ageSeconds, target } = record;
  return { id, principal, reason, seconds, age_seconds: Math.floor(ageSeconds), sets, target };
}

export function aboutReview(review: OwedReview): ApprovalInput['request'] & Pick<ApprovalInput, 'target'> {
  const { elevation, principal, reason, seconds, ageSeconds, sets, target } = review;
  return { id: elevation, principal, reason, seconds, age_seconds: Math.floor(ageSeconds), sets, target };
}

/**
 * The sets, of those that must agree now, for which too few of `approvers`, each as they were when they answered, count now.
 * In a set each person counts once, whatever names they have.
 */
export function lacking(
  deps: JudgingDeps,
  record: RequestRecord,
  sets: ApprovalSet[],
  approvers: readonly Principal[],
): ApprovalSet[] {
  return withoutNamesakes(sets).flatMap((asked) => {
    const about = aboutRequest(record, asked);
    const counted = new Map(asked.map(({ name }) => [name, [] as Principal[]]));
    for (const approver of approvers) {
      const { evaluated } = evaluateAnswer(deps, approver, 'approve', about);
      if (!evaluated.ok || !evaluated.decision.allow) continue;
      for (const name of evaluated.decision.sets) {
        const before = counted.get(name);
        if (before && !before.some((each) => samePerson(each, approver))) before.push(approver);
      }
    }
    return asked.filter(({ name, count }) => (counted.get(name)?.length ?? 0) < count);
  });
}

/** Policy answers by names. Where two lines have one name, an answer for the one is none for the other. */
function withoutNamesakes(sets: readonly ApprovalSet[]): ApprovalSet[][] {
  const parts: ApprovalSet[][] = [];
  for (const set of sets) {
    const part = parts.find((each) => !each.some(({ name }) => name === set.name));
    if (part) part.push(set);
    else parts.push([set]);
  }
  return parts;
}
