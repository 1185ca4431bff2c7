import { type Bound, type Counts, makeCounts, type Taken } from '../processes/counts.ts';

export interface HalfOpenOptions {
  /** Names what is counted: each kind of connection has places of its own. */
  kind: string;
  /** Connections, all together and by address. */
  most: number;
  mostPerAddress: number;
  /** Default: counted in this process. */
  counts?: Counts | undefined;
}

/** Counts connections that have not authenticated yet, all together and by address. */
export class HalfOpen {
  readonly #options: HalfOpenOptions;
  readonly #counts: Counts;
  #count = 0;

  constructor(options: HalfOpenOptions) {
    this.#options = options;
    this.#counts = options.counts ?? makeCounts();
  }

  /** Of this process. */
  get count(): number {
    return this.#count;
  }

  /** A place of `address`, or of nobody yet, where a balancer is still to say whose it is; null when there is none. */
  async enter(address: string | null): Promise<Place | null> {
    const { kind, most } = this.#options;
    const bounds = [{ of: `half-open ${kind}`, most }, ...(address === null ? [] : [this.#ofAddress(address)])];
    const taken = await this.#counts.take(bounds);
    if (!taken.ok) return null;
    this.#count++;
    const take = async (whose: string) => this.#counts.take([this.#ofAddress(whose)]);
    return new Place(taken.leave, take, () => this.#count--);
  }

  #ofAddress(address: string): Bound {
    const { kind, mostPerAddress } = this.#options;
    return { of: `half-open ${kind} ${address}`, most: mostPerAddress };
  }
}

/** To be given back; more than once does no harm. */
export class Place {
  readonly #leaves: (() => void)[];
  readonly #take: (address: string) => Promise<Taken>;
  readonly #left: () => void;
  #inside = true;

  constructor(leave: () => void, take: (address: string) => Promise<Taken>, left: () => void) {
    this.#leaves = [leave];
    this.#take = take;
    this.#left = left;
  }

  /** Counts it as this address's too. False when that one has as many as it may. */
  async isOf(address: string): Promise<boolean> {
    const taken = await this.#take(address);
    if (!taken.ok) return false;
    if (this.#inside) this.#leaves.push(taken.leave);
    else taken.leave();
    return this.#inside;
  }

  leave(): void {
    if (!this.#inside) return;
    this.#inside = false;
    this.#left();
    for (const leave of this.#leaves) leave();
  }
}
