// What would be said to a request for write mode, before anybody is told to make one.
import type { ClientError } from '../contract/errors.ts';
import type { ElevationRequest, SessionRef } from './elevations.ts';
import { type JudgeDeps, judgeElevation } from './judge.ts';

/** By which way this session's token elevates, and what the reason must have; or why it would be refused. */
export type Foreseen = { ok: true; by: ElevationRequest['by']; reason: string[] } | { ok: false; error: ClientError };

/** The code under which policy says what is wrong with a reason: another one is there to be given. */
const ABOUT_THE_REASON = 'reason_form';

/** Nothing is recorded: nobody has asked. What policy says of a reason it says when there is one. */
export function foresee(deps: JudgeDeps, session: SessionRef): Foreseen {
  const { kind, elevate } = session.principal;
  const by = kind === 'human' && elevate === 'in-band' ? 'in-band' : 'connect';
  const judged = judgeElevation(deps, { session, by, reason: 'a reason', duration: null }, null);
  if (judged.ok) return { ok: true, by, reason: [] };
  const { codes, messages, error } = judged.refusal;
  return codes.every((code) => code === ABOUT_THE_REASON) ? { ok: true, by, reason: messages } : { ok: false, error };
}
