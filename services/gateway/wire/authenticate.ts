import type { Duplex } from 'node:stream';
import type { ClientError } from '../../contract/errors.ts';
import type { Authenticated, Tokens } from '../../ledger/tokens/tokens.ts';
import {
  authenticationSasl,
  authenticationSaslContinue,
  authenticationSaslFinal,
  BodyReader,
  ProtocolViolation,
} from './frames.ts';
import { readExactly } from './read-exactly.ts';
import { SCRAM, SCRAM_PLUS, ScramExchange } from './scram.ts';

export type Authentication = { ok: true; who: Authenticated } | { ok: false; error: ClientError };

/** PostgreSQL takes up to 1,024 bytes of a SASL message. */
const MAX_SASL = 1024;

/** The same words for a wrong, an expired and a revoked token and for an unknown user. */
const WRONG_TOKEN: ClientError = {
  code: 'wrong_token',
  message: 'wrong user or token',
  hint: 'The user is who the token was made for; the password is the token. It may have expired or been revoked.',
};

const WRONG_BINDING: ClientError = {
  code: 'not_authorized',
  message: 'the channel binding does not fit this connection',
  detail: 'The client saw another TLS certificate than that of the gateway: something between them ends TLS.',
};

/**
 * Carries a SCRAM exchange through, also for a user who does not exist. `binding`: see `serverEndPoint`.
 * Throws ProtocolViolation, ConnectionEnded, and whatever `tokens` throws.
 */
export async function authenticate(
  stream: Duplex,
  user: string,
  tokens: Pick<Tokens, 'scram'>,
  binding: Buffer | null,
): Promise<Authentication> {
  const exchange = new ScramExchange(await tokens.scram(user), binding);
  stream.write(authenticationSasl(binding ? [SCRAM_PLUS, SCRAM] : [SCRAM]));

  const initial = new BodyReader(await readSaslMessage(stream));
  const mechanism = initial.cstring();
  const clientFirst = initial.bytes(initial.int32());
  if (initial.left > 0) throw new ProtocolViolation('bytes behind the end of a SASL message');
  stream.write(authenticationSaslContinue(exchange.first(mechanism, clientFirst.toString('utf8'))));

  const result = exchange.final((await readSaslMessage(stream)).toString('utf8'));
  if (!result.ok) return { ok: false, error: result.why === 'binding' ? WRONG_BINDING : WRONG_TOKEN };
  stream.write(authenticationSaslFinal(result.serverFinal));
  return { ok: true, who: result.who };
}

async function readSaslMessage(stream: Duplex): Promise<Buffer> {
  const header = await readExactly(stream, 5);
  const length = header.readInt32BE(1) - 4;
  if (header.readUInt8(0) !== 0x70) throw new ProtocolViolation('a SASL message was expected');
  if (length < 1 || length > MAX_SASL) throw new ProtocolViolation('a SASL message of impossible length');
  return readExactly(stream, length);
}
