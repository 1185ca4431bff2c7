// One principal, one target, one client connection: what every message, answer and end of an elevation does to it.
// Messages are taken one at a time (pump.ts); asynchronous only where it analyses, records, elevates or holds.
import type { ClientError } from '../../contract/errors.ts';
import { PARAMETER_MODE, PARAMETER_WRITE_UNTIL } from '../../contract/parameters.ts';
import type { EndReason } from '../../ledger/entry/entry.ts';
import {
  errorResponse,
  FLUSH,
  noticeResponse,
  parameterStatus,
  ProtocolViolation,
  readyForQuery,
  type TransactionStatus,
} from '../wire/frames.ts';
import type { Backend } from './target/backend.ts';
import { blockAfter, freshBatch } from './batch.ts';
import { turnOf } from './conversation.ts';
import { copyEnds } from './client/copy.ts';
import { endElevation, endInSession } from './write-mode/ending.ts';
import { fault, toError } from './statement/faults.ts';
import type { Allowed, Guard, Refused } from './statement/guard.ts';
import { POISON, POISON_QUERY } from './client/poison.ts';
import { union } from './statement/resolved.ts';
import { Withheld } from './statement/withheld.ts';
import { Pump } from './target/pump.ts';
import { makesUnseen } from './statement/recorded-first.ts';
import { noTransaction } from './target/commit-id.ts';
import { isCounted } from './target/counts.ts';
import { relay } from './target/relay.ts';
import { drop } from './target/replies.ts';
import type { Run } from './statement/runs.ts';
import { type Sent, type SessionParts, SessionState } from './state.ts';
import { tidy } from './target/tidying.ts';

const UNREACHABLE: ClientError = { code: 'target_unreachable', message: 'the target does not answer' };
/** How long a target may take to answer a cancel. */
const CANCEL_PATIENCE_MS = 10_000;

/** Nothing else is known to take no id of the target's for its transaction. */
const takesNoId = (effect: string) => effect === 'read' || effect === 'transaction' || effect === 'session';

/** Of a batch that is contained: what is to outlive it. */
const LASTS: ReadonlySet<string> = new Set(['VariableSetStmt', 'ListenStmt', 'UnlistenStmt']);

const commits = ({ statement }: Allowed) => statement.mechanics.transaction === 'commit';

export class Session extends SessionState {
  readonly guard: Guard;
  readonly #onClosed: () => void;
  readonly #pump = new Pump(this);
  readonly withheld = new Withheld(this);

  constructor(parts: SessionParts, reader: Backend) {
    super(parts, reader);
    this.#onClosed = parts.onClosed;
    this.guard = {
      policy: parts.deps.policy,
      now: () => parts.deps.clock.now(),
      fault: (why) => this.fault(new Error(why)),
      listens: parts.place.listen === true,
    };
    this.onStuckListener = () => this.end(this.listening.tooSlow(), 'a listener that does not read');
    this.limits.onTimeout = (error) => {
      if (this.replies.length > 0) this.interrupt(error);
    };
    this.client.onInput = () => this.pump();
    this.client.onGone = () => this.close('disconnected', 'the client left');
    this.client.probe = () => this.client.say(parameterStatus(PARAMETER_MODE, this.mode));
    this.client.onDrain = () => {
      this.listening.drained();
      this.backend.resume();
    };
    this.client.blocked = () => !this.conversation.takes || this.ending !== null || this.#pump.running;
    this.client.atBoundary = () => this.backend.clientAtBoundary;
    this.attach(reader);
  }

  /** Asks for what earlier statements may have changed, where it can be asked. */
  namesKnown(): Promise<void> | undefined {
    return this.replies.length === 0 && this.status !== 'E' && !this.batch.dirty ? tidy(this) : undefined;
  }

  attach(backend: Backend): void {
    backend.visitor = relay(this, backend);
    backend.onClose = () => this.#backendLost(backend);
    backend.onNotification = (raw) => {
      if (backend === this.backend && this.notified(raw.length)) this.client.say(Buffer.from(raw));
    };
  }

  // ---- Client to target

  /** Takes the client's messages as long as nothing must be waited for. */
  pump(): void {
    this.#pump.run();
  }

  /** Sends `message`, with what becomes of its answer. */
  push(reply: Sent, message?: Uint8Array): undefined {
    if (this.leaving) return drop(reply);
    this.answered++;
    this.answers(this.replies.push(reply));
    if (message) this.backend.send(message);
  }

  /** Answers here, in the queue's order. */
  answer(bytes: Buffer, undo?: () => void): undefined {
    this.push({ kind: 'local', answer: bytes, ...(undo ? { undo } : {}) });
  }

  answers(due: readonly Buffer[]): void {
    if (due.length > 0) this.client.write(Buffer.concat(due));
  }

  // ---- Refusing

  /** A refusal is recorded and remembered; `deny…` then says it. */
  refuse(refusal: Refused): ClientError {
    this.lastRefusal = { ...refusal, at: this.deps.clock.now() };
    this.recorder.refusal(refusal, this.context);
    this.deps.spans?.refused(this, refusal);
    this.writeMode?.account.refused(refusal.facts?.normalized ?? null, refusal.codes);
    return refusal.error;
  }

  /** Whatever refuses it: an error leaves the same transaction status that one of the target's would. */
  denyExtended(error: ClientError): undefined {
    this.conversation.on('failed');
    if (!this.alone) return this.push({ kind: 'parse', refusal: error }, POISON);
    this.answer(errorResponse(error));
    if (this.replies.length > 0) this.backend.send(FLUSH);
  }

  denyQuery(error: ClientError): undefined {
    if (this.alone && this.replies.length === 0) return this.answerReady(errorResponse(error));
    this.push({ kind: 'query', refusal: error }, POISON_QUERY);
    this.conversation.on('sent');
  }

  /** The answer to a Query that the target does not hear of. */
  answerReady(...answer: Buffer[]): undefined {
    this.answered++;
    this.conversation.answered();
    this.client.write(Buffer.concat([...answer, readyForQuery(this.status)]));
  }

  // ---- Target to client

  /** ReadyForQuery of something that the client sent. */
  ready(status: TransactionStatus): void {
    this.status = status;
    this.conversation.on('ready');
    // A failed transaction is no empty one: no change of mode may begin it anew.
    if (status !== 'T') this.bareBegin = null;
    if (status !== 'E') this.owed = null;
    this.batch = freshBatch();
    this.commitIdAhead = null;
    this.limits.ready();
    this.cycle.ready(status);
    if (this.schemaTouched && status === 'I') {
      this.schemaTouched = false;
      this.deps.schemaChanged?.(this.ref.target.name);
    }
    if (this.remade && status === 'I') this.namesRemade(null);
    this.searchPath.ready(status);
    if (status === 'I') {
      this.transaction = noTransaction();
      this.holding.length = 0;
      this.madeUnseen = false;
      this.recorder.transactionOver();
      this.calledOwn = false;
      this.ranOwn = null;
      for (const [name, portal] of this.portals) if (!portal.held) this.portals.delete(name);
      for (const name of this.tallies.keys()) if (!this.portals.has(name)) this.tallies.delete(name);
      const why = this.endWhenIdle;
      // Not in the middle of what came at once: the client has not been written it yet.
      if (why) queueMicrotask(() => void endElevation(this, why));
    }
    this.#pump.wake();
  }

  /** ReadyForQuery of a Sync of ours. */
  hiddenReady(body: Buffer): void {
    this.status = String.fromCharCode(body[0] ?? 0x49) as TransactionStatus;
    if (this.status !== 'T') this.bareBegin = null;
    this.batch.dirty = this.batch.began = false;
    this.commitIdAhead = null;
    this.batch.block = null;
    if (this.status === 'I') {
      this.transaction = noTransaction();
      this.holding.length = 0;
    }
    this.cycle.ready(this.status);
  }

  /** What is about to be sent, and is to be judged as part of a transaction. */
  sending(allowed: readonly Allowed[], runs: readonly Run[], text: string, instead: string | null): void {
    const transaction = allowed.some(({ statement }) => statement.mechanics.transaction === 'begin');
    const only = allowed.length === 1 ? allowed[0]?.statement.mechanics : undefined;
    const readOnly = instead ?? only?.asReadOnly ?? text;
    this.bareBegin = this.alone && only?.transaction === 'begin' ? { text, readOnly } : null;
    this.batch.began ||= transaction;
    this.madeUnseen ||= makesUnseen(allowed);
    if (this.forOneTransaction && allowed.length > 0) this.endWhenIdle ??= 'transaction';
    for (const each of allowed) {
      const { statement, facts } = each;
      const { transaction: verb } = statement.mechanics;
      // Also where it goes on with another one.
      if (verb === 'commit' || verb === 'rollback') this.transaction = noTransaction();
      // What was counted for a COMMIT that did not follow is less than there is.
      if (verb !== 'commit') this.cycle.counted(null);
      // Where nobody asked ahead of it, what it changes would be taken for an earlier transaction's: this one is not counted any more.
      if (isCounted(each)) this.transaction.counting = true;
      const wrote = !facts.effects.every(takesNoId);
      this.transaction.wrote ||= wrote;
      this.wroteInMode ||= wrote;
    }
    this.batch.dirty = true;
    for (const { statement, facts, obligations } of allowed) {
      this.batch.block = blockAfter(statement.mechanics, this.inBlock);
      if (statement.mechanics.holds) this.holding.push({ obligations });
      for (const name of statement.mechanics.setsOwn ?? []) this.own.set.add(name);
      if (facts.type === 'ListenStmt') this.listening.on = true;
      this.ranOwn = union(this.ranOwn, statement.mechanics.reached);
      if (statement.mechanics.remakes) this.namesRemade(statement.mechanics.remakes);
      this.batch.lasts ||= LASTS.has(facts.type) || statement.mechanics.sets !== undefined;
    }
    // What is judged behind it in the same batch must not be judged by the path before it.
    if (allowed.some(({ statement, facts }) => this.searchPath.changedBy(statement.mechanics, facts)))
      this.searchPath.touch();
    for (const run of runs) this.cycle.add(run, this.status);
    const reads = this.holding.length > 0 && (!this.inBlock || allowed.some(commits));
    this.runsUntil(reads ? [...runs, ...this.holding] : runs);
  }

  /** What is sent next ends a transaction, unless a block is open: cursors WITH HOLD are read to their end then, in the time that is theirs. */
  commitsNow(): void {
    if (this.holding.length > 0) this.runsUntil(this.holding);
  }

  /** Something is about to run, or to be planned, which may take as long. */
  runsUntil(sent: readonly Pick<Run, 'obligations'>[]): void {
    if (this.replies.length === 0) this.limits.paused();
    this.limits.start(sent);
  }

  /** Cancels what runs; its 57014 is shown as `error`. A target that does not even answer that is given up. */
  interrupt(error: ClientError): void {
    const { batch } = this;
    batch.interruption = error;
    this.withheld.spoil(error);
    void this.backend.cancel();
    const giveUp = () => {
      if (this.batch === batch && !batch.errorShown && !this.ending)
        this.end(UNREACHABLE, 'the target does not answer');
    };
    setTimeout(giveUp, CANCEL_PATIENCE_MS).unref();
  }

  /** A CancelRequest with this session's key. Resolves when the target has been told. */
  async cancel(): Promise<void> {
    if (this.stopWaiting) return this.stopWaiting();
    const { awaiting, copies } = this.conversation;
    if (this.closed || (this.replies.length === 0 && !awaiting && !copies)) return;
    if (copies) copyEnds(this, null);
    await this.backend.cancel();
  }

  say(notice: Parameters<typeof noticeResponse>[0], severity: 'NOTICE' | 'WARNING' = 'NOTICE'): void {
    this.client.say(noticeResponse(notice, severity));
  }

  /** Tells the client mode and deadline, and the target's parameters that are others now. */
  tellParameters(): void {
    const changed: Buffer[] = [];
    const tell = (name: string, value: string) => {
      if (this.told.get(name) === value) return;
      this.told.set(name, value);
      changed.push(parameterStatus(name, value));
    };
    tell(PARAMETER_MODE, this.mode);
    tell(PARAMETER_WRITE_UNTIL, this.elevation?.deadline.toISOString() ?? '');
    for (const [name, value] of this.backend.parameters) tell(name, value);
    if (changed.length > 0) this.client.say(...changed);
  }

  /** Whether a notification of so many bytes is passed on: nothing of a mode in which nobody asked for any. */
  notified(bytes: number): boolean {
    if (!this.listening.on || this.leaving || this.closed) return false;
    if (this.listening.takes(bytes)) return true;
    // Not in the middle of what came at once.
    queueMicrotask(() => this.end(this.listening.tooMany(), 'too many notifications'));
    return false;
  }

  /** The mode is another: what was listened to in the last one is not heard in this one. */
  listenedBefore(): boolean {
    const { on } = this.listening;
    this.listening.on = false;
    return on;
  }

  // ---- The end

  fault(thrown: unknown): ClientError {
    const { error, id } = fault();
    this.deps.log.error({ err: toError(thrown), request: id, session: this.ref.id }, 'a fault in a session');
    return error;
  }

  /** What was thrown in the middle of it: the session cannot go on. */
  broke(thrown: unknown): void {
    if (this.closed) return;
    if (thrown instanceof ProtocolViolation) {
      this.end({ code: 'protocol_violation', message: thrown.message }, 'protocol violation');
    } else this.end(this.fault(thrown), 'a fault');
  }

  /** Tells the client why, and closes. */
  end(error: ClientError, why: string, elevationEnd: EndReason = 'disconnected'): void {
    if (this.closed) return;
    this.client.end(errorResponse(error, 'FATAL'));
    this.close(elevationEnd, why);
  }

  /** Called where the session comes to rest: a client that would wait for ever is told so, and the fault is logged. */
  rest(): void {
    if (!this.closed && turnOf(this.moment) === 'nobody') {
      this.broke(new Error(`a client waits for an answer that nobody owes: ${JSON.stringify(this.moment)}`));
    }
  }

  #backendLost(backend: Backend): void {
    if (this.ending && backend === this.writer) {
      this.ending.lost();
      return;
    }
    if (this.closed) return;
    this.place.doubt?.(null);
    // After the target's own last words nothing more is said.
    if (this.batch.errorShown && backend === this.backend) this.client.end();
    this.end({ ...UNREACHABLE, message: 'the target closed the connection' }, 'the target was lost', 'writer_lost');
  }

  close(elevationEnd: EndReason, why: string): void {
    if (this.closed) return;
    this.closed = true;
    this.onOvertaken?.();
    this.stopWaiting?.();
    for (const stop of this.heard.values()) stop();
    this.#pump.stop();
    this.limits.end();
    this.listening.end();
    const { awaiting } = this.conversation;
    const running = this.replies.length > 0 || awaiting;
    const { reader, mode } = this;
    reader.visitor = null;
    // Behind the outcomes that are settled now.
    const ended = () =>
      queueMicrotask(() => {
        const { count, bytes } = this.listening;
        this.recorder.sessionEnded(
          count === 0 ? why : `${why}; ${count} notifications of ${bytes} bytes were passed on`,
        );
        const recorded = this.recorder.drained();
        if (recorded !== null) this.track(recorded);
      });
    if (mode === 'write')
      this.track(
        endInSession(this, elevationEnd)
          .then(ended)
          .then(() => this.lastEnd),
      );
    else {
      this.replies.abandon();
      this.cycle.lost(awaiting);
      ended();
    }
    if (running && mode === 'read') void reader.cancel().then(() => reader.close());
    else reader.close();
    this.client.end();
    this.#onClosed();
  }
}
