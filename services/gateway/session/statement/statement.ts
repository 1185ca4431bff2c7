// A statement's way: analyse → decide → record intent → run → record outcome. Simple and extended protocol, COPY and
// WebSocket all come through `runStatement`; nothing else runs a client's statement on a target. (A Parse is judged by `consider`, and runs nothing.)
import { setImmediate } from 'node:timers/promises';
import type { InBandCommand } from '../../../contract/commands.ts';
import { type ClientError, SQLSTATE } from '../../../contract/errors.ts';
import type { Mode } from '../../../contract/words.ts';
import type { AnalysedStatement, Analysis } from '../../../statements/analysis.ts';
import type { StatementFacts } from '../../../statements/facts.ts';
import type { VettedFunction } from '../../../statements/vetting/verdict.ts';
import { commitId, commitsAlone } from '../target/commit-id.ts';
import { needsElevation } from './floor.ts';
import { type Allowed, type DecisionContext, joined, judge, type Refused, refused } from './guard.ts';
import { tooMany } from '../holdings.ts';
import { renamesWithin } from '../names/application-name.ts';
import { recordedFirst, takesBack } from './recorded-first.ts';
import type { Run } from './runs.ts';
import { union } from './resolved.ts';
import type { Session } from '../session.ts';
import { type Steps, wait, walk } from '../steps.ts';
import type { Earlier } from '../state.ts';
import { withVettingLines } from './unvetted.ts';
import { ofReadMode, withOutlook } from './write-outlook.ts';

export type Considered =
  /** `instead`: what was judged, and is to be sent, in place of the client's own text. */
  | { kind: 'allowed'; allowed: Allowed[]; instead: string | null }
  | { kind: 'command'; command: InBandCommand }
  | { kind: 'refused'; refused: Refused }
  /** The target itself is to say what is wrong: this Parse alone may be sent. Should it succeed, `refused` is the answer. */
  | { kind: 'ask_target'; text: string; refused: Refused };

export type Passage =
  | { kind: 'command'; command: InBandCommand }
  | { kind: 'refused'; refused: Refused }
  | { kind: 'ask_target'; text: string; refused: Refused }
  | { kind: 'sent' }
  /** The mode changed on the way: judge it again. */
  | { kind: 'again' }
  /** An error before it in its batch came back meanwhile. */
  | { kind: 'dropped' };

export interface Running {
  /** Of its parameters, as its Parse named them. */
  types?: readonly number[];
  earlier?: Earlier | undefined;
  /** What the target needs first, before the intent is recorded; an error refuses. */
  prepare?(allowed: Allowed[]): Promise<ClientError | null> | ClientError | null;
  /** In the extended protocol in write mode: it is not sent before it is recorded, and what stands behind it is taken meanwhile. */
  follows?: boolean;
  /** Once it is recorded: the transaction that it is to run in, where it needs one of its own. */
  begin?(allowed: Allowed[]): Promise<void> | void;
  /** Sends it on, with its runs. Called at most once, and only in the mode that it was judged in. */
  send(allowed: Allowed[], runs: Run[], instead: string | null): void;
}

export function* runStatement(session: Session, text: string, asked: Running): Steps<Passage> {
  const { epoch, limits, recorder } = session;
  const running = session.deps.spans?.follow(session, asked) ?? asked;
  const overtaken = (): Passage | null => {
    if (session.epoch !== epoch || session.closed) return { kind: 'again' };
    return session.conversation.skipping ? { kind: 'dropped' } : null;
  };

  // Analyse, decide.
  const considering = consider(session, text, running.types, running.earlier);
  const considered = considering instanceof Promise ? yield* wait(considering) : considering;
  if (session.epoch !== epoch) return { kind: 'again' };
  if (considered.kind !== 'allowed') return considered;
  const { allowed, instead } = considered;
  const preparing = running.prepare?.(allowed) ?? null;
  const unprepared = preparing instanceof Promise ? yield* wait(preparing) : preparing;
  const late = overtaken();
  if (late) return late;
  if (unprepared) return withheld(unprepared);
  const transaction = commitsAlone(session, allowed) ? yield* commitId(session) : null;
  const later = overtaken();
  if (later) return later;

  const full =
    tooMany(session, 'runs', 0, allowed.length) ?? (allowed.some(accounted) ? tooMany(session, 'account') : null);
  if (full) return withheld(full);

  // Record the intent.
  const entering = limits.enter();
  if (!(entering instanceof Promise ? yield* wait(entering) : entering)) return withheld(limits.tooMany());
  const passed = entering instanceof Promise ? overtaken() : null;
  if (passed) {
    limits.giveBack(session.busy);
    return passed;
  }
  const how = session.mode === 'write' && {
    first: recordedFirst(session, allowed),
    undoes: takesBack(allowed),
    transaction,
  };
  const recording = recorder.intents(allowed, session.context, how || undefined);
  const unrecorded = (error: ClientError): Passage => {
    limits.giveBack(session.busy);
    // Outside of a transaction nothing else is to be taken back for it.
    if (!session.inBlock) recorder.transactionOver();
    return overtaken() ?? withheld(error);
  };
  if ('code' in recording) return unrecorded(recording);
  const runs = 'durable' in recording ? recording.runs : recording;
  if ('durable' in recording) {
    if (running.follows) {
      session.withheld.until(recording.durable, () => running.send(allowed, runs, instead));
      return { kind: 'sent' };
    }
    const error = yield* wait(unlessOvertaken(session, recording.durable));
    if (error !== null) {
      // The ledger may take its time, and the client's answer must not.
      for (const run of runs)
        run.settle(error === 'overtaken' ? NEVER_RAN : { ...NEVER_RAN, sqlstate: SQLSTATE[error.code] });
      if (error !== 'overtaken') return unrecorded(error);
      limits.giveBack(session.busy);
      return { kind: 'again' };
    }
  }

  // Run; the outcome is recorded when it is final.
  try {
    const beginning = running.begin?.(allowed);
    if (beginning instanceof Promise) yield* wait(beginning);
  } catch (thrown) {
    for (const run of runs) run.settle(NEVER_RAN);
    throw thrown;
  }
  const tooLate = overtaken();
  if (tooLate) {
    for (const run of runs) run.settle(NEVER_RAN);
    limits.giveBack(session.busy);
    return tooLate;
  }
  running.send(allowed, runs, instead);
  return { kind: 'sent' };
}

/** Recorded, and then overtaken by the end of its elevation or an error before it. */
const NEVER_RAN = { result: 'error', sqlstate: '57014', rows: null, durationMs: 0 } as const;

/** What `work` comes to, or that the mode changed (or the session closed) while it was waited for. */
function unlessOvertaken<T>(session: Session, work: Promise<T>): Promise<T | 'overtaken'> {
  return new Promise((resolve, reject) => {
    session.onOvertaken = () => resolve('overtaken');
    work.then(resolve, reject).finally(() => {
      session.onOvertaken = null;
    });
  });
}

const withheld = (error: ClientError): Passage => ({ kind: 'refused', refused: refused(error, [error.code]) });

/** Analyses and decides, without running anything: also for Parse, Bind and Describe. */
export function consider(
  session: Session,
  text: string,
  types?: readonly number[],
  earlier?: Earlier,
): Considered | Promise<Considered> {
  session.deps.spans?.considers(session);
  return walk(analyseAndDecide(session, text, types, earlier));
}

function* analyseAndDecide(
  session: Session,
  text: string,
  types: readonly number[] | undefined,
  earlier: Earlier | undefined,
): Steps<Considered> {
  const asking = session.namesKnown();
  if (asking !== undefined) yield* wait(asking);
  const { analyser, policy } = session.deps;
  for (;;) {
    const { revision } = policy;
    const analysing = analyser.analyse(text, session.analysisContext(types, earlier));
    const analysis = analysing instanceof Promise ? yield* wait(analysing) : analysing;
    const considered = whole(session, analysis) ?? (yield* decide(session, text, analysis, session.context));
    // A revision says which functions are vetted as well: what was analysed under another one is analysed again.
    if (policy.revision !== revision) continue;
    if (session.mode !== 'read' || considered.kind !== 'refused' || !ofReadMode(considered.refused)) return considered;
    const inWrite = (context: DecisionContext) => consideredInWrite(session, text, context, types, earlier);
    return { kind: 'refused', refused: yield* withOutlook(session, considered.refused, inWrite) };
  }
}

/** What the whole text came to before, where nothing that it was judged by is another. */
function whole({ kept, context, deps }: Session, analysis: Analysis): Considered | null {
  const allowed = kept.findAll(analysis, context, deps.policy.revision);
  if (allowed === null) return null;
  deps.decisionsKept?.(allowed.length);
  return { kind: 'allowed', allowed, instead: (analysis as Analysis & { kind: 'statements' }).instead ?? null };
}

/** What write mode would say of it; nothing comes of it but words. */
function* consideredInWrite(
  session: Session,
  text: string,
  context: DecisionContext,
  types?: readonly number[],
  earlier?: Earlier,
): Steps<Considered> {
  const analysis = session.deps.analyser.analyse(text, session.analysisContext(types, earlier, context.mode));
  return yield* decide(session, text, analysis instanceof Promise ? yield* wait(analysis) : analysis, context);
}

function* decide(session: Session, text: string, analysis: Analysis, context: DecisionContext): Steps<Considered> {
  switch (analysis.kind) {
    case 'command':
      return { kind: 'command', command: analysis.command };
    case 'command_not_alone':
      return no({
        code: 'sudo_not_alone',
        message: `${analysis.name} must be a statement of its own`,
        hint: `Send only ${analysis.name === 'sudo' ? "SELECT sudo('why')" : `SELECT ${analysis.name}()`}, with nothing else.${wrapped(text)}`,
      });
    case 'refused':
      return no({ code: analysis.code, message: analysis.message, ...(analysis.hint ? { hint: analysis.hint } : {}) });
    case 'syntax_error':
      return { kind: 'ask_target', text, refused: refused(notParsed(analysis.message), ['not_understood']) };
    case 'statements':
      return yield* decideAll(session, analysis.instead ?? text, analysis, context);
  }
}

/** So long many statements are judged before other sessions get their turn. */
const TURN_MS = 10;

/** Every statement of a text is judged; one refusal refuses all. */
function* decideAll(
  session: Session,
  text: string,
  analysis: Extract<Analysis, { kind: 'statements' }>,
  context: DecisionContext,
): Steps<Considered> {
  const { statements: all, instead } = analysis;
  const allowed: Allowed[] = [];
  const { clock } = session.deps;
  let from = 0;
  let since = clock.monotonic();
  for (const statement of all) {
    if (clock.monotonic() - since > TURN_MS) {
      yield* wait(setImmediate());
      since = clock.monotonic();
    }
    const { mechanics } = statement;
    from = Math.max(from, text.indexOf(statement.text, from));
    if (mechanics.unresolved) {
      const missing = refused(notResolved(mechanics.unresolved.names), ['not_understood'], { facts: statement.facts });
      if (!mechanics.unresolved.parseOnly) return { kind: 'refused', refused: missing };
      // Padded, so that the position in the target's error is that in the whole text.
      const padding = ' '.repeat([...text.slice(0, from)].length);
      return { kind: 'ask_target', text: all.length === 1 ? text : padding + statement.text, refused: missing };
    }
    if (context.mode === 'read' && mechanics.asReadOnly !== undefined && instead === undefined) {
      return no(needsElevation(['write']), statement.facts);
    }
    const full = noRoom(session, statement, allowed);
    if (full) return no(full);
    const judged = yield* judgedFacts(session, statement, context.mode);
    if (!judged)
      return no(
        mechanics.executes === undefined
          ? missingPortal(mechanics.fetches ?? '')
          : missingStatement(mechanics.executes),
      );
    const { kept, batch, deps } = session;
    const own = context === session.context;
    const known = own ? kept.find(judged.facts, context, deps.policy.revision, batch, clock.monotonic()) : null;
    const verdict = known ?? judge(session.guard, context, statement, judged.facts);
    if (!verdict.ok) {
      // Read mode's own refusals get these last: see write-outlook.ts.
      const error =
        context.mode === 'read' && ofReadMode(verdict)
          ? verdict.error
          : withVettingLines(verdict.error, verdict.facts, judged.unvetted, context.target.name);
      return { kind: 'refused', refused: { ...verdict, error, unvetted: judged.unvetted } };
    }
    if (known) deps.decisionsKept?.(1);
    else if (own) kept.keep(verdict, context, batch, clock.monotonic());
    allowed.push({
      ...verdict,
      statement,
      uncounted: judged.uncounted,
      further: judged.further,
      actsAtOnce: judged.actsAtOnce,
    });
    // The next one stands behind it: looked for from its start, texts of one letter would cost their square.
    from += statement.text.length;
  }
  const error = renamesWithin(all) ?? session.limits.refuses(allowed, all.length);
  if (error) return no(error, allowed[0]?.facts);
  if (context === session.context) session.kept.keepAll(analysis, allowed, context);
  return { kind: 'allowed', allowed, instead: instead ?? null };
}

/** Why the session cannot hold what a statement makes. `before`: it in the same text. */
function noRoom(session: Session, { mechanics, text }: AnalysedStatement, before: Allowed[]): ClientError | null {
  const { prepares, declares, fetches } = mechanics;
  if (prepares !== undefined)
    return tooMany(session, 'statements', text.length) ?? tooMany(session, 'parsed', text.length);
  if (declares !== undefined) {
    const cursors = before.filter(({ statement }) => statement.mechanics.declares !== undefined);
    return tooMany(session, 'portals', text.length, cursors.length + 1);
  }
  return fetches === undefined || session.tallies.has(fetches) ? null : tooMany(session, 'tallies');
}

/**
 * Of an EXECUTE: joined with its prepared text's; of a FETCH: with its portal's, which a protocol's Bind may have made.
 * Null when the session knows no such statement, whatever a backend holds. A cursor that a function opened is that function's.
 */
function* judgedFacts(
  session: Session,
  { facts, mechanics, text: own }: AnalysedStatement,
  mode: Mode,
): Steps<
  (Pick<Allowed, 'facts' | 'uncounted' | 'further' | 'actsAtOnce'> & { unvetted: readonly VettedFunction[] }) | null
> {
  const {
    executes,
    fetches,
    unvetted = [],
    uncounted = false,
    further = false,
    actsAtOnce: byItself = false,
  } = mechanics;
  const prepared = executes === undefined ? null : session.prepared.get(executes);
  const portal = fetches === undefined ? undefined : session.portals.get(fetches);
  const earlier = { ...portal?.resolved };
  // What ran in this transaction may have opened it, or one of its name.
  if (fetches !== undefined) earlier.also = union(earlier.also, session.ranOwn);
  if (prepared) earlier.also = prepared.reached;
  // Of a cursor that only a function knows nobody can say what it runs.
  const acts = byItself || (fetches !== undefined && !portal);
  if (prepared === null && !portal && !earlier.also) return { facts, uncounted, further, unvetted, actsAtOnce: acts };
  if (prepared === undefined || prepared?.command || portal?.prepared?.command) return null;
  const text = prepared?.text ?? portal?.text ?? own;
  const types = prepared?.oids ?? portal?.prepared?.oids;
  const analysing = session.deps.analyser.analyse(text, session.analysisContext(types, earlier, mode));
  const analysis = analysing instanceof Promise ? yield* wait(analysing) : analysing;
  if (analysis.kind !== 'statements') return null;
  const [inner] = analysis.statements;
  if (!inner || inner.mechanics.unresolved) return null;
  if (prepared) prepared.reached = union(prepared.reached, inner.mechanics.reached);
  return {
    facts: joined(facts, inner.facts),
    actsAtOnce: acts || inner.mechanics.actsAtOnce === true,
    // A FETCH tells how many rows it gave.
    uncounted: inner.mechanics.uncounted === true || (fetches !== undefined && inner.facts.effects.includes('write')),
    further: further || (inner.mechanics.further ?? false),
    unvetted: [...unvetted, ...(inner.mechanics.unvetted ?? [])],
  };
}

/** What tools fetch in parts they put into a cursor: by the name of the setting that keeps them from it. */
function wrapped(text: string): string {
  return /^[ \t\n\r\f\v]*declare\b/i.test(text)
    ? ' Your client puts queries into a cursor: in psql \\unset FETCH_COUNT, in psqlODBC UseDeclareFetch=0.'
    : '';
}

const no = (error: ClientError, facts?: StatementFacts): Considered => ({
  kind: 'refused',
  refused: refused(error, [error.code], { facts: facts ?? null }),
});

/** PostgreSQL's own words and SQLSTATE. */
export const missingStatement = (name: string): ClientError => ({
  code: 'protocol_violation',
  sqlstate: '26000',
  message: name === '' ? 'unnamed prepared statement does not exist' : `prepared statement "${name}" does not exist`,
});

export const missingPortal = (name: string): ClientError => ({
  code: 'protocol_violation',
  sqlstate: '34000',
  message: `portal "${name}" does not exist`,
});

const notParsed = (message: string): ClientError => ({
  code: 'not_understood',
  message: `sudoql could not parse this statement: ${message}`,
  hint: 'Write it more plainly.',
});

const notResolved = (names: string[]): ClientError => ({
  code: 'not_understood',
  message: `sudoql does not know ${names.slice(0, 5).join(', ')}`,
  hint: 'If it was made a moment ago, try again.',
});

/** What ends a transaction, or gives up savepoints, makes room. */
function accounted({ statement }: Allowed): boolean {
  const { transaction } = statement.mechanics;
  return transaction === undefined || transaction === 'savepoint';
}
