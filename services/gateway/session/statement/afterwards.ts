// What a statement changes in what the session knows: names when it is sent, the rest when it has completed.
import type { Mechanics } from '../../../statements/analysis.ts';
import type { Run } from './runs.ts';
import type { Session } from '../session.ts';
import type { Prepared } from '../names/prepared-statements.ts';

/**
 * Names that a statement takes and frees are noted when it is sent: what stands behind it in the same batch is judged by them.
 * Returns how to take that back, when it fails or is skipped; undefined where there are none.
 */
export function noteNames(session: Session, { mechanics, text }: Noted): (() => void) | undefined {
  const { prepares, deallocates, declares, closes, discardAll } = mechanics;
  if ((prepares ?? deallocates ?? declares ?? closes) === undefined && !discardAll) return undefined;
  const { backend, prepared, portals, tallies } = session;
  const undo: (() => void)[] = [];
  const put = <T>(map: Map<string, T>, name: string, value: T | undefined) => {
    const before = map.get(name);
    undo.push(() => void (before === undefined ? map.delete(name) : map.set(name, before)));
    if (value === undefined) map.delete(name);
    else map.set(name, value);
  };
  if (prepares !== undefined) {
    const statement: Prepared = {
      ...SQL_PREPARED,
      text,
      described: { parameters: null, columns: null },
      reached: mechanics.reached,
    };
    undo.push(prepared.set(prepares, statement));
    put(backend.parsed, prepares, statement);
  }
  if (deallocates === '*' || discardAll) {
    undo.push(prepared.clear());
    for (const name of [...backend.parsed.keys()]) put(backend.parsed, name, undefined);
  } else if (deallocates !== undefined) {
    undo.push(prepared.set(deallocates, undefined));
    put(backend.parsed, deallocates, undefined);
  }
  for (const name of [declares, closes]) if (name !== undefined) put(tallies, name, undefined);
  if (declares !== undefined) {
    const resolved = { path: mechanics.declaredUnder ?? null, also: mechanics.reached };
    put(portals, declares, { text, resolved, prepared: null, values: [], format: 0, held: mechanics.holds === true });
  }
  if (closes === '*' || discardAll) for (const name of [...portals.keys()]) put(portals, name, undefined);
  else if (closes !== undefined) put(portals, closes, undefined);
  return () => {
    for (const each of undo.reverse()) each();
  };
}

export interface Noted {
  mechanics: Mechanics;
  /** The statement's own text. */
  text: string;
}

const SQL_PREPARED = {
  types: Buffer.alloc(2),
  oids: [],
  command: null,
  sql: true,
  readOnlyText: null,
  sentText: null,
} as const;

/** A statement has completed: what it changed in what the session knows. */
export function afterwards(session: Session, { mechanics, facts }: Run): void {
  // Pools lend connections on: what they reset must not stay elevated.
  if (session.mode === 'write' && (mechanics.discardAll || mechanics.resetAll)) session.endWhenIdle = 'reset';
  if (session.searchPath.changedBy(mechanics, facts)) session.searchPath.touch();
  if (mechanics.makesTemporary) session.madeTemporary = true;
  if (SCHEMA.some((effect) => facts.effects.includes(effect))) session.schemaTouched = true;
}

const SCHEMA = ['ddl', 'code', 'dynamic'] as const;
