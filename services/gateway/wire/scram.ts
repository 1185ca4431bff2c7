// The server's side of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS. Source: RFC 5802 and 7677, and the manual's "SASL Authentication".
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Authenticated, ScramCandidates } from '../../ledger/tokens/tokens.ts';
import { ProtocolViolation } from './frames.ts';

export const SCRAM = 'SCRAM-SHA-256';
export const SCRAM_PLUS = 'SCRAM-SHA-256-PLUS';

export type ScramResult =
  | { ok: true; who: Authenticated; serverFinal: string }
  /** `binding`: the client saw another TLS certificate than ours, so somebody sits between. */
  | { ok: false; why: 'token' | 'binding' };

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();

const CLIENT_FIRST = /^((n|y|p=([A-Za-z0-9.-]+)),,)(n=[^,]*,r=([\x21-\x2b\x2d-\x7e]+))$/;
const CLIENT_FINAL = /^(c=([A-Za-z0-9+/=]+),r=([\x21-\x2b\x2d-\x7e]+)),p=([A-Za-z0-9+/=]+)$/;

/** Tried when nobody's token can fit, so that an unknown user costs the same. Its keys are random: no proof fits. */
const nobody = () => ({ storedKey: randomBytes(32), serverKey: randomBytes(32), who: null });

/** One exchange. Both methods throw ProtocolViolation for malformed messages. */
export class ScramExchange {
  readonly #candidates: ScramCandidates;
  readonly #binding: Buffer | null;
  readonly #makeNonce: () => string;
  #expectedBinding = '';
  #nonce = '';
  #authMessage = '';

  /** `binding`: tls-server-end-point data where PLUS was offered, else null. */
  constructor(
    candidates: ScramCandidates,
    binding: Buffer | null,
    makeNonce: () => string = () => randomBytes(18).toString('base64'),
  ) {
    this.#candidates = candidates;
    this.#binding = binding;
    this.#makeNonce = makeNonce;
  }

  /** client-first → server-first. */
  first(mechanism: string, clientFirst: string): string {
    const [, header, flag, bindingName, bare, clientNonce] = CLIENT_FIRST.exec(clientFirst) ?? [];
    if (!header || !flag || !bare || !clientNonce) throw new ProtocolViolation('a malformed SCRAM message');
    const plus = mechanism === SCRAM_PLUS;
    if (!plus && mechanism !== SCRAM) throw new ProtocolViolation('an authentication mechanism that was not offered');
    if (plus !== (bindingName !== undefined)) throw new ProtocolViolation('channel binding and mechanism differ');
    if (plus && (!this.#binding || bindingName !== 'tls-server-end-point')) {
      throw new ProtocolViolation('a channel binding that was not offered');
    }
    // `y`: "I could, but you did not offer it". We did, so somebody took the offer out on its way.
    if (flag === 'y' && this.#binding) throw new ProtocolViolation('the offer of channel binding was tampered with');
    const bound = plus && this.#binding ? this.#binding : Buffer.alloc(0);
    this.#expectedBinding = Buffer.concat([Buffer.from(header), bound]).toString('base64');
    this.#nonce = clientNonce + this.#makeNonce();
    const { salt, iterations } = this.#candidates;
    const serverFirst = `r=${this.#nonce},s=${salt.toString('base64')},i=${iterations}`;
    this.#authMessage = `${bare},${serverFirst}`;
    return serverFirst;
  }

  /** client-final → who it is and server-final. Tries every candidate, whichever fits. */
  final(clientFinal: string): ScramResult {
    const [, withoutProof, binding, nonce, proofText] = CLIENT_FINAL.exec(clientFinal) ?? [];
    const proof = Buffer.from(proofText ?? '', 'base64');
    if (!withoutProof || proof.length !== 32) throw new ProtocolViolation('a malformed SCRAM message');
    if (nonce !== this.#nonce) throw new ProtocolViolation('a SCRAM nonce of another exchange');
    if (binding !== this.#expectedBinding) return { ok: false, why: 'binding' };
    const authMessage = `${this.#authMessage},${withoutProof}`;
    const { candidates } = this.#candidates;
    let found: { who: Authenticated; serverKey: Buffer } | null = null;
    for (const { storedKey, serverKey, who } of candidates.length > 0 ? candidates : [nobody()]) {
      const signature = hmac(storedKey, authMessage);
      const clientKey = Buffer.from(proof.map((byte, i) => byte ^ signature.readUInt8(i)));
      if (timingSafeEqual(sha256(clientKey), storedKey) && who) found = { who, serverKey };
    }
    if (!found) return { ok: false, why: 'token' };
    return { ok: true, who: found.who, serverFinal: `v=${hmac(found.serverKey, authMessage).toString('base64')}` };
  }
}
