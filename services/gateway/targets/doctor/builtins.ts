// Built-in functions that any login may call, that a READ ONLY transaction does not stop in every supported version, and that analysis
// alone would have to refuse. They are taken from PUBLIC.
//
// Left to PUBLIC on purpose: pg_notify (NOTIFY itself cannot be revoked), advisory locks (migration tools of every language take them;
// analysis refuses them in read), query_to_xml and its kin (they run with the caller's own rights), pg_sleep (timeouts).

export interface Builtin {
  /** As `regprocedure` prints it. */
  signature: string;
  /** First and last major version that has it. */
  since?: number;
  until?: number;
  why: string;
  /** The control login keeps it. */
  control?: true;
}

const LARGE_OBJECT = 'makes or changes a large object; up to 15 also in a READ ONLY transaction';
const WAL = 'writes to the WAL, for whoever decodes it; ROLLBACK does not undo it';
const SIGNAL = 'ends what another session of the same login runs';

export const TAKEN_BUILTINS: readonly Builtin[] = [
  { signature: 'lo_creat(integer)', why: LARGE_OBJECT },
  { signature: 'lo_create(oid)', why: LARGE_OBJECT },
  { signature: 'lo_from_bytea(oid,bytea)', why: LARGE_OBJECT },
  { signature: 'lo_put(oid,bigint,bytea)', why: LARGE_OBJECT },
  { signature: 'lowrite(integer,bytea)', why: LARGE_OBJECT },
  { signature: 'lo_truncate(integer,integer)', why: LARGE_OBJECT },
  { signature: 'lo_truncate64(integer,bigint)', why: LARGE_OBJECT },
  { signature: 'lo_unlink(oid)', why: LARGE_OBJECT },
  { signature: 'pg_logical_emit_message(boolean,text,text)', until: 16, why: WAL },
  { signature: 'pg_logical_emit_message(boolean,text,bytea)', until: 16, why: WAL },
  { signature: 'pg_logical_emit_message(boolean,text,text,boolean)', since: 17, why: WAL },
  { signature: 'pg_logical_emit_message(boolean,text,bytea,boolean)', since: 17, why: WAL },
  { signature: 'pg_terminate_backend(integer,bigint)', why: SIGNAL, control: true },
  { signature: 'pg_cancel_backend(integer)', why: SIGNAL, control: true },
];

/** Those that a server of this major version has. */
export function takenBuiltins(version: number): Builtin[] {
  return TAKEN_BUILTINS.filter(
    ({ since = 0, until = Number.POSITIVE_INFINITY }) => since <= version && version <= until,
  );
}
