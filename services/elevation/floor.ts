// What is refused before policy, or anybody outside, is asked: the token's kind, then a reason or a time that is none.
import { inWords } from '../contract/durations.ts';
import { DURATION_EXAMPLES, parseDuration } from './duration.ts';
import type { ElevationRequest } from './elevations.ts';
import { checkReason } from './reason.ts';
import { mistaken, type Refused, tokenMayNot } from './refusal.ts';

/** `reason`: as it is judged and recorded. `seconds`: as they asked; null where they named no time. */
export interface ReadRequest {
  ok: true;
  reason: string;
  seconds: number | null;
}

export const DURATION_FORMS = `Durations are written like ${DURATION_EXAMPLES}.`;

export function readRequest(maxSeconds: number, request: ElevationRequest): ReadRequest | Refused {
  const barred = barredByKind(request);
  if (barred) return barred;
  const checked = checkReason(request.reason);
  if (!checked.ok) return mistaken('bad_reason', checked.message, "SELECT sudo('fix order 4211')");
  const { reason } = checked;
  if (request.duration === null) return { ok: true, reason, seconds: null };
  const seconds = parseDuration(request.duration);
  if (seconds === null) {
    const hint = `${DURATION_FORMS} At most ${inWords(maxSeconds)}.`;
    return mistaken('bad_duration', 'the duration is not understood', hint);
  }
  return seconds > maxSeconds ? tooLong(maxSeconds) : { ok: true, reason, seconds };
}

/** `most`: seconds. */
export const tooLong = (most: number): Refused =>
  mistaken('too_long', `an elevation here lasts at most ${inWords(most)}`, DURATION_FORMS);

/** Who may elevate is decided by the token before anything that its holder said is looked at. */
function barredByKind({ session: { principal }, by }: ElevationRequest): Refused | null {
  const no = (code: string, message: string, remedy: string) => tokenMayNot({ code, message, remedy });
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
