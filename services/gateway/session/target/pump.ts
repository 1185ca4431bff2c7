// Takes one client message at a time. Nothing after a Sync or Query is sent on until its ReadyForQuery (docs/design.md, R1), nothing while
// a cancel is under way or an elevation is ending.
import type { ClientError } from '../../../contract/errors.ts';
import type { ClientFrame } from '../../wire/client-frames.ts';
import { errorResponse, FLUSH, ProtocolViolation, SYNC } from '../../wire/frames.ts';
import { BackendLost } from './backend.ts';
import { copyData, copyEnds } from '../client/copy.ts';
import { onBind, onClose, onDescribe, onExecute, onParse } from '../client/extended.ts';
import type { Session } from '../session.ts';
import { onQuery } from '../client/simple.ts';
import { type Steps, wait, walk } from '../steps.ts';

/** `again`: the mode changed on the way, so the message is handled anew. */
type Handled = 'again' | undefined;

export class Pump {
  readonly #session: Session;
  #running = false;
  #idle: NodeJS.Timeout | undefined;
  /** A message whose turn had to be waited for. */
  #held: ClientFrame | null = null;

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
    void walk(this.#messages());
  }

  *#messages(): Steps<void> {
    const session = this.#session;
    try {
      while (!session.closed && !session.awaitingReady) {
        yield* this.#settled();
        if (session.awaitingReady || session.closed) break;
        const room = session.replies.room();
        if (room !== null) {
          // What the target holds back would be waited for in vain.
          session.backend.send(FLUSH);
          yield* wait(room);
          continue;
        }
        // Who does not read what is answered here is read no further either.
        const slow = session.client.drained();
        if (slow !== null) {
          yield* wait(slow);
          continue;
        }
        // Who has made more wait for the ledger than its share is read no further; nobody is refused for it.
        const recorded = session.recorder.room();
        if (recorded !== null) {
          yield* wait(recorded);
          continue;
        }
        const frame = this.#held ?? session.client.next();
        if (!frame) break;
        const turn = frame === this.#held ? null : session.turn(cost(frame));
        this.#held = turn === null ? null : frame;
        if (turn !== null) {
          yield* wait(turn);
          continue;
        }
        clearTimeout(this.#idle);
        yield* this.#dispose(frame);
        const full = session.backend.drained();
        if (full !== null) yield* wait(full);
      }
    } catch (thrown) {
      session.broke(thrown);
    } finally {
      this.#running = false;
      session.rest();
      if (!session.closed && !session.awaitingReady) session.client.refill();
      this.#watchIdle();
    }
  }

  stop(): void {
    clearTimeout(this.#idle);
  }

  *#settled(): Steps<void> {
    for (;;) {
      const waiting = this.#session.ending?.done ?? this.#session.backend.hold;
      if (waiting === null || this.#session.closed) return;
      yield* wait(waiting);
    }
  }

  /**
   * Until the message is sent on, answered, or dropped. What was judged before a change of mode is judged again; a message that
   * comes to none of these is a fault, for its client would wait for ever.
   */
  *#dispose(frame: ClientFrame): Steps<void> {
    const session = this.#session;
    session.inHand = true;
    try {
      for (;;) {
        const { answered, epoch } = session;
        const handled = yield* this.#take(frame);
        if (handled !== 'again') {
          const done = session.answered !== answered || session.skipping || session.closed || !asksForAnswer(frame);
          if (done) return;
          if (session.epoch === epoch) throw new Error('a message came to nothing');
        }
        yield* this.#settled();
      }
    } finally {
      session.inHand = false;
    }
  }

  *#take(frame: ClientFrame): Steps<Handled> {
    const session = this.#session;
    const { epoch } = session;
    try {
      return yield* this.#handle(frame);
    } catch (thrown) {
      // The elevation ended in the middle of a question of ours: nothing was sent, and the message is for the reader.
      if (thrown instanceof BackendLost && (session.ending || session.epoch !== epoch)) return 'again';
      throw thrown;
    }
  }

  *#handle(frame: ClientFrame): Steps<Handled> {
    const session = this.#session;
    if (session.copyIn && !ofCopy(frame)) return unexpectedInCopy(session, frame.kind === 'message' ? frame.type : 'B');
    switch (frame.kind) {
      case 'copy_data':
        return copyData(session, frame.bytes);
      case 'piece':
        if (session.bindOpen) session.backend.send(frame.bytes);
        if (frame.last) session.bindOpen = false;
        return undefined;
      case 'bind_head':
        return session.skipping ? undefined : yield* onBind(session, frame.body, frame.raw, false);
      case 'dropped':
        return session.skipping ? undefined : tooLong(session, frame.type);
      case 'message':
        return yield* this.#message(frame);
    }
  }

  *#message({ type, body, raw }: ClientFrame & { kind: 'message' }): Steps<Handled> {
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
    if (session.copyIn) return undefined;
    if (type === 'S') {
      session.skipping = false;
      session.taken = 'sync';
      session.batch.commandRan = false;
      session.push({ kind: 'sync' }, SYNC);
      session.awaitingReady = true;
      return undefined;
    }
    if (session.skipping) {
      session.taken = null;
      return undefined;
    }
    switch (type) {
      case 'H':
        session.backend.send(FLUSH);
        return undefined;
      case 'Q':
        session.taken = 'query';
        return yield* onQuery(session, body, raw);
      case 'P':
        return yield* onParse(session, body, raw);
      case 'B':
        return yield* onBind(session, body, raw, true);
      case 'D':
        return yield* onDescribe(session, body, raw);
      case 'E':
        return yield* onExecute(session, body, raw);
      case 'C':
        return onClose(session, body, raw);
      default:
        throw new ProtocolViolation(`Unexpected message ${type}.`);
    }
  }

  #watchIdle(): void {
    const session = this.#session;
    clearTimeout(this.#idle);
    if (session.closed || session.awaitingReady || session.ending || session.copyIn) return;
    const inTransaction = session.status !== 'I' || session.batch.dirty;
    const { idleTimeout, idleInTransactionTimeout } = session.deps.limits;
    const ms = inTransaction ? idleInTransactionTimeout : idleTimeout;
    if (ms <= 0) return;
    const error: ClientError = {
      code: 'limit_exceeded',
      sqlstate: inTransaction ? '25P03' : '57P05',
      message: `the session was idle${inTransaction ? ' in a transaction' : ''} for longer than the limit of ${ms} ms`,
      hint: 'Connect again.',
    };
    this.#idle = setTimeout(() => session.end(error, 'idle'), ms);
  }
}

/** What it costs to take it, in short statements: texts are parsed and judged, what was judged before costs little. */
function cost(frame: ClientFrame): number {
  if (frame.kind !== 'message') return 0.1;
  const { type, body } = frame;
  return (type === 'Q' || type === 'P' || type === 'E' ? 1 : 0.2) + body.length / 4_096;
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
function tooLong(session: Session, type: string): undefined {
  if (type === 'F') {
    const message = 'FunctionCall is not supported';
    session.taken = 'query';
    return session.denyQuery({ code: 'not_supported', message, hint: 'Call it in a SELECT.' });
  }
  const error: ClientError = {
    code: 'limit_exceeded',
    message: 'the statement is longer than the limit',
    hint: 'Split it.',
  };
  if (type !== 'Q') return session.denyExtended(error);
  session.taken = 'query';
  return session.denyQuery(error);
}
