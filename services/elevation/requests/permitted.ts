// What an elevation that others agreed to, or that breaks glass, does in the transaction of its entry.
import { sessionFacts } from '../session-facts.ts';
import type pg from 'pg';
import type { ClientError } from '../../contract/errors.ts';
import type { ElevationRequest, ElevationVerdict, WaitsFor } from '../elevations.ts';
import { namesOf } from './ask.ts';
import type { RequestRecord, Requests } from './requests.ts';

type Granted = ElevationVerdict & { ok: true };

/** It is for no longer than was agreed to. */
export function approvedVerdict(verdict: Granted, request: RequestRecord): Granted {
  // Their own word is nobody's agreement.
  const by = request.confirm ? [] : request.approvals.map(({ principal }) => principal.id);
  return { ...verdict, seconds: Math.min(verdict.seconds, request.seconds), approved: { request: request.id, by } };
}

/** Throws RequestOver where it cannot be used any more: then nothing is committed. */
export async function permitted(
  requests: Pick<Requests, 'use' | 'owe'>,
  client: pg.ClientBase,
  elevation: string,
  request: ElevationRequest,
  { approved, glass, reason, seconds, notify }: Granted,
): Promise<void> {
  if (approved) await requests.use(client, approved.request, elevation);
  if (!glass) return;
  await requests.owe(client, elevation, {
    principal: request.session.principal,
    target: request.session.target,
    session: sessionFacts(request),
    ...{ reason, seconds },
    sets: glass.sets,
    channels: notify,
  });
}

export const inEntry = ({ approved, glass }: Granted): { request?: string; break_glass?: true } => ({
  ...(approved && { request: approved.request }),
  ...(glass && { break_glass: true }),
});

export const inNotice = ({ approved, glass }: Granted): { approved_by?: string[]; break_glass?: true } => ({
  ...(approved && approved.by.length > 0 && { approved_by: approved.by }),
  ...(glass && { break_glass: true }),
});

/** What is said while it is pending. */
export function waitsFor(
  { id, sets, channels, until, confirm }: RequestRecord,
  page: (path: string) => string | null,
): { error: ClientError; waits: WaitsFor } {
  if (confirm)
    return {
      waits: { request: id, asked: ['you'], channels, until },
      error: {
        code: 'sudo_needs_approval',
        message: `waiting for you to confirm it: request ${id}`,
        detail: `Confirm it by a fresh sign-in at ${page(`/requests/${id}`) ?? 'the console'}, until ${until.toISOString()}.`,
        hint: 'The same sudo goes through once you have confirmed it.',
      },
    };
  return {
    waits: { request: id, asked: sets.map(({ name }) => name), channels, until },
    error: {
      code: 'sudo_needs_approval',
      message: `waiting for ${namesOf(sets)}: request ${id}`,
      detail: `They were asked by ${channels.join(', ')}, and may answer until ${until.toISOString()}.`,
      hint: 'The same sudo goes through once it is approved.',
    },
  };
}
