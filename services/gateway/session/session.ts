// One principal, one target, one client connection: the state, and the pump that takes one client message at a time.
// Asynchronous only where it analyses, records, elevates or holds.
import type { ClientError } from '../../contract/errors.ts';
import { PARAMETER_MODE, PARAMETER_WRITE_UNTIL } from '../../contract/parameters.ts';
import type { Mode } from '../../contract/words.ts';
import type { LiveElevation, SessionRef, WriterBackend } from '../../elevation/elevations.ts';
import type { EndReason } from '../../ledger/entry.ts';
import type { AnalysisContext } from '../../statements/analysis.ts';
import type { ClientFrame } from '../wire/client-frames.ts';
import {
  errorResponse,
  FLUSH,
  noticeResponse,
  parameterStatus,
  ProtocolViolation,
  readyForQuery,
  SYNC,
  type TransactionStatus,
} from '../wire/frames.ts';
import type { Account } from './account.ts';
import type { Backend } from './backend.ts';
import type { ClientConnection } from './client.ts';
import { copyData, copyEnds } from './copy.ts';
import type { SessionDeps, SessionTarget } from './deps.ts';
import { type Ending, endElevation, endInSession } from './ending.ts';
import { onBind, onClose, onDescribe, onExecute, onParse } from './extended.ts';
import { fault, toError } from './faults.ts';
import type { Allowed, DecisionContext, Guard, Refused } from './guard.ts';
import type { Limits } from './limits.ts';
import { POISON, POISON_QUERY, POISON_TEXT } from './poison.ts';
import type { Recorder } from './recording.ts';
import { relay } from './relay.ts';
import { Replies, type Reply } from './replies.ts';
import { Cycle, type Run } from './runs.ts';
import type { ClientSettings } from './settings.ts';
import { onQuery } from './simple.ts';
import { type Prepared, PreparedStatements } from './statements.ts';
import { tidy } from './tidying.ts';

/** An entry of the queue, with the statements whose outcome its answers tell. */
export interface Sent extends Reply {
  readonly runs?: readonly Run[];
}

export interface Portal {
  /** Of a cursor: its DECLARE. */
  readonly text: string;
  readonly prepared: Prepared | null;
  /** Values bound to one of sudoql's own commands. */
  readonly values: (string | null)[];
  readonly format: 0 | 1;
  readonly cursor: boolean;
}

export interface SessionParts {
  ref: SessionRef;
  deps: SessionDeps;
  place: SessionTarget;
  client: ClientConnection;
  settings: ClientSettings;
  recorder: Recorder;
  limits: Limits;
  /** Work that outlives the session (the end of an elevation), for the shutdown to wait for. */
  track(work: Promise<void>): void;
  onClosed(): void;
}

export class Session {
  readonly ref: SessionRef;
  readonly deps: SessionDeps;
  readonly place: SessionTarget;
  readonly client: ClientConnection;
  readonly settings: ClientSettings;
  readonly recorder: Recorder;
  readonly limits: Limits;
  readonly guard: Guard;
  readonly track: (work: Promise<void>) => void;
  readonly #onClosed: () => void;

  mode: Mode = 'read';
  /** Raised with each change of mode: what was judged before it is judged again. */
  epoch = 0;
  status: TransactionStatus = 'I';
  readonly reader: Backend;
  writer: Backend | null = null;
  elevation: LiveElevation | null = null;
  account: Account | null = null;

  readonly replies = new Replies<Sent>();
  readonly prepared = new PreparedStatements();
  readonly portals = new Map<string, Portal>();
  readonly cycle: Cycle;

  /** Something was executed since the last ReadyForQuery. */
  dirty = false;
  /** BEGIN was among it. */
  began = false;
  /** After an error: everything up to the client's Sync is dropped. */
  skipping = false;
  /** A Query or Sync is under way (R1). */
  awaitingReady = false;
  copyIn = false;
  /** The pieces of a long Bind go to the target. */
  bindOpen = false;
  /** sudo or unsudo ran in this batch: nothing may follow before its Sync. */
  commandRan = false;
  /** The client's BEGIN, as long as nothing else ran in its transaction. */
  bareBegin: string | null = null;
  /** What the client is told instead of the target's 57014. */
  interruption: ClientError | null = null;
  /** Rows were kept from the client: its statement must not look complete. */
  truncated = false;
  /** An error was shown in place of an answer: the rest up to ReadyForQuery is not. */
  muted = false;
  errorShown = false;
  /** A statement ran to its end and was refused after all: its transaction must not go on. */
  failsTransaction = false;
  /** The tag is kept back until the statement's own transaction is committed (affected.ts); then `onReady` says how it ended. */
  holdsTag = false;
  heldTag: Buffer | null = null;
  onReady: ((status: TransactionStatus) => Promise<Buffer>) | null = null;
  ending: Ending | null = null;
  /** The error that a transaction, idle when its elevation ended, has not seen yet. */
  owed: ClientError | null = null;
  /** Ends the elevation when its transaction has ended. */
  endWhenIdle: EndReason | null = null;
  /** The writer's backend as the target shows it. */
  writerShown: WriterBackend | null = null;
  /** Settled when the last elevation's end is recorded. */
  lastEnd: Promise<void> = Promise.resolve();
  lastRefusal: (Refused & { at: Date }) | null = null;
  /** As SHOW search_path prints it; null when not known. */
  searchPath: string | null = null;
  searchPathTouched = false;
  nameTouched = false;
  schemaTouched = false;
  applicationName: string;
  /** ParameterStatus as the client has them. */
  readonly told = new Map<string, string>();
  closed = false;
  #context: DecisionContext | null = null;
  #analysisContext: AnalysisContext | null = null;
  #pumping = false;
  #idle: NodeJS.Timeout | undefined;

  constructor(parts: SessionParts, reader: Backend) {
    this.ref = parts.ref;
    this.deps = parts.deps;
    this.place = parts.place;
    this.client = parts.client;
    this.settings = parts.settings;
    this.recorder = parts.recorder;
    this.limits = parts.limits;
    this.track = parts.track;
    this.#onClosed = parts.onClosed;
    this.reader = reader;
    this.applicationName = parts.settings.applicationName;
    this.cycle = new Cycle(() => parts.deps.clock.monotonic());
    this.guard = {
      policy: parts.deps.policy,
      now: () => parts.deps.clock.now(),
      fault: (why) => this.fault(new Error(why)),
    };
    this.client.onInput = () => void this.pump();
    this.client.onGone = () => this.close('disconnected', 'the client left');
    this.client.onDrain = () => this.backend.resume();
    this.client.blocked = () => this.awaitingReady || this.ending !== null || this.#pumping;
    this.client.atBoundary = () => this.backend.clientAtBoundary;
    this.attach(reader);
  }

  get backend(): Backend {
    return this.mode === 'write' && this.writer ? this.writer : this.reader;
  }

  /** Nothing in this transaction could be committed by going on. */
  get alone(): boolean {
    return this.status === 'I' && !this.dirty;
  }

  /** Whether the target owes an answer, or holds work that a Sync would commit. */
  get busy(): boolean {
    return this.replies.length > 0 || this.awaitingReady || this.dirty || this.copyIn;
  }

  get context(): DecisionContext {
    const { elevation, ref } = this;
    this.#context ??= {
      version: 1,
      principal: ref.principal,
      target: ref.target,
      session: { id: ref.id, via: ref.via, application_name: ref.applicationName, client_address: ref.clientAddress },
      mode: this.mode,
      elevation: elevation && {
        id: elevation.id,
        reason: elevation.reason,
        started_at: elevation.startedAt.toISOString(),
        deadline: elevation.deadline.toISOString(),
      },
    };
    return this.#context;
  }

  analysisContext(): AnalysisContext {
    this.#analysisContext ??= {
      target: this.ref.target.name,
      searchPath: this.searchPath,
      mode: this.mode,
      login: this.backend.login,
    };
    return this.#analysisContext;
  }

  /** Mode, elevation, login or search_path are others now. */
  contextChanged(): void {
    this.#context = null;
    this.#analysisContext = null;
  }

  /** Asks for what earlier statements may have changed, where it can be asked. */
  namesKnown(): Promise<void> | undefined {
    return this.replies.length === 0 && this.status !== 'E' && !this.dirty ? tidy(this) : undefined;
  }

  attach(backend: Backend): void {
    backend.visitor = relay(this, backend);
    backend.onClose = () => this.#backendLost(backend);
  }

  // ---- Client to target

  /** Takes messages as long as nothing must be waited for. */
  async pump(): Promise<void> {
    if (this.#pumping || this.closed) return;
    this.#pumping = true;
    try {
      while (!this.closed && !this.awaitingReady) {
        await this.#settled();
        if (this.awaitingReady || this.closed) break;
        const frame = this.client.next();
        if (!frame) break;
        clearTimeout(this.#idle);
        while ((await this.#handle(frame)) === 'again') await this.#settled();
        const full = this.backend.drained();
        if (full !== null) await full;
      }
    } catch (thrown) {
      this.#broke(thrown);
    } finally {
      this.#pumping = false;
      if (!this.closed && !this.awaitingReady) this.client.refill();
      this.#watchIdle();
    }
  }

  /** Nothing is sent while a cancel is under way, or an elevation is ending. */
  async #settled(): Promise<void> {
    for (;;) {
      const waiting = this.ending?.done ?? this.backend.hold;
      if (waiting === null || this.closed) return;
      await waiting;
    }
  }

  async #handle(frame: ClientFrame): Promise<'again' | undefined> {
    switch (frame.kind) {
      case 'copy_data':
        return copyData(this, frame.bytes);
      case 'piece':
        if (this.bindOpen) this.backend.send(frame.bytes);
        if (frame.last) this.bindOpen = false;
        return undefined;
      case 'bind_head':
        return this.skipping ? undefined : onBind(this, frame.body, frame.raw, false);
      case 'dropped':
        return this.#tooLong(frame.type);
      case 'message':
        return this.#message(frame);
    }
  }

  #message({ type, body, raw }: ClientFrame & { kind: 'message' }): Promise<'again' | undefined> | undefined {
    if (type === 'X') {
      this.close('disconnected', 'the client said goodbye');
      return undefined;
    }
    if (type === 'c' || type === 'f') {
      copyEnds(this, raw);
      return undefined;
    }
    if (this.copyIn) {
      // PostgreSQL ignores these inside COPY, and nothing else is possible there.
      if (type === 'S' || type === 'H') return undefined;
      throw new ProtocolViolation('Unexpected message during COPY FROM STDIN.');
    }
    if (type === 'S') {
      this.skipping = false;
      this.commandRan = false;
      this.push({ kind: 'sync' }, SYNC);
      this.awaitingReady = true;
      return undefined;
    }
    if (this.skipping) return undefined;
    switch (type) {
      case 'H':
        this.backend.send(FLUSH);
        return undefined;
      case 'Q':
        return onQuery(this, body, raw);
      case 'P':
        return onParse(this, body, raw);
      case 'B':
        return onBind(this, body, raw, true);
      case 'D':
        return onDescribe(this, body, raw);
      case 'E':
        return onExecute(this, body, raw);
      case 'C':
        onClose(this, body, raw);
        return undefined;
      default:
        throw new ProtocolViolation(`Unexpected message ${type}.`);
    }
  }

  #tooLong(type: string): undefined {
    if (this.skipping) return;
    if (type === 'F') {
      return this.denyQuery({
        code: 'not_supported',
        message: 'FunctionCall is not supported',
        hint: 'Call it in a SELECT.',
      });
    }
    const error: ClientError = {
      code: 'limit_exceeded',
      message: 'the statement is longer than the limit',
      hint: 'Split it.',
    };
    if (type === 'Q') return this.denyQuery(error);
    return this.denyExtended(error);
  }

  /** Sends `message`, with what becomes of its answer. */
  push(reply: Sent, message?: Uint8Array): void {
    this.answers(this.replies.push(reply));
    if (message) this.backend.send(message);
  }

  /** Answers here, in the queue's order. */
  answer(bytes: Buffer, undo?: () => void): undefined {
    this.push({ kind: 'local', answer: bytes, ...(undo ? { undo } : {}) });
  }

  answers(due: Buffer[]): void {
    if (due.length > 0) this.client.write(Buffer.concat(due));
  }

  // ---- Refusing

  /** A refusal is recorded and remembered; `deny…` then says it. */
  refuse(refusal: Refused): ClientError {
    this.lastRefusal = { ...refusal, at: this.deps.clock.now() };
    this.recorder.refusal(refusal, this.context);
    return refusal.error;
  }

  denyExtended(error: ClientError): undefined {
    this.skipping = true;
    if (this.alone) return this.answerError(error);
    this.push({ kind: 'parse', refusal: error }, POISON);
  }

  /** An answer of ours that happens to be an error: the transaction goes on. */
  answerError(error: ClientError): undefined {
    this.skipping = true;
    this.answer(errorResponse(error));
    if (this.replies.length > 0) this.backend.send(FLUSH);
  }

  denyQuery(error: ClientError): undefined {
    if (this.alone && this.replies.length === 0) {
      this.client.write(Buffer.concat([errorResponse(error), readyForQuery('I')]));
      return;
    }
    this.push({ kind: 'query', refusal: error }, POISON_QUERY);
    this.awaitingReady = true;
  }

  // ---- Target to client

  /** ReadyForQuery of something that the client sent. */
  ready(status: TransactionStatus): void {
    this.status = status;
    this.awaitingReady = false;
    this.dirty = this.began = this.truncated = this.muted = this.errorShown = this.commandRan = false;
    this.failsTransaction = this.holdsTag = false;
    this.interruption = this.heldTag = null;
    this.limits.ready();
    this.cycle.ready(status);
    if (this.schemaTouched) {
      this.schemaTouched = false;
      this.deps.schemaChanged?.(this.ref.target.name);
    }
    if (this.searchPathTouched) {
      // A rollback, also to a savepoint, takes it back.
      this.searchPath = null;
      this.contextChanged();
      this.searchPathTouched = status !== 'I';
    }
    if (status === 'I') {
      this.bareBegin = null;
      for (const [name, portal] of this.portals) if (!portal.cursor) this.portals.delete(name);
      const why = this.endWhenIdle;
      // Not in the middle of what came at once: the client has not been written it yet.
      if (why) queueMicrotask(() => void endElevation(this, why));
    }
    queueMicrotask(() => void this.pump());
  }

  /** ReadyForQuery after something of ours: `onReady` ends the statement's own transaction, or the client's is made to fail. */
  async readyLater(status: TransactionStatus, onReady: Session['onReady']): Promise<void> {
    const { backend } = this;
    try {
      let last = Buffer.alloc(0);
      if (onReady) last = Buffer.from(await onReady(status));
      else await backend.query(POISON_TEXT);
      const now = onReady ? 'I' : 'E';
      if (this.closed || backend !== this.backend) return;
      this.client.write(Buffer.concat([last, readyForQuery(now)]));
      this.ready(now);
      this.ending?.answered(now);
    } catch (thrown) {
      if (!this.closed && !this.ending) this.#broke(thrown);
    }
  }

  /** ReadyForQuery of a Sync of ours. */
  hiddenReady(body: Buffer): void {
    this.status = String.fromCharCode(body[0] ?? 0x49) as TransactionStatus;
    this.dirty = this.began = false;
    this.cycle.ready(this.status);
  }

  /** What is about to be sent, and is to be judged as part of a transaction. */
  sending(allowed: readonly Allowed[], runs: readonly Run[], text: string): void {
    const transaction = allowed.some(({ statement }) => statement.mechanics.transaction === 'begin');
    this.bareBegin = this.alone && allowed.length === 1 && transaction ? text : null;
    this.began ||= transaction;
    this.dirty = true;
    for (const run of runs) this.cycle.add(run, this.status);
    this.limits.start(runs, (error) => this.interrupt(error));
  }

  /** Cancels what runs; its 57014 is shown as `error`. */
  interrupt(error: ClientError): void {
    this.interruption = error;
    void this.backend.cancel();
  }

  /** A CancelRequest with this session's key. Resolves when the target has been told. */
  async cancel(): Promise<void> {
    if (this.closed || (this.replies.length === 0 && !this.awaitingReady && !this.copyIn)) return;
    if (this.copyIn) copyEnds(this, null);
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
    for (const [name, value] of this.backend.parameters) {
      tell(name, name === 'application_name' ? this.applicationName : value);
    }
    if (changed.length > 0) this.client.say(...changed);
  }

  // ---- The end

  fault(thrown: unknown): ClientError {
    const { error, id } = fault();
    this.deps.log.error({ err: toError(thrown), request: id, session: this.ref.id }, 'a fault in a session');
    return error;
  }

  #broke(thrown: unknown): void {
    if (this.closed) return;
    if (thrown instanceof ProtocolViolation)
      this.end({ code: 'protocol_violation', message: thrown.message }, 'protocol violation');
    else this.end(this.fault(thrown), 'a fault');
  }

  /** Tells the client why, and closes. */
  end(error: ClientError, why: string, elevationEnd: EndReason = 'disconnected'): void {
    if (this.closed) return;
    this.client.end(errorResponse(error, 'FATAL'));
    this.close(elevationEnd, why);
  }

  #backendLost(backend: Backend): void {
    if (this.closed) return;
    if (this.ending && backend === this.writer) {
      this.ending.lost();
      return;
    }
    this.cycle.lost();
    // After the target's own last words nothing more is said.
    if (this.errorShown && backend === this.backend) this.client.end();
    const error: ClientError = { code: 'target_unreachable', message: 'the target closed the connection' };
    this.end(error, 'the target was lost', 'writer_lost');
  }

  close(elevationEnd: EndReason, why: string): void {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.#idle);
    this.limits.ready();
    const running = this.replies.length > 0 || this.awaitingReady;
    const { reader, mode } = this;
    reader.visitor = null;
    endInSession(this, elevationEnd);
    if (running && mode === 'read') void reader.cancel().then(() => reader.close());
    else reader.close();
    this.replies.abandon();
    this.cycle.lost();
    this.client.end();
    this.recorder.sessionEnded(why);
    this.#onClosed();
  }

  #watchIdle(): void {
    clearTimeout(this.#idle);
    if (this.closed || this.awaitingReady || this.ending || this.copyIn) return;
    const inTransaction = this.status !== 'I' || this.dirty;
    const { idleTimeout, idleInTransactionTimeout } = this.deps.limits;
    const ms = inTransaction ? idleInTransactionTimeout : idleTimeout;
    if (ms <= 0) return;
    const error: ClientError = {
      code: 'limit_exceeded',
      sqlstate: inTransaction ? '25P03' : '57P05',
      message: `the session was idle${inTransaction ? ' in a transaction' : ''} for longer than the limit of ${ms} ms`,
      hint: 'Connect again.',
    };
    this.#idle = setTimeout(() => this.end(error, 'idle'), ms);
  }
}
