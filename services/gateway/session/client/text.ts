import { isAscii } from 'node:buffer';
import type { ClientError } from '../../../contract/errors.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Null when the bytes are not UTF-8: two names must not become one by replacement characters. */
export function decode(bytes: Uint8Array): string | null {
  if (isAscii(bytes)) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/** PostgreSQL finds statements and portals by the first 63 bytes of their names: two longer ones could be one there. */
const NAME_BYTES = 63;

/** The name of a statement or portal, or why it is not taken. */
export function nameOf(bytes: Buffer): string | ClientError {
  if (bytes.length === 0) return '';
  if (bytes.length > NAME_BYTES) return NAME_TOO_LONG;
  for (const byte of bytes) if (byte > 0x7f) return decode(bytes) ?? NOT_UTF8;
  return bytes.toString('latin1');
}

const NAME_TOO_LONG: ClientError = {
  code: 'protocol_violation',
  sqlstate: '42622',
  message: `a name of a prepared statement or portal is longer than ${NAME_BYTES} bytes`,
};

export const NOT_UTF8: ClientError = { code: 'invalid_encoding', message: 'the text is not valid UTF-8' };
