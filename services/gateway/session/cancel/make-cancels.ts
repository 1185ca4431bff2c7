import type { Cancels } from '../deps.ts';
import { type FarCancelsOptions, makeFarCancels } from './far-cancels.ts';
import { makeCancelKeys } from './keys.ts';

export interface CancelsOptions extends FarCancelsOptions {
  /** Has another process of this host cancel it; false when the key is of none of them. */
  near?: (processId: number, secret: Buffer) => Promise<boolean>;
  /** This process is asked by that number too, from now on. */
  onOwner?: (owner: number) => void;
}

/** Cancel keys of this process, and the way of those that are another's: to a process of this host, else by the ledger. */
export function makeCancels({ near, onOwner, ...options }: CancelsOptions): Cancels {
  const far = makeFarCancels(options);
  const keys = makeCancelKeys({
    secret: options.secret,
    onOwner: (owner) => {
      far.owns(owner);
      onOwner?.(owner);
    },
  });
  return {
    ...keys,
    async elsewhere(processId, secret) {
      if (!(await near?.(processId, secret))) await far.send(processId, secret);
    },
  };
}
