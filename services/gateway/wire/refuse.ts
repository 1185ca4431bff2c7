import type { Duplex } from 'node:stream';
import type { ClientError } from '../../contract/errors.ts';
import { errorResponse } from './frames.ts';

/** For clients that neither read the error nor close. */
const PATIENCE_MS = 1_000;

/**
 * Says why as a FATAL ErrorResponse and closes. What the client still sends is read and thrown away for a moment: closing
 * with unread bytes would reset the connection, and the client might never see the reason. Resolves when it is closed.
 */
export function refuse(stream: Duplex, error: ClientError): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) return resolve();
    const impatient = setTimeout(() => stream.destroy(), PATIENCE_MS);
    stream.once('close', () => {
      clearTimeout(impatient);
      resolve();
    });
    if (!stream.writableEnded) stream.end(errorResponse(error, 'FATAL'));
    stream.resume();
  });
}
