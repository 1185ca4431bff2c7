// The state of a session: mode, transaction, batch, queue, statements, portals, reader and writer.
import type { ClientError } from '../../contract/errors.ts';
import type { Mode } from '../../contract/words.ts';
import type { LiveElevation, SessionRef, WriterBackend } from '../../elevation/elevations.ts';
import type { EndReason } from '../../ledger/entry/entry.ts';
import type { AnalysisContext, Resolved } from '../../statements/analysis.ts';
import { type Remade, remadeBy, type Remakes } from '../../statements/remakes.ts';
import type { TransactionStatus } from '../wire/frames.ts';
import type { Account } from './write-mode/account.ts';
import type { Backend } from './target/backend.ts';
import { noTransaction } from './target/commit-id.ts';
import { type Batch, freshBatch } from './batch.ts';
import type { ClientConnection } from './client/client.ts';
import { Conversation, type Moment } from './conversation.ts';
import type { SessionDeps, SessionTarget } from './deps.ts';
import type { Ending } from './write-mode/ending.ts';
import type { DecisionContext, Refused } from './statement/guard.ts';
import { Listening, LISTENER_PATIENCE_MS } from './listening.ts';
import { Held, weightOfPortal } from './holdings.ts';
import { KeptDecisions } from './statement/kept-decisions.ts';
import type { Limits } from './statement/limits.ts';
import type { Recorder } from './statement/recording.ts';
import { Replies, type Reply } from './target/replies.ts';
import { Cycle, type Run, type Tally } from './statement/runs.ts';
import { SearchPath } from './names/search-path.ts';
import type { ClientSettings } from './names/settings.ts';
import { type Prepared, PreparedStatements } from './names/prepared-statements.ts';

const TALLY_BYTES = 100;

/** An entry of the queue, with the statements whose outcome its answers tell. */
export interface Sent extends Reply {
  readonly runs?: readonly Run[];
}

export interface Portal {
  /** Of a cursor: its DECLARE. */
  readonly text: string;
  /** What its names were resolved to, and by which path; undefined where they are looked up when it is executed. */
  readonly resolved: Earlier | undefined;
  readonly prepared: Prepared | null;
  /** Values bound to one of sudoql's own commands. */
  readonly values: (string | null)[];
  readonly format: 0 | 1;
  /** A cursor WITH HOLD, which outlives its transaction. */
  readonly held: boolean;
}

/** When the names of what is executed were looked up: they may mean something else by now, but it runs what they meant. */
export interface Earlier {
  /** The path of then; undefined where names are looked up anew. */
  path?: string | null;
  /** What was reached then. */
  also?: Resolved | undefined;
}

/** Writer, what the target shows of it, elevation and account come and go together. */
export interface WriteMode {
  readonly writer: Backend;
  /** The writer's backend as the target shows it. */
  readonly shown: WriterBackend;
  readonly elevation: LiveElevation;
  readonly account: Account;
}

export interface SessionParts {
  ref: SessionRef;
  deps: SessionDeps;
  place: SessionTarget;
  client: ClientConnection;
  settings: ClientSettings;
  recorder: Recorder;
  limits: Limits;
  /** Of the event loop: null, or what resolves when a message that costs so many statements' worth may be taken. */
  turn(cost: number, goesOn: boolean): Promise<void> | null;
  /** Work that outlives the session (the end of an elevation), for the shutdown to wait for. */
  track(work: Promise<void>): void;
  onClosed(): void;
}

/** Of a name: 63 bytes at most. */
const IS_ASCII = /^[\0-\x7f]*$/;

/** What is known of a session; its rules are in session.ts and the modules beside it. */
export class SessionState {
  readonly ref: SessionRef;
  readonly deps: SessionDeps;
  readonly place: SessionTarget;
  readonly client: ClientConnection;
  readonly settings: ClientSettings;
  readonly recorder: Recorder;
  readonly limits: Limits;
  readonly turn: (cost: number, goesOn: boolean) => Promise<void> | null;
  readonly track: (work: Promise<void>) => void;

  /** Raised with each change of mode: what was judged before it is judged again. */
  epoch = 0;
  status: TransactionStatus = 'I';
  readonly reader: Backend;
  #writeMode: WriteMode | null = null;
  /** In write mode: the reader's cursors WITH HOLD, which stay there. */
  #readersCursors: [name: string, Portal, Tally | undefined][] = [];

  readonly replies = new Replies<Sent>();
  readonly prepared = new PreparedStatements();
  readonly portals = new Held(weightOfPortal);
  /** What each portal and cursor has given: fetched in parts, it has one cap. */
  readonly tallies = new Held<Tally>(() => TALLY_BYTES);
  readonly cycle: Cycle;

  readonly kept = new KeptDecisions();

  readonly listening: Listening;
  readonly conversation = new Conversation();
  batch: Batch = freshBatch();
  /** The pump has a message in hand. */
  inHand = false;
  /** Messages that were sent on or answered: one in hand that was neither has been lost. */
  answered = 0;
  /** The client's BEGIN, as long as nothing else ran in its transaction. */
  bareBegin: { text: string; readOnly: string } | null = null;
  ending: Ending | null = null;
  /** The writer is being left: nothing more is sent to it. */
  leaving = false;
  /** Called once when the mode changes, or the session closes, while something is waited for. */
  onOvertaken: (() => void) | null = null;
  /** The error that a transaction, idle when its elevation ended, has not seen yet. */
  owed: ClientError | null = null;
  /** Ends the elevation when its transaction has ended. */
  endWhenIdle: EndReason | null = null;
  /** Write mode was asked for until the end of the next transaction. */
  forOneTransaction = false;
  /** Settled when the last elevation's end is recorded. */
  lastEnd: Promise<void> = Promise.resolve();
  /** While `sudo` waits for others to agree: stops that. */
  stopWaiting: (() => void) | null = null;
  /** Requests whose answer the client is told of when it comes; how to stop that. */
  readonly heard = new Map<string, () => void>();
  lastRefusal: (Refused & { at: Date }) | null = null;
  readonly searchPath = new SearchPath(() => this.contextChanged());
  nameTouched = false;
  /** Settings that no library declares, which reads may set: of which prefixes, and those that were set. */
  readonly own: { readonly prefixes: readonly string[]; readonly set: Set<string> };
  /** In read mode, in a transaction of the client's: a function ran that is not the server's own. */
  calledOwn = false;
  /** What of the users' own ran in this transaction: it may have opened cursors. */
  ranOwn: Resolved | null = null;
  /** Of the open transaction, asked before the first message of its COMMIT; null when it was not. */
  commitIdAhead: { id: string | null } | null = null;
  transaction = noTransaction();
  /** Since write mode began: something was sent with which the writer's backend may have counted rows. */
  wroteInMode = false;
  /** In this transaction something acted that may have made what the catalogue's snapshot does not show. */
  madeUnseen = false;
  schemaTouched = false;
  /** Of cursors WITH HOLD that were declared in this transaction: what the end of it must keep to, when it reads them. */
  readonly holding: Pick<Run, 'obligations'>[] = [];
  /** Names whose meaning this transaction has changed: the catalogue's snapshot does not show it. */
  remade: Remade | null = null;
  /** In write mode a temporary table or view was made. */
  madeTemporary = false;
  applicationName: string;
  /** ParameterStatus as the client has them. */
  readonly told = new Map<string, string>();
  closed = false;
  /** Set where the session is made. */
  onStuckListener: () => void = () => {};
  #context: DecisionContext | null = null;
  #analysisContext: AnalysisContext | null = null;

  constructor(parts: SessionParts, reader: Backend) {
    this.ref = parts.ref;
    this.deps = parts.deps;
    this.place = parts.place;
    this.client = parts.client;
    this.settings = parts.settings;
    this.recorder = parts.recorder;
    this.limits = parts.limits;
    this.turn = parts.turn;
    this.track = parts.track;
    this.reader = reader;
    this.own = {
      get prefixes() {
        return parts.deps.ownSettings?.(parts.place.target.name) ?? [];
      },
      set: new Set(),
    };
    const { limits, listenerPatienceMs = LISTENER_PATIENCE_MS } = parts.deps;
    this.listening = new Listening(limits.bytes, listenerPatienceMs, () => this.onStuckListener());
    this.applicationName = parts.settings.applicationName;
    this.cycle = new Cycle(() => parts.deps.clock.monotonic());
    // Other encodings fold letters beyond ASCII, and cut long names elsewhere.
    this.cycle.namesExact = (name) => IS_ASCII.test(name) || this.backend.parameters.get('server_encoding') === 'UTF8';
  }

  /** All that makes a session write; null in read. */
  get writeMode(): WriteMode | null {
    return this.#writeMode;
  }

  /** Its only writer: into write mode, or with null out of it. What was judged before is judged again. */
  changeMode(to: WriteMode | null): void {
    this.#writeMode = to;
    this.transaction = noTransaction();
    this.wroteInMode = false;
    this.cycle.account = to?.account ?? null;
    this.holding.length = 0;
    const held = [...this.portals].filter(([, portal]) => portal.held);
    this.portals.clear();
    if (to) this.#readersCursors = held.map(([name, portal]) => [name, portal, this.tallies.get(name)]);
    else this.#cursorsAgain();
    this.overtake();
    this.searchPath.forget();
  }

  /** What the reader has held meanwhile is known again, by what it was judged by. */
  #cursorsAgain(): void {
    for (const [name, portal, tally] of this.#readersCursors.splice(0)) {
      this.portals.set(name, portal);
      if (tally) this.tallies.set(name, tally);
      else this.tallies.delete(name);
    }
  }

  get mode(): Mode {
    return this.#writeMode ? 'write' : 'read';
  }

  get writer(): Backend | null {
    return this.#writeMode?.writer ?? null;
  }

  get elevation(): LiveElevation | null {
    return this.#writeMode?.elevation ?? null;
  }

  /** The one that the client's messages go to. */
  get backend(): Backend {
    return this.#writeMode?.writer ?? this.reader;
  }

  /** Nothing in this transaction could be committed by going on. */
  get alone(): boolean {
    return this.status === 'I' && !this.batch.dirty;
  }

  /** Whether what is sent next runs in a transaction block of the client's. */
  get inBlock(): boolean {
    return this.batch.block ?? this.status !== 'I';
  }

  /** Of what `portal` gives, or of a result that nothing else can ask for. */
  tallyOf(portal: string | undefined): Tally {
    const known = portal === undefined ? undefined : this.tallies.get(portal);
    if (known) return known;
    const tally: Tally = { rows: 0, bytes: 0 };
    if (portal !== undefined) this.tallies.set(portal, tally);
    return tally;
  }

  /** Whether the target owes an answer, or holds work that a Sync would commit. */
  get busy(): boolean {
    return this.replies.length > 0 || this.conversation.awaiting || this.batch.dirty || this.conversation.copies;
  }

  /** Portals are bound in a batch that has no Sync yet. */
  get bound(): boolean {
    return this.status === 'I' && [...this.portals.values()].some((each) => !each.held && !each.prepared?.command);
  }

  /** The mode is another from now on. */
  overtake(): void {
    this.epoch++;
    this.commitIdAhead = null;
    this.onOvertaken?.();
  }

  get moment(): Moment {
    return {
      phase: this.conversation.phase,
      taken: this.conversation.taken,
      inHand: this.inHand,
      queued: this.replies.length,
      finishing: this.batch.onReady !== null || this.batch.failsTransaction,
      ending: this.ending !== null,
    };
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

  /** `types`: of a Parse's parameters, as it named them. `earlier`: what runs was looked up before. */
  analysisContext(types: readonly number[] = [], { path, also }: Earlier = {}, mode = this.mode): AnalysisContext {
    this.#analysisContext ??= {
      target: this.ref.target.name,
      searchPath: this.searchPath.now,
      remade: this.remade,
      mode: this.mode,
      login: this.backend.login,
      principal: this.ref.principal.id,
    };
    const declared = types.some((oid) => oid !== 0);
    const before = path !== undefined && path !== this.searchPath.now;
    const other = mode !== this.mode;
    if (!declared && !before && !also && !other) return this.#analysisContext;
    return {
      ...this.#analysisContext,
      // As it would be judged in write mode, should the session go there.
      ...(other ? { mode, login: String(this.place.writer.user ?? '') } : {}),
      ...(declared ? { parameterTypes: types } : {}),
      ...(before ? { searchPath: path, bodyPath: this.searchPath.now } : {}),
      ...(also ? { also } : {}),
    };
  }

  /** Mode, elevation, login or search_path are others now. */
  contextChanged(): void {
    this.#context = null;
    this.#analysisContext = null;
  }

  /** What was sent changes what these mean; null: the catalogue is looked at anew. */
  namesRemade(by: Remakes | null): void {
    this.remade = by && remadeBy(this.remade, by);
    this.#analysisContext = null;
  }
}
