// May this text run, now, in this mode? The floor first, then policy. A denial is a value; a fault is a denial.
import type { ClientError } from '../../../contract/errors.ts';

import type { Obligations, Policy, Reason, StatementInput } from '../../../policy/decision.ts';
import type { AnalysedStatement } from '../../../statements/analysis.ts';
import type { StatementFacts } from '../../../statements/facts.ts';
import type { VettedFunction } from '../../../statements/vetting/verdict.ts';
import { toError } from './faults.ts';
import type { Further } from './runs.ts';
import { floor } from './floor.ts';

/** The input of policy without its clock and statement. The same object as long as nothing in it changed. */
export type DecisionContext = Omit<StatementInput, 'clock' | 'statement'>;

export interface Allowed {
  ok: true;
  statement: AnalysedStatement;
  /** What was judged: of an EXECUTE, joined with those of the prepared text. */
  facts: StatementFacts;
  /** It, or what an EXECUTE or FETCH runs, changes rows that its tag does not count. */
  uncounted: boolean;
  /** It, or what an EXECUTE or FETCH runs, changes a table whose triggers, rules or cascading keys may change further rows. */
  further: Further;
  /** It, or what an EXECUTE or FETCH runs, may do what the end of its transaction does not take back. */
  actsAtOnce: boolean;
  obligations: Obligations;
  revision: string;
  clock: string;
  /** The same facts in the same context have it under this revision at any time. */
  lasting: boolean;
}

export interface Refused {
  ok: false;
  error: ClientError;
  /** Coded reasons: the floor's, or policy's. */
  codes: string[];
  reasons: Reason[];
  facts: StatementFacts | null;
  /** What it reaches that nobody vetted for reads. */
  unvetted: readonly VettedFunction[];
  revision: string | null;
  /** When policy was asked. */
  clock: string | null;
  /** What went wrong, for the log. */
  fault: string | null;
}

export type Verdict = Omit<Allowed, 'uncounted' | 'further' | 'actsAtOnce'> | Refused;

export interface Guard {
  policy: Policy;
  now(): Date;
  /** The error for a fault, with a request id that the log has too. */
  fault(problem: string): ClientError;
  /** LISTEN is permitted on the target. */
  listens: boolean;
}

/** Where the operator permits LISTEN the floor does not forbid it. All else that it forbids stays. */
function withoutListen(facts: StatementFacts): StatementFacts {
  return facts.floor.includes('listen') ? { ...facts, floor: facts.floor.filter((code) => code !== 'listen') } : facts;
}

/** One statement's verdict in `context`. `facts` are those to judge. */
export function judge(
  guard: Guard,
  context: DecisionContext,
  statement: AnalysedStatement,
  seen: StatementFacts = statement.facts,
): Verdict {
  const facts = guard.listens ? withoutListen(seen) : seen;
  const below = floor(facts, context.mode, statement.mechanics);
  if (below) return refused(below.error, below.codes, { facts, revision: guard.policy.revision });
  const now = guard.now();
  const clock = now.toISOString();
  const evaluated = evaluate(guard.policy, {
    ...context,
    statement: facts,
    clock: { ns: now.getTime() * 1e6, iso: clock },
  });
  if (!evaluated.ok) {
    const problem = evaluated.fault;
    const of = { facts, revision: evaluated.revision, clock, fault: problem };
    if (evaluated.revision === null) return refused(notReady(), ['not_ready'], of);
    return refused(guard.fault(problem), ['fault'], of);
  }
  const { decision, revision, lasting } = evaluated;
  if (!decision.allow) {
    const codes = decision.reasons.map(({ code }) => code);
    return refused(byPolicy(decision.reasons), codes, { facts, revision, clock, reasons: decision.reasons });
  }
  return { ok: true, statement, facts, obligations: decision.obligations, revision, clock, lasting };
}

export function refused(error: ClientError, codes: string[], of: Partial<Omit<Refused, 'ok'>> = {}): Refused {
  return {
    ok: false,
    reasons: [],
    facts: null,
    unvetted: [],
    revision: null,
    clock: null,
    fault: null,
    ...of,
    error,
    codes,
  };
}

/** EXECUTE is judged by what its prepared text does, and by its own arguments; FETCH by what its portal runs. */
export function joined(own: StatementFacts, prepared: StatementFacts): StatementFacts {
  // EXECUTE by itself counts as dynamic; it is not any more, unless an argument calls what nobody vetted.
  const opaque = own.functions.some(({ vetted }) => !vetted);
  const ofOwn = own.effects.filter((effect) => effect !== 'dynamic' || opaque);
  const effects = new Set([...ofOwn, ...prepared.effects]);
  return {
    ...prepared,
    type: own.type === 'ExecuteStmt' || own.type === 'FetchStmt' ? prepared.type : own.type,
    effects: [...effects].sort(),
    relations: [...prepared.relations, ...own.relations],
    functions: [...prepared.functions, ...own.functions],
    floor: [...new Set([...own.floor, ...prepared.floor])],
    flags: {
      ...prepared.flags,
      resolved: own.flags.resolved && prepared.flags.resolved,
      explain: own.flags.explain || prepared.flags.explain,
      explain_analyze: own.flags.explain_analyze || prepared.flags.explain_analyze,
    },
  };
}

function evaluate(policy: Policy, input: StatementInput): ReturnType<Policy['statement']> {
  try {
    return policy.statement(input);
  } catch (thrown) {
    return { ok: false, fault: toError(thrown).message, revision: policy.revision };
  }
}

export function notReady(): ClientError {
  return {
    code: 'not_ready',
    message: 'sudoql has no usable policy, so nothing is permitted',
    hint: '/readyz says what is wrong.',
  };
}

function byPolicy(reasons: Reason[]): ClientError {
  const [first] = reasons;
  const remedies = [...new Set(reasons.map(({ remedy }) => remedy).filter((remedy) => remedy !== ''))];
  return {
    code: 'refused_by_policy',
    message: first?.message ?? 'policy does not permit this statement',
    detail: reasons.map(({ code, message }) => `${code}: ${message}`).join('\n') || 'Policy gave no reason.',
    ...(remedies.length > 0 ? { hint: remedies.join('\n') } : {}),
  };
}
