// A token as its owner holds it: `sudoql_`, 26 characters of base32 (160 random bits are 32), and a checksum.
import { createHash, randomBytes } from 'node:crypto';

const PREFIX = 'sudoql_';
/** Crockford's: no letters that look like digits. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const SECRET_LENGTH = 32;
const CHECK_LENGTH = 6;
const SHAPE = new RegExp(`^${PREFIX}[${ALPHABET}]{${SECRET_LENGTH + CHECK_LENGTH}}$`);

/** 160 random bits; five of each byte are used. */
export function newSecret(): string {
  const body = [...randomBytes(SECRET_LENGTH)].map((byte) => ALPHABET[byte & 31]).join('');
  return `${PREFIX}${body}${checksum(body)}`;
}

/** Whether this can be a token at all: scanners of sources and logs can tell one by it, and a typo costs no query. */
export function looksLikeSecret(text: string): boolean {
  if (!SHAPE.test(text)) return false;
  const body = text.slice(PREFIX.length, PREFIX.length + SECRET_LENGTH);
  return text.endsWith(checksum(body));
}

function checksum(body: string): string {
  const digest = createHash('sha256').update(`${PREFIX}${body}`).digest();
  return [...digest.subarray(0, CHECK_LENGTH)].map((byte) => ALPHABET[byte & 31]).join('');
}

/** What is stored for bearer authentication. The secret is random, so a plain hash cannot be searched. */
export function secretHash(secret: string): Buffer {
  return createHash('sha256').update(secret, 'utf8').digest();
}
