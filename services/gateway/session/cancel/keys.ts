// Cancel keys that say whose they are. Every gateway on one ledger can tell one of theirs from a forged one by itself, so a forged key
// costs nobody a question; only the process that gave it out knows the whole of it.
import { createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';

export interface CancelKey {
  /** 31 bits, never 0: 12 of its owner, 19 of the session. */
  processId: number;
  /** In protocol 3.0 four bytes, else 32: a part that is random, and a checksum that needs the ledger's secret. */
  secret: Buffer;
}

export interface CancelKeys {
  /** A new one, for protocol 3.`minor`; null until the ledger's secret is known. */
  issue(minor: 0 | 2): CancelKey | null;
  /** A gateway on this ledger gave it out, at some time: to be believed of one forged key in 2^24 (3.0) or 2^128 (3.2). */
  proves(processId: number, secret: Buffer): boolean;
}

/** In this number a session is counted: an owner that has used all up takes another number, so that no key is given out again. */
const SESSION_BITS = 19;
const OWNERS = 2 ** (31 - SESSION_BITS);
/** Bytes that are random, of all. */
const SHAPES = [
  { length: 4, random: 1 },
  { length: 32, random: 16 },
] as const;

export interface CancelKeysOptions {
  /** The secret that all gateways on this ledger share; null while it is not known. */
  secret(): Buffer | null;
  /** This process has the number from now on, beside those that it had: at once, and again when one is used up. */
  onOwner(owner: number): void;
}

/** Of sessions, one after the other: none is given twice. `onOwner`: as in the options. */
export function makeSessionNumbers(onOwner: CancelKeysOptions['onOwner']): () => number {
  let owner = 0;
  let left = 0;
  let session = 0;
  const takeOwner = () => {
    owner = randomInt(1, OWNERS);
    left = 2 ** SESSION_BITS;
    session = randomInt(left);
    onOwner(owner);
  };
  takeOwner();
  return () => {
    if (left === 0) takeOwner();
    left--;
    session = (session + 1) % 2 ** SESSION_BITS;
    return owner * 2 ** SESSION_BITS + session;
  };
}

export function makeCancelKeys({ secret, onOwner }: CancelKeysOptions): CancelKeys {
  const number = makeSessionNumbers(onOwner);
  return {
    issue(minor) {
      const shared = secret();
      if (!shared) return null;
      const { length, random } = SHAPES[minor === 2 ? 1 : 0];
      const processId = number();
      const nonce = randomBytes(random);
      return { processId, secret: Buffer.concat([nonce, checksum(shared, processId, nonce, length - random)]) };
    },
    proves(processId, given) {
      const shared = secret();
      const shape = SHAPES.find(({ length }) => length === given.length);
      if (!shared || !shape) return false;
      const nonce = given.subarray(0, shape.random);
      return timingSafeEqual(
        checksum(shared, processId, nonce, shape.length - shape.random),
        given.subarray(shape.random),
      );
    },
  };
}

/** Which process gave a key out, by its number. Two may have the same: the key's secret says which of them. */
export const ownerOf = (processId: number): number => processId >>> SESSION_BITS;

function checksum(shared: Buffer, processId: number, nonce: Buffer, length: number): Buffer {
  const id = Buffer.alloc(4);
  id.writeInt32BE(processId | 0);
  return createHmac('sha256', shared).update('cancel key').update(id).update(nonce).digest().subarray(0, length);
}
