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

  /** A place of `address`, or of nobody yet, where a balancer is still to say whose it is; null when there is none. */
  enter(address: string | null): Place | null {
    if (this.#count >= this.#max) return null;
    const place = new Place(this.#byAddress, this.#maxPerAddress, () => this.#count--);
    if (address !== null && !place.isOf(address)) return null;
    this.#count++;
    return place;
  }
}

/** To be given back; more than once does no harm. */
export class Place {
  readonly #byAddress: Map<string, number>;
  readonly #most: number;
  readonly #left: () => void;
  #address: string | null = null;
  #inside = true;

  constructor(byAddress: Map<string, number>, most: number, left: () => void) {
    this.#byAddress = byAddress;
    this.#most = most;
    this.#left = left;
  }

  /** Counts it as this address's. False when that one has as many as it may. */
  isOf(address: string): boolean {
    const here = this.#byAddress.get(address) ?? 0;
    if (!this.#inside || here >= this.#most) return false;
    this.#forget();
    this.#address = address;
    this.#byAddress.set(address, here + 1);
    return true;
  }

  leave(): void {
    if (!this.#inside) return;
    this.#inside = false;
    this.#left();
    this.#forget();
  }

  #forget(): void {
    if (this.#address === null) return;
    const left = (this.#byAddress.get(this.#address) ?? 1) - 1;
    if (left > 0) this.#byAddress.set(this.#address, left);
    else this.#byAddress.delete(this.#address);
    this.#address = null;
  }
}
