// How PostgreSQL's bytes travel in a WebSocket: as binary messages, cut anywhere, each at most PIECE bytes long.
import { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/** Bytes of the longest message sent. Both sides take longer ones, up to MAX_PAYLOAD. */
export const PIECE = 64 * 1024;
/** `maxPayload` of both sides. */
export const MAX_PAYLOAD = 1024 * 1024;
/** The path of the gateway that speaks this. */
export const CONNECT_PATH = '/v1/connect';

const OPEN = 1;
const UNSUPPORTED_DATA = 1003;

/**
 * A WebSocket as a byte stream, with back-pressure both ways and with what `pg` calls on a socket. `ws`'s own stream has no
 * `writev` and is slow. Ended: closes with 1000. Destroyed: drops the connection. Errors of the WebSocket destroy it.
 */
export class WebSocketStream extends Duplex {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    super({ allowHalfOpen: false, readableHighWaterMark: PIECE, writableHighWaterMark: PIECE });
    this.#socket = socket;
    socket.binaryType = 'nodebuffer';
    socket.on('message', (data: unknown, isBinary: boolean) => {
      if (!isBinary || !Buffer.isBuffer(data)) {
        socket.close(UNSUPPORTED_DATA);
        this.destroy(new Error('A text message where PostgreSQL’s bytes were expected.'));
      } else if (!this.push(data)) socket.pause();
    });
    socket.on('close', () => {
      // A push after the end would throw; a stream that was destroyed takes no end.
      if (!this.destroyed && !this.readableEnded) this.push(null);
    });
    socket.on('error', (error) => this.destroy(error));
  }

  override _read(): void {
    if (this.#socket.isPaused) this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(chunk, done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  /** Calls `done` when the last piece was handed to the network. */
  #send(bytes: Buffer, done: (error?: Error | null) => void): void {
    if (this.#socket.readyState !== OPEN) {
      done(new Error('The WebSocket is not open.'));
      return;
    }
    let at = 0;
    for (; bytes.length - at > PIECE; at += PIECE) this.#socket.send(bytes.subarray(at, at + PIECE), { binary: true });
    this.#socket.send(bytes.subarray(at), { binary: true }, (error) => done(error ?? null));
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.close(1000);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    // A close frame that is on its way still arrives: only what did not begin to close is cut.
    if (this.#socket.readyState <= OPEN) this.#socket.terminate();
    done(error);
  }

  // What `pg` calls on a socket. `connect`: the WebSocket is connecting already or open.

  connect(): this {
    if (this.#socket.readyState === OPEN) process.nextTick(() => this.emit('connect'));
    else this.#socket.once('open', () => this.emit('connect'));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}
