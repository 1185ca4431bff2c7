// What people did, a line each in the process's own log, for who has only that: told from the record's entries, so the two agree.
// Codes, names and numbers; never what somebody wrote (reasons, texts, application names): it may hold literals.
import type { Actor, EntryDraft } from '../ledger/entry/entry.ts';
import type { Log } from './log.ts';

/** Writes the line of an entry that the ledger has taken; most statements have none. */
export function makeEntryLog(log: Pick<Log, 'info' | 'warn'>): (draft: EntryDraft) => void {
  return (draft) => {
    const line = lineOf(draft);
    if (line === null) return;
    const { level = 'info', message, ...fields } = line;
    log[level]({ event: draft.kind, ...fields }, message);
  };
}

type Line = { message: string; level?: 'info' | 'warn' } & Record<string, unknown>;

function lineOf(draft: EntryDraft): Line | null {
  switch (draft.kind) {
    case 'session_started':
      return {
        message: 'a session began',
        ...of(draft),
        via: draft.via,
        address: draft.client_address,
        tokenId: draft.token,
      };
    case 'session_ended':
      return { message: 'a session ended', ...of(draft), why: draft.why, statements: draft.statements };
    case 'elevation_started':
      return {
        message: 'write mode began',
        ...of(draft),
        elevation: draft.elevation,
        by: draft.by,
        seconds: draft.seconds,
        deadline: draft.deadline,
        revision: draft.revision,
        ...(draft.request === undefined ? {} : { request: draft.request }),
        ...(draft.break_glass === undefined ? {} : { level: 'warn', breakGlass: true }),
      };
    case 'elevation_extended':
      return {
        message: 'write mode was extended',
        ...of(draft),
        elevation: draft.elevation,
        seconds: draft.seconds,
        deadline: draft.deadline,
      };
    case 'request_made':
      return { message: 'others were asked', ...of(draft), request: draft.request, asked: draft.asked };
    case 'request_approved':
      return {
        message: draft.approved ? 'a request was approved' : 'a request was approved, and more must agree',
        ...of(draft),
        request: draft.request,
        actor: nameOf(draft.actor),
      };
    case 'request_denied':
      return { message: 'a request was denied', ...of(draft), request: draft.request, actor: nameOf(draft.actor) };
    case 'request_withdrawn':
      return { message: 'a request was withdrawn', ...of(draft), request: draft.request };
    case 'request_expired':
      return { message: 'a request was not answered in time', ...of(draft), request: draft.request };
    case 'answer_refused':
      return {
        message: 'an answer was refused',
        level: 'warn',
        ...of(draft),
        about: draft.about,
        action: draft.action,
        codes: draft.codes,
        actor: nameOf(draft.actor),
      };
    case 'elevation_reviewed':
      return {
        message: 'write mode that broke glass was reviewed',
        ...of(draft),
        elevation: draft.elevation,
        actor: nameOf(draft.actor),
      };
    case 'elevation_remarked':
      return {
        message: 'something was said of write mode',
        ...of(draft),
        elevation: draft.elevation,
        says: draft.says,
        actor: nameOf(draft.actor),
      };
    case 'elevation_refused':
      return { message: 'write mode was refused', ...of(draft), codes: draft.codes, revision: draft.revision };
    case 'elevation_revoked':
      return {
        message: 'write mode was stopped from outside',
        ...of(draft),
        elevation: draft.elevation,
        actor: nameOf(draft.actor),
      };
    case 'elevation_ended': {
      const backend = draft.summary?.backend ?? draft.backend ?? 'unconfirmed';
      return {
        message: 'write mode ended',
        ...(backend === 'gone' ? {} : { level: 'warn' }),
        ...of(draft),
        elevation: draft.elevation,
        why: draft.why,
        seconds: draft.seconds,
        backend,
        statements: draft.summary?.statements ?? null,
        failed: draft.summary?.failed ?? null,
        leftBehind: draft.summary?.leftBehind.map(({ effect }) => effect) ?? null,
        rolledBack: draft.summary?.rolledBack ?? null,
      };
    }
    case 'elevation_settled':
      return {
        message: 'an end that was not confirmed was looked at again',
        ...(draft.backend === 'gone' ? {} : { level: 'warn' }),
        ...of(draft),
        elevation: draft.elevation,
        backend: draft.backend,
        seconds: draft.seconds,
      };
    case 'statement_refused':
      return {
        message: 'a statement was refused',
        ...of(draft),
        elevation: draft.elevation,
        mode: draft.mode,
        code: draft.code,
        reasons: draft.reasons,
      };
    case 'token_created':
      return {
        message: 'a token was made',
        tokenId: draft.token,
        principal: draft.principal,
        actor: nameOf(draft.actor),
      };
    case 'token_revoked':
      return {
        message: 'a token was revoked',
        tokenId: draft.token,
        principal: draft.principal,
        actor: nameOf(draft.actor),
      };
    case 'policy_activated':
      return {
        message: 'a policy was activated',
        revision: draft.revision,
        previous: draft.previous,
        actor: draft.actor && nameOf(draft.actor),
      };
    case 'policy_requested':
      return {
        message: 'a policy waits for approval',
        request: draft.request,
        revision: draft.revision,
        actor: nameOf(draft.actor),
      };
    case 'policy_approved':
    case 'policy_denied':
      return {
        message: draft.kind === 'policy_approved' ? 'a policy was approved' : 'a policy was denied',
        request: draft.request,
        revision: draft.revision,
        actor: nameOf(draft.actor),
      };
    case 'policy_refused':
      return {
        message: 'a policy was refused',
        level: 'warn',
        revision: draft.revision,
        actor: draft.actor && nameOf(draft.actor),
      };
    default:
      return null;
  }
}

const of = ({ session, principal, target }: { session: string; principal: string; target: string }) => ({
  session,
  principal,
  target,
});

function nameOf(actor: Actor): string {
  return 'principal' in actor ? actor.principal : actor.operator;
}
