import type { Clock } from '../contract/clock.ts';

export interface Deadline {
  /** Milliseconds left by the monotonic clock, at least 0. */
  left(): number;
  /** In how many milliseconds of `performance.now()` it falls due, for other clocks to be set by. */
  move(inMs: number): void;
  stop(): void;
}

/** Seconds before the end at which people are reminded. */
const WARN_AT = [120, 30];
const LONGEST_TIMER_MS = 3_600_000;

/**
 * Calls `onWarn` 120 and 30 seconds before the end (those that lie ahead) and `onDue` once at it. Runs on the monotonic clock: a wall
 * clock that is set back gives nobody more time.
 */
export function makeDeadline(
  clock: Clock,
  inMs: number,
  onWarn: (secondsLeft: number) => void,
  onDue: () => void,
): Deadline {
  let due = clock.monotonic() + inMs;
  let ahead: number[] = [];
  let timer: NodeJS.Timeout | undefined;
  const left = () => Math.max(0, due - clock.monotonic());

  const set = () => {
    clearTimeout(timer);
    const next = ahead[0] === undefined ? left() : left() - ahead[0] * 1_000;
    // Rounded up: a timer that comes a fraction early would only be set again.
    timer = setTimeout(ring, Math.min(Math.max(0, Math.ceil(next)), LONGEST_TIMER_MS));
  };
  const ring = () => {
    const now = left();
    if (now <= 0) return onDue();
    let warned: number | undefined;
    while (ahead[0] !== undefined && now <= ahead[0] * 1_000) warned = ahead.shift();
    set();
    if (warned !== undefined) onWarn(Math.ceil(now / 1_000));
  };
  const move = (ms: number) => {
    due = clock.monotonic() + ms;
    ahead = WARN_AT.filter((seconds) => ms > seconds * 1_000);
    set();
  };
  move(inMs);
  return { left, move, stop: () => clearTimeout(timer) };
}
