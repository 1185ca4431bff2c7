// Turns of the event loop: what one principal's sessions take of it costs the others no more than a share of each turn.

/** What a principal may take in one turn: so many messages, a KiB of text counting as one. About two milliseconds. */
const SHARE = 32;

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
  #due = false;

  /** `nextTurn` calls back when all that has come for others meanwhile was looked at. */
  constructor(nextTurn: (act: () => void) => void = setImmediate) {
    this.#nextTurn = nextTurn;
  }

  /** Takes what a message of `bytes` costs: null when there is as much left, else what resolves when it has been had in a later turn. */
  take(principal: string, session: string, bytes: number): Promise<void> | null {
    const cost = 1 + bytes / 1_024;
    let mine = this.#principals.get(principal);
    if (!mine) {
      mine = { had: 0, bySession: new Map(), part: SHARE, waiting: [] };
      this.#principals.set(principal, mine);
    }
    if (had(mine, session, cost)) {
      this.#turnLater();
      return null;
    }
    const { waiting } = mine;
    return new Promise((resolve) => waiting.push({ session, cost, resolve }));
  }

  #turnLater(): void {
    if (this.#due) return;
    this.#due = true;
    this.#nextTurn(() => this.#turn());
  }

  #turn(): void {
    this.#due = false;
    for (const [name, mine] of this.#principals) {
      const { waiting } = mine;
      if (waiting.length === 0) {
        this.#principals.delete(name);
        continue;
      }
      mine.had = 0;
      mine.bySession.clear();
      mine.part = SHARE / waiting.length;
      for (let next = waiting[0]; next && had(mine, next.session, next.cost); next = waiting[0]) {
        waiting.shift();
        next.resolve();
      }
      this.#turnLater();
    }
  }
}

/** A message dearer than the share has a turn of its own; a session that has had nothing goes before one that has. */
function had(mine: Principal, session: string, cost: number): boolean {
  const own = mine.bySession.get(session) ?? 0;
  if (mine.had > 0 && mine.had + cost > SHARE) return false;
  if (own > 0 && own + cost > mine.part) return false;
  mine.had += cost;
  mine.bySession.set(session, own + cost);
  return true;
}
