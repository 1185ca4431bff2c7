// The first packet of a connection, which has no type byte. Source: the manual's "Start-up" and "Message Formats".
import type { Readable } from 'node:stream';
import {
  BodyReader,
  CANCEL_REQUEST,
  GSSENC_REQUEST,
  negotiateProtocolVersion,
  ProtocolViolation,
  SSL_REQUEST,
} from './frames.ts';
import { readExactly } from './read-exactly.ts';

export interface Startup {
  minor: 0 | 2;
  user: string;
  /** The target's name. PostgreSQL's default, the user's name, would name no target: it is empty here. */
  database: string;
  /** All others but the `_pq_.` ones. */
  parameters: ReadonlyMap<string, string>;
  /** NegotiateProtocolVersion, where the client asked for more than is spoken here. */
  negotiate: Buffer | null;
}

export type FirstPacket =
  | { kind: 'ssl' }
  | { kind: 'gssenc' }
  | { kind: 'cancel'; processId: number; secret: Buffer }
  | { kind: 'startup'; startup: Startup }
  /** A version of the protocol that is not 3. */
  | { kind: 'other_version'; version: string };

const MAJOR = 3;
const NEWEST_MINOR = 2;

/**
 * Reads one first packet of at most `maxBytes`. Throws ProtocolViolation for what is none (another protocol, as a rule) and
 * ConnectionEnded.
 */
export async function readFirstPacket(stream: Readable, maxBytes: number): Promise<FirstPacket> {
  const length = (await readExactly(stream, 4)).readInt32BE();
  if (length < 8 || length > maxBytes) throw new ProtocolViolation('not a PostgreSQL startup packet');
  return parseFirstPacket(await readExactly(stream, length - 4));
}

/** `body`: the packet without its length. */
export function parseFirstPacket(body: Buffer): FirstPacket {
  const reader = new BodyReader(body);
  const code = reader.int32();
  if (code === SSL_REQUEST || code === GSSENC_REQUEST) {
    if (reader.left > 0) throw new ProtocolViolation('an encryption request of the wrong length');
    return { kind: code === SSL_REQUEST ? 'ssl' : 'gssenc' };
  }
  if (code === CANCEL_REQUEST) {
    const processId = reader.int32();
    const secret = Buffer.from(reader.rest());
    if (secret.length < 4 || secret.length > 256) throw new ProtocolViolation('a cancel key of impossible length');
    return { kind: 'cancel', processId, secret };
  }
  const major = code >>> 16;
  const minor = code & 0xffff;
  if (major !== MAJOR) return { kind: 'other_version', version: `${major}.${minor}` };
  return { kind: 'startup', startup: startup(minor, readParameters(reader)) };
}

function startup(asked: number, all: Map<string, string>): Startup {
  const minor = asked >= NEWEST_MINOR ? NEWEST_MINOR : 0;
  const extensions = [...all.keys()].filter((name) => name.startsWith('_pq_.'));
  const parameters = new Map([...all].filter(([name]) => !name.startsWith('_pq_.')));
  parameters.delete('user');
  parameters.delete('database');
  const differs = asked !== minor || extensions.length > 0;
  return {
    minor,
    user: all.get('user') ?? '',
    database: all.get('database') ?? '',
    parameters,
    negotiate: differs ? negotiateProtocolVersion((MAJOR << 16) | minor, extensions) : null,
  };
}

function readParameters(reader: BodyReader): Map<string, string> {
  const found = new Map<string, string>();
  for (let name = text(reader); name !== ''; name = text(reader)) {
    // Twice the same name is how two readers of one packet come to see different users.
    if (found.has(name)) throw new ProtocolViolation('a startup parameter that is given twice');
    found.set(name, text(reader));
  }
  if (reader.left > 0) throw new ProtocolViolation('bytes behind the end of the startup packet');
  return found;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function text(reader: BodyReader): string {
  try {
    return utf8.decode(reader.cstringBytes());
  } catch (error) {
    if (error instanceof ProtocolViolation) throw error;
    throw new ProtocolViolation('a startup parameter that is not UTF-8', { cause: error });
  }
}
