// Policy's answer to a request that the floor lets through, and what of it the configuration and the token leave.
import type { Clock } from '../contract/clock.ts';
import { inWords } from '../contract/durations.ts';
import type { Decided } from '../ledger/entry/entry.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { ElevationDecision, Policy, Reason } from '../policy/decision.ts';
import type { ElevationRequest, ElevationVerdict, LiveElevation } from './elevations.ts';
import { DURATION_FORMS, type ReadRequest, tooLong } from './floor.ts';
import { decidedOn, elevationInput, type Facts } from './policy-input.ts';
import { mistaken, notPermitted, policyFault, type Refused, refusedByPolicy } from './refusal.ts';
import { sessionFacts } from './session-facts.ts';

export interface JudgeDeps {
  policy: Policy;
  ledger: Pick<Ledger, 'keep'>;
  clock: Clock;
  /** Seconds. Bounds that no policy lifts. */
  bounds: { defaultSeconds: number; maxSeconds: number };
  /** Channels that the configuration names for the target. */
  notify(target: string): string[];
  /** Names of all channels that are configured, and of those of the security team, which hears of broken glass. */
  channels: ReadonlySet<string>;
  security: readonly string[];
  analyserVersion: string;
}

export type Judged =
  | {
      ok: true;
      verdict: ElevationVerdict & { ok: true };
      decided: Decided;
      /** Others must agree first; null where nobody is asked. */
      approve: ElevationDecision['approve'] | null;
      /** It is they themselves who must, by a fresh sign-in. */
      confirm: boolean;
      /** As they asked. */
      requestedSeconds: number | null;
    }
  | Refused;

/** Each refusal as a value. */
export function judgeElevation(
  deps: JudgeDeps,
  request: ElevationRequest,
  { reason, seconds: asked }: ReadRequest,
  current: LiveElevation | null,
  facts: Facts,
): Judged {
  const { session, by, breakGlass: glass = false } = request;
  const { principal, target } = session;
  const input = elevationInput(
    deps.clock,
    { principal, target, session: sessionFacts(request), by, reason, requested_seconds: asked, break_glass: glass },
    facts,
    current,
  );
  const evaluated = deps.policy.elevation(input);
  const decided = decidedOn(deps, input, evaluated);
  const { revision } = evaluated;
  if (!evaluated.ok) return policyFault(evaluated.fault, { revision, decided });
  const denied = (...reasons: Reason[]) => refusedByPolicy(reasons, { revision, decided });
  const { result, reasons, notify, max_seconds, default_seconds, approve = null } = evaluated.decision;
  if (result === 'deny') return denied(...reasons);
  if (result === 'confirm' && approve !== null && !glass) return denied(BOTH);
  // A policy that knows of no breaking glass has not granted it.
  if (glass && (result === 'approve' || evaluated.decision.break_glass !== true)) return denied(NO_GLASS);

  // Extensions included: the configuration's maximum is of the whole elevation.
  const lasted = current ? Math.max(0, (deps.clock.now().getTime() - current.startedAt.getTime()) / 1_000) : 0;
  // Nobody is told of a time in which the token has ended.
  const left = tokenLeft(deps.clock, request);
  if (left < 1) return mistaken('token_ends', 'the token of this session has expired', 'Connect with another token.');
  const most = Math.floor(Math.min(max_seconds, deps.bounds.maxSeconds - lasted, left));
  if (current && most < 1 && max_seconds >= 1) {
    return mistaken(
      'too_long',
      `this elevation has lasted as long as one may, ${inWords(deps.bounds.maxSeconds)}`,
      "SELECT unsudo(), then SELECT sudo('why') again.",
    );
  }
  const usual = Math.floor(Math.min(default_seconds, deps.bounds.defaultSeconds, most));
  const seconds = asked ?? usual;
  if (!(most >= 1 && seconds >= 1)) {
    return denied(NO_TIME);
  }
  if (seconds > most && left < Math.min(max_seconds, deps.bounds.maxSeconds - lasted)) {
    const message = `the token of this session ends in ${inWords(left)}, and write mode with it`;
    return mistaken('token_ends', message, `Ask for less, or connect with another token. ${DURATION_FORMS}`);
  }
  if (seconds > most) return tooLong(most);
  // Whoever would have been asked hears of it, and security.
  const loud = glass ? [...deps.security, ...(approve?.sets ?? []).flatMap(everyChannel)] : [];
  const channels = [...new Set([...deps.notify(target.name), ...notify, ...loud])].sort();
  if (!channels.some((channel) => deps.channels.has(channel))) {
    return notPermitted(NOBODY_TOLD, { revision, decided });
  }
  return {
    ok: true,
    verdict: {
      ok: true,
      seconds,
      reason,
      notify: channels,
      revision: evaluated.revision,
      ...(glass && { glass: { sets: approve?.sets ?? [] } }),
    },
    decided,
    approve: approvalOf(request, result, approve),
    confirm: result === 'confirm',
    requestedSeconds: asked,
  };
}

/** Who must answer first, and for how long that is waited for and holds; null: nobody. */
function approvalOf(
  { session: { principal } }: ElevationRequest,
  result: ElevationDecision['result'],
  approve: ElevationDecision['approve'] | null,
): ElevationDecision['approve'] | null {
  if (result === 'approve') return approve ?? { sets: [], ask_seconds: 1, use_seconds: 1 };
  if (result !== 'confirm') return null;
  const you = { name: 'you', count: 1, people: [principal.id], groups: [], channels: [], wider: [] };
  return { sets: [you], ask_seconds: CONFIRM_SECONDS, use_seconds: CONFIRM_SECONDS };
}

/** For the sign-in, and then for the same sudo. */
const CONFIRM_SECONDS = 600;

const everyChannel = ({ channels, wider }: { channels: string[]; wider: { channels: string[] }[] }): string[] => [
  ...channels,
  ...wider.flatMap((more) => more.channels),
];

/** Seconds. */
function tokenLeft(clock: Clock, { session: { tokenExpires } }: ElevationRequest): number {
  return tokenExpires ? (tokenExpires.getTime() - clock.now().getTime()) / 1_000 : Number.POSITIVE_INFINITY;
}

/** Confirming would do without the others: no one request has both. */
const BOTH: Reason = {
  code: 'confirm_meets_approval',
  message: 'Policy wants both a confirmation and others’ approval here, which cannot be had together.',
  remedy: 'Ask the security team for lines that do not meet.',
};

const NO_GLASS: Reason = {
  code: 'no_break_glass',
  message: 'Policy grants no breaking of glass here.',
  remedy: 'Ask without it, and say what is urgent.',
};

const NO_TIME: Reason = {
  code: 'no_time',
  message: 'Policy allows it for no time at all.',
  remedy: 'Tell the security team: max_seconds and default_seconds must be at least 1.',
};

const NOBODY_TOLD: Reason = {
  code: 'nobody_told',
  message: 'Nobody would be told of this elevation.',
  remedy: 'Ask the operator to configure a channel for this target.',
};
