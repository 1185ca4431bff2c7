import type { NoticeSubject } from '../notifier/notice.ts';
import type { SessionRef } from './elevations.ts';

/** The fields that every entry of a session has. */
export function ofSession(session: SessionRef): { session: string; principal: string; target: string } {
  return { session: session.id, principal: session.principal.id, target: session.target.name };
}

/** Who and where, for a notice. */
export function subject(session: SessionRef): NoticeSubject {
  return {
    ...ofSession(session),
    email: session.principal.email,
    environment: session.target.labels.environment ?? null,
    client_address: session.clientAddress,
    application_name: session.applicationName,
  };
}
