// What `sudoqld setup-target` is asked to make, and what it answers.

/** A login role. Without a password the role keeps the one it has (a new one cannot log in by password until it is set). */
export interface Login {
  user: string;
  /** Printable ASCII. Only its SCRAM verifier is sent. */
  password?: string | undefined;
}

export interface SetupPlan {
  database: string;
  /** Schemas that people read and write through the gateway. */
  schemas: string[];
  reader: Login;
  writer: Login;
  control: Login;
  /** A login for changes of the schema; a member of the roles that own its objects. */
  owner?: (Login & { of: string[] }) | undefined;
  /** Roles that make tables here: what they make later is granted too. Unless given: those that own something in the schemas now. */
  makers?: string[] | undefined;
  /** Roles that keep what is taken from PUBLIC: TEMP and the built-in functions. */
  keepFor?: string[] | undefined;
  /** Addresses (CIDR) that the gateways connect from, for the pg_hba.conf lines. */
  gateways?: string[] | undefined;
  connections?: { reader: number; writer: number; control: number } | undefined;
}

export function logins({ reader, writer, control, owner }: SetupPlan): Login[] {
  return [reader, writer, control, ...(owner ? [owner] : [])];
}

/** What of the target decides how the statements read. */
export interface TargetState {
  /** Major version, 15 to 18. */
  version: number;
  superuser: boolean;
  /** Those of the plan's roles that exist. */
  roles: string[];
  /** Roles that own something in the plan's schemas. */
  makers: string[];
  /** Tables (views too) and sequences in the plan's schemas; `ours`: the operator may grant rights on it; `foreign`: its rows are elsewhere. */
  objects: { schema: string; what: 'TABLES' | 'SEQUENCES'; name: string; ours: boolean; foreign: boolean }[];
  /** The operator may give control its membership in pg_signal_backend and pg_read_all_stats. */
  mayGrantSignals: boolean;
  /** Logins that have the plan's password already, as far as the operator may see that. */
  passwordsKept: string[];
  /** Other logins that are not superusers: whom a revocation from PUBLIC touches. */
  otherLogins: string[];
}

export interface SetupStatement {
  sql: string;
  /** As shown to people: secrets left out. */
  shown: string;
  why: string;
  /**
   * When the operator may not do it: what carries the protection then. Null: the setup cannot go on without it.
   */
  otherwise: string | null;
}

export interface SetupOutcome {
  applied: boolean;
  /** Some right, attribute or setting is, or would be, other than before. */
  changed: boolean;
  /** Logins whose password is set: also one that they may have already, where the operator cannot see that. */
  passwords: string[];
  statements: SetupStatement[];
  /** What the operator's role could not do, with what carries it instead. */
  notDone: { statement: SetupStatement; problem: string }[];
  /** Takes exactly this run back; empty where there is nothing. */
  undo: string;
  hba: string;
  notes: string[];
}
