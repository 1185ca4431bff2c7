// Where spans are sent, by OpenTelemetry's protocol.
import { headersOf } from './channels.ts';
import type { Source } from './problem.ts';
import { type Receiver, receiver } from './receiver.ts';
import type { ConfigFile } from './schema.ts';
import type { Secrets } from './secrets.ts';

export interface TraceSettings extends Receiver {
  /** Lower-case names. */
  headers: Record<string, string>;
  /** The part of all traces that is sent: from 0 to 1. */
  sample: number;
}

export function traceSettings(
  written: NonNullable<ConfigFile['traces']>,
  secrets: Secrets,
  source: Source,
  env: Record<string, string | undefined>,
): TraceSettings {
  const where = receiver(['traces'], written, secrets, source, env);
  const { username, password, pathname } = URL.parse(where.url) ?? {
    username: '',
    password: '',
    pathname: '/v1/traces',
  };
  if (username || password)
    throw source.problem(['traces', 'url'], 'expected no credentials in it: headers carry them');
  if (pathname === '/')
    throw source.problem(['traces', 'url'], 'expected the whole URL, such as https://otel.example.com/v1/traces');
  return {
    ...where,
    headers: headersOf(written.headers ?? {}, ['traces', 'headers'], secrets, source),
    sample: written.sample ?? 1,
  };
}
