// COPY FROM STDIN: the client's data goes to the target in small messages, so that it can be ended at any of them.
import { copyData as copyDataMessage, copyFail } from '../../wire/frames.ts';
import type { Reply } from '../target/replies.ts';
import type { Session } from '../session.ts';

/**
 * Extended protocol: what is to be known of an Execute before anything behind it is taken. `resolve` is called when the target
 * asks for the data, or has answered otherwise.
 */
export function copyAsked(session: Session, resolve: () => void): Pick<Reply, 'look' | 'settled'> {
  session.conversation.on('copy_asked');
  return {
    look: ({ type }) => void (type === 'G' && resolve()),
    settled: () => {
      session.conversation.on('copy_refused');
      resolve();
    },
  };
}

/** The target asks for data. */
export function copyBegins(session: Session): void {
  session.conversation.on('copy_begins');
  session.limits.paused();
  // Asked for a moment ago, and not heard in time: a cancel does nothing until data arrives.
  if (session.ending) copyEnds(session, null);
  else queueMicrotask(() => session.pump());
}

/** Late data, after the target or the end of an elevation broke the copy off, is dropped, as PostgreSQL does. */
export function copyData(session: Session, bytes: Buffer): undefined {
  if (session.conversation.copies) session.backend.send(copyDataMessage(bytes));
}

/** CopyDone or CopyFail of the client's; null is our own CopyFail, for a cancel does nothing until data arrives. */
export function copyEnds(session: Session, raw: Buffer | null): void {
  if (!session.conversation.copies) return;
  session.conversation.on('copy_ends');
  session.backend.send(raw ?? copyFail('canceled'));
  session.runsUntil(session.replies.head?.runs ?? []);
}
