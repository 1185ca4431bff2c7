import type { ClientError } from '../../contract/errors.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Null when the bytes are not UTF-8: two names must not become one by replacement characters. */
export function decode(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

export const NOT_UTF8: ClientError = { code: 'invalid_encoding', message: 'the text is not valid UTF-8' };
