// Takes one client message at a time. Nothing after a Sync or Query is sent on until its ReadyForQuery (docs/design.md, R1), nothing while
// a cancel is under way or an elevation is ending.
import type { ClientError } from '../../../contract/errors.ts';
import type { ClientFrame } from '../../wire/client-frames.ts';
import { errorResponse, FLUSH, ProtocolViolation, SYNC } from '../../wire/frames.ts';
import { BackendLost } from './backend.ts';
import { copyData, copyEnds } from '../client/copy.ts';
import { onBind, onClose, onDescribe, onExecute, onParse } from '../client/extended.ts';
import { Alarm } from '../alarm.ts';
import { countAtSync } from './counts.ts';
import type { Session } from '../session.ts';
import { LONG_TEXT, textTooLong } from '../../../statements/text.ts';
import { onQuery } from '../client/simple.ts';
import { walk } from '../steps.ts';

/** `again`: the mode changed on the way, so the message is handled anew. */
type Handled = 'again' | undefined;

export class Pump {
  readonly #session: Session;
  #running = false;
  readonly #idle = new Alarm(() => this.#idleTooLong());
  /** A message whose turn had to be waited for. */
  #held: ClientFrame | null = null;
  /** Something was taken of a batch, and its Sync was not. */
  #inBatch = false;

  constructor(session: Session) {
    this.#session = session;
  }

  get running(): boolean {
    return this.#running;
  }

  /** Takes what has come, as far as nothing must be waited for; goes on by itself after that. Never throws. */
  run(): void {
    if (this.#running || this.#session.closed) return;
    this.#running = true;
    this.#goOn();
  }

  /** As `run`, when what is at hand has been dealt with. */
  wake(): void {
    if (this.#held === null && !this.#session.client.hasMore) this.#watchIdle();
    else queueMicrotask(() => this.run());
  }

  stop(): void {
    this.#idle.end();
  }

  readonly #goOn = (): void => {
    const session = this.#session;
    try {
      while (!session.closed && session.conversation.takes) {
        const step = this.#barrier() ?? this.#next();
        if (step === 'nothing') break;
        if (step === null) continue;
        step.then(this.#goOn, this.#broke);
        return;
      }
    } catch (thrown) {
      session.broke(thrown);
    }
    this.#rest();
  };

  readonly #broke = (thrown: unknown): void => {
    this.#session.broke(thrown);
    this.#rest();
  };

  #rest(): void {
    const session = this.#session;
    this.#running = false;
    session.rest();
    if (!session.closed && session.conversation.takes) session.client.refill();
    this.#watchIdle();
  }

  /** What must be waited for before the next message is taken. */
  #barrier(): Promise<unknown> | null {
    const session = this.#session;
    const settling = this.#settling();
    if (settling !== null) return settling;
    const room = session.replies.room();
    if (room !== null) {
      // What the target holds back would be waited for in vain.
      session.backend.send(FLUSH);
      return room;
    }
    // Who does not read what is answered here is read no further either; nor who has made more wait for the ledger than its share:
    // nobody is refused for it.
    return session.client.drained() ?? session.recorder.room() ?? session.backend.drained();
  }

  /** An elevation's end, or a cancel, that is under way. */
  #settling(): Promise<void> | null {
    const { ending, backend, closed } = this.#session;
    return closed ? null : (ending?.done ?? backend.hold);
  }

  /** Takes the next message. Null: it was dealt with at once. */
  #next(): Promise<void> | 'nothing' | null {
    const session = this.#session;
    const held = this.#held;
    const frame = held ?? session.client.next();
    if (!frame) return 'nothing';
    const turn = held ? null : session.turn(cost(frame), this.#inBatch && goesOn(frame));
    this.#held = turn === null ? null : frame;
    if (turn !== null) return turn;
    this.#inBatch = frame.kind === 'message' && 'PBDEC'.includes(frame.type);
    this.#idle.putOff();
    return this.#dispose(frame);
  }

  /**
   * Until the message is sent on, answered, or dropped. What was judged before a change of mode is judged again; a message that
   * comes to none of these is a fault, for its client would wait for ever.
   */
  #dispose(frame: ClientFrame): Promise<void> | null {
    const session = this.#session;
    const { answered, epoch } = session;
    session.inHand = true;
    let waits = false;
    try {
      const handled = this.#take(frame);
      waits = handled instanceof Promise || !this.#isDone(frame, handled, answered, epoch);
      return waits ? this.#disposeLater(frame, handled, answered, epoch) : null;
    } finally {
      if (!waits) session.inHand = false;
    }
  }

  async #disposeLater(
    frame: ClientFrame,
    taken: Handled | Promise<Handled>,
    before: number,
    in_: number,
  ): Promise<void> {
    const session = this.#session;
    let [handled, answered, epoch] = [taken, before, in_];
    try {
      while (!this.#isDone(frame, await handled, answered, epoch)) {
        for (let settling = this.#settling(); settling !== null; settling = this.#settling()) await settling;
        ({ answered, epoch } = session);
        handled = this.#take(frame);
      }
    } finally {
      session.inHand = false;
    }
  }

  /** False: it is to be taken again. `answered` and `epoch` are from before it was taken. */
  #isDone(frame: ClientFrame, handled: Handled, answered: number, epoch: number): boolean {
    const session = this.#session;
    if (handled === 'again') return false;
    if (session.answered !== answered || session.conversation.skipping || session.closed || !asksForAnswer(frame))
      return true;
    if (session.epoch === epoch) throw new Error('a message came to nothing');
    return false;
  }

  #take(frame: ClientFrame): Handled | Promise<Handled> {
    const { epoch } = this.#session;
    try {
      const handled = this.#handle(frame);
      return handled instanceof Promise ? handled.catch((thrown: unknown) => this.#lost(thrown, epoch)) : handled;
    } catch (thrown) {
      return this.#lost(thrown, epoch);
    }
  }

  /** The elevation ended in the middle of a question of ours: nothing was sent, and the message is for the reader. */
  #lost(thrown: unknown, epoch: number): 'again' {
    const session = this.#session;
    if (thrown instanceof BackendLost && (session.ending || session.epoch !== epoch)) return 'again';
    throw thrown;
  }

  #handle(frame: ClientFrame): Handled | Promise<Handled> {
    const session = this.#session;
    if (session.conversation.copies && !ofCopy(frame))
      return unexpectedInCopy(session, frame.kind === 'message' ? frame.type : 'B');
    switch (frame.kind) {
      case 'copy_data':
        return copyData(session, frame.bytes);
      case 'piece':
        if (session.conversation.bindOpen) session.backend.send(frame.bytes);
        if (frame.last) session.conversation.bind(false);
        return undefined;
      case 'bind_head':
        return session.conversation.skipping ? undefined : walk(onBind(session, frame.raw, false));
      case 'dropped':
        return session.conversation.skipping ? undefined : tooLong(session, frame.type, frame.length);
      case 'message':
        return this.#message(frame);
    }
  }

  #message({ type, raw }: ClientFrame & { kind: 'message' }): Handled | Promise<Handled> {
    const session = this.#session;
    if (type === 'X') {
      session.close('disconnected', 'the client said goodbye');
      return undefined;
    }
    if (type === 'c' || type === 'f') {
      copyEnds(session, raw);
      return undefined;
    }
    // PostgreSQL ignores these inside COPY.
    if (session.conversation.copies) return undefined;
    if (type === 'S') {
      session.conversation.take('sync');
      session.batch.commandRan = false;
      session.commitsNow();
      countAtSync(session);
      session.push({ kind: 'sync' }, SYNC);
      session.conversation.on('synced');
      return undefined;
    }
    if (session.conversation.skipping) {
      session.conversation.answered();
      return undefined;
    }
    switch (type) {
      case 'H':
        session.backend.send(FLUSH);
        return undefined;
      case 'Q':
        session.conversation.take('query');
        return walk(onQuery(session, raw));
      case 'P':
        return walk(onParse(session, raw));
      case 'B':
        return walk(onBind(session, raw, true));
      case 'D':
        return walk(onDescribe(session, raw));
      case 'E':
        return walk(onExecute(session, raw));
      case 'C':
        return onClose(session, raw);
      default:
        throw new ProtocolViolation(`Unexpected message ${type}.`);
    }
  }

  #watchIdle(): void {
    const session = this.#session;
    this.#idle.putOff();
    const { takes, copies } = session.conversation;
    if (session.closed || !takes || session.ending || copies) return;
    const ms = this.#mayBeIdle();
    if (ms > 0) this.#idle.set(performance.now() + ms);
  }

  /** Milliseconds; 0 is for ever. */
  #mayBeIdle(): number {
    const { idleTimeout, idleInTransactionTimeout } = this.#session.deps.limits;
    return this.#inTransaction() ? this.#session.listening.idleInTransaction(idleInTransactionTimeout) : idleTimeout;
  }

  #inTransaction(): boolean {
    const { status, batch } = this.#session;
    return status !== 'I' || batch.dirty;
  }

  #idleTooLong(): void {
    const session = this.#session;
    const inTransaction = this.#inTransaction();
    const ms = this.#mayBeIdle();
    const error: ClientError = {
      code: 'limit_exceeded',
      sqlstate: inTransaction ? '25P03' : '57P05',
      message: `the session was idle${inTransaction ? ' in a transaction' : ''} for longer than the limit of ${ms} ms`,
      detail:
        inTransaction && ms !== this.#session.deps.limits.idleInTransactionTimeout
          ? 'It listens, and what it has not heard stays in the queue of the whole server.'
          : `The operator sets it: limits.${inTransaction ? 'idle_in_transaction_timeout' : 'idle_timeout'}.`,
      hint: 'Connect again.',
    };
    session.end(error, 'idle');
  }
}

/** What it costs to take it, in short statements: texts are parsed and judged, what was judged before costs little. */
function cost(frame: ClientFrame): number {
  if (frame.kind !== 'message') return 0.1;
  const { type, raw } = frame;
  return (type === 'Q' || type === 'P' || type === 'E' ? 1 : 0.2) + raw.length / 4_096;
}

/** What a batch goes on with, but for another text; a Flush or Sync is its end, or that of a part of it. */
function goesOn(frame: ClientFrame): boolean {
  return frame.kind === 'message' && 'BDECHS'.includes(frame.type);
}

/** Flush, data and the end of data are answered by nothing of their own, as is a piece of a Bind. */
function asksForAnswer(frame: ClientFrame): boolean {
  if (frame.kind === 'message') return 'QPBDEC'.includes(frame.type);
  return frame.kind === 'bind_head' || frame.kind === 'dropped';
}

/** What may come while the target waits for the data of a COPY. */
function ofCopy(frame: ClientFrame): boolean {
  return frame.kind === 'copy_data' || (frame.kind === 'message' && 'cfSHX'.includes(frame.type));
}

/** PostgreSQL's own words, and its end of the connection: it has read a header whose body it does not expect. */
function unexpectedInCopy(session: Session, type: string): undefined {
  const code = Buffer.from(type, 'latin1').toString('hex');
  const message = `unexpected message type 0x${code} during COPY from stdin`;
  session.client.say(errorResponse({ code: 'protocol_violation', message }));
  throw new ProtocolViolation('terminating connection because protocol synchronization was lost');
}

/** A message that was too long to be held, or a FunctionCall: its body was dropped. */
function tooLong(session: Session, type: string, length: number): undefined {
  if (type === 'F') {
    const message = 'FunctionCall is not supported';
    session.conversation.take('query');
    return session.denyQuery({ code: 'not_supported', message, hint: 'Call it in a SELECT.' });
  }
  const { mode } = session;
  const { textRead, textWrite } = session.deps.limits;
  const error: ClientError = {
    code: 'limit_exceeded',
    message: textTooLong(length, mode === 'read' ? textRead : textWrite, mode),
    hint: LONG_TEXT[mode],
  };
  if (type !== 'Q') return session.denyExtended(error);
  session.conversation.take('query');
  return session.denyQuery(error);
}
