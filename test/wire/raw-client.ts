// Scripts of raw messages and what came back, in short words, to be compared: the same script directly and through the gateway.
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type pg from 'pg';
import {
  BodyReader,
  cancelRequest,
  describe,
  execute,
  int16,
  int32,
  message,
  parse,
  query,
  readDataRow,
  readFields,
  readParameterStatus,
  SYNC,
} from '../../services/gateway/wire/frames.ts';
import { RawClient, type RawMessage } from '../helpers/raw-client.ts';

/** Bind with text parameters, and text results. */
export const bindText = (portal: string, statement: string, values: (string | null)[] = []): Buffer =>
  message(
    'B',
    portal,
    statement,
    int16(0),
    int16(values.length),
    ...values.flatMap((value) => {
      if (value === null) return [int32(-1)];
      const bytes = Buffer.from(value);
      return [int32(bytes.length), bytes];
    }),
    int16(0),
  );

/** Parse, Bind, Execute of an unnamed statement. */
export const run = (text: string, values: string[] = []): Buffer =>
  Buffer.concat([parse('', text), bindText('', '', values), execute('')]);

export { describe, execute, message, parse, query, SYNC };

/** One connection, whose answers are kept as words such as `D(1,x)`, `E(42P01 …)`, `Z(I)`. */
export class Raw {
  readonly client: RawClient;
  processId = 0;
  secret: Buffer = Buffer.alloc(0);
  /** Words that did not ask for attention: notices, parameters. */
  readonly asides: string[] = [];

  private constructor(client: RawClient) {
    this.client = client;
  }

  /** Logs in as `config` says (host, port, user, password, database), up to the first ReadyForQuery. */
  static async open(config: pg.ClientConfig, more: Record<string, string> = {}, version?: number): Promise<Raw> {
    const socket = connect(config.port ?? 5432, config.host ?? '127.0.0.1');
    await once(socket, 'connect');
    return Raw.over(socket, config, more, version);
  }

  static async over(
    stream: Duplex,
    config: pg.ClientConfig,
    more: Record<string, string> = {},
    version?: number,
  ): Promise<Raw> {
    const raw = new Raw(new RawClient(stream));
    const { user = '', database = '', password } = config;
    const last = await raw.client.logIn(user, database, String(password ?? ''), more, version);
    if (last.type !== 'R' || last.body.readInt32BE() !== 0) throw new Error(`Not logged in: ${word(last)}`);
    for (const each of await raw.client.until('Z')) {
      if (each.type === 'K') {
        raw.processId = each.body.readInt32BE(0);
        raw.secret = each.body.subarray(4);
      }
      raw.#aside(each);
    }
    return raw;
  }

  /** Sends, and returns what came up to and with the `ready`th ReadyForQuery. */
  async ask(messages: Buffer | Buffer[], ready = 1): Promise<string[]> {
    this.client.send(...(Array.isArray(messages) ? messages : [messages]));
    return this.heard(ready);
  }

  async heard(ready = 1): Promise<string[]> {
    const words: string[] = [];
    for (let left = ready; left > 0; ) {
      const next = await this.client.next();
      if (this.#aside(next)) continue;
      words.push(word(next));
      if (next.type === 'Z') left--;
    }
    return words;
  }

  /** The next message that is not an aside. */
  async next(): Promise<string> {
    for (;;) {
      const next = await this.client.next();
      if (!this.#aside(next)) return word(next);
    }
  }

  send(...messages: Buffer[]): void {
    this.client.send(...messages);
  }

  /** Sends a CancelRequest with this connection's key; resolves when the server has closed that connection. */
  async cancel(port: number, secret = this.secret): Promise<void> {
    const other = await RawClient.connect(port);
    other.send(cancelRequest(this.processId, secret));
    await other.closed();
  }

  /** Keeps a message that was read past this client. */
  note(each: RawMessage): void {
    if (!this.#aside(each)) throw new Error(`Not an aside: ${word(each)}`);
  }

  destroy(): void {
    this.client.destroy();
  }

  #aside(each: RawMessage): boolean {
    if (each.type !== 'N' && each.type !== 'S') return false;
    this.asides.push(word(each));
    return true;
  }
}

function word({ type, body }: RawMessage): string {
  switch (type) {
    case 'E':
    case 'N': {
      const fields = readFields(body);
      const position = fields.get('P');
      return `${type}(${fields.get('C')} ${fields.get('M')}${position === undefined ? '' : ` @${position}`})`;
    }
    case 'D':
      return `D(${readDataRow(body).map((value) => value?.toString() ?? 'NULL')})`;
    case 'C':
      return `C(${body.toString('utf8', 0, body.length - 1)})`;
    case 'Z':
      return `Z(${body.toString()})`;
    case 'S':
      return `S(${readParameterStatus(body).join('=')})`;
    case 'T':
      return `T(${columns(body)})`;
    case 't': {
      const reader = new BodyReader(body);
      return `t(${Array.from({ length: reader.int16() }, () => reader.int32())})`;
    }
    default:
      return type;
  }
}

/** Names, types and formats; not the table's own numbers. */
function columns(body: Buffer): string[] {
  const reader = new BodyReader(body);
  return Array.from({ length: reader.int16() }, () => {
    const name = reader.cstring();
    reader.bytes(6);
    const type = reader.int32();
    reader.bytes(6);
    return `${name}:${type}:${reader.int16()}`;
  });
}

/** The SQLSTATE of the first error among words. */
export const sqlstate = (words: string[]): string | undefined =>
  words.map((each) => /^E\((\S+)/.exec(each)?.[1]).find((code) => code !== undefined);

/** Whether it is sudoql that refused a write in read mode; PostgreSQL's own 25006 would mean that the guard let it through. */
export const refusedInRead = (words: string[]): boolean =>
  words.some((each) => each.startsWith('E(25006 this session is in read mode'));
