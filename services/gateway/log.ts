// The process's own log: JSON lines on standard error. What people did is in the ledger, not here.
import { type Logger, pino } from 'pino';

export type Log = Logger;

/** Wherever one of these names appears in what is logged, its value is not. */
const SECRETS = ['password', 'token', 'secret', 'authorization', 'cookie', 'key', 'connectionString'];

export function makeLog(level: string, destination: NodeJS.WritableStream = process.stderr): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*.*.*.${name}`]),
        censor: '[redacted]',
      },
      serializers: { err: describeError },
    },
    destination,
  );
}

/**
 * Name, message, code and stack, and those of its causes. Never an error's other fields: those of pg's errors hold
 * rows' values (`detail`), those of connection errors may hold the connection's settings.
 */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack, cause } = error;
  const code = (error as { code?: unknown }).code;
  return {
    name,
    message,
    stack,
    ...(typeof code === 'string' ? { code } : {}),
    ...(cause === undefined ? {} : { cause: describeError(cause) }),
  };
}
