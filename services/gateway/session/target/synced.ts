import { SYNC } from '../../wire/frames.ts';
import type { Answer } from './replies.ts';
import type { Session } from '../session.ts';

/** A hidden Sync; resolves when it is answered, or the backend was lost or left. */
export function synced(session: Session): Promise<void> {
  return new Promise((resolve) => {
    const look = ({ type, body }: Answer) => {
      if (type === 'Z') session.hiddenReady(body);
    };
    session.commitsNow();
    session.push({ kind: 'sync', hidden: true, look, settled: () => resolve() }, SYNC);
  });
}
