// What a policy would have decided: recorded decisions, evaluated again with data and clock as of then.
import { availableParallelism } from 'node:os';
import type { DecisionPage, Decisions, RecordedDecision, Result } from './decisions.ts';
import { type Candidate, type Evaluated, type Evaluators, makeEvaluators } from './evaluators.ts';

/** `deny→allow`, and so on. */
export type Direction = `${Result}→${Result}`;

export interface Change {
  direction: Direction;
  /** Codes of the rules that made the difference: those that refused before, or refuse now. */
  codes: string[];
  decision: RecordedDecision;
}

export interface Group {
  rule: string;
  direction: Direction;
  principal: string;
  target: string;
  fingerprint: string | null;
  count: number;
  /** The first of them. */
  example: { entry: string; at: string; normalized: string | null; before: string[]; after: string[] };
}

export interface ReplayReport {
  /** Decisions that were found, evaluated, and could not be because their parts are gone (retention), or their result was not recorded. */
  found: number;
  evaluated: number;
  gone: number;
  /** Of the evaluated: the policy gave no answer of the right shape, which denies. */
  faults: number;
  flips: Partial<Record<Direction, number>>;
  /** Refused before and now, for other reasons. */
  otherReasons: number;
  /** Allowed before and now, on other terms: limits, an elevation's times, who is told. */
  otherTerms: number;
  groups: Group[];
  /** Flips beyond the groups that are kept apart. */
  ungrouped: number;
}

export interface ReplayOptions {
  threads?: number;
  onProgress?: (done: number) => void;
  /** Each flip as it is found. */
  onFlip?: (group: Group, isNew: boolean) => void;
  signal?: AbortSignal;
}

/** Groups kept apart; a policy that turns everything round must not fill memory. */
const MAX_GROUPS = 10_000;

/** Reads `decisions` once, page by page. Throws what reading or a thread threw. */
export async function replay(
  decisions: Decisions,
  candidate: Candidate,
  options: ReplayOptions = {},
): Promise<ReplayReport> {
  const groups = new Map<string, Group>();
  const report: ReplayReport = {
    found: 0,
    evaluated: 0,
    gone: 0,
    faults: 0,
    flips: {},
    otherReasons: 0,
    otherTerms: 0,
    groups: [],
    ungrouped: 0,
  };
  const count = (page: DecisionPage, { differences, gone, faults }: Evaluated): void => {
    const weight = (index: number) => page.decisions[index]?.count ?? 1;
    const all = page.decisions.reduce((sum, decision) => sum + decision.count, 0);
    const lost = gone.reduce((sum, index) => sum + weight(index), 0);
    report.found += all;
    report.gone += lost;
    report.evaluated += all - lost;
    report.faults += faults;
    for (const { index, result, codes, terms } of differences) {
      const decision = page.decisions[index];
      if (!decision || decision.result === null) continue;
      if (terms) report.otherTerms += decision.count;
      else if (result === decision.result) report.otherReasons += decision.count;
      else flip(decision, decision.result, result, codes);
    }
    options.onProgress?.(report.found);
  };
  const flip = (decision: RecordedDecision, was: Result, result: Result, after: string[]): void => {
    const direction: Direction = `${was}→${result}`;
    report.flips[direction] = (report.flips[direction] ?? 0) + decision.count;
    const { principal, target, fingerprint } = decision;
    const rule = (was === 'deny' ? decision.codes : after).join(', ') || 'no reason given';
    const key = JSON.stringify([rule, direction, principal, target, fingerprint]);
    const known = groups.get(key);
    const group: Group = known ?? {
      rule,
      direction,
      principal,
      target,
      fingerprint,
      count: 0,
      example: {
        entry: decision.entry,
        at: decision.at,
        normalized: decision.normalized,
        before: decision.codes,
        after,
      },
    };
    group.count += decision.count;
    if (known || groups.size < MAX_GROUPS) groups.set(key, group);
    else report.ungrouped += decision.count;
    options.onFlip?.(group, !known);
  };

  // A record without any needs no threads.
  let evaluators: Evaluators | null = null;
  try {
    for await (const page of decisions) {
      if (options.signal?.aborted) break;
      evaluators ??= makeEvaluators(candidate, options.threads ?? availableParallelism());
      await evaluators.take(page, (evaluated) => count(page, evaluated));
    }
    await evaluators?.drain();
  } finally {
    await evaluators?.close();
  }
  report.groups = [...groups.values()].sort(
    (a, b) => severity(a) - severity(b) || b.count - a.count || (a.rule < b.rule ? -1 : 1),
  );
  return report;
}

/** What opens comes first. */
function severity({ direction }: Group): number {
  if (direction.endsWith('→allow')) return 0;
  return direction.endsWith('→confirm') ? 1 : 2;
}
