// What policy is told from outside, before an elevation is decided.
import type { CheckSettings } from '../../elevation/checks/make-checks.ts';
import { receiver } from './receiver.ts';
import type { Source } from './problem.ts';
import type { ConfigFile } from './schema.ts';
import type { Secrets } from './secrets.ts';
import { milliseconds } from './units.ts';

const LONGEST_TIMEOUT = 10_000;

export function check(
  name: string,
  written: NonNullable<ConfigFile['checks']>[string],
  secrets: Secrets,
  source: Source,
  env: Record<string, string | undefined>,
): CheckSettings {
  const path = ['checks', name];
  const timeoutMs = milliseconds(written.timeout ?? '2s');
  if (timeoutMs < 1 || timeoutMs > LONGEST_TIMEOUT)
    throw source.problem([...path, 'timeout'], 'expected at most 10s: whoever asks waits for it');
  return {
    ...receiver(path, written, secrets, source, env),
    token: written.token === undefined ? null : secrets.fetch(written.token, [...path, 'token']),
    targets: written.targets ?? null,
    timeoutMs,
    cacheMs: milliseconds(written.cache ?? '10s'),
  };
}
