// The extended protocol: Parse, Bind, Describe, Execute and Close are each judged in the mode of their moment.
import type { ClientError } from '../../../contract/errors.ts';
import {
  BIND_COMPLETE,
  type BodyReader,
  bodyOf,
  CLOSE_COMPLETE,
  commandComplete,
  dataRow,
  FLUSH,
  PARSE_COMPLETE,
  ProtocolViolation,
  parameterDescription,
  parse,
  rowDescription,
} from '../../wire/frames.ts';
import type { InBandCommand } from '../../../contract/commands.ts';
import { commandColumn } from '../../../contract/commands.ts';
import { bounded, copyByQuery, inPieces, watchAffected } from '../statement/affected.ts';
import { noteNames } from '../statement/afterwards.ts';
import { copyAsked } from './copy.ts';
import { askIdBeside, commitIdAhead, commitsAlone } from '../target/commit-id.ts';
import { countBeside } from '../target/counts.ts';
import { cannotFollow, contain, containCalls, held, mustContain, notHeld } from '../statement/containing.ts';
import { type Allowed, refused } from '../statement/guard.ts';
import { LONGEST_ARGUMENT, tooMany, weightOfPortal, weightOfStatement } from '../holdings.ts';
import { parameterText, parameterTypes, runCommand } from './in-band.ts';
import { owedFor } from '../write-mode/owed.ts';
import { renaming } from '../names/application-name.ts';
import { union } from '../statement/resolved.ts';
import type { Session } from '../session.ts';
import { type Steps, wait, walk } from '../steps.ts';
import type { Portal } from '../state.ts';
import { type Considered, consider, missingPortal, missingStatement, runStatement } from '../statement/statement.ts';
import {
  describer,
  differs,
  namedIn,
  type Prepared,
  reconcile,
  typesOf,
  wording,
} from '../names/prepared-statements.ts';
import { decode, nameOf, NOT_UTF8 } from './text.ts';

type Handled = Steps<'again' | undefined>;

export function* onParse(session: Session, raw: Buffer): Handled {
  const reader = bodyOf(raw);
  const name = nameOf(reader.cstringBytes());
  const text = decode(reader.cstringBytes());
  const types = Buffer.from(reader.rest());
  const { length } = types;
  if (length < 2 || length !== 2 + 4 * types.readUInt16BE())
    throw new ProtocolViolation('A Parse with odd parameter types.');
  if (typeof name !== 'string') return session.denyExtended(name);
  if (text === null) return session.denyExtended(session.refuse(refused(NOT_UTF8, ['invalid_encoding'])));

  const { epoch } = session;
  const oids = typesOf(types);
  const considering = consider(session, text, oids);
  const considered = considering instanceof Promise ? yield* wait(considering) : considering;
  if (session.epoch !== epoch) return 'again';
  if (session.conversation.skipping || owedFor(session, considered)) return undefined;
  if (considered.kind === 'refused') {
    // A failing unnamed Parse destroys the unnamed statement.
    if (name === '') session.prepared.set('', undefined);
    return session.denyExtended(session.refuse(considered.refused));
  }
  const before = session.prepared.get(name);
  const command = considered.kind === 'command' ? considered.command : null;
  // Said here, not left to the target: something unseen may have freed the name there, and two texts would go by it.
  if (name !== '' && before) return session.denyExtended(duplicate(name));
  const weight = weightOfStatement({ text, types });
  const full = tooMany(session, 'statements', weight) ?? (command ? null : tooMany(session, 'parsed', weight));
  if (full) return session.denyExtended(full);
  const mechanics = considered.kind === 'allowed' ? considered.allowed[0]?.statement.mechanics : undefined;
  const statement: Prepared = {
    text,
    types,
    oids,
    command,
    sql: false,
    readOnlyText: considered.kind === 'allowed' ? (considered.instead ?? mechanics?.asReadOnly ?? null) : null,
    sentText: mechanics ? renaming(session.ref, mechanics) : null,
    described: { parameters: null, columns: null },
    reached: considered.kind === 'allowed' ? considered.allowed[0]?.statement.mechanics.reached : undefined,
  };
  if (command) return session.answer(PARSE_COMPLETE, session.prepared.set(name, statement));

  const commits = considered.kind === 'allowed' && commitsAlone(session, considered.allowed);
  if (!commits) askIdBeside(session);
  else if (!(yield* commitIdAhead(session))) return session.epoch === epoch ? undefined : 'again';
  // The target may hold a statement of that name which is not the client's any more.
  const stopped = name === '' ? null : yield* broughtInLine(session, name, epoch);
  if (stopped) return stopped === 'again' ? 'again' : undefined;
  const { backend } = session;
  session.runsUntil(considered.kind === 'allowed' ? considered.allowed : []);
  const undoView = session.prepared.set(name, statement);
  const had = backend.parsed.get(name);
  backend.parsed.set(name, statement);
  const undo = () => {
    undoView();
    if (had) backend.parsed.set(name, had);
    else backend.parsed.delete(name);
  };
  const failed = () => {
    session.prepared.set(name, undefined);
    backend.parsed.delete(name);
  };
  const sent = wording(statement, backend);
  session.push({ kind: 'parse', undo, failed, held: weight }, sent === text ? raw : parse(name, sent, statement.types));
  return undefined;
}

/** `whole`: not the head of a Bind that comes in pieces. */
export function* onBind(session: Session, raw: Buffer, whole: boolean): Handled {
  const reader = bodyOf(raw);
  const portal = nameOf(reader.cstringBytes());
  const name = nameOf(reader.cstringBytes());
  if (typeof portal !== 'string') return session.denyExtended(portal);
  if (typeof name !== 'string') return session.denyExtended(name);
  const prepared = session.prepared.get(name);
  if (!prepared) return session.denyExtended(missingStatement(name));
  if (prepared.command) {
    if (!whole)
      return session.denyExtended({
        code: 'limit_exceeded',
        message: `the arguments are longer than ${LONGEST_ARGUMENT} bytes`,
      });
    const { text } = prepared;
    const made = {
      text,
      resolved: undefined,
      prepared,
      ...bound(reader, prepared.command, prepared.oids),
      held: false,
    };
    const full = tooMany(session, 'portals', weightOfPortal(made));
    return full ? session.denyExtended(full) : session.answer(BIND_COMPLETE, putPortal(session, portal, made));
  }
  const { epoch } = session;
  const considering = consider(session, prepared.text, prepared.oids, { also: prepared.reached });
  const considered = considering instanceof Promise ? yield* wait(considering) : considering;
  if (session.epoch !== epoch) return 'again';
  const allowed = permitted(session, considered);
  if (allowed === null) return undefined;
  const stopped = inLine(session, name) ? null : yield* broughtInLine(session, name, epoch);
  if (stopped) return stopped === 'again' ? 'again' : undefined;
  if (!commitsAlone(session, allowed)) askIdBeside(session);
  else if (!(yield* commitIdAhead(session))) return session.epoch === epoch ? undefined : 'again';
  const [only] = allowed;
  prepared.reached = union(prepared.reached, only?.statement.mechanics.reached);
  const resolved = only && resolvedAtBind(only) ? { path: session.searchPath.now, also: prepared.reached } : undefined;
  const made: Portal = { text: prepared.text, resolved, prepared, values: [], format: 0, held: false };
  const full = tooMany(session, 'portals', weightOfPortal(made));
  if (full) return session.denyExtended(full);
  // What it makes of the values that it brings, and folds, may be functions' work.
  if (mustContain(session, allowed)) {
    if (held(session, allowed)) return session.denyExtended(notHeld());
    yield* containCalls(session, allowed, 'extended');
  }
  session.push({ kind: 'bind', undo: putPortal(session, portal, made), held: weightOfPortal(made) }, raw);
  session.conversation.bind(!whole);
  return undefined;
}

export function* onDescribe(session: Session, raw: Buffer): Handled {
  const reader = bodyOf(raw);
  const ofPortal = reader.byte() === 0x50;
  const name = nameOf(reader.cstringBytes());
  if (typeof name !== 'string') return session.denyExtended(name);
  const portal = ofPortal ? session.portals.get(name) : undefined;
  const prepared = ofPortal ? portal?.prepared : session.prepared.get(name);
  if (ofPortal ? !portal : !prepared) {
    return session.denyExtended(ofPortal ? missingPortal(name) : missingStatement(name));
  }
  const command = prepared?.command;
  if (command) {
    const columns = rowDescription([commandColumn(command)], portal?.format ?? 0);
    const parameters = parameterDescription(parameterTypes(command, prepared?.oids ?? []));
    return session.answer(ofPortal ? columns : Buffer.concat([parameters, columns]));
  }
  const { epoch } = session;
  const text = portal?.text ?? prepared?.text ?? '';
  const considering = consider(session, text, prepared?.oids, portal ? portal.resolved : { also: prepared?.reached });
  const considered = considering instanceof Promise ? yield* wait(considering) : considering;
  if (session.epoch !== epoch) return 'again';
  if (permitted(session, considered) === null) return undefined;
  const stopped = ofPortal || inLine(session, name) ? null : yield* broughtInLine(session, name, epoch);
  if (stopped) return stopped === 'again' ? 'again' : undefined;
  session.push({ kind: 'describe', ...(prepared ? { look: describer(prepared.described) } : {}) }, raw);
  return undefined;
}

export function* onExecute(session: Session, raw: Buffer): Handled {
  const reader = bodyOf(raw);
  const name = nameOf(reader.cstringBytes());
  const maxRows = reader.int32();
  if (typeof name !== 'string') return session.denyExtended(name);
  const portal = session.portals.get(name);
  if (!portal) return session.denyExtended(missingPortal(name));
  if (session.batch.commandRan) {
    return session.denyExtended({
      code: 'sudo_not_alone',
      message: 'nothing may follow sudo or unsudo before the Sync',
      hint: 'Send it in a batch of its own.',
    });
  }
  const command = portal.prepared?.command;
  if (command) {
    const { epoch } = session;
    const answer = yield* wait(runCommand(session, command, portal.values));
    if (answer === 'again') return 'again';
    if (session.ending) yield* wait(session.ending.done);
    if (answer.kind === 'refusal') return session.denyExtended(answer.error);
    session.batch.commandRan = session.epoch !== epoch || command.name === 'sudo' || command.name === 'unsudo';
    return session.answer(Buffer.concat([dataRow([answer.text]), commandComplete(answer.tag)]));
  }
  const { epoch } = session;
  const affected = watchAffected();
  /** Of a COPY FROM STDIN. */
  const asking: { data: PromiseWithResolvers<void> | null } = { data: null };
  const passage = yield* runStatement(session, portal.text, {
    types: portal.prepared?.oids ?? [],
    earlier: portal.resolved,
    prepare(allowed) {
      if (allowed.some(bounded)) {
        if (maxRows > 0) return inPieces();
        if (allowed.some(({ statement }) => statement.mechanics.copy === 'in')) return copyByQuery();
      }
      // Before it is withheld: what is sent with it in its place is one message.
      countBeside(session, allowed);
      const names = allowed.flatMap(namedIn);
      return names.length === 0 ? cannotFollow(session, allowed) : walk(allInLine(session, names, allowed));
    },
    follows: true,
    begin: (allowed) => contain(session, allowed, 'extended'),
    send(allowed, runs, instead) {
      const only = allowed[0]?.statement;
      session.sending(allowed, runs, portal.text, instead);
      const undo = only ? noteNames(session, only) : undefined;
      for (const run of runs) run.tally = session.tallyOf(run.mechanics.fetches ?? name);
      if (only?.mechanics.copy === 'in') asking.data = Promise.withResolvers();
      const watch = asking.data ? copyAsked(session, asking.data.resolve) : affected.reply(allowed);
      session.push({ kind: 'execute', runs, ...(undo ? { undo } : {}), ...watch }, raw);
      if (asking.data || affected.watching) session.backend.send(FLUSH);
    },
  });
  switch (passage.kind) {
    case 'again':
      return session.closed || session.epoch === epoch ? undefined : 'again';
    case 'refused':
    case 'ask_target':
      return session.conversation.skipping ? undefined : session.denyExtended(session.refuse(passage.refused));
    case 'sent':
      // Whether it stays within what policy permits is known before anything else is sent.
      if (affected.settled !== null) yield* wait(affected.settled);
      // The data may stand right behind it: what it is for is known when the target has asked, or refused.
      if (asking.data !== null) yield* wait(asking.data.promise);
      return undefined;
    case 'command':
    case 'dropped':
      return undefined;
  }
}

export function onClose(session: Session, raw: Buffer): undefined {
  const reader = bodyOf(raw);
  const ofPortal = reader.byte() === 0x50;
  const name = nameOf(reader.cstringBytes());
  if (typeof name !== 'string') return session.denyExtended(name);
  if (ofPortal) {
    const portal = session.portals.get(name);
    const undo = putPortal(session, name, undefined);
    if (portal?.prepared?.command) return session.answer(CLOSE_COMPLETE, undo);
    session.push({ kind: 'close', undo }, raw);
    return;
  }
  const { backend, prepared } = session;
  const statement = prepared.get(name);
  const undoView = prepared.set(name, undefined);
  if (statement?.command) return session.answer(CLOSE_COMPLETE, undoView);
  const had = backend.parsed.get(name);
  backend.parsed.delete(name);
  const undo = () => {
    undoView();
    if (had) backend.parsed.set(name, had);
  };
  session.push({ kind: 'close', undo }, raw);
}

/** Whether the names of a portal are looked up at Bind, rather than when it is executed, as most of what has no plan does. */
function resolvedAtBind({ statement: { facts, mechanics } }: Allowed): boolean {
  return ANALYSED.has(facts.type) && mechanics.executes === undefined;
}

const ANALYSED = new Set(
  'SelectStmt InsertStmt UpdateStmt DeleteStmt MergeStmt ExplainStmt DeclareCursorStmt CreateTableAsStmt CallStmt'.split(
    ' ',
  ),
);

/** Null where the message goes no further: it was answered, or is dropped. */
function permitted(session: Session, considered: Considered): Allowed[] | null {
  if (session.conversation.skipping || owedFor(session, considered)) return null;
  if (considered.kind === 'refused' || considered.kind === 'ask_target') {
    session.denyExtended(session.refuse(considered.refused));
    return null;
  }
  const allowed = considered.kind === 'allowed' ? considered.allowed : NONE;
  session.runsUntil(allowed);
  return allowed;
}

const NONE: Allowed[] = [];

function* allInLine(session: Session, names: string[], allowed: Allowed[]): Steps<ClientError | null> {
  for (const name of names) {
    const error = yield* bringInLine(session, name);
    if (error) return error;
  }
  return cannotFollow(session, allowed);
}

/** Whether this backend has the client's statement of that name. */
function inLine({ prepared: statements, backend }: Session, name: string): boolean {
  return !differs(name, { statements, backend });
}

function* broughtInLine(session: Session, name: string, epoch: number): Steps<'again' | 'stop' | null> {
  const error = yield* bringInLine(session, name);
  if (session.epoch !== epoch) return 'again';
  if (session.conversation.skipping) return 'stop';
  if (!error) return null;
  session.denyExtended(error);
  return 'stop';
}

function bringInLine(session: Session, name: string): Steps<ClientError | null> {
  const { prepared: statements, backend } = session;
  return reconcile(name, { statements, backend, push: (reply, message) => session.push(reply, message) });
}

function putPortal(session: Session, name: string, portal: Portal | undefined): () => void {
  const { portals, tallies } = session;
  const [before, given] = [portals.get(name), tallies.get(name)];
  const put = (value: Portal | undefined) => {
    if (value) portals.set(name, value);
    else portals.delete(name);
  };
  put(portal);
  tallies.delete(name);
  return () => {
    put(before);
    if (given) tallies.set(name, given);
  };
}

/** Values as text. Only those that the command takes, and no more of one than it could take. */
function bound(
  reader: BodyReader,
  command: InBandCommand,
  declared: readonly number[],
): Pick<Portal, 'values' | 'format'> {
  const types = parameterTypes(command, declared);
  const formats: number[] = [];
  for (let left = reader.int16(); left > 0; left--) {
    const format = reader.int16();
    if (formats.length < Math.max(1, types.length)) formats.push(format);
  }
  const [format] = formats;
  const values: (string | null)[] = [];
  for (let left = reader.int16(); left > 0; left--) {
    const length = reader.int32();
    const bytes = length < 0 ? null : reader.bytes(length);
    const type = types[values.length];
    if (type === undefined) continue;
    const binary = (formats.length > 1 ? formats[values.length] : format) === 1;
    values.push(bytes && cut(parameterText(bytes, type, binary)));
  }
  const results = reader.int16() > 0 && reader.int16() === 1 ? 1 : 0;
  return { values, format: results };
}

/** A copy: a slice would keep the whole in memory. */
const cut = (value: string) =>
  value.length > LONGEST_ARGUMENT ? Buffer.from(value.slice(0, LONGEST_ARGUMENT)).toString() : value;

const duplicate = (name: string): ClientError => ({
  code: 'protocol_violation',
  sqlstate: '42P05',
  message: `prepared statement "${name}" already exists`,
});
