// SCRAM-SHA-256 verifiers (RFC 5802, RFC 7677), as PostgreSQL keeps them: what is stored proves a secret and is not the secret.
import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(pbkdf2);

/** PostgreSQL's default; the secrets are random, so more would only slow connecting down. */
export const SCRAM_ITERATIONS = 4096;

export interface ScramVerifier {
  salt: Buffer;
  iterations: number;
  storedKey: Buffer;
  serverKey: Buffer;
}

/** `secret` is ASCII or was normalized by the caller (SASLprep leaves ASCII as it is). */
export async function scramVerifier(
  secret: string,
  salt: Buffer = randomBytes(16),
  iterations = SCRAM_ITERATIONS,
): Promise<ScramVerifier> {
  const salted = await derive(secret, salt, iterations, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  return {
    salt,
    iterations,
    storedKey: createHash('sha256').update(clientKey).digest(),
    serverKey: createHmac('sha256', salted).update('Server Key').digest(),
  };
}

/** The form that PostgreSQL takes for a password, so that neither the password nor a log of the statement holds it. */
export function postgresVerifier({ salt, iterations, storedKey, serverKey }: ScramVerifier): string {
  const text = (bytes: Buffer) => bytes.toString('base64');
  return `SCRAM-SHA-256$${iterations}:${text(salt)}$${text(storedKey)}:${text(serverKey)}`;
}
