// COPY FROM STDIN: the client's data goes to the target in small messages, so that it can be ended at any of them.
import { copyData as copyDataMessage, copyFail } from '../wire/frames.ts';
import type { Session } from './session.ts';

/** The target asks for data. It ignores a Sync that was sent behind the Execute; the client sends another. */
export function copyBegins(session: Session): void {
  session.replies.dropSync();
  session.copyIn = true;
  session.awaitingReady = false;
  session.limits.paused();
  queueMicrotask(() => void session.pump());
}

/** Late data, after the target or the end of an elevation broke the copy off, is dropped, as PostgreSQL does. */
export function copyData(session: Session, bytes: Buffer): undefined {
  if (session.copyIn) session.backend.send(copyDataMessage(bytes));
}

/** CopyDone or CopyFail of the client's; null is our own CopyFail, for a cancel does nothing until data arrives. */
export function copyEnds(session: Session, raw: Buffer | null): void {
  if (!session.copyIn) return;
  session.copyIn = false;
  session.backend.send(raw ?? copyFail('canceled'));
  session.awaitingReady = session.replies.head?.kind === 'query';
  session.runsUntil(session.replies.head?.runs ?? []);
}
