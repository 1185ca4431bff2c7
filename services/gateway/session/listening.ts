// LISTEN, where the target's operator permits it: what comes of it is bounded, counted, and never another mode's.
import type { ClientError } from '../../contract/errors.ts';
import type { Mode } from '../../contract/words.ts';
import { Alarm } from './alarm.ts';

/** A listener that takes nothing for so long, or is idle in a transaction, keeps everybody's notifications in the server's queue. */
export const LISTENER_PATIENCE_MS = 60_000;

const MINUTE_MS = 60_000;

/** What was listened to is over with the mode. */
export const notHeard = (mode: Mode): { message: string; hint: string } => ({
  message: `LISTEN has ended: the session is in ${mode} mode, which is another connection`,
  hint: 'LISTEN again where it is needed.',
});

export class Listening {
  /** LISTEN was sent in this mode. */
  on = false;
  /** Notifications that were passed on. */
  count = 0;
  bytes = 0;
  readonly #most: number;
  readonly #patience: number;
  readonly #stuck: Alarm;
  #ofMinute = 0;
  #minuteEnds = 0;

  /** `most`: bytes a minute. `patience`: milliseconds. `onStuck`: its client takes nothing. */
  constructor(most: number, patience: number, onStuck: () => void) {
    this.#most = most;
    this.#patience = patience;
    this.#stuck = new Alarm(onStuck);
  }

  /** One more of `bytes`: whether it may be passed on. */
  takes(bytes: number): boolean {
    const now = performance.now();
    if (now >= this.#minuteEnds) {
      this.#minuteEnds = now + MINUTE_MS;
      this.#ofMinute = 0;
    }
    this.#ofMinute += bytes;
    if (this.#ofMinute > this.#most) return false;
    this.count++;
    this.bytes += bytes;
    return true;
  }

  tooMany(): ClientError {
    return {
      code: 'limit_exceeded',
      message: `notifications of more than ${this.#most} bytes came within a minute`,
      detail: 'The operator sets it: limits.bytes.',
      hint: 'Connect again, and LISTEN to fewer channels.',
    };
  }

  tooSlow(): ClientError {
    return {
      code: 'limit_exceeded',
      message: `the session listens and has taken nothing for ${this.#patience} ms, which keeps notifications in the server's queue`,
      hint: 'Read what comes, or UNLISTEN.',
    };
  }

  /** Milliseconds that it may be idle in a transaction, where others may be `ms` (0: for ever). */
  idleInTransaction(ms: number): number {
    return this.on && (ms === 0 || ms > this.#patience) ? this.#patience : ms;
  }

  /** Its client has stopped reading. */
  blocked(): void {
    if (this.on && this.#stuck.due === Number.POSITIVE_INFINITY) this.#stuck.set(performance.now() + this.#patience);
  }

  /** And goes on. */
  drained(): void {
    this.#stuck.putOff();
  }

  end(): void {
    this.on = false;
    this.#stuck.end();
  }
}
