// What the gateway reported about the session, for the prompt.
import {
  PARAMETER_DEFAULT_DURATION,
  PARAMETER_ENVIRONMENT,
  PARAMETER_MODE,
  PARAMETER_TARGET,
  PARAMETER_WRITE_UNTIL,
} from '../../services/contract/parameters.ts';
import type { Mode } from '../../services/contract/words.ts';

export interface SessionState {
  readonly target: string;
  readonly environment: string;
  readonly mode: Mode;
  /** Milliseconds since 1970 on our own clock; null in read. */
  readonly writeUntil: number | null;
  /** Seconds that an elevation without a duration gets; null when it was not reported. */
  readonly defaultDuration: number | null;
}

/** `clockOffset`: milliseconds that the gateway's clock is ahead of ours. */
export function readState(parameters: ReadonlyMap<string, string>, clockOffset: number): SessionState {
  const until = Date.parse(parameters.get(PARAMETER_WRITE_UNTIL) ?? '');
  const duration = Number.parseInt(parameters.get(PARAMETER_DEFAULT_DURATION) ?? '', 10);
  return {
    target: parameters.get(PARAMETER_TARGET) ?? '',
    environment: parameters.get(PARAMETER_ENVIRONMENT) ?? '',
    mode: parameters.get(PARAMETER_MODE) === 'write' ? 'write' : 'read',
    writeUntil: Number.isNaN(until) ? null : until - clockOffset,
    defaultDuration: duration > 0 ? duration : null,
  };
}

/** `shop (production)` */
export const placeOf = ({ target, environment }: SessionState): string =>
  environment ? `${target} (${environment})` : target;
