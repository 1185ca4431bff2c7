// The client's connection: messages in at the session's pace, bytes out with one writer at a time.
import type { Duplex } from 'node:stream';
import { atTurnsEnd } from '../turn-end.ts';
import { ClientFrames } from '../../wire/client-frames.ts';
import type { ClientFrame } from '../../wire/client-frames.ts';

/** Two words that nobody takes are noticed: so often something is said to a client that is read no further. */
const PROBE_MS = 300;

/** More bytes are not put off. */
const TOGETHER = 16 * 1024;

/** Bytes held while the session cannot take the next message; then the client is read no further. */
const HIGH_WATER = 256 * 1024;

export class ClientConnection {
  /** Called when there may be another message. */
  onInput: () => void = () => {};
  /** Called once, when the client has gone. */
  onGone: () => void = () => {};
  /** Called when a client that was slow has taken what it was sent. */
  onDrain: () => void = () => {};
  /** Whether the session waits for the target before it takes the next message. */
  blocked: () => boolean = () => false;
  /** False while it has been given the beginning of a row and not yet its end. */
  atBoundary: () => boolean = () => true;
  readonly #stream: Duplex;
  readonly #frames: ClientFrames;
  #taken: PromiseWithResolvers<void> | null = null;
  /** Says something that changes nothing; a client that is read no further could leave unnoticed otherwise. */
  probe: () => void = () => {};
  #probing: NodeJS.Timeout | undefined;
  #waiting: Buffer[] = [];
  /** Written in this turn of the event loop. */
  #unsent: Uint8Array[] = [];
  #unsentSize = 0;
  #gone = false;

  /** `maxText`: bytes of one Query or Parse. */
  constructor(stream: Duplex, maxText: number) {
    this.#stream = stream;
    this.#frames = new ClientFrames(maxText);
    stream.on('error', () => this.#left());
    stream.on('close', () => this.#left());
    stream.on('end', () => this.#left());
    stream.on('drain', () => {
      this.#release();
      this.onDrain();
    });
    stream.on('data', (chunk: Buffer) => {
      this.#frames.push(chunk);
      this.onInput();
      if (this.#frames.buffered > HIGH_WATER && this.blocked()) this.#pause();
    });
    if (stream.destroyed) this.#left();
    else stream.resume();
  }

  get gone(): boolean {
    return this.#gone;
  }

  /** Whether it has not taken what it was sent. */
  get slow(): boolean {
    return this.#stream.writableNeedDrain;
  }

  /** Null, or what resolves when a slow client has taken what it was sent, or has gone. */
  drained(): Promise<void> | null {
    if (this.#gone || !this.slow) return null;
    this.#taken ??= Promise.withResolvers();
    return this.#taken.promise;
  }

  #release(): void {
    this.#taken?.resolve();
    this.#taken = null;
  }

  /** Whether bytes of it are held, or it is not read for the time being. */
  get hasMore(): boolean {
    return this.#frames.buffered > 0 || this.#stream.isPaused();
  }

  /** Throws ProtocolViolation. */
  next(): ClientFrame | null {
    return this.#frames.next();
  }

  #pause(): void {
    this.#stream.pause();
    clearInterval(this.#probing);
    this.#probing = setInterval(() => {
      // What cannot be written yet is noticed to be in vain as well.
      if (!this.slow) this.probe();
    }, PROBE_MS);
  }

  /** The session takes messages again. */
  refill(): void {
    clearInterval(this.#probing);
    if (!this.#gone && this.#stream.isPaused()) this.#stream.resume();
  }

  /** What is written in one turn of the event loop goes together, at its end. False: wait for `onDrain` before reading more for it. */
  write(bytes: Uint8Array): boolean {
    if (this.#gone) return true;
    if (this.#unsent.push(bytes) === 1) atTurnsEnd(this.#flushed);
    this.#unsentSize += bytes.length;
    if (this.#unsentSize > TOGETHER) this.#flush();
    return !this.slow;
  }

  readonly #flushed = (): void => this.#flush();

  #flush(): void {
    const all = this.#unsent;
    if (all.length === 0) return;
    this.#unsent = [];
    const size = this.#unsentSize;
    this.#unsentSize = 0;
    if (this.#stream.destroyed) return;
    // What is large is not copied, but goes as it is.
    const [first] = all;
    if (all.length === 1 && first) this.#stream.write(first);
    else if (size <= TOGETHER) this.#stream.write(Buffer.concat(all, size));
    else for (const bytes of all) this.#stream.write(bytes);
  }

  /** At the next boundary between messages. */
  say(...messages: Buffer[]): void {
    this.#waiting.push(...messages);
    this.flush();
  }

  /** What waits for a boundary, if this is one. */
  flush(): void {
    if (this.#waiting.length > 0 && this.atBoundary()) this.write(Buffer.concat(this.#waiting.splice(0)));
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** What waits, to be written before the next message of the target. */
  takeWaiting(): Buffer[] {
    return this.#waiting.splice(0);
  }

  /** Last words, if they can be said, and goodbye. */
  end(last?: Buffer): void {
    if (this.#gone) return;
    this.#gone = true;
    clearInterval(this.#probing);
    this.#release();
    this.#flush();
    const words = last ? [...this.#waiting.splice(0), last] : [];
    if (this.atBoundary() && words.length > 0) this.#stream.end(Buffer.concat(words));
    else if (this.atBoundary()) this.#stream.end();
    else this.#stream.destroy();
    // A client that does not read must not keep the connection.
    setTimeout(() => this.#stream.destroy(), 1_000).unref();
  }

  #left(): void {
    if (this.#gone) return;
    this.#gone = true;
    clearInterval(this.#probing);
    this.#release();
    this.#stream.destroy();
    this.onGone();
  }
}
