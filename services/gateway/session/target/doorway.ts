/** A target that does not answer is not the principal's doing. */
const LONGEST_PAUSE_MS = 100;
/** So many connections to targets are opened at once for one principal: where others are about, and where nobody is. */
const AT_ONCE = { beside: 1, alone: 4 };

/**
 * The others of a principal who opens many wait in line: what opening costs gateway and target is shared like all else. Beside others a
 * place is free again only after as long as the opening took once more, so that who opens without end has half of what opening can cost.
 */
export class Doorway {
  readonly #inside = new Map<string, number>();
  readonly #line = new Map<string, (() => void)[]>();
  readonly #beside: (principal: string) => boolean;

  /** `beside`: whether others than this principal are about. */
  constructor(beside: (principal: string) => boolean) {
    this.#beside = beside;
  }

  async through<T>(principal: string, act: () => Promise<T>): Promise<T> {
    const inside = this.#inside.get(principal) ?? 0;
    if (inside < this.#places(principal)) this.#inside.set(principal, inside + 1);
    else {
      const line = this.#line.get(principal) ?? [];
      this.#line.set(principal, line);
      // Whoever lets it in has counted it.
      await new Promise<void>((resolve) => line.push(resolve));
    }
    const began = performance.now();
    try {
      return await act();
    } finally {
      const leave = () => this.#leave(principal);
      if (this.#beside(principal)) setTimeout(leave, Math.min(performance.now() - began, LONGEST_PAUSE_MS));
      else leave();
    }
  }

  #places(principal: string): number {
    return this.#beside(principal) ? AT_ONCE.beside : AT_ONCE.alone;
  }

  #leave(principal: string): void {
    let inside = (this.#inside.get(principal) ?? 1) - 1;
    const line = this.#line.get(principal) ?? [];
    for (; inside < this.#places(principal) && line.length > 0; inside++) line.shift()?.();
    if (line.length === 0) this.#line.delete(principal);
    if (inside > 0) this.#inside.set(principal, inside);
    else this.#inside.delete(principal);
  }
}
