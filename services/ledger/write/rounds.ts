/** What waits, by whose turn it is. */
export interface Turn {
  principal: string;
  session: string | null;
}

type Sessions<T> = Map<string, T[]>;

/**
 * Queues of principals, and of their sessions in them. In each round every principal gives one, each time from the next of its
 * sessions; a session gives in the order of arrival. Who has just given stands last.
 */
export class Rounds<T extends Turn> {
  readonly #principals = new Map<string, Sessions<T>>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(item: T): void {
    const { principal, session } = item;
    const sessions: Sessions<T> = this.#principals.get(principal) ?? new Map();
    this.#principals.set(principal, sessions);
    const queue = sessions.get(session ?? '');
    if (queue) queue.push(item);
    else sessions.set(session ?? '', [item]);
    this.#count++;
  }

  /** The first again, in their order. */
  putBack(items: readonly T[]): void {
    for (const item of items.toReversed()) {
      const { principal, session } = item;
      const sessions: Sessions<T> = this.#principals.get(principal) ?? new Map();
      const queue = sessions.get(session ?? '') ?? [];
      queue.unshift(item);
      toFront(sessions, session ?? '', queue);
      toFront(this.#principals, principal, sessions);
      this.#count++;
    }
  }

  /** In turn, until it is `full`, those that `fits` admits. A session whose first is passed over gives nothing this time. */
  take(fits: (item: T) => boolean, full: () => boolean): T[] {
    const taken: T[] = [];
    const open = new Map([...this.#principals].map(([name, sessions]) => [name, [...sessions.keys()]]));
    while (open.size > 0) {
      for (const [principal, left] of open) {
        if (full()) return taken;
        const item = this.#give(principal, left, fits);
        if (item) taken.push(item);
        else open.delete(principal);
      }
    }
    return taken;
  }

  #give(principal: string, left: string[], fits: (item: T) => boolean): T | null {
    const sessions = this.#principals.get(principal);
    for (let session = left.shift(); session !== undefined; session = left.shift()) {
      const queue = sessions?.get(session);
      const [first] = queue ?? [];
      if (!sessions || !queue || !first || !fits(first)) continue;
      queue.shift();
      this.#count--;
      sessions.delete(session);
      if (queue.length > 0) {
        sessions.set(session, queue);
        left.push(session);
      }
      this.#principals.delete(principal);
      if (sessions.size > 0) this.#principals.set(principal, sessions);
      return first;
    }
    return null;
  }

  /** Whose turn is next, of those that `fits` admits; it is not taken. */
  next(fits: (item: T) => boolean): T | undefined {
    return this.#principals
      .values()
      .flatMap((sessions) => sessions.values())
      .map(([first]) => first)
      .find((first) => first !== undefined && fits(first));
  }

  /** The first of a session's queue. */
  firstOf({ principal, session }: Turn): T | undefined {
    return this.#principals.get(principal)?.get(session ?? '')?.[0];
  }

  remove(item: T): boolean {
    const queue = this.#principals.get(item.principal)?.get(item.session ?? '');
    const at = queue?.indexOf(item) ?? -1;
    if (!queue || at === -1) return false;
    queue.splice(at, 1);
    this.#count--;
    this.#tidy(item);
    return true;
  }

  /** Takes out those that `which` names. */
  removeAll(which: (item: T) => boolean): T[] {
    const gone = [...this.#principals.values()].flatMap((each) => [...each.values()].flat()).filter(which);
    const named = new Set(gone);
    for (const [, sessions] of this.#principals) {
      for (const [session, queue] of sessions)
        sessions.set(
          session,
          queue.filter((item) => !named.has(item)),
        );
    }
    for (const item of gone) this.#tidy(item);
    this.#count -= gone.length;
    return gone;
  }

  #tidy({ principal, session }: T): void {
    const sessions = this.#principals.get(principal);
    if (sessions?.get(session ?? '')?.length === 0) sessions.delete(session ?? '');
    if (sessions?.size === 0) this.#principals.delete(principal);
  }
}

function toFront<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  const rest = [...map];
  map.clear();
  map.set(key, value);
  for (const [other, each] of rest) map.set(other, each);
}
