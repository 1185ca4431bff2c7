// What a completed statement changed in what the session knows.
import type { Mechanics } from '../../statements/analysis.ts';
import type { StatementFacts } from '../../statements/facts.ts';
import type { Run } from './runs.ts';
import type { Session } from './session.ts';

/** `tag`: of its CommandComplete; null for an empty query or a suspended portal. */
export function afterwards(session: Session, run: Run, tag: string | null): void {
  const { mechanics, facts } = run;
  const { backend, prepared, portals } = session;
  if (mechanics.prepares !== undefined && tag === 'PREPARE') {
    const statement = {
      text: run.text,
      types: NO_TYPES,
      oids: [],
      command: null,
      sql: true,
      readOnlyText: null,
      described: { parameters: null, columns: null },
    };
    prepared.set(mechanics.prepares, statement);
    backend.parsed.set(mechanics.prepares, statement);
  }
  if (mechanics.deallocates === '*' || mechanics.discardAll) {
    prepared.clear();
    backend.parsed.clear();
  } else if (mechanics.deallocates !== undefined) {
    prepared.set(mechanics.deallocates, undefined);
    backend.parsed.delete(mechanics.deallocates);
  }
  if (mechanics.declares !== undefined) {
    portals.set(mechanics.declares, { text: run.text, prepared: null, values: [], format: 0, cursor: true });
  }
  if (mechanics.closes === '*' || mechanics.discardAll) portals.clear();
  else if (mechanics.closes !== undefined) portals.delete(mechanics.closes);
  // Pools lend connections on: what they reset must not stay elevated.
  if (session.mode === 'write' && (mechanics.discardAll || mechanics.resetAll)) session.endWhenIdle = 'reset';
  if (changesPath(mechanics, facts, session.searchPathTouched)) session.pathTouched();
  if (SCHEMA.some((effect) => facts.effects.includes(effect))) session.schemaTouched = true;
}

/** Whether names may resolve otherwise behind it. `touched`: the path was changed in this transaction, so its end may take that back. */
export function changesPath(mechanics: Mechanics, { effects }: StatementFacts, touched: boolean): boolean {
  if (mechanics.searchPath !== undefined || effects.includes('dynamic')) return true;
  return touched && mechanics.transaction !== undefined && mechanics.transaction !== 'savepoint';
}

const SCHEMA = ['ddl', 'code', 'dynamic'] as const;
const NO_TYPES = Buffer.alloc(2);
