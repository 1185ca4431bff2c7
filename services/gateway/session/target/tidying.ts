// What is put right, or asked for, on an idle backend between two messages.
import { QUESTIONS } from './questions.ts';
import { applicationName } from '../names/application-name.ts';
import type { Session } from '../session.ts';

/** Null when there is nothing to do. */
export function tidy(session: Session): Promise<void> | undefined {
  if (!session.nameTouched && session.searchPath.now !== null) return undefined;
  return putRight(session);
}

async function putRight(session: Session): Promise<void> {
  const { backend, ref } = session;
  if (session.nameTouched) {
    session.nameTouched = false;
    const name = applicationName(ref.principal.id, ref.id, session.applicationName);
    await backend.ask(QUESTIONS.set([['application_name', name]]));
    session.tellParameters();
  }
  if (session.searchPath.now === null) {
    // Reported since PostgreSQL 18; asked for before.
    const reported = backend.parameters.get('search_path');
    session.searchPath.is(reported ?? (await backend.ask(QUESTIONS.searchPath)).rows[0]?.[0] ?? null);
  }
}
