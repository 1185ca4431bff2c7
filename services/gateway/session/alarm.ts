// A clock that is set and put off with every statement, and costs a timer only now and then.

/** The longest that a timer takes. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Rings once, when the time that it was set to has come, unless it was set or put off again. The timer behind it is left running
 * meanwhile, and looks when it comes. It keeps no process alive.
 */
export class Alarm {
  readonly #ring: () => void;
  /** Monotonic, milliseconds. */
  #due = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #looksAt = Number.POSITIVE_INFINITY;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** When it rings; infinite when it is put off. */
  get due(): number {
    return this.#due;
  }

  /** `due`: on `performance.now()`'s clock. */
  set(due: number): void {
    this.#due = due;
    if (due < this.#looksAt) this.#lookAt(due);
  }

  putOff(): void {
    this.#due = Number.POSITIVE_INFINITY;
  }

  /** For good: it holds on to nothing any more. */
  end(): void {
    this.putOff();
    clearTimeout(this.#timer);
    this.#looksAt = Number.NEGATIVE_INFINITY;
  }

  #lookAt(due: number): void {
    clearTimeout(this.#timer);
    this.#looksAt = due;
    const ms = Math.min(Math.ceil(due - performance.now()), LONGEST_MS);
    this.#timer = setTimeout(this.#look, ms).unref();
  }

  readonly #look = (): void => {
    this.#timer = undefined;
    this.#looksAt = Number.POSITIVE_INFINITY;
    if (performance.now() < this.#due) {
      if (this.#due !== Number.POSITIVE_INFINITY) this.#lookAt(this.#due);
      return;
    }
    this.#due = Number.POSITIVE_INFINITY;
    this.#ring();
  };
}
