// Names → the catalogue's objects, along the session's search_path.
import type { FunctionRow, OperatorRow, RelationRow } from '../catalogue-rows.ts';
import type { Snapshot } from '../catalogue-snapshot.ts';
import { fold } from '../sql-characters.ts';
import type { Work } from './work.ts';

/** A found object and where in the search_path its schema stands (0 for a qualified name). */
export interface Placed<T> {
  row: T;
  place: number;
}

export interface Names {
  /** One relation, or every one of that name where the search_path is not known. */
  relations(name: readonly string[]): RelationRow[];
  functions(name: readonly string[]): Placed<FunctionRow>[];
  operators(name: readonly string[]): Placed<OperatorRow>[];
  /** Oids, of row types too. */
  types(name: readonly string[]): number[];
  /** Whether the search_path is known: earlier schemas then hide later ones. */
  certain: boolean;
}

interface Named {
  schema: string;
  name: string;
}

const TEMPORARY = /^pg_temp(_\d+)?$/;

export interface NamesContext {
  /** As SHOW prints it; null when it is not known. */
  searchPath: string | null;
  /** What "$user" stands for. */
  login: string;
  /** Whether the session can have temporary objects of its own: a read session cannot make any. */
  temporaries: boolean;
  /** Whether schemas that the reader may not use are looked into: others may. */
  throughClosed: boolean;
}

export function makeNames(
  snapshot: Snapshot,
  { searchPath, login, temporaries, throughClosed }: NamesContext,
  work: Work,
): Names {
  work.spend(Math.min(searchPath?.length ?? 0, LONGEST_PATH) / 4);
  const path = searchPath === null ? null : schemasOf(searchPath, login);
  // One that the reader may not use hides nothing behind it.
  const open = throughClosed ? path : path?.filter((schema) => !snapshot.closed.has(schema));
  const places = open && new Map([...new Set(open)].map((schema, index) => [schema, index] as const));

  // Other sessions' temporary objects cannot be told from this one's, so an own temporary name is one more candidate.
  const placed = <T extends Named>(rows: T[] | undefined, name: readonly string[], temporary: boolean): Placed<T>[] => {
    if (!rows) return [];
    work.spend(rows.length);
    const schema = name.at(-2);
    const found: Placed<T>[] = [];
    for (const row of rows) {
      if (schema !== undefined) {
        if (row.schema === schema || (schema === 'pg_temp' && TEMPORARY.test(row.schema)))
          found.push({ row, place: 0 });
      } else if (TEMPORARY.test(row.schema)) {
        if (temporary && temporaries) found.push({ row, place: -1 });
      } else if (!places) found.push({ row, place: 0 });
      else {
        const place = places.get(row.schema);
        if (place !== undefined) found.push({ row, place });
      }
    }
    return found;
  };

  const visible = <T extends Named>(found: Placed<T>[]): T[] => {
    const lasting = found.filter(({ place }) => place >= 0);
    const first = Math.min(...lasting.map(({ place }) => place));
    return found.filter(({ place }) => place < 0 || place === first).map(({ row }) => row);
  };

  return {
    certain: places !== null,
    relations: (name) => visible(placed(snapshot.relations.get(name.at(-1) ?? ''), name, true)),
    functions: (name) => placed(snapshot.functions.get(name.at(-1) ?? ''), name, false),
    operators: (name) => placed(snapshot.operators.get(name.at(-1) ?? ''), name, false),
    types: (name) => {
      const last = name.at(-1) ?? '';
      const scalar = placed(snapshot.types.get(last), name, true);
      const rows = placed(snapshot.relations.get(last), name, true).filter(({ row }) => row.rowType !== 0);
      return [
        ...new Set(
          visible<Named & { oid: number; rowType?: number }>([...scalar, ...rows]).map((row) => row.rowType || row.oid),
        ),
      ];
    },
  };
}

/**
 * Whether asking for the schema that objects are made in makes the session's temporary one: it does where that comes first. True
 * where the path is not known.
 */
export function temporaryFirst({ open }: Snapshot, searchPath: string | null, login: string): boolean {
  const path = searchPath === null ? null : schemasOf(searchPath, login);
  if (searchPath === null || path === null) return true;
  // What is looked through first without being named is not made in.
  const named = searchPath.includes('pg_catalog') ? path : path.slice(1);
  const first = named.find((schema) => TEMPORARY.test(schema) || open.has(schema));
  return first !== undefined && TEMPORARY.test(first);
}

/** One more of a list of names as PostgreSQL reads it, and what follows: quoted, or plain, of letters that it folds as this code does. */
const NEXT = /[ \t\n\r\f\v]*(?:"((?:[^"]|"")*)"|([A-Za-z0-9_$-]+))[ \t\n\r\f\v]*(,|$)/y;
const BLANK = /^[ \t\n\r\f\v]*$/;
/** PostgreSQL cuts longer names. */
const NAME_BYTES = 63;
/** Characters of a search_path; some sixty schemas with the longest names. It is read for each statement anew. */
export const LONGEST_PATH = 4096;

/**
 * The schemas of a search_path in order, pg_catalog first where it is not named. Null where PostgreSQL may read the text
 * otherwise than this code, and where it is longer than anybody writes: then the path counts as not known.
 */
export function schemasOf(searchPath: string, login: string): string[] | null {
  if (searchPath.length > LONGEST_PATH) return null;
  const named: string[] = [];
  // Name by name from where the last one ended: each character is looked at once or twice, whatever the text.
  for (let at = 0, more = !BLANK.test(searchPath); more; at = NEXT.lastIndex) {
    NEXT.lastIndex = at;
    const match = NEXT.exec(searchPath);
    if (!match) return null;
    const [, quoted, plain, comma] = match;
    const schema = quoted === undefined ? fold(plain ?? '') : quoted.replaceAll('""', '"');
    if (Buffer.byteLength(schema) > NAME_BYTES) return null;
    named.push(schema === '$user' ? login : schema);
    more = comma === ',';
  }
  return named.includes('pg_catalog') ? named : ['pg_catalog', ...named];
}
