// Messages of PostgreSQL's protocol, built and read. Source: the manual's "Message Formats".
// Reading streams of them: client-frames.ts (from clients), target-frames.ts (from targets).
import { type ClientError, SQLSTATE } from '../../contract/errors.ts';

/** Bytes that are not PostgreSQL's protocol. Ends the connection with `protocol_violation`. */
export class ProtocolViolation extends Error {
  override name = 'ProtocolViolation';
}

/** `I` idle, `T` in a transaction, `E` in a failed one. */
export type TransactionStatus = 'I' | 'T' | 'E';

export function int16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** UTF-8 with a closing zero byte. Throws for a text that holds one itself: it would begin another field. */
export function cstring(text: string): Buffer {
  if (text.includes('\0')) throw new ProtocolViolation('a zero byte inside a text');
  return Buffer.from(`${text}\0`);
}

/** One message: its type, its length, its parts (a string becomes a `cstring`). */
export function message(type: string, ...parts: (Uint8Array | string)[]): Buffer {
  const bodies = parts.map((part) => (typeof part === 'string' ? cstring(part) : part));
  const length = bodies.reduce((sum, part) => sum + part.length, 4);
  const bytes = Buffer.allocUnsafe(length + 1);
  bytes[0] = type.charCodeAt(0);
  bytes.writeInt32BE(length, 1);
  let at = 5;
  for (const part of bodies) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

// ---- To clients

export interface NoticeFields {
  message: string;
  detail?: string;
  hint?: string;
  /** 1-based, in characters. */
  position?: number;
  /** Field `routine`. */
  code?: string;
  /** Without it: that of `code`, else 00000. */
  sqlstate?: string;
}

/** ErrorResponse. `file` says `sudoql`, `routine` the stable code. FATAL closes the connection behind it. */
export function errorResponse(error: ClientError, severity: 'ERROR' | 'FATAL' = 'ERROR'): Buffer {
  return message('E', fields(severity, error.sqlstate ?? SQLSTATE[error.code], error));
}

export function noticeResponse(notice: NoticeFields, severity: 'NOTICE' | 'WARNING' | 'INFO' = 'NOTICE'): Buffer {
  const known: Record<string, string> = SQLSTATE;
  return message('N', fields(severity, notice.sqlstate ?? known[notice.code ?? ''] ?? '00000', notice));
}

function fields(severity: string, sqlstate: string, from: NoticeFields): Buffer {
  const all: [string, string | undefined][] = [
    ['S', severity],
    ['V', severity],
    ['C', sqlstate],
    ['M', from.message],
    ['D', from.detail],
    ['H', from.hint],
    ['P', from.position === undefined ? undefined : String(from.position)],
    ['F', 'sudoql'],
    ['R', from.code],
  ];
  // Messages quote what clients sent: a zero byte in it must not begin a field of the client's making.
  const text = all.map(([key, value]) => (value ? `${key}${value.replaceAll('\0', '\uFFFD')}\0` : '')).join('');
  return Buffer.from(`${text}\0`);
}

export const parameterStatus = (name: string, value: string): Buffer => message('S', name, value);
export const readyForQuery = (status: TransactionStatus): Buffer => message('Z', Buffer.from(status));
export const commandComplete = (tag: string): Buffer => message('C', tag);
/** The cancel key is 4 bytes in protocol 3.0, up to 256 in 3.2. */
export const backendKeyData = (processId: number, secret: Uint8Array): Buffer => message('K', int32(processId), secret);

/** RowDescription of text columns (type 25, text format; its binary format has the same bytes). */
export function rowDescription(columns: string[], format: 0 | 1 = 0): Buffer {
  const parts: Buffer[] = [int16(columns.length)];
  for (const name of columns) {
    parts.push(cstring(name), int32(0), int16(0), int32(TEXT_OID), int16(-1), int32(-1), int16(format));
  }
  return message('T', ...parts);
}

/** DataRow of texts. */
export function dataRow(values: (string | null)[]): Buffer {
  const parts: Buffer[] = [int16(values.length)];
  for (const value of values) {
    if (value === null) {
      parts.push(int32(-1));
    } else {
      const bytes = Buffer.from(value);
      parts.push(int32(bytes.length), bytes);
    }
  }
  return message('D', ...parts);
}

export const TEXT_OID = 25;
export const parameterDescription = (oids: number[]): Buffer =>
  message('t', int16(oids.length), ...oids.map((oid) => int32(oid)));

export const PARSE_COMPLETE = message('1');
export const BIND_COMPLETE = message('2');
export const CLOSE_COMPLETE = message('3');

export const AUTHENTICATION_OK = message('R', int32(0));
export const authenticationSasl = (mechanisms: string[]): Buffer =>
  message('R', int32(10), ...mechanisms, Buffer.from([0]));
export const authenticationSaslContinue = (data: string): Buffer => message('R', int32(11), Buffer.from(data));
export const authenticationSaslFinal = (data: string): Buffer => message('R', int32(12), Buffer.from(data));
/** `version` is the whole one (0x00030002), `options` the `_pq_.` names not understood. */
export const negotiateProtocolVersion = (version: number, options: string[]): Buffer =>
  message('v', int32(version), int32(options.length), ...options);

// ---- To targets

export const query = (text: string): Buffer => message('Q', text);
/** `oids`: parameter types, as numbers or as the bytes of a client's Parse (count included). */
export const parse = (name: string, text: string, oids: number[] | Uint8Array = []): Buffer =>
  message('P', name, text, Array.isArray(oids) ? Buffer.concat([int16(oids.length), ...oids.map(int32)]) : oids);
/** Bind without parameters, results as text. */
export const bind = (portal: string, statement: string): Buffer =>
  message('B', portal, statement, int16(0), int16(0), int16(0));
export const describe = (what: 'S' | 'P', name: string): Buffer => message('D', Buffer.from(what), name);
/** `maxRows` 0 is all. */
export const execute = (portal: string, maxRows = 0): Buffer => message('E', portal, int32(maxRows));
export const close = (what: 'S' | 'P', name: string): Buffer => message('C', Buffer.from(what), name);
export const SYNC = message('S');
export const FLUSH = message('H');
export const TERMINATE = message('X');
export const copyData = (bytes: Uint8Array): Buffer => message('d', bytes);
export const COPY_DONE = message('c');
export const copyFail = (reason: string): Buffer => message('f', reason);

export const CANCEL_REQUEST = 80_877_102;
export const SSL_REQUEST = 80_877_103;
export const GSSENC_REQUEST = 80_877_104;

/** A CancelRequest, which has no type byte. */
export const cancelRequest = (processId: number, secret: Uint8Array): Buffer =>
  Buffer.concat([int32(12 + secret.length), int32(CANCEL_REQUEST), int32(processId), secret]);

// ---- Reading a message's body

/** Reads a body front to back; throws ProtocolViolation past its end. */
export class BodyReader {
  readonly #body: Buffer;
  #at: number;

  /** `from`: where to begin. */
  constructor(body: Buffer, from = 0) {
    this.#body = body;
    this.#at = from;
  }

  /** Bytes read so far. */
  get at(): number {
    return this.#at;
  }

  get left(): number {
    return this.#body.length - this.#at;
  }

  byte(): number {
    return this.#body.readUInt8(this.#pass(1));
  }

  int16(): number {
    return this.#body.readInt16BE(this.#pass(2));
  }

  int32(): number {
    return this.#body.readInt32BE(this.#pass(4));
  }

  /** The bytes up to a zero byte, without it; not checked to be UTF-8. */
  cstringBytes(): Buffer {
    const end = this.#body.indexOf(0, this.#at);
    if (end < 0) throw new ProtocolViolation('a text without its closing zero byte');
    const bytes = this.#body.subarray(this.#at, end);
    this.#at = end + 1;
    return bytes;
  }

  cstring(): string {
    return this.cstringBytes().toString('utf8');
  }

  bytes(count: number): Buffer {
    const from = this.#pass(count);
    return this.#body.subarray(from, this.#at);
  }

  /** Where the next `count` bytes begin, which are read by that. */
  #pass(count: number): number {
    if (count < 0 || count > this.left) throw new ProtocolViolation('a message shorter than it says');
    const from = this.#at;
    this.#at += count;
    return from;
  }

  rest(): Buffer {
    return this.bytes(this.left);
  }
}

/** Reads the body of a message that has its header before it. */
export const bodyOf = (raw: Buffer): BodyReader => new BodyReader(raw, 5);

/** The fields of an ErrorResponse or NoticeResponse by their letter (`C` SQLSTATE, `M` message, `P` position, …). */
export function readFields(body: Buffer): Map<string, string> {
  const reader = new BodyReader(body);
  const found = new Map<string, string>();
  for (let key = reader.byte(); key !== 0; key = reader.byte()) found.set(String.fromCharCode(key), reader.cstring());
  return found;
}

/** A CommandComplete's tag. */
export const readTag = (body: Buffer): string => body.toString('latin1', 0, body.length - 1);

/** A ParameterStatus's name and value. */
export function readParameterStatus(body: Buffer): [name: string, value: string] {
  const reader = new BodyReader(body);
  return [reader.cstring(), reader.cstring()];
}

/** A DataRow's values as bytes. */
export function readDataRow(body: Buffer): (Buffer | null)[] {
  const reader = new BodyReader(body);
  return Array.from({ length: reader.int16() }, () => {
    const length = reader.int32();
    return length < 0 ? null : reader.bytes(length);
  });
}
