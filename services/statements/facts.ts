// What analysis says about one statement. Small, validated, recorded, and the input of policy.
import { type Static, type TLiteral, type TUnion, Type } from '../contract/typebox/typebox.js';

type Literals<T extends readonly string[]> = TUnion<{ -readonly [K in keyof T]: TLiteral<T[K]> }>;
/** A union of literals whose TypeScript type keeps each of them. */
const literals = <const T extends readonly string[]>(...values: T) =>
  Type.Union(values.map((value) => Type.Literal(value))) as unknown as Literals<T>;

export const Effect = literals(
  'read',
  'write',
  'ddl',
  'code',
  'grant',
  'session',
  'transaction',
  'lock',
  'admin',
  'remote',
  'deferred',
  'dynamic',
);
/** What a statement can do. A statement has every effect that any part of it can reach. */
export type Effect = Static<typeof Effect>;

const Columns = Type.Union([Type.Array(Type.String()), Type.Null()]);

export const RelationFact = Type.Object(
  {
    /** Null when the name did not resolve (the statement is then not `resolved`). */
    schema: Type.Union([Type.String(), Type.Null()]),
    /** `*`: all of the schema, or where that is null, relations that are not named. */
    name: Type.String(),
    kind: literals(
      'table',
      'view',
      'materialized_view',
      'foreign_table',
      'partitioned_table',
      'sequence',
      'index',
      'composite_type',
      'toast',
      'unknown',
    ),
    /**
     * How the statement uses it. A view's underlying relations, a partition's parents and what foreign keys change by themselves are listed
     * as well, with `via`.
     */
    access: literals(
      'select',
      'insert',
      'update',
      'delete',
      'truncate',
      'merge',
      'ddl',
      'lock',
      'copy_from',
      'copy_to',
    ),
    via: Type.Union([Type.String(), Type.Null()]),
    /**
     * Those that are read, and those that are written: by their own names, sorted. Null: all, or those are not told; a rule that forbids one
     * must take it for that one too.
     */
    columns: Type.Object({ read: Columns, written: Columns }, { additionalProperties: false }),
  },
  { additionalProperties: false },
);
export type RelationFact = Static<typeof RelationFact>;

export const FunctionFact = Type.Object(
  {
    schema: Type.Union([Type.String(), Type.Null()]),
    name: Type.String(),
    /** `schema.name(argument types)` as PostgreSQL prints it; null when it did not resolve. */
    signature: Type.Union([Type.String(), Type.Null()]),
    volatility: literals('immutable', 'stable', 'volatile', 'unknown'),
    /** Vetted: a built-in of our list, an extension's of our list, or listed by the security team with this body. */
    vetted: Type.Boolean(),
  },
  { additionalProperties: false },
);
export type FunctionFact = Static<typeof FunctionFact>;

export const StatementFacts = Type.Object(
  {
    /** PostgreSQL's node name: `SelectStmt`, `UpdateStmt`, … */
    type: Type.String(),
    /** Sorted, without repeats. */
    effects: Type.Array(Effect),
    relations: Type.Array(RelationFact),
    functions: Type.Array(FunctionFact),
    /**
     * Of the UPDATE, DELETE or changing MERGE itself (or the most dangerous one inside): `real` is a condition on columns of
     * the table that is changed; `constant` is `WHERE true` and its like, and a condition on other tables alone.
     */
    where: Type.Union([literals('none', 'constant', 'real'), Type.Null()]),
    flags: Type.Object(
      {
        returns_rows: Type.Boolean(),
        /** FOR UPDATE and its kin. */
        locking: Type.Boolean(),
        /** EXPLAIN of something; `explain_analyze` runs it. */
        explain: Type.Boolean(),
        explain_analyze: Type.Boolean(),
        /** Every name in it resolved against the target's catalogue. */
        resolved: Type.Boolean(),
        copy: Type.Union([literals('to_stdout', 'from_stdin'), Type.Null()]),
        /** The verb in a transaction statement: `begin`, `commit`, `rollback`, `savepoint`, `release`, `rollback_to`, `prepare`, … */
        transaction: Type.Union([Type.String(), Type.Null()]),
        /** Lower-case name of the setting that SET, RESET or SHOW names. */
        setting: Type.Union([Type.String(), Type.Null()]),
      },
      { additionalProperties: false },
    ),
    /**
     * What the floor refuses in every mode, in the floor's own words; empty for nearly every statement.
     * Codes: alter_login, set_role, session_authorization, replication_role, gateway_setting, two_phase, load,
     * copy_program, copy_file, alter_system, replication, signal_backend, unknown_node, sql_in_string, over_cap, listen,
     * application_name (by another way than SET),
     * secret_relation (password hashes, connection strings), server_file, catalogue_by_hand (rows of the server's own
     * catalogue). Only in read mode: setting_in_read (not on the short list), holdable_cursor.
     */
    floor: Type.Array(Type.String()),
    /** Same for statements that differ only in their literals. Hex. */
    fingerprint: Type.String(),
    /** The text with its literals replaced by `$n`, shortened; what the ledger and notices show. */
    normalized: Type.String(),
  },
  { additionalProperties: false },
);
export type StatementFacts = Static<typeof StatementFacts>;
