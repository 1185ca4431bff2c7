// What a snapshot of a target's catalogue holds, row by row.
import type { BodyNames } from './body-names.ts';

/** Object ids below this came with the server (FirstNormalObjectId). */
export const FIRST_OWN_OID = 16_384;

export interface RelationRow {
  oid: number;
  schema: string;
  name: string;
  /** pg_class.relkind. */
  kind: string;
  rowSecurity: boolean;
  hasChildren: boolean;
  /** Its row type's oid. */
  rowType: number;
}

export interface FunctionRow {
  oid: number;
  schema: string;
  name: string;
  /** `schema.name(argument types)` as PostgreSQL prints it. */
  signature: string;
  args: number[];
  /** Element type of the last argument when it is VARIADIC; 0 otherwise. */
  variadic: number;
  /** How many of the last arguments have defaults. */
  defaults: number;
  returns: number;
  returnsSet: boolean;
  /** pg_proc.prokind: f, p, a, w. */
  kind: string;
  volatility: 'immutable' | 'stable' | 'volatile';
  /** Names of its input arguments, in order; null where none is named. */
  argNames: string[] | null;
  /** Names and types of the columns, where OUT arguments or RETURNS TABLE give them. */
  columns: Column[] | null;
  /** 16 hex digits over language, source, library, settings and SECURITY DEFINER. */
  body: string;
  /** `name version` of the extension that owns it. */
  extension: string | null;
  language: string;
  /** prosrc of an `internal` function; null for others. */
  source: string | null;
  /** What its body looks up when it runs; null where all was resolved when it was made. */
  late: BodyNames | null;
  /** The search_path that it sets for itself. */
  ownPath: string | null;
  /** Its owner, where it runs with that one's rights. */
  definer: string | null;
}

export interface Column {
  name: string;
  type: number;
}

export interface OperatorRow {
  oid: number;
  schema: string;
  name: string;
  /** 0 for a prefix operator. */
  left: number;
  right: number;
  result: number;
  function: number;
}

export interface CastRow {
  source: number;
  target: number;
  /** 0 when it needs no function. */
  function: number;
  implicit: boolean;
}

export interface TypeRow {
  oid: number;
  schema: string;
  name: string;
  /** pg_type.typtype: b, c, d, e, p, r, m. */
  kind: string;
  /** Element type of an array (0 for anything else). */
  element: number;
  array: number;
  /** Base type of a domain. */
  base: number;
  /** pg_class oid of a composite type. */
  relation: number;
  /** Input, output, receive, send and modifier functions. */
  functions: number[];
  /** pg_type.typcategory, and whether it is the category's preferred type: how PostgreSQL chooses among overloads. */
  category: string;
  preferred: boolean;
}

/** What an expression stored in the catalogue (a view's rule, a policy, a domain's check) was resolved to. */
export interface Reached {
  functions: number[];
  operators: number[];
  relations: number[];
  /** Of the relations, the numbers of the columns that are read (0: the whole row); null, or nothing here, where that is not told. */
  columns: Map<number, ReadonlySet<number> | null>;
  types: number[];
  locks: boolean;
}

/** A foreign key that changes rows of the relation that it stands in, when those that they point to are deleted or changed. */
export interface Cascade {
  /** Where it stands. */
  relation: number;
  onDelete: 'delete' | 'update' | null;
  onUpdate: 'update' | null;
  /** The columns that it points to; null where a change of any other may change them. */
  key: readonly string[] | null;
  /** Its own columns. */
  columns: readonly string[];
}

/** What is fetched for a relation when a statement first names it. */
export interface RelationDetail {
  columns: (Column & { number: number })[];
  /** A view's rule. */
  rule: Reached | null;
  /** The relation that a view is written through to; null where it is not, or not by PostgreSQL itself. */
  writesThrough: number | null;
  /** Row policies together. */
  policies: Reached | null;
  /** Foreign tables among its partitions and children. */
  foreignChildren: number[];
  /** Changes when its columns do. */
  stamp: string;
}
