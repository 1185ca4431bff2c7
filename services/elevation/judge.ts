import { sessionFacts } from './session-facts.ts';
import type { Clock } from '../contract/clock.ts';
import type { ErrorCode } from '../contract/errors.ts';
import type { Decided } from '../ledger/entry/entry.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { CheckInput, ElevationDecision, ElevationRequestInput, Policy, Reason } from '../policy/decision.ts';
import { inWords } from '../contract/durations.ts';
import { DURATION_EXAMPLES, parseDuration } from './duration.ts';
import type { ElevationRequest, ElevationVerdict, LiveElevation } from './elevations.ts';
import { checkReason } from './reason.ts';
import { saidOf } from './said.ts';
import type { Refusal } from './refusals.ts';
import { AT_BEST, type Standing } from './standing.ts';

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
  | { ok: false; refusal: Refusal };

/** The floor first, then policy; each refusal as a value. */
export function judgeElevation(
  deps: JudgeDeps,
  request: ElevationRequest,
  current: LiveElevation | null,
  { checks = {}, standing = AT_BEST }: { checks?: Record<string, CheckInput>; standing?: Standing } = {},
): Judged {
  const barred = barredByKind(request);
  if (barred) return barred;
  const checked = checkReason(request.reason);
  if (!checked.ok) return mistaken('bad_reason', checked.message, "SELECT sudo('fix order 4211')");
  const asked = request.duration === null ? null : parseDuration(request.duration);
  const forms = `Durations are written like ${DURATION_EXAMPLES}.`;
  if (request.duration !== null && asked === null) {
    return mistaken(
      'bad_duration',
      'the duration is not understood',
      `${forms} At most ${inWords(deps.bounds.maxSeconds)}.`,
    );
  }
  const tooLong = (most: number) => mistaken('too_long', `an elevation here lasts at most ${inWords(most)}`, forms);
  if (asked !== null && asked > deps.bounds.maxSeconds) return tooLong(deps.bounds.maxSeconds);

  const input = policyInput(deps.clock, request, checked.reason, asked, current, checks, standing);
  const { clock, ...context } = input;
  const evaluated = deps.policy.elevation(input);
  const { revision } = evaluated;
  const decided: Decided = {
    entrypoint: 'elevation',
    context: deps.ledger.keep(context),
    facts: null,
    clock: clock.iso,
    analyser: deps.analyserVersion,
    said: saidOf(evaluated),
  };
  if (!evaluated.ok) {
    return {
      ok: false,
      refusal: {
        error: {
          code: 'fault',
          message: 'policy could not decide, so this is refused',
          hint: 'Tell the security team: the record has the cause.',
        },
        codes: ['policy_fault'],
        messages: ['Policy could not decide.'],
        fault: evaluated.fault,
        revision,
        decided,
        tell: true,
      },
    };
  }
  const { result, reasons, notify, max_seconds, default_seconds, approve = null } = evaluated.decision;
  const glass = request.breakGlass === true;
  if (result === 'deny') return refusedByPolicy(reasons, evaluated.revision, decided);
  if (result === 'confirm' && approve !== null && !glass) return refusedByPolicy([BOTH], evaluated.revision, decided);
  // A policy that knows of no breaking glass has not granted it.
  if (glass && (result === 'approve' || evaluated.decision.break_glass !== true)) {
    const remedy = 'Ask without it, and say what is urgent.';
    const said = { code: 'no_break_glass', message: 'Policy grants no breaking of glass here.', remedy };
    return refusedByPolicy([said], evaluated.revision, decided);
  }

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
    return refusedByPolicy(
      [
        {
          code: 'no_time',
          message: 'Policy allows it for no time at all.',
          remedy: 'Tell the security team: max_seconds and default_seconds must be at least 1.',
        },
      ],
      evaluated.revision,
      decided,
    );
  }
  if (seconds > most && left < Math.min(max_seconds, deps.bounds.maxSeconds - lasted)) {
    const message = `the token of this session ends in ${inWords(left)}, and write mode with it`;
    return mistaken('token_ends', message, `Ask for less, or connect with another token. ${forms}`);
  }
  if (seconds > most) return tooLong(most);
  // Whoever would have been asked hears of it, and security.
  const loud = glass ? [...deps.security, ...(approve?.sets ?? []).flatMap(everyChannel)] : [];
  const channels = [...new Set([...deps.notify(request.session.target.name), ...notify, ...loud])].sort();
  if (!channels.some((channel) => deps.channels.has(channel))) {
    return floor(
      'nobody_told',
      'Nobody would be told of this elevation.',
      'Ask the operator to configure a channel for this target.',
      evaluated.revision,
      decided,
    );
  }
  return {
    ok: true,
    verdict: {
      ok: true,
      seconds,
      reason: checked.reason,
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

/** Who may elevate is decided by the token before anything that its holder said is looked at. */
export function barredByKind({ session: { principal }, by }: ElevationRequest): Judged | null {
  const no = (code: string, message: string, remedy: string) => floor(code, message, remedy, null, null);
  if (principal.kind === 'agent') {
    return no('agents_read', 'Agents never write: whoever writes their prompt could elevate.', 'Let a person do it.');
  }
  if (principal.elevate === 'none') {
    return no('token_reads', 'This token is for reading.', 'Use a token that was made with --elevate.');
  }
  if (by === 'in-band' && (principal.kind !== 'human' || principal.elevate !== 'in-band')) {
    return no(
      'only_at_connect',
      'This token may elevate only when it connects, for whoever controls a statement’s text could call sudo().',
      "Connect with options=-c sudoql.reason='…' (also in PGOPTIONS).",
    );
  }
  return null;
}

function policyInput(
  clock: Clock,
  request: ElevationRequest,
  reason: string,
  seconds: number | null,
  current: LiveElevation | null,
  checks: Record<string, CheckInput>,
  standing: Standing,
): ElevationRequestInput {
  const { session, by, breakGlass = false } = request;
  const now = clock.now();
  return {
    version: 1,
    principal: session.principal,
    target: session.target,
    session: sessionFacts(request),
    by,
    reason,
    requested_seconds: seconds,
    extends:
      current === null
        ? null
        : {
            id: current.id,
            reason: current.reason,
            started_at: current.startedAt.toISOString(),
            deadline: current.deadline.toISOString(),
          },
    break_glass: breakGlass,
    checks,
    ...standing,
    clock: { ns: now.getTime() * 1e6, iso: now.toISOString() },
  };
}

function mistaken(code: string, message: string, hint: string): Judged {
  return {
    ok: false,
    refusal: {
      error: { code: 'sudo_bad_argument', message, hint },
      codes: [code],
      messages: [message],
      revision: null,
      decided: null,
      tell: false,
    },
  };
}

export function floor(
  code: string,
  message: string,
  remedy: string,
  revision: string | null,
  decided: Decided | null,
): Judged {
  return refuse(
    'sudo_not_permitted',
    'writing is not permitted to this token here',
    [{ code, message, remedy }],
    revision,
    decided,
  );
}

/** Confirming would do without the others: no one request has both. */
const BOTH: Reason = {
  code: 'confirm_meets_approval',
  message: 'Policy wants both a confirmation and others’ approval here, which cannot be had together.',
  remedy: 'Ask the security team for lines that do not meet.',
};

function refusedByPolicy(reasons: Reason[], revision: string, decided: Decided): Judged {
  const none = { code: 'denied', message: 'Policy denies it and gives no reason.', remedy: 'Ask the security team.' };
  const said = reasons.length > 0 ? reasons : [none];
  return refuse('sudo_not_permitted', 'policy does not permit this elevation', said, revision, decided);
}

function refuse(
  code: ErrorCode,
  message: string,
  reasons: Reason[],
  revision: string | null,
  decided: Decided | null,
): Judged {
  return {
    ok: false,
    refusal: {
      error: {
        code,
        message,
        detail: reasons.map((reason) => `${reason.code}: ${reason.message}`).join('\n'),
        hint: [...new Set(reasons.map(({ remedy }) => remedy))].join('\n'),
      },
      codes: reasons.map((reason) => reason.code),
      messages: reasons.map((reason) => reason.message),
      revision,
      decided,
      tell: true,
    },
  };
}
