import type { Clock } from '../../../contract/clock.ts';

/** Wrong keys for a session within a second after which the right one counts as guessed: a key of protocol 3.0 has 32 bits only. */
const MOST_A_SECOND = 20;
/** Sessions are counted each for itself, so that nobody can keep all others from cancelling, in room that does not grow. */
const COUNTERS = 2 ** 16;

/** Counts wrong cancel keys. */
export class WrongKeys {
  readonly #clock: Clock;
  readonly #counts = new Uint8Array(COUNTERS);
  #since = Number.NEGATIVE_INFINITY;
  #any = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  count(processId: number): void {
    this.#forget();
    const at = processId & (COUNTERS - 1);
    this.#counts[at] = Math.min(255, (this.#counts[at] ?? 0) + 1);
    this.#any = true;
  }

  /** So many came for this session that the right one may be one of them. */
  tooMany(processId: number): boolean {
    this.#forget();
    return (this.#counts[processId & (COUNTERS - 1)] ?? 0) > MOST_A_SECOND;
  }

  #forget(): void {
    const now = this.#clock.monotonic();
    if (now - this.#since <= 1_000) return;
    this.#since = now;
    if (this.#any) this.#counts.fill(0);
    this.#any = false;
  }
}
