import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits, for cookies and codes. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

/** What is stored of one; it is random, so a plain hash cannot be searched. */
export const hashOf = (secret: string): Buffer => createHash('sha256').update(secret, 'utf8').digest();
