// A client that speaks PostgreSQL's protocol message by message, for tests of the wire.
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { BodyReader, int32, message, readFields } from '../../services/gateway/wire/frames.ts';

/** One message from the server. */
export interface RawMessage {
  type: string;
  body: Buffer;
}

export class RawClient {
  readonly stream: Duplex;
  #bytes: Buffer = Buffer.alloc(0);
  #ended = false;
  #waiting: (() => void)[] = [];

  constructor(stream: Duplex) {
    this.stream = stream;
    stream.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#wake();
    });
    for (const event of ['end', 'close', 'error']) {
      stream.on(event, () => {
        this.#ended = true;
        this.#wake();
      });
    }
  }

  static async connect(port: number, host = '127.0.0.1'): Promise<RawClient> {
    return new RawClient(await open(port, host));
  }

  send(...messages: Uint8Array[]): this {
    this.stream.write(Buffer.concat(messages));
    return this;
  }

  /** The next `count` bytes as they are (answers to SSLRequest have no frame). Rejects when the server closed before. */
  async bytes(count: number): Promise<Buffer> {
    while (this.#bytes.length < count) {
      if (this.#ended) throw new Error(`The server closed; ${this.#bytes.length} bytes had come.`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    const bytes = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return bytes;
  }

  async next(): Promise<RawMessage> {
    const header = await this.bytes(5);
    const body = await this.bytes(header.readInt32BE(1) - 4);
    return { type: String.fromCharCode(header.readUInt8(0)), body };
  }

  /** Messages up to and with the first of `type`. */
  async until(type: string): Promise<RawMessage[]> {
    const found: RawMessage[] = [];
    do found.push(await this.next());
    while (found.at(-1)?.type !== type);
    return found;
  }

  /** The fields of the next message, which must be an ErrorResponse or a NoticeResponse. */
  async fields(): Promise<Record<string, string>> {
    const { type, body } = await this.next();
    if (type !== 'E' && type !== 'N')
      throw new Error(`An error was expected, ${type} came: ${body.toString('latin1')}`);
    return Object.fromEntries(readFields(body));
  }

  /** Resolves with what had come and was not read, when the server has closed. */
  async closed(): Promise<Buffer> {
    while (!this.#ended) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.#bytes;
  }

  /** Sends a StartupMessage and answers SCRAM-SHA-256 with `password`, up to the server's final word on it. */
  async logIn(
    user: string,
    database: string,
    password: string,
    more: Record<string, string> = {},
    version?: number,
  ): Promise<RawMessage> {
    this.send(startupMessage({ user, database, ...more }, version));
    const asked = await this.next();
    if (asked.type !== 'R' || asked.body.readInt32BE() !== 10) return asked;
    const nonce = randomBytes(12).toString('base64');
    const bare = `n=*,r=${nonce}`;
    this.send(saslInitial('SCRAM-SHA-256', `n,,${bare}`));
    const first = await this.next();
    if (first.type !== 'R') return first;
    const serverFirst = first.body.subarray(4).toString();
    this.send(message('p', Buffer.from(clientFinal(password, bare, serverFirst))));
    const final = await this.next();
    return final.type === 'R' ? this.next() : final;
  }

  destroy(): void {
    this.stream.destroy();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

function open(port: number, host: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host, () => resolve(socket));
    socket.once('error', reject);
  });
}

/** A StartupMessage; `version` is 3.0 unless told otherwise. */
export function startupMessage(parameters: Record<string, string>, version = 0x0003_0000): Buffer {
  const pairs = Object.entries(parameters).map(([name, value]) => Buffer.from(`${name}\0${value}\0`));
  const body = Buffer.concat([int32(version), ...pairs, Buffer.from([0])]);
  return Buffer.concat([int32(body.length + 4), body]);
}

export function saslInitial(mechanism: string, data: string): Buffer {
  const bytes = Buffer.from(data);
  return message('p', mechanism, int32(bytes.length), bytes);
}

/** The mechanisms of an AuthenticationSASL message. */
export function offered({ body }: RawMessage): string[] {
  const reader = new BodyReader(body.subarray(4));
  const found: string[] = [];
  for (let name = reader.cstring(); name !== ''; name = reader.cstring()) found.push(name);
  return found;
}

/** `c`: the gs2 header as the client sent it, without channel binding data. */
export function clientFinal(password: string, bare: string, serverFirst: string, c = 'n,,'): string {
  const [, nonce, salt, iterations] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(serverFirst) ?? [];
  const salted = pbkdf2Sync(password, Buffer.from(salt ?? '', 'base64'), Number(iterations), 32, 'sha256');
  const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const clientKey = hmac(salted, 'Client Key');
  const withoutProof = `c=${Buffer.from(c).toString('base64')},r=${nonce}`;
  const storedKey = createHash('sha256').update(clientKey).digest();
  const signature = hmac(storedKey, `${bare},${serverFirst},${withoutProof}`);
  const proof = Buffer.from(clientKey.map((byte, i) => byte ^ signature.readUInt8(i)));
  return `${withoutProof},p=${proof.toString('base64')}`;
}
