/** Counts connections that have not authenticated yet, all together and by address. */
export class HalfOpen {
  readonly #max: number;
  readonly #maxPerAddress: number;
  readonly #byAddress = new Map<string, number>();
  #count = 0;

  constructor(max: number, maxPerAddress: number) {
    this.#max = max;
    this.#maxPerAddress = maxPerAddress;
  }

  get count(): number {
    return this.#count;
  }

  /** A place, to be given back by calling what is returned (more than once does no harm); null when there is none. */
  enter(address: string): (() => void) | null {
    const here = this.#byAddress.get(address) ?? 0;
    if (this.#count >= this.#max || here >= this.#maxPerAddress) return null;
    this.#byAddress.set(address, here + 1);
    this.#count++;
    let inside = true;
    return () => {
      if (!inside) return;
      inside = false;
      this.#count--;
      const left = (this.#byAddress.get(address) ?? 1) - 1;
      if (left > 0) this.#byAddress.set(address, left);
      else this.#byAddress.delete(address);
    };
  }
}
