// Who may speak, and who owes whom an answer: a session's conversation with its client, as named states. Pure; its table is all there is to it.

/** What becomes of the client's next message. */
export type Phase =
  /** Not yet greeted: none is taken. */
  | 'greeting'
  /** It is taken. */
  | 'open'
  /** A Query or Sync is under way (docs/design.md, R1): none is taken. */
  | 'awaiting'
  /** An Execute of COPY FROM STDIN is under way, and the target has not asked for its data: none is taken. */
  | 'copy_asked'
  /** Data of a COPY, of a Query or of a batch. */
  | 'copy_of_query'
  | 'copy_of_batch'
  /** After an error in a batch: all up to the client's Sync is dropped. */
  | 'skipping';

export type Event =
  /** The client has its first ReadyForQuery. */
  | 'greeted'
  /** A Query goes to the target, or what stands for it. */
  | 'sent'
  /** The client's Sync goes to the target: also where what stood before it was skipped. */
  | 'synced'
  /** ReadyForQuery of what was sent. */
  | 'ready'
  /** An error, of the target's or ours, behind which PostgreSQL skips to the Sync. */
  | 'failed'
  /** An Execute of COPY FROM STDIN goes to the target. */
  | 'copy_asked'
  /** It was answered without asking for data. */
  | 'copy_refused'
  /** The target asks for data. */
  | 'copy_begins'
  /** The client, the target or the end of an elevation has ended the data. */
  | 'copy_ends'
  /** The writer was left: nothing that was sent to it is answered any more. */
  | 'left'
  /** A batch that was skipped has been answered whole, by the end of an elevation. */
  | 'forgiven';

/** Phase and event → the next phase. What is not listed changes nothing. */
export const NEXT: Readonly<Record<Phase, Partial<Record<Event, Phase>>>> = {
  greeting: { greeted: 'open' },
  open: {
    sent: 'awaiting',
    synced: 'awaiting',
    failed: 'skipping',
    copy_asked: 'copy_asked',
    copy_begins: 'copy_of_batch',
  },
  // An error of the batch before it: a Query is skipped as well, and nothing answers it.
  awaiting: { ready: 'open', failed: 'skipping', copy_begins: 'copy_of_query', left: 'open' },
  copy_asked: { copy_refused: 'open', copy_begins: 'copy_of_batch', failed: 'skipping', left: 'open' },
  copy_of_query: { copy_ends: 'awaiting', ready: 'open', left: 'open' },
  copy_of_batch: { copy_ends: 'open', failed: 'skipping', ready: 'open', left: 'open' },
  // The target answers no Query now: only the Sync ends it.
  skipping: { synced: 'awaiting', forgiven: 'open' },
};

/** A Query or Sync of the client's that has no ReadyForQuery yet. */
export type Taken = 'query' | 'sync' | null;

export class Conversation {
  #phase: Phase = 'greeting';
  #taken: Taken = null;
  #bindOpen = false;

  get phase(): Phase {
    return this.#phase;
  }

  get taken(): Taken {
    return this.#taken;
  }

  /** The pieces of a long Bind go to the target: nothing else can be said to it. */
  get bindOpen(): boolean {
    return this.#bindOpen;
  }

  /** Whether the client's next message is taken at all. */
  get takes(): boolean {
    return this.#phase !== 'awaiting' && this.#phase !== 'greeting';
  }

  get awaiting(): boolean {
    return this.#phase === 'awaiting';
  }

  get skipping(): boolean {
    return this.#phase === 'skipping';
  }

  get copies(): boolean {
    return this.#phase === 'copy_of_query' || this.#phase === 'copy_of_batch';
  }

  /** The only writer of the phase. */
  on(event: Event): void {
    this.#phase = NEXT[this.#phase][event] ?? this.#phase;
    if (event === 'ready' || event === 'failed') this.#taken = null;
    if (event === 'left') this.#bindOpen = false;
  }

  /** A Query or Sync came. */
  take(what: 'query' | 'sync'): void {
    this.#taken = what;
  }

  /** It was answered with a ReadyForQuery of ours, or dropped. */
  answered(): void {
    this.#taken = null;
  }

  bind(open: boolean): void {
    this.#bindOpen = open;
  }
}

/** What is known when a session comes to rest. */
export interface Moment {
  phase: Phase;
  taken: Taken;
  /** A message is being judged, recorded, elevated, or is about to be judged again. */
  inHand: boolean;
  /** Answers that the target owes. */
  queued: number;
  /** The target has answered, and the gateway ends the statement's own transaction before the client hears of it. */
  finishing: boolean;
  /** An elevation is ending, which says what is owed. */
  ending: boolean;
}

/** Whose move it is. `nobody`: the client waits for an answer that will not come. */
export type Turn = 'client' | 'gateway' | 'target' | 'nobody';

export function turnOf(moment: Moment): Turn {
  if (moment.inHand || moment.ending || moment.phase === 'greeting') return 'gateway';
  if (moment.taken === null || moment.phase === 'copy_of_query' || moment.phase === 'copy_of_batch') return 'client';
  if (moment.phase !== 'awaiting') return 'nobody';
  if (moment.finishing) return 'gateway';
  return moment.queued > 0 ? 'target' : 'nobody';
}
