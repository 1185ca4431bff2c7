// A client's bytes after authentication, cut into messages. Pull-based, so that whoever reads decides the pace.
import { ProtocolViolation } from './frames.ts';

export type ClientFrame =
  /** A whole message: header (5 bytes) and body, a view that stays valid. */
  | { kind: 'message'; type: ClientMessageType; raw: Buffer }
  /**
   * A Bind too long to hold: its header and the beginning of its body (both names, as far as they fit; throws when they do
   * not), to be followed by `piece`s until `last`. `length` is the whole body's. Forward as they are, or drop all of them.
   */
  | { kind: 'bind_head'; raw: Buffer; length: number }
  | { kind: 'piece'; bytes: Buffer; last: boolean }
  /** Bytes of CopyData without their header; the client's framing of them means nothing. Never empty. */
  | { kind: 'copy_data'; bytes: Buffer }
  /** A message longer than the limit, or a FunctionCall: its body was dropped, so answer it with an error. */
  | { kind: 'dropped'; type: ClientMessageType; length: number };

/** Query, Parse, Bind, Describe, Execute, Close, Sync, Flush, Terminate, CopyData, CopyDone, CopyFail, FunctionCall. */
export type ClientMessageType = 'Q' | 'P' | 'B' | 'D' | 'E' | 'C' | 'S' | 'H' | 'X' | 'd' | 'c' | 'f' | 'F';

const TYPES = new Set<string>(['Q', 'P', 'B', 'D', 'E', 'C', 'S', 'H', 'X', 'd', 'c', 'f', 'F']);
const isType = (type: string): type is ClientMessageType => TYPES.has(type);
/** Messages that may be long; PostgreSQL holds all others to 10,000 bytes and closes beyond. */
const LONG = new Set<string>(['Q', 'P', 'B', 'd', 'F']);
const SHORT_LIMIT = 10_000;
const MAX_LENGTH = 0x3fff_ffff;
/** A Bind up to this comes whole; PostgreSQL's names are cut at 63 bytes, so the head of a longer one is ample for two. */
const WHOLE_BIND = 64 * 1024;
const HEAD = 8 * 1024;

export class ClientFrames {
  readonly #maxText: number;
  #chunks: Buffer[] = [];
  /** Bytes of the first chunk that were given out. */
  #at = 0;
  /** Of all chunks, not given out. */
  #size = 0;
  /** Of a message whose body comes in pieces: bytes still to come, and what becomes of them. */
  #left = 0;
  #streaming: 'copy' | 'pieces' | 'dropping' | null = null;
  #dropped: { type: ClientMessageType; length: number } | null = null;

  /** `maxText`: bytes of a Query or Parse that are held; longer ones come as `dropped`. */
  constructor(maxText: number) {
    this.#maxText = maxText;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /** Bytes held that `next` has not given out. */
  get buffered(): number {
    return this.#size;
  }

  /** The next message or piece of one, or null until more bytes are pushed. Throws ProtocolViolation; then close. */
  next(): ClientFrame | null {
    const piece = this.#nextPiece();
    if (piece || this.#streaming || this.#size < 5) return piece;
    const header = this.#look(5);
    const type = String.fromCharCode(header.readUInt8(this.#at));
    const length = header.readInt32BE(this.#at + 1) - 4;
    if (!isType(type)) throw new ProtocolViolation(`unknown message type 0x${header.readUInt8(this.#at).toString(16)}`);
    if (length < 0 || length > (LONG.has(type) ? MAX_LENGTH : SHORT_LIMIT)) {
      throw new ProtocolViolation(`a message of type ${type} with an impossible length`);
    }
    if (type === 'd') {
      this.#take(5);
      return this.#stream('copy', length);
    }
    if (type === 'F' || ((type === 'Q' || type === 'P') && length > this.#maxText)) {
      this.#take(5);
      this.#dropped = { type, length };
      return this.#stream('dropping', length);
    }
    if (type === 'B' && length > WHOLE_BIND) return this.#bindHead(length);
    if (this.#size < length + 5) return null;
    return { kind: 'message', type, raw: this.#take(length + 5) };
  }

  #bindHead(length: number): ClientFrame | null {
    if (this.#size < HEAD) return null;
    const raw = this.#take(HEAD);
    const first = raw.indexOf(0, 5);
    if (first < 0 || raw.indexOf(0, first + 1) < 0)
      throw new ProtocolViolation('a Bind with names of impossible length');
    this.#streaming = 'pieces';
    this.#left = length + 5 - raw.length;
    return { kind: 'bind_head', raw, length };
  }

  #stream(how: 'copy' | 'dropping', length: number): ClientFrame | null {
    this.#streaming = how;
    this.#left = length;
    return this.next();
  }

  #nextPiece(): ClientFrame | null {
    if (!this.#streaming) return null;
    if (this.#streaming === 'dropping') {
      while (this.#left > 0 && this.#size > 0) this.#piece();
      if (this.#left > 0 || !this.#dropped) return null;
      this.#streaming = null;
      return { kind: 'dropped', ...this.#dropped };
    }
    if (this.#left === 0) {
      // An empty CopyData means nothing.
      this.#streaming = null;
      return null;
    }
    if (this.#size === 0) return null;
    const kind = this.#streaming;
    const bytes = this.#piece();
    const last = this.#left === 0;
    if (last) this.#streaming = null;
    return kind === 'copy' ? { kind: 'copy_data', bytes } : { kind: 'piece', bytes, last };
  }

  /** What has come of the current body, at most one chunk. */
  #piece(): Buffer {
    const bytes = this.#take(Math.min(this.#left, (this.#chunks[0]?.length ?? 0) - this.#at));
    this.#left -= bytes.length;
    return bytes;
  }

  /** A chunk that has the next `count` bytes, from `#at` on. */
  #look(count: number): Buffer {
    const first = this.#chunks[0];
    if (first && first.length - this.#at >= count) return first;
    const few: Buffer[] = [];
    let size = -this.#at;
    for (const chunk of this.#chunks) {
      few.push(chunk);
      size += chunk.length;
      if (size >= count) break;
    }
    const together = Buffer.concat(few).subarray(this.#at);
    this.#chunks.splice(0, few.length, together);
    this.#at = 0;
    return together;
  }

  #take(count: number): Buffer {
    const first = this.#look(count);
    const from = this.#at;
    const to = from + count;
    if (first.length === to) {
      this.#chunks.shift();
      this.#at = 0;
    } else this.#at = to;
    this.#size -= count;
    return first.subarray(from, to);
  }
}
