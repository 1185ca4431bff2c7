// A policy of two keys for tests of requests: ana's groups may ask, `dba` agrees. The shipped one is tested beside its rules.
import type { ApprovalSet, ElevationDecision, Evaluated, Policy } from '../../policy/decision.ts';

export const DBA: ApprovalSet = { name: 'dba', count: 1, people: [], groups: ['dba'], channels: [], wider: [] };

export interface Says {
  result: ElevationDecision['result'];
  sets: ApprovalSet[];
  askSeconds: number;
  useSeconds: number;
  /** Whether breaking glass is granted. */
  glass: boolean;
}

/** `says` may be changed while it is asked. */
export function askingPolicy(says: Partial<Says> = {}): Policy & { says: Says } {
  const now: Says = { result: 'approve', sets: [DBA], askSeconds: 3_600, useSeconds: 1_800, glass: true, ...says };
  const ok = <D>(decision: D): Evaluated<D> => ({
    ok: true,
    decision,
    revision: 'asking',
    microseconds: 1,
    lasting: false,
  });
  return {
    says: now,
    revision: 'asking',
    problem: null,
    statement: () => ok({ allow: true, reasons: [], obligations: {} }),
    admin: () => ok({ allow: true, reasons: [] }),
    elevation: (input) => {
      const approve = { sets: now.sets, ask_seconds: now.askSeconds, use_seconds: now.useSeconds };
      const glass = input.break_glass && now.glass;
      const result = glass && now.result === 'approve' ? 'allow' : now.result;
      return ok({
        result,
        reasons: result === 'deny' ? [{ code: 'frozen', message: 'Writes are frozen.', remedy: 'Wait.' }] : [],
        max_seconds: 3_600,
        default_seconds: 900,
        notify: [],
        ...(now.sets.length > 0 && { approve }),
        ...(glass && { break_glass: true }),
      });
    },
    approval: ({ principal, request }) => {
      const sets = request.sets.filter(({ people, groups, wider }) =>
        [{ people, groups }, ...wider.filter((each) => request.age_seconds >= each.after_seconds)].some(
          (each) => each.people.includes(principal.id) || each.groups.some((group) => principal.groups.includes(group)),
        ),
      );
      const no = { code: 'not_asked', message: 'you are not asked', remedy: 'Ask them.' };
      return ok({
        allow: sets.length > 0,
        reasons: sets.length > 0 ? [] : [no],
        sets: sets.map(({ name }) => name),
      });
    },
  };
}
