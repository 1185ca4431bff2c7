/** So many connections to targets are opened at once for one principal. */
const AT_ONCE = 4;

/** The others of a principal who opens many wait in line: what opening costs gateway and target is shared like all else. */
export class Doorway {
  readonly #inside = new Map<string, number>();
  readonly #line = new Map<string, (() => void)[]>();

  async through<T>(principal: string, act: () => Promise<T>): Promise<T> {
    const inside = this.#inside.get(principal) ?? 0;
    if (inside < AT_ONCE) this.#inside.set(principal, inside + 1);
    else {
      const line = this.#line.get(principal) ?? [];
      this.#line.set(principal, line);
      // Whoever leaves hands the place on.
      await new Promise<void>((resolve) => line.push(resolve));
    }
    try {
      return await act();
    } finally {
      this.#leave(principal);
    }
  }

  #leave(principal: string): void {
    const line = this.#line.get(principal);
    const next = line?.shift();
    if (line?.length === 0) this.#line.delete(principal);
    const left = (this.#inside.get(principal) ?? 1) - 1;
    if (next) next();
    else if (left > 0) this.#inside.set(principal, left);
    else this.#inside.delete(principal);
  }
}
