// Turns of the event loop: what one principal's sessions take of it costs the others no more than a share of each turn.

/** What a principal may take in one turn: so many statements. A millisecond or two where it is by itself, else the least. */
const SHARE = 4;
const SHARE_BESIDE_OTHERS = 1.5;
/** A batch that was begun is gone on with up to here, whatever the share: in parts it would be written in parts, and wake the target for each. */
const ONE_BATCH = 3;
/** Who took something in this time is there. Milliseconds. */
const LATELY_MS = 1_000;

interface Waiter {
  session: string;
  cost: number;
  resolve(): void;
}

interface Principal {
  /** Had in this turn: of all its sessions, and of each. */
  had: number;
  bySession: Map<string, number>;
  /** What each session may have in this turn. */
  part: number;
  /** A session has one message in it. */
  waiting: Waiter[];
}

export class Turns {
  readonly #principals = new Map<string, Principal>();
  readonly #nextTurn: (act: () => void) => void;
  readonly #now: () => number;
  #due = false;
  /** Who took something in this stretch of time, and in the one before. */
  #lately = new Set<string>();
  #before = new Set<string>();
  #since = 0;
  #share = SHARE;

  /** `nextTurn` calls back when all that has come for others meanwhile was looked at. */
  constructor(nextTurn: (act: () => void) => void = setImmediate, now: () => number = () => performance.now()) {
    this.#nextTurn = nextTurn;
    this.#now = now;
  }

  /**
   * Takes `cost` statements' worth: null when there is as much left, else what resolves when it has been had in a later turn. `goesOn`: it
   * belongs to a batch that was begun.
   */
  take(principal: string, session: string, cost: number, goesOn = false): Promise<void> | null {
    let mine = this.#principals.get(principal);
    if (!mine) {
      mine = { had: 0, bySession: new Map(), part: this.#share, waiting: [] };
      this.#principals.set(principal, mine);
    }
    this.#lately.add(principal);
    if ((goesOn && hadBehind(mine, session, cost)) || had(mine, session, cost, this.#share)) {
      this.#turnLater();
      return null;
    }
    const { waiting } = mine;
    return new Promise((resolve) => waiting.push({ session, cost, resolve }));
  }

  /** Whether others than `principal` took something lately. */
  beside(principal: string): boolean {
    const now = this.#now();
    if (now - this.#since > 2 * LATELY_MS) this.#lately.clear();
    if (now - this.#since > LATELY_MS) this.#forget();
    const others = (names: ReadonlySet<string>) => names.size > (names.has(principal) ? 1 : 0);
    return others(this.#lately) || others(this.#before);
  }

  #turnLater(): void {
    if (this.#due) return;
    this.#due = true;
    this.#nextTurn(this.#turn);
  }

  readonly #turn = (): void => {
    this.#due = false;
    if (this.#now() - this.#since > LATELY_MS) this.#forget();
    this.#share = this.#isOne() ? SHARE : SHARE_BESIDE_OTHERS;
    for (const mine of this.#principals.values()) {
      const { waiting } = mine;
      mine.part = this.#share / Math.max(1, waiting.length);
      if (mine.had === 0 && waiting.length === 0) continue;
      mine.had = 0;
      mine.bySession.clear();
      for (let next = waiting[0]; next && had(mine, next.session, next.cost, this.#share); next = waiting[0]) {
        waiting.shift();
        next.resolve();
      }
      if (mine.had > 0) this.#turnLater();
    }
  };

  #forget(): void {
    this.#since = this.#now();
    this.#before = this.#lately;
    this.#lately = new Set();
    for (const [name, { waiting }] of this.#principals) {
      if (waiting.length === 0 && !this.#before.has(name)) this.#principals.delete(name);
    }
  }

  /** Whether one principal at most took something lately. */
  #isOne(): boolean {
    if (this.#lately.size > 1 || this.#before.size > 1) return false;
    for (const name of this.#before) return this.#lately.size === 0 || this.#lately.has(name);
    return true;
  }
}

/** What stands behind the beginning of its batch, as long as that is a short one. */
function hadBehind(mine: Principal, session: string, cost: number): boolean {
  const own = mine.bySession.get(session);
  if (own === undefined || own + cost > ONE_BATCH) return false;
  mine.had += cost;
  mine.bySession.set(session, own + cost);
  return true;
}

/** A message dearer than the share has a turn of its own; a session that has had nothing goes before one that has. */
function had(mine: Principal, session: string, cost: number, share: number): boolean {
  const own = mine.bySession.get(session) ?? 0;
  if (mine.had > 0 && mine.had + cost > share) return false;
  if (own > 0 && own + cost > mine.part) return false;
  mine.had += cost;
  mine.bySession.set(session, own + cost);
  return true;
}
