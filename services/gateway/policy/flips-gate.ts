// The gate that a configuration can add: how many of the last days' refusals a policy may turn into permissions.
import { availableParallelism } from 'node:os';
import type { LedgerPool } from '../../ledger/ledger-pool.ts';
import type { Compiler } from '../../policy/compiler/compiler.ts';
import { describeRefusal } from '../../policy/gate/gate.ts';
import type { PolicyFiles } from '../../policy/source/policy-files.ts';
import { makeCandidate } from '../../policy/replay/candidate.ts';
import { groupLines } from '../../policy/replay/print-report.ts';
import { replay } from '../../policy/replay/replay.ts';
import { recordedDecisions } from './recorded-decisions.ts';

const DAY = 86_400_000;
const SHOWN = 5;

export interface FlipsGateParts {
  pool: LedgerPool;
  compiler: Compiler;
  limit: { max: number; days: number };
  now?: () => Date;
}

/** Where nothing limits them, they are told to whoever approves. */
export const TOLD_FLIPS = { max: Number.POSITIVE_INFINITY, days: 7 };

export interface Flips {
  /** Why the policy may not be activated, or null. */
  refused: string | null;
  /** What turned, for whoever approves it. */
  told: string[];
}

/** One core is left to statements. */
export function makeFlipsGate({ pool, compiler, limit, now = () => new Date() }: FlipsGateParts) {
  return async (files: PolicyFiles): Promise<Flips> => {
    const made = await makeCandidate(files, compiler);
    if (!made.ok) return { refused: describeRefusal(made.problems), told: [] };
    const since = new Date(now().getTime() - limit.days * DAY);
    const threads = Math.max(1, availableParallelism() - 1);
    const { flips, groups, evaluated } = await replay(recordedDecisions(pool, { since }), made.candidate, { threads });
    const opened = (flips['deny→allow'] ?? 0) + (flips['confirm→allow'] ?? 0);
    const shown = groups.filter(({ direction }) => direction.endsWith('→allow')).slice(0, SHOWN);
    const all = Object.entries(flips).map(([direction, count]) => `${direction}: ${count}`);
    const told = [
      `of ${evaluated} decisions of the last ${limit.days} days: ${all.length > 0 ? all.join(', ') : 'none turns'}`,
      ...groups.slice(0, SHOWN).flatMap(groupLines),
    ];
    if (opened <= limit.max) return { refused: null, told };
    const refused = [
      `of the decisions of the last ${limit.days} days ${opened} turn from deny to allow; policy.gate.flips allows ${limit.max}`,
      ...shown.flatMap(groupLines),
    ].join('\n');
    return { refused, told };
  };
}
