import type pg from 'pg';

/** Statements one behind the other in a batch of the extended protocol, for `client.query` of pg. */
export class Pipeline {
  readonly done: Promise<void>;
  readonly #texts: string[];
  readonly #end = Promise.withResolvers<void>();

  constructor(texts: string[]) {
    this.#texts = texts;
    this.done = this.#end.promise;
    // Its connection may be lost before anybody waits for it.
    this.done.catch(() => {});
  }

  submit(connection: pg.Connection): void {
    for (const text of this.#texts) {
      connection.parse({ text, name: '', types: [] }, true);
      connection.bind({}, true);
      connection.execute({}, true);
    }
    connection.sync();
  }

  handleError(error: Error): void {
    this.#end.reject(error);
  }

  handleReadyForQuery(): void {
    this.#end.resolve();
  }

  handleCommandComplete(): void {}
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handlePortalSuspended(): void {}
  handleEmptyQuery(): void {}
}
