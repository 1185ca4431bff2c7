// The gate of the record: how many of the last days' refusals a policy may turn into permissions.
import { availableParallelism } from 'node:os';
import type { LedgerPool } from '../../ledger/ledger-pool.ts';
import type { Gated } from '../../policy/gate/gate.ts';
import { groupLines } from '../../policy/replay/print-report.ts';
import type { Decisions } from '../../policy/replay/decisions.ts';
import { type Candidate, makeEvaluators } from '../../policy/replay/evaluators.ts';
import { replay, type ReplayReport } from '../../policy/replay/replay.ts';
import type { PolicyFiles } from '../../policy/source/policy-files.ts';
import type { Config } from '../config/configuration.ts';
import type { Compiled } from './describe-change.ts';
import { recordedDecisions } from './recorded-decisions.ts';

const DAY = 86_400_000;
const SHOWN = 5;
/** Decisions that are looked at, the oldest of the days first: an activation ends, whatever the record holds. */
const MOST = 200_000;

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
  /** Default MOST. */
  most?: number;
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
export function makeFlipsGate({ pool, limit, told, compiled, most = MOST, now = () => new Date() }: FlipsGateParts) {
  return async (
    { module, data }: Pick<Gated, 'module' | 'data'>,
    opens: number,
    before: PolicyFiles | null,
  ): Promise<Flips> => {
    const since = new Date(now().getTime() - limit.days * DAY);
    const byNext = async (only: { refused?: boolean }, inForce: Candidate | null = null) => {
      const first = bounded(recordedDecisions(pool, { since, ...only }), most);
      const decisions = inForce ? refusedNow(first.decisions, inForce) : first.decisions;
      const threads = Math.max(1, availableParallelism() - 1);
      const report = await replay(decisions, { wasm: module, data }, { threads });
      const opened = (report.flips['deny→allow'] ?? 0) + (report.flips['confirm→allow'] ?? 0);
      return { ...report, opened, cut: first.cut() };
    };
    const allowed = limit.said ? limit.max : Math.max(limit.max, opens);
    const limited = allowed !== Number.POSITIVE_INFINITY;
    const all = told ? await byNext({}) : null;
    const lines = all ? linesFor(all, limit.days) : [];
    // What was permitted may have taken all the room.
    const only: { refused?: boolean } = all && !(limited && all.cut) ? {} : { refused: true };
    const found = all && !only.refused ? all : await byNext(only);
    const inForce = found.opened > allowed && before ? await compiled(before) : null;
    const { opened, groups, cut } = inForce ? await byNext(only, inForce) : found;
    if (opened <= allowed && !(limited && cut)) return { refused: null, told: lines };
    const words = cut
      ? 'there are more, of which nothing is known then: let policy.gate.flips of the configuration have fewer "days"'
      : limit.said
        ? `policy.gate.flips allows ${limit.max}`
        : `if that is meant, say "--opens ${opened}" ("opens" of PUT /v1/policies); policy.gate.flips of the configuration says how many always may, and with "days: 0" that nobody looks`;
    const looked = `${cut ? `the first ${most}` : 'the'} decisions of the last ${limit.days} days`;
    const refused = [
      `of ${looked} ${opened} turn from deny to allow; ${words}`,
      ...groups
        .filter(({ direction }) => direction.endsWith('→allow'))
        .slice(0, SHOWN)
        .flatMap(groupLines),
    ].join('\n');
    return { refused, told: lines };
  };
}

/** For whoever approves. */
function linesFor({ flips, groups, evaluated, gone, cut }: ReplayReport & { cut: boolean }, days: number): string[] {
  const turned = Object.entries(flips).map(([direction, count]) => `${direction}: ${count}`);
  return [
    `of ${evaluated} decisions of the last ${days} days: ${turned.length > 0 ? turned.join(', ') : 'none turns'}`,
    ...(gone > 0 ? [`${gone} could not be evaluated: their parts are gone, or their answer was not recorded`] : []),
    ...(cut ? ['there are more, which were NOT looked at: "sudoqld policy replay" does'] : []),
    ...groups.slice(0, SHOWN).flatMap(groupLines),
  ];
}

/** The first of them; once they are read, `cut` says whether there are more. */
function bounded(decisions: Decisions, most: number): { decisions: Decisions; cut(): boolean } {
  let cut = false;
  const first = async function* (): Decisions {
    let left = most;
    for await (const page of decisions) {
      cut = page.decisions.length > left;
      yield cut ? { ...page, decisions: page.decisions.slice(0, left) } : page;
      if (cut) return;
      left -= page.decisions.length;
    }
  };
  return { decisions: first(), cut: () => cut };
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
