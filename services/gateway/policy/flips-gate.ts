// The gate of the record: how many of the last days' refusals a policy may turn into permissions.
import { availableParallelism } from 'node:os';
import type { LedgerPool } from '../../ledger/ledger-pool.ts';
import type { Gated } from '../../policy/gate/gate.ts';
import { groupLines } from '../../policy/replay/print-report.ts';
import type { Decisions } from '../../policy/replay/decisions.ts';
import { type Candidate, makeEvaluators } from '../../policy/replay/evaluators.ts';
import { replay } from '../../policy/replay/replay.ts';
import type { PolicyFiles } from '../../policy/source/policy-files.ts';
import type { Config } from '../config/configuration.ts';
import type { Compiled } from './describe-change.ts';
import { recordedDecisions } from './recorded-decisions.ts';

const DAY = 86_400_000;
const SHOWN = 5;

export interface FlipsGateParts {
  pool: LedgerPool;
  limit: {
    /** With `said`, whatever whoever activates says; else if they say no more. */
    max: number;
    days: number;
    said: boolean;
  };
  /** What is in force, to be asked: what it would permit by now is not opened by the next. */
  compiled: Compiled;
  /** Whoever approves reads what turned, in any direction. Else only refusals are looked at. */
  told: boolean;
  now?: () => Date;
}

export interface Flips {
  /** Why the policy may not be activated, or null. */
  refused: string | null;
  /** What turned, for whoever approves it. */
  told: string[];
}

/** The one of a configuration. Where others approve, and nothing is said, it only tells them. */
export function flipsGate(
  pool: LedgerPool,
  { flips, approvals }: Pick<Config['policy'], 'flips' | 'approvals'>,
  compiled: Compiled,
) {
  const told = approvals > 0;
  if (told && !flips?.said) {
    const limit = { max: Number.POSITIVE_INFINITY, days: flips?.days ?? 7, said: true };
    return { flips: makeFlipsGate({ pool, told, limit, compiled }) };
  }
  return flips ? { flips: makeFlipsGate({ pool, told, limit: flips, compiled }) } : {};
}

/** One core is left to statements. `before`: what is in force; null when nothing is. */
export function makeFlipsGate({ pool, limit, told, compiled, now = () => new Date() }: FlipsGateParts) {
  return async (
    { module, data }: Pick<Gated, 'module' | 'data'>,
    opens: number,
    before: PolicyFiles | null,
  ): Promise<Flips> => {
    const since = new Date(now().getTime() - limit.days * DAY);
    const recorded = () => recordedDecisions(pool, { since, ...(!told && { refused: true }) });
    const byNext = async (decisions: Decisions) => {
      const threads = Math.max(1, availableParallelism() - 1);
      const report = await replay(decisions, { wasm: module, data }, { threads });
      return { ...report, opened: (report.flips['deny→allow'] ?? 0) + (report.flips['confirm→allow'] ?? 0) };
    };
    const allowed = limit.said ? limit.max : Math.max(limit.max, opens);
    const { flips, groups, evaluated, opened } = await byNext(recorded());
    const all = Object.entries(flips).map(([direction, count]) => `${direction}: ${count}`);
    const lines = [
      `of ${evaluated} decisions of the last ${limit.days} days: ${all.length > 0 ? all.join(', ') : 'none turns'}`,
      ...groups.slice(0, SHOWN).flatMap(groupLines),
    ];
    const inForce = opened > allowed && before ? await compiled(before) : null;
    const real = inForce ? await byNext(refusedNow(recorded(), inForce)) : { opened, groups };
    if (real.opened <= allowed) return { refused: null, told: lines };
    const words = limit.said
      ? `policy.gate.flips allows ${limit.max}`
      : `if that is meant, say "--opens ${real.opened}" ("opens" of PUT /v1/policies); policy.gate.flips of the configuration says how many always may, and with "days: 0" that nobody looks`;
    const refused = [
      `of the decisions of the last ${limit.days} days ${real.opened} turn from deny to allow; ${words}`,
      ...real.groups
        .filter(({ direction }) => direction.endsWith('→allow'))
        .slice(0, SHOWN)
        .flatMap(groupLines),
    ].join('\n');
    return { refused, told: lines };
  };
}

/** Without those that what is in force would permit by now. */
async function* refusedNow(decisions: Decisions, inForce: Candidate): Decisions {
  const evaluators = makeEvaluators(inForce, 1);
  try {
    for await (const page of decisions) {
      const permitted = new Set<number>();
      await evaluators.take(page, ({ differences }) => {
        for (const { index, result } of differences) if (result === 'allow') permitted.add(index);
      });
      await evaluators.drain();
      yield { ...page, decisions: page.decisions.filter((_, index) => !permitted.has(index)) };
    }
  } finally {
    await evaluators.close();
  }
}
