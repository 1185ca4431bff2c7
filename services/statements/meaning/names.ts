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
  functions(name: readonly string[]): readonly Placed<FunctionRow>[];
  operators(name: readonly string[]): readonly Placed<OperatorRow>[];
  /** Oids, of row types too. */
  types(name: readonly string[]): number[];
  /** Whether the search_path is known: earlier schemas then hide later ones. */
  certain: boolean;
  /** What follows from the catalogue and the search_path alone: other statements that are judged by both have it too. */
  found: Map<string, unknown>;
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

/** A search_path against a catalogue. */
interface Path {
  key: string;
  /** Schemas, by their place; null where the path is not known. */
  places: ReadonlyMap<string, number> | null;
  found: Map<string, unknown>;
}

/** The path that was looked along last, and next time mostly is. */
const lastPaths = new WeakMap<Snapshot, Path>();

function pathOf(snapshot: Snapshot, { searchPath, login, temporaries, throughClosed }: NamesContext): Path {
  const key = JSON.stringify([searchPath, login, temporaries, throughClosed]);
  const last = lastPaths.get(snapshot);
  if (last?.key === key) return last;
  const path = searchPath === null ? null : schemasOf(searchPath, login);
  // One that the reader may not use hides nothing behind it.
  const open = throughClosed ? path : path?.filter((schema) => !snapshot.closed.has(schema));
  const places = open ? new Map([...new Set(open)].map((schema, index) => [schema, index] as const)) : null;
  const made = { key, places, found: new Map() };
  lastPaths.set(snapshot, made);
  return made;
}

/** Each costs the same work whether it was found before or not: what is judged does not hang on what others sent. */
export function makeNames(snapshot: Snapshot, context: NamesContext, work: Work): Names {
  const { searchPath, temporaries } = context;
  work.spend(Math.min(searchPath?.length ?? 0, LONGEST_PATH) / 4);
  const { places, found: known } = pathOf(snapshot, context);

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

  const once = <T extends Named>(
    kind: string,
    rows: T[] | undefined,
    name: readonly string[],
  ): readonly Placed<T>[] => {
    if (!rows) return [];
    const key = `${kind} ${JSON.stringify(name)}`;
    const before = known.get(key) as readonly Placed<T>[] | undefined;
    if (before) {
      work.spend(rows.length);
      return before;
    }
    const found = placed(rows, name, false);
    remember(known, key, found);
    return found;
  };

  return {
    certain: places !== null,
    found: known,
    relations: (name) => visible(placed(snapshot.relations.get(name.at(-1) ?? ''), name, true)),
    functions: (name) => once('function', snapshot.functions.get(name.at(-1) ?? ''), name),
    operators: (name) => once('operator', snapshot.operators.get(name.at(-1) ?? ''), name),
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

/** So many of the names and operators of one path. */
const MOST_FOUND = 1_000;

export function remember<T>(found: Map<string, unknown>, key: string, value: T): T {
  if (found.size >= MOST_FOUND) found.clear();
  found.set(key, value);
  return value;
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

let last: { searchPath: string; login: string; schemas: readonly string[] | null } | null = null;

/** As `schemasOf`; the path of the last statement, which mostly is that of the next one, is not read again. */
export function schemasAlong(searchPath: string, login: string): readonly string[] | null {
  if (last?.searchPath !== searchPath || last.login !== login)
    last = { searchPath, login, schemas: schemasOf(searchPath, login) };
  return last.schemas;
}
