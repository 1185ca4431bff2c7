// Prepared statements: the client's view is one map; each backend has its own of what is parsed there (docs/design.md, R3).
import { createHash } from 'node:crypto';
import type { InBandCommand } from '../../../contract/commands.ts';
import type { ClientError } from '../../../contract/errors.ts';
import { bind, close, describe, execute, FLUSH, parse } from '../../wire/frames.ts';
import type { Resolved } from '../../../statements/analysis.ts';
import type { Allowed } from '../statement/guard.ts';
import type { Backend } from '../target/backend.ts';
import { Held, weightOfStatement } from '../holdings.ts';
import type { Answer, Reply } from '../target/replies.ts';
import { type Steps, wait } from '../steps.ts';

export interface Prepared {
  readonly text: string;
  /** Parameter types as the client's Parse named them: count and OIDs. */
  readonly types: Buffer;
  /** The same, read. */
  readonly oids: readonly number[];
  /** Set for one of sudoql's own: no backend ever sees it. */
  readonly command: InBandCommand | null;
  /** Made by SQL PREPARE: `text` is that whole statement. */
  readonly sql: boolean;
  /** Instead of `text` in read mode: it asks for READ WRITE. */
  readonly readOnlyText: string | null;
  /** Instead of `text` on every backend: a SET of application_name. */
  readonly sentText: string | null;
  /** What the client was told of it. */
  described: Description;
  /** What its names were resolved to each time: the types of its parameters stay what they were then. */
  reached?: Resolved | undefined;
}

export interface Description {
  /** Body of the ParameterDescription: count and OIDs. */
  parameters: Buffer | null;
  /** Body of the RowDescription with its formats zeroed, or its hash where it is long; empty for NoData. */
  columns: Buffer | null;
}

/** Parameter types as a Parse names them, 0 where it leaves one open. */
export function typesOf(types: Buffer): number[] {
  // Both unsigned: read as a signed number, a count of 40,000 would be none at all.
  return Array.from({ length: types.readUInt16BE(0) }, (_, n) => types.readUInt32BE(2 + 4 * n));
}

/** The client's view. */
export class PreparedStatements {
  readonly #byName = new Held<Prepared>(weightOfStatement);

  get count(): number {
    return this.#byName.count;
  }

  get bytes(): number {
    return this.#byName.bytes;
  }

  get(name: string): Prepared | undefined {
    return this.#byName.get(name);
  }

  /** Sets or, with undefined, deletes; returns how to take it back. */
  set(name: string, statement: Prepared | undefined): () => void {
    const before = this.#byName.get(name);
    this.#put(name, statement);
    return () => this.#put(name, before);
  }

  /** Deletes all; returns how to take it back. */
  clear(): () => void {
    const before = [...this.#byName];
    this.#byName.clear();
    return () => {
      for (const [name, statement] of before) this.#put(name, statement);
    };
  }

  #put(name: string, statement: Prepared | undefined): void {
    if (statement) this.#byName.set(name, statement);
    else this.#byName.delete(name);
  }
}

export interface Reconciling {
  statements: PreparedStatements;
  backend: Backend;
  push(reply: Reply, message: Buffer): void;
}

/** What a backend parses for a statement: on the reader an explicit READ WRITE is replaced, on both a name. */
export function wording(statement: Prepared, backend: Backend): string {
  const { text, sentText, readOnlyText } = statement;
  return sentText ?? (backend.role === 'reader' ? (readOnlyText ?? text) : text);
}

/** The prepared statement that a statement names, if it does. */
export function namedIn({ statement: { mechanics } }: Pick<Allowed, 'statement'>): string[] {
  const name = mechanics.executes ?? (mechanics.deallocates === '*' ? undefined : mechanics.deallocates);
  return name === undefined ? [] : [name];
}

/** The name that our own Parse of an SQL PREPARE goes by for a moment. */
const SCRATCH = '_sudoql_prepare';

/** Whether the backend has other than the client's idea of `name`. */
export function differs(name: string, { statements, backend }: Pick<Reconciling, 'statements' | 'backend'>): boolean {
  const wanted = statements.get(name);
  if (wanted?.command) return false;
  return wanted !== backend.parsed.get(name) && (wanted !== undefined || name !== '');
}

/**
 * Brings the backend in line with the client's idea of `name`, by hidden messages under the client's own name; the target
 * itself then says 42P05 or 26000. Flushed: resolves when they were answered. A statement whose columns or parameters are
 * others than the client was told is an error (0A000): the client would read them wrongly.
 */
export function* reconcile(name: string, of: Reconciling): Steps<ClientError | null> {
  if (!differs(name, of)) return null;
  const { backend, statements } = of;
  const wanted = statements.get(name);
  const had = backend.parsed.get(name);
  if (had) {
    backend.parsed.delete(name);
    const undo = () => void backend.parsed.set(name, had);
    if (name !== '') of.push({ kind: 'close', hidden: true, undo }, close('S', name));
  }
  if (!wanted) return yield* wait(flushed(of, { parameters: null, columns: null }, null, false));
  backend.parsed.set(name, wanted);
  const undo = () => void backend.parsed.delete(name);
  if (wanted.sql) {
    of.push({ kind: 'parse', hidden: true, undo }, parse(SCRATCH, wanted.text));
    of.push({ kind: 'bind', hidden: true }, bind(SCRATCH, SCRATCH));
    of.push({ kind: 'execute', hidden: true }, execute(SCRATCH));
    of.push({ kind: 'close', hidden: true }, close('S', SCRATCH));
    return yield* wait(flushed(of, { parameters: null, columns: null }, null, false));
  }
  // As the client named them: what another backend made of the rest was judged by the path of then. `compared` sees a difference.
  of.push({ kind: 'parse', hidden: true, undo }, parse(name, wording(wanted, backend), wanted.types));
  const told = wanted.described;
  return yield* wait(flushed(of, told, name, told.columns !== null || told.parameters !== null));
}

/** Waits for the answers; where the client was told columns, they are asked for again and compared. */
function flushed(
  of: Reconciling,
  told: Description,
  name: string | null,
  compare: boolean,
): Promise<ClientError | null> {
  return new Promise((resolve) => {
    const now: Description = { parameters: null, columns: null };
    const settled = (answered: boolean) =>
      resolve(answered && compare && name !== null ? compared(name, told, now) : null);
    if (compare && name !== null) {
      const asks = Buffer.concat([describe('S', name), FLUSH]);
      of.push({ kind: 'describe', hidden: true, look: describer(now), settled }, asks);
    } else {
      of.push({ kind: 'local', answer: Buffer.alloc(0), settled }, FLUSH);
    }
  });
}

function compared(name: string, told: Description, now: Description): ClientError | null {
  const same = (a: Buffer | null, b: Buffer | null) => a === null || b === null || a.equals(b);
  if (same(told.columns, now.columns) && same(told.parameters, now.parameters)) return null;
  return {
    code: 'schema_changed',
    message: `prepared statement "${name}" has other columns or parameters now than when it was described`,
    hint: 'Prepare it anew.',
  };
}

/** A `look` that notes what a Describe was answered with. */
export function describer(into: Description): (answer: Answer) => void {
  return ({ type, body }) => {
    if (type === 't') into.parameters = kept(into.parameters, body);
    else if (type === 'T') into.columns = kept(into.columns, withoutFormats(body));
    else if (type === 'n') into.columns = Buffer.alloc(0);
  };
}

/** What is held longer than the bytes that it came in; what was held before where it is the same. */
const kept = (before: Buffer | null, bytes: Buffer) => (before?.equals(bytes) ? before : Buffer.from(bytes));

const KEPT_BYTES = 512;
/** Of a column, behind its name. */
const BEFORE_FORMAT = 16;

/** A RowDescription's body with each format code zeroed: a portal's differ from its statement's. */
function withoutFormats(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  let at = 2;
  for (let left = copy.readInt16BE(0); left > 0; left--) {
    at = copy.indexOf(0, at) + 1 + BEFORE_FORMAT;
    copy.writeInt16BE(0, at);
    at += 2;
  }
  return copy.length > KEPT_BYTES ? createHash('sha256').update(copy).digest() : copy;
}
