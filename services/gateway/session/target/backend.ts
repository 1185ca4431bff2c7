// One connection to the target: authenticated by pg, then its socket is ours.
import type { Socket } from 'node:net';
import pg from 'pg';
import { toError } from '../statement/faults.ts';
import { readDataRow, readFields, readParameterStatus, TERMINATE } from '../../wire/frames.ts';
import { TargetFrames, type TargetMessage, type TargetVisitor } from '../../wire/target-frames.ts';
import { atTurnsEnd } from '../turn-end.ts';
import { sendCancel } from './cancel.ts';
import { Held, weightOfStatement } from '../holdings.ts';
import type { Prepared } from '../names/prepared-statements.ts';
import { asked, type Question } from './questions.ts';

/** What the gateway's own query came to. */
export interface Answer {
  rows: (string | null)[][];
  /** SQLSTATE and message of its error, and all of it as it came. */
  error: { sqlstate: string; message: string; whole: Buffer } | null;
  status: string;
}

/** The gateway's own question has no answer: the connection is gone. */
export class BackendLost extends Error {
  override name = 'BackendLost';
}

/** pg's parts that we take over; its types do not name them. */
interface Authenticated {
  processID: number;
  secretKey: number;
  connection: NodeJS.EventEmitter & { stream: Socket };
}

/** How long the target may take to answer a question of the gateway's own. */
const ASK_MS = 20_000;

/** Bytes. */
const MOST_WITHHELD = 256 * 1024;

/** Bytes that are copied into one write; larger ones go as they are. */
const TOGETHER = 16 * 1024;

export class Backend {
  readonly role: 'reader' | 'writer';
  readonly login: string;
  readonly pid: number;
  /** As the target reports them now. */
  readonly parameters: Map<string, string>;
  /** What is prepared on this backend, by name. */
  readonly parsed = new Held<Prepared>(weightOfStatement);
  /** Set while a cancel is under way: until then nothing may be sent, or the cancel could hit it. */
  hold: Promise<void> | null = null;
  /** Sees what the target sends; nothing is read ahead of it. */
  visitor: TargetVisitor | null = null;
  onClose: () => void = () => {};
  /** A notification that came while a question of ours was answered. */
  onNotification: (raw: Uint8Array) => void = () => {};
  /** What it sent cannot be: it is being destroyed. */
  onFault: (error: Error) => void = () => {};
  /** Called when what came at once has been walked. */
  onWalked: () => void = () => {};
  closed = false;
  readonly #config: pg.ClientConfig;
  readonly #secret: number;
  readonly #socket: Socket;
  readonly #frames = new TargetFrames();
  #unsent: Uint8Array[] = [];
  #unsentSize = 0;
  #flushDue = false;
  /** What waits until it may be sent, in order; null while nothing does. */
  #withheld: Uint8Array[] | null = null;
  #withheldSize = 0;
  #released: PromiseWithResolvers<void> | null = null;
  #walking = false;
  /** Takes the answer to a question of ours, in place of `visitor`. */
  #asker: TargetVisitor | null = null;
  /** Settled when the last question was answered. */
  #asking: Promise<void> | null = null;

  private constructor(
    role: 'reader' | 'writer',
    config: pg.ClientConfig,
    client: Authenticated,
    parameters: Map<string, string>,
  ) {
    this.role = role;
    this.login = config.user ?? '';
    this.#config = config;
    this.pid = client.processID;
    this.#secret = client.secretKey;
    this.parameters = parameters;
    const socket = client.connection.stream;
    this.#socket = socket;
    for (const event of ['data', 'error', 'close', 'end']) socket.removeAllListeners(event);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 10_000);
    socket.on('error', () => {});
    socket.on('close', () => this.#lost());
    socket.on('data', (chunk: Buffer) => this.#feed(chunk));
    // pg reads with `data` listeners; without this the socket stays paused when they go.
    socket.resume();
  }

  /** Throws what pg throws when the target does not answer or refuses the login. */
  static async open(role: 'reader' | 'writer', config: pg.ClientConfig): Promise<Backend> {
    const client = new pg.Client({ connectionTimeoutMillis: 5_000, keepAlive: true, ...config });
    const inner = client as unknown as Authenticated;
    const parameters = new Map<string, string>();
    inner.connection.on('parameterStatus', (status: { parameterName: string; parameterValue: string }) =>
      parameters.set(status.parameterName, status.parameterValue),
    );
    client.on('error', () => {});
    await client.connect();
    return new Backend(role, config, inner, parameters);
  }

  /** Whether the client has been given whole messages of this backend only. */
  get clientAtBoundary(): boolean {
    return this.#frames.clientAtBoundary && !this.#walking;
  }

  /** Small messages of one turn of the event loop travel together, as one write at its end. */
  send(bytes: Uint8Array): void {
    if (this.closed) return;
    if (this.#withheld) {
      this.#withheld.push(bytes);
      this.#withheldSize += bytes.length;
      return;
    }
    if (bytes.length > TOGETHER) {
      this.#flush();
      this.#socket.write(bytes);
      return;
    }
    if (this.#unsent.push(bytes) === 1 && !this.#flushDue) {
      this.#flushDue = true;
      atTurnsEnd(this.#flushed);
    }
    this.#unsentSize += bytes.length;
    if (this.#unsentSize > TOGETHER) this.#flush();
  }

  /** From now on what is sent waits here, in its order. */
  withhold(): void {
    this.#withheld ??= [];
  }

  /** What was withheld is sent; `instead` in place of the first of it. */
  release(instead?: Uint8Array): void {
    const withheld = this.#withheld;
    if (!withheld) return;
    if (instead) withheld[0] = instead;
    this.#withheld = null;
    this.#withheldSize = 0;
    for (const bytes of withheld) this.send(bytes);
    this.#released?.resolve();
    this.#released = null;
  }

  #flush(): void {
    const { length } = this.#unsent;
    if (length === 0 || this.closed) return;
    const [first] = this.#unsent;
    this.#socket.write(length === 1 && first ? first : Buffer.concat(this.#unsent, this.#unsentSize));
    this.#unsent = [];
    this.#unsentSize = 0;
  }
  readonly #flushed = () => {
    this.#flushDue = false;
    this.#flush();
  };

  /** Null, or what resolves when the target has taken what was sent (or is gone). */
  drained(): Promise<void> | null {
    if (this.#withheldSize > MOST_WITHHELD) {
      this.#released ??= Promise.withResolvers();
      return this.#released.promise;
    }
    if (!this.#socket.writableNeedDrain || this.closed) return null;
    return new Promise((resolve) => {
      const done = () => {
        this.#socket.off('drain', done).off('close', done);
        resolve();
      };
      this.#socket.on('drain', done).on('close', done);
    });
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** One of the gateway's own questions, on an idle backend; nothing of it is shown. Throws when the backend is lost. */
  async ask(question: Question): Promise<Answer> {
    const answer = this.exchange(asked(question));
    // None of them waits for a lock: a target that owes an answer for so long is silent.
    const silent = setTimeout(() => this.#socket.destroy(), ASK_MS);
    return answer.finally(() => clearTimeout(silent));
  }

  /** Sends what one ReadyForQuery answers, and takes all up to it. One after another, whoever asks. */
  exchange(request: Buffer, look?: (message: TargetMessage) => void): Promise<Answer> {
    const answer =
      this.#asking !== null ? this.#asking.then(() => this.#exchange(request, look)) : this.#exchange(request, look);
    const over: Promise<void> = answer.then(
      () => {},
      () => {},
    );
    this.#asking = over;
    void over.then(() => {
      if (this.#asking === over) this.#asking = null;
    });
    return answer;
  }

  #exchange(request: Buffer, look?: (message: TargetMessage) => void): Promise<Answer> {
    const bytes: Buffer[] = [];
    let failure: Answer['error'] = null;
    return new Promise((resolve, reject) => {
      if (this.closed) return reject(new BackendLost('the backend is closed'));
      if (this.#walking) return reject(new Error('the backend is in the middle of an answer'));
      const lost = () => reject(new BackendLost('the backend closed'));
      this.#socket.once('close', lost);
      this.#asker = {
        bulk: () => true,
        write: (part) => void bytes.push(Buffer.from(part)),
        message: (message) => {
          look?.(message);
          const { type } = message;
          if (type === 'A') this.onNotification(message.raw);
          if (type === 'E') {
            const fields = readFields(message.body);
            failure = {
              sqlstate: fields.get('C') ?? '',
              message: fields.get('M') ?? '',
              whole: Buffer.from(message.raw),
            };
          }
          if (type === 'Z') {
            this.#socket.off('close', lost);
            const status = String.fromCharCode(message.body[0] ?? 0);
            // Rows before this message are written to this visitor when the walk goes on.
            queueMicrotask(() => {
              this.#asker = null;
              try {
                resolve({ rows: rowsOf(Buffer.concat(bytes)), error: failure, status });
              } catch (error) {
                // Nothing that it says can be relied on any more.
                this.#socket.destroy();
                reject(toError(error));
              }
            });
          }
          return false;
        },
      };
      this.resume();
      this.send(request);
    });
  }

  /** Resolves when the target has closed the cancel connection: by then the signal was sent. Never rejects. */
  cancel(): Promise<void> {
    if (this.closed) return Promise.resolve();
    // What is to be cancelled must be there by then.
    this.#flush();
    const sent = sendCancel(this.#config, this.pid, this.#secret).finally(() => {
      if (this.hold === sent) this.hold = null;
    });
    this.hold = sent;
    return sent;
  }

  /** Says goodbye, then cuts. `onClose` is not called. */
  close(): void {
    this.onClose = () => {};
    this.visitor = null;
    if (this.closed) return;
    this.#flush();
    this.#socket.resume();
    this.#socket.end(TERMINATE);
    setTimeout(() => this.#socket.destroy(), 100).unref();
  }

  #feed(chunk: Buffer): void {
    this.#walking = true;
    try {
      this.#frames.feed(chunk, this.#walk);
    } catch (error) {
      this.onFault(toError(error));
      this.#socket.destroy();
    }
    this.#walking = false;
    this.onWalked();
  }

  // Looks the visitor up for each message, because it changes between them.
  readonly #walk: TargetVisitor = {
    bulk: (type, length) => (this.#asker ?? this.visitor)?.bulk(type, length) ?? false,
    message: (message) => {
      if (message.type === 'S') this.parameters.set(...readParameterStatus(message.body));
      return (this.#asker ?? this.visitor)?.message(message) ?? false;
    },
    write: (bytes) => (this.#asker ?? this.visitor)?.write(bytes),
  };

  #lost(): void {
    if (this.closed) return;
    this.closed = true;
    this.onClose();
  }
}

function rowsOf(bytes: Buffer): (string | null)[][] {
  const rows: (string | null)[][] = [];
  for (let at = 0; at + 5 <= bytes.length; ) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    rows.push(readDataRow(bytes.subarray(at + 5, end)).map((value) => value?.toString('utf8') ?? null));
    at = end;
  }
  return rows;
}
