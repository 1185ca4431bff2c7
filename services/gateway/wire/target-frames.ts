// A target's bytes, walked by header: rows and COPY data pass through as they lie, everything else is looked at whole.
import { ProtocolViolation } from './frames.ts';

/** What becomes of a target's message: as it is, not at all, or other bytes instead. */
export type Verdict = true | false | Buffer;

/** A message as it lies among others; views of it are made when they are asked for. */
export class TargetMessage {
  readonly type: string;
  readonly #bytes: Buffer;
  readonly #from: number;
  readonly #to: number;

  constructor(type: string, bytes: Buffer, from: number, to: number) {
    this.type = type;
    this.#bytes = bytes;
    this.#from = from;
    this.#to = to;
  }

  /** Header and body. */
  get raw(): Buffer {
    return this.#bytes.subarray(this.#from, this.#to);
  }

  get body(): Buffer {
    return this.#bytes.subarray(this.#from + 5, this.#to);
  }

  /** Of the whole. */
  get length(): number {
    return this.#to - this.#from;
  }
}

export interface TargetVisitor {
  /** A DataRow (`D`) or CopyData (`d`) begins; `length` is its body's. False drops it, `whole` gives it to `message`. */
  bulk(type: 'D' | 'd', length: number): boolean | 'whole';
  /** Any other message, whole. Do not write to the client in here: give the bytes back, so that the order holds. */
  message(message: TargetMessage): Verdict;
  /** Bytes for the client, in order. */
  write(bytes: Buffer): void;
}

const DATA_ROW = 0x44;
const COPY_DATA = 0x64;

export class TargetFrames {
  readonly #maxWhole: number;
  #tail: Buffer[] = [];
  #tailSize = 0;
  /** Bytes that #tail must have before looking again is worth it. */
  #need = 5;
  #left = 0;
  #keep = true;

  /** `maxWhole`: bytes of a message other than DataRow and CopyData; beyond it `feed` throws. */
  constructor(maxWhole = 16 * 1024 * 1024) {
    this.#maxWhole = maxWhole;
  }

  /** False while the client has been given the beginning of a row and not yet its end: then nothing else may be written. */
  get clientAtBoundary(): boolean {
    return this.#left === 0 || !this.#keep;
  }

  /** False while a message of the target has come in part: then its bytes still belong to this walk. */
  get atBoundary(): boolean {
    return this.#left === 0 && this.#tailSize === 0;
  }

  /** Walks `chunk`. Throws ProtocolViolation for an impossible length; then the backend must be destroyed. */
  feed(chunk: Buffer, visitor: TargetVisitor): void {
    const bytes = this.#withTail(chunk);
    if (!bytes) return;
    let at = 0;
    let run = 0;
    while (at < bytes.length) {
      if (this.#left > 0) {
        const count = Math.min(this.#left, bytes.length - at);
        at += count;
        this.#left -= count;
        if (!this.#keep) run = at;
        continue;
      }
      if (bytes.length - at < 5) break;
      const type = bytes.readUInt8(at);
      const length = bytes.readInt32BE(at + 1) - 4;
      if (length < 0) throw new ProtocolViolation('the target sent a message with an impossible length');
      if (type === DATA_ROW || type === COPY_DATA) {
        const keep = visitor.bulk(type === DATA_ROW ? 'D' : 'd', length);
        if (keep !== 'whole') {
          this.#keep = keep;
          if (!keep) {
            if (at > run) visitor.write(bytes.subarray(run, at));
            run = at + 5;
          }
          this.#left = length;
          at += 5;
          continue;
        }
      }
      if (length > this.#maxWhole) throw new ProtocolViolation('the target sent a message that is too long');
      const end = at + 5 + length;
      if (end > bytes.length) {
        this.#need = 5 + length;
        break;
      }
      const verdict = visitor.message(new TargetMessage(String.fromCharCode(type), bytes, at, end));
      if (verdict !== true) {
        if (at > run) visitor.write(bytes.subarray(run, at));
        run = end;
        if (verdict !== false && verdict.length > 0) visitor.write(verdict);
      }
      at = end;
    }
    if (at > run) visitor.write(run === 0 && at === bytes.length ? bytes : bytes.subarray(run, at));
    if (at < bytes.length) {
      this.#tail.push(bytes.subarray(at));
      this.#tailSize = bytes.length - at;
    }
  }

  /** The chunk with what was left of earlier ones before it, or undefined while that is too little. */
  #withTail(chunk: Buffer): Buffer | undefined {
    if (this.#tailSize === 0) return chunk;
    this.#tail.push(chunk);
    this.#tailSize += chunk.length;
    if (this.#tailSize < this.#need) return undefined;
    const bytes = Buffer.concat(this.#tail);
    this.#tail = [];
    this.#tailSize = 0;
    this.#need = 5;
    return bytes;
  }
}
