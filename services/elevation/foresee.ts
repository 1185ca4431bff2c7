// What would be said to a request for write mode, before anybody is told to make one.
import type { ClientError } from '../contract/errors.ts';
import type { ElevationRequest, SessionRef } from './elevations.ts';
import { readRequest } from './floor.ts';
import { type JudgeDeps, judgeElevation } from './judge.ts';
import { AT_BEST } from './policy-input.ts';

/** By which way this session's token elevates, and what the reason must have; or why it would be refused. */
export type Foreseen = { ok: true; by: ElevationRequest['by']; reason: string[] } | { ok: false; error: ClientError };

/** The codes under which policy says what is wrong with a reason: another one is there to be given. */
const ABOUT_THE_REASON = new Set(['reason_form', 'no_open_ticket']);

/** Nothing is recorded: nobody has asked. What policy says of a reason it says when there is one. */
export function foresee(deps: JudgeDeps, session: SessionRef): Foreseen {
  const { kind, elevate } = session.principal;
  const by = kind === 'human' && elevate === 'in-band' ? 'in-band' : 'connect';
  const request = { session, by, reason: 'a reason', duration: null } as const;
  const read = readRequest(deps.bounds.maxSeconds, request);
  const judged = read.ok ? judgeElevation(deps, request, read, null, AT_BEST) : read;
  if (judged.ok) return { ok: true, by, reason: [] };
  const { codes, messages, error } = judged.refusal;
  return codes.every((code) => ABOUT_THE_REASON.has(code)) ? { ok: true, by, reason: messages } : { ok: false, error };
}
