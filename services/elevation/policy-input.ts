// What policy is asked about an elevation, and how its answer is kept.
import type { Clock } from '../contract/clock.ts';
import type { Decided } from '../ledger/entry/entry.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { CheckInput, ElevationDecision, ElevationRequestInput, Evaluated } from '../policy/decision.ts';
import type { LiveElevation } from './elevations.ts';
import { saidOf } from './said.ts';
import type { Standing } from './standing.ts';

/** What is found out beside the request itself. */
export interface Facts {
  checks: Record<string, CheckInput>;
  standing: Standing;
}

/** Before anybody has asked: nothing of it stands in the way. */
export const AT_BEST: Facts = { checks: {}, standing: { recent_elevations: 0, channels: [] } };

type AskedOfPolicy = Pick<
  ElevationRequestInput,
  'principal' | 'target' | 'session' | 'by' | 'reason' | 'requested_seconds'
> & { break_glass?: boolean };

/** `current`: what it would extend. */
export function elevationInput(
  clock: Clock,
  { principal, target, session, by, reason, requested_seconds, break_glass = false }: AskedOfPolicy,
  { checks, standing }: Facts,
  current: LiveElevation | null = null,
): ElevationRequestInput {
  const now = clock.now();
  return {
    version: 1,
    ...{ principal, target, session, by, reason, requested_seconds },
    extends: current && {
      id: current.id,
      reason: current.reason,
      started_at: current.startedAt.toISOString(),
      deadline: current.deadline.toISOString(),
    },
    break_glass,
    checks,
    ...standing,
    clock: { ns: now.getTime() * 1e6, iso: now.toISOString() },
  };
}

/** For the record. */
export function decidedOn(
  { ledger, analyserVersion }: { ledger: Pick<Ledger, 'keep'>; analyserVersion: string },
  { clock, ...context }: ElevationRequestInput,
  evaluated: Evaluated<ElevationDecision>,
): Decided {
  return {
    entrypoint: 'elevation',
    context: ledger.keep(context),
    facts: null,
    clock: clock.iso,
    analyser: analyserVersion,
    said: saidOf(evaluated),
  };
}
