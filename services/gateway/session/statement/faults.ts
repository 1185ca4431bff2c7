import { randomBytes } from 'node:crypto';
import type { ClientError } from '../../../contract/errors.ts';

export const toError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));

/** A fault of ours as the client sees it: an id to ask the operator about, and no details. */
export function fault(): { error: ClientError; id: string } {
  const id = randomBytes(6).toString('hex');
  return {
    id,
    error: {
      code: 'fault',
      message: `sudoql failed (request ${id})`,
      hint: 'Tell the operator this id; the details are in the log.',
    },
  };
}
