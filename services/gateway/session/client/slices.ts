/** So many in one turn of the event loop: a few milliseconds of it. */
const AT_ONCE = 200;

/**
 * Does at once what is little, and the rest in later turns of the event loop, in order: a batch of many thousand statements ends in
 * one moment, and others must not wait until all of that is written down.
 */
export class Slices {
  #left: (() => void)[] = [];
  #done = 0;
  #due = false;
  #empty: PromiseWithResolvers<void> | null = null;

  /** `weight`: as many as it is worth. */
  add(act: () => void, weight = 1): void {
    if (this.#left.length > 0 || this.#done >= AT_ONCE) this.#left.push(act);
    else {
      this.#done += weight;
      act();
    }
    this.#turnLater();
  }

  /** Null, or what resolves when nothing is left. */
  drained(): Promise<void> | null {
    if (this.#left.length === 0) return null;
    this.#empty ??= Promise.withResolvers();
    return this.#empty.promise;
  }

  #turnLater(): void {
    if (this.#due) return;
    this.#due = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#due = false;
    const now = this.#left.slice(0, AT_ONCE);
    this.#left = this.#left.slice(AT_ONCE);
    this.#done = now.length;
    if (this.#left.length > 0) this.#turnLater();
    for (const act of now) act();
    if (this.#left.length > 0 || !this.#empty) return;
    this.#empty.resolve();
    this.#empty = null;
  }
}
