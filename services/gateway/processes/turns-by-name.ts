/** One at a time of each name, in the order in which they came; whoever holds one and is gone holds none. */
export class TurnsByName<Holder> {
  readonly #queues = new Map<string, { holder: Holder; begin(): void }[]>();

  /** Resolves when it is the holder's turn. */
  take(name: string, holder: Holder): Promise<void> {
    const queue = this.#queues.get(name) ?? [];
    this.#queues.set(name, queue);
    return new Promise((resolve) => {
      queue.push({ holder, begin: resolve });
      if (queue.length === 1) resolve();
    });
  }

  over(name: string, holder: Holder): void {
    const queue = this.#queues.get(name) ?? [];
    const at = queue.findIndex((each) => each.holder === holder);
    if (at >= 0) queue.splice(at, 1);
    if (at === 0) queue[0]?.begin();
    if (queue.length === 0) this.#queues.delete(name);
  }

  gone(holder: Holder): void {
    for (const [name, queue] of [...this.#queues]) {
      for (let left = queue.filter((each) => each.holder === holder).length; left > 0; left--) this.over(name, holder);
    }
  }
}
