import type { Writable } from 'node:stream';
import { drained } from './output/drained.ts';
import type { ResultSink } from './output/result.ts';
import type { ServerMessage } from './statement-error.ts';

/** What `pg` calls on a connection, as far as it is used here; its own types leave it out. */
export interface PgConnection {
  stream: Writable & { pause(): unknown; resume(): unknown };
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
  on(event: 'parameterStatus', listener: (message: { parameterName: string; parameterValue: string }) => void): void;
  on(event: 'readyForQuery', listener: (message: { status: string }) => void): void;
}

/** Where the data of a COPY … FROM STDIN comes from. */
export interface CopyData {
  chunks(): AsyncIterable<Buffer>;
  /** No more is wanted: the target has said that it failed. */
  stop?(): void;
}

const NO_DATA = 'there is no data for it here';

/** One statement by the simple protocol, in the shape that `pg` calls a Submittable: rows go to the sink as they come. */
export class StatementRun {
  readonly #text: string;
  readonly #sink: ResultSink;
  readonly #data: CopyData | null;
  #connection: PgConnection | null = null;
  #finished: Promise<void> = Promise.resolve();
  #waiting = false;
  error: (ServerMessage & Error) | null = null;

  constructor(text: string, sink: ResultSink, data: CopyData | null) {
    this.#text = text;
    this.#sink = sink;
    this.#data = data;
  }

  /** Resolves when the sink has shown what came. */
  get finished(): Promise<void> {
    return this.#finished;
  }

  submit(connection: PgConnection): null {
    this.#connection = connection;
    connection.query(this.#text);
    return null;
  }

  handleRowDescription({ fields }: { fields: { name: string; dataTypeID: number }[] }): void {
    this.#sink.columns(fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID })));
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    if (!this.#sink.row(fields)) this.#wait();
  }

  handleCopyInResponse(connection: PgConnection): void {
    if (this.#data) void this.#copyIn(connection, this.#data);
    else connection.sendCopyFail(NO_DATA);
  }

  handleCopyData({ chunk }: { chunk: Buffer }): void {
    if (!this.#sink.copy(chunk)) this.#wait();
  }

  handleCommandComplete({ text }: { text: string }): void {
    this.#finish(text);
  }

  handleEmptyQuery(): void {
    this.#finish(null);
  }

  handlePortalSuspended(): void {}

  handleError(error: ServerMessage & Error): void {
    this.error ??= error;
    this.#data?.stop?.();
    // What came of a result before it is shown, and its pager left, before the error is.
    this.#finish(null, true);
  }

  handleReadyForQuery(): void {}

  /** What the target does not want any more, for it failed, is not sent. */
  async #copyIn(connection: PgConnection, data: CopyData): Promise<void> {
    try {
      for await (const chunk of data.chunks()) {
        if (this.error) return;
        connection.sendCopyFromChunk(chunk);
        await drained(connection.stream);
      }
      if (!this.error) connection.endCopyFrom();
    } catch (error) {
      if (!this.error) connection.sendCopyFail(error instanceof Error ? error.message : String(error));
    }
  }

  #finish(tag: string | null, failed = false): void {
    const done = this.#sink.done(tag, failed);
    this.#finished = this.#finished.then(() => done);
  }

  /** Back-pressure: nothing more is read until what was written has left. */
  #wait(): void {
    const stream = this.#connection?.stream;
    // What one packet held still comes after the pause.
    if (!stream || this.#waiting) return;
    this.#waiting = true;
    stream.pause();
    void this.#sink.drained().then(() => {
      this.#waiting = false;
      stream.resume();
    });
  }
}
