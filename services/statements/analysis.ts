// The result of analysing one SQL text, as data. A text may hold several statements (simple protocol).
import type { InBandCommand } from '../contract/commands.ts';
import type { StatementFacts } from './facts.ts';
import type { Remade, Remakes } from './remakes.ts';

/** What the session must know to run a statement, beside its facts. Never shown to policy. */
export interface Mechanics {
  /** It asks for READ WRITE, by itself harmlessly: the same with READ ONLY, which is analysed, and sent, in its place in read mode. */
  asReadOnly?: string;
  /** The kind of transaction statement, when it is one. */
  transaction?:
    | 'begin'
    | 'commit'
    | 'rollback'
    | 'savepoint'
    | 'release'
    | 'rollback_to'
    | 'prepare'
    | 'commit_prepared'
    | 'rollback_prepared';
  /** AND CHAIN. */
  chain?: boolean;
  /** Of SAVEPOINT, RELEASE and ROLLBACK TO: its name as PostgreSQL's own scanner folds and cuts it for a database in UTF-8. */
  savepoint?: string;
  /** What it did may stay though it, or what follows it in its batch, fails. */
  commitsItself?: true;
  /** SQL PREPARE: the name it makes. */
  prepares?: string;
  /** SQL EXECUTE: the name it runs. */
  executes?: string;
  /** DEALLOCATE name, or '*' for ALL. */
  deallocates?: string;
  /** DECLARE CURSOR / CLOSE / FETCH names. */
  declares?: string;
  /** DECLARE … WITH HOLD: its query is read to its end when its transaction commits. */
  holds?: true;
  /** The path by which its query's names were looked up. */
  declaredUnder?: string | null;
  closes?: string;
  /** FETCH or MOVE: it runs the query of this cursor, or of a portal that was bound by protocol. */
  fetches?: string;
  /** It changes rows that its command tag does not count: inside WITH, EXPLAIN ANALYZE, or a COPY of a query. */
  uncounted?: true;
  /** It changes a table whose triggers, rules or cascading keys may change further rows: no command tag counts those. */
  further?: 'counted' | 'in_part' | 'uncounted';
  /** CREATE TEMP TABLE or VIEW, and their like. */
  makesTemporary?: true;
  discardAll?: boolean;
  resetAll?: boolean;
  copy?: 'in' | 'out';
  /** Of a COPY's data, what is no row: a header line at its start, or the binary format's trailer at its end. */
  copyFraming?: 'header' | 'trailer';
  /** Settings of the users' own that it sets, by folded name: only their names are known anywhere. */
  setsOwn?: string[];
  /**
   * SET, RESET or set_config of a setting: `value` null for RESET and DEFAULT, undefined when only known at run time.
   * The session bounds the limits (statement_timeout and its kin) itself.
   */
  sets?: { name: string; value: string | null | undefined; local: boolean };
  /** After this statement names may resolve otherwise: the new search_path as SHOW prints it, or null when it must be asked. */
  searchPath?: string | null;
  /**
   * Names that did not resolve, in words (`relation "x"`). The statement must not run. When `parseOnly`, its Parse alone
   * (never Bind or Execute) may be sent, so that the user gets the target's own error with its position: nothing that
   * did resolve can do harm at parse time. Should that Parse succeed, refuse with `not_understood`: the catalogue moved.
   */
  unresolved?: { names: string[]; parseOnly: boolean };
  /** It may do what the end of its transaction does not take back (acts-at-once.ts). */
  actsAtOnce?: true;
  /** What of the users' own it reaches: once a statement is bound or declared, these run, whatever its names mean by then. */
  reached?: Resolved;
  /** Names that mean something else behind it. */
  remakes?: Remakes;
  /** Functions in it that nobody vetted: what `vettingLine` makes the policy data line of that would vet each. */
  unvetted?: { signature: string; body: string }[];
}

/** Object ids. */
export interface Resolved {
  functions: readonly number[];
  types: readonly number[];
}

export interface AnalysedStatement {
  facts: StatementFacts;
  mechanics: Mechanics;
  /** This statement's own text, cut at UTF-8 byte offsets. */
  text: string;
}

export type Analysis =
  | {
      kind: 'statements';
      /** Empty for `;`, comments and blanks. */
      statements: AnalysedStatement[];
      /** The text that was analysed in place of the one that was given, and that is to be sent in its place. */
      instead?: string;
    }
  | { kind: 'command'; command: InBandCommand }
  /** `sudo(…)` and its like hidden in a larger text: refused with 25001, never sent on. */
  | { kind: 'command_not_alone'; name: string }
  /** Not PostgreSQL's grammar; `position`: 1-based, in characters. */
  | { kind: 'syntax_error'; message: string; position: number | null }
  /** Over a cap (size, comments, depth, facts), or the parser failed or took too long. Refused without asking policy. */
  | {
      kind: 'refused';
      code: 'limit_exceeded' | 'too_complex' | 'not_understood' | 'invalid_encoding' | 'target_unreachable';
      message: string;
      hint?: string;
    };

/** How names resolve in this session now. */
export interface AnalysisContext {
  target: string;
  /** As `SHOW search_path` prints it; null when not known (a batch changed it): then every schema's names count. */
  searchPath: string | null;
  /**
   * Where it runs under another path than its names were looked up by (a cursor, a portal): that of the run, by which the bodies of
   * functions look theirs up.
   */
  bodyPath?: string | null;
  /** What its names were resolved to before, when they may mean something else by now: that counts as well. */
  also?: Resolved;
  /** Names whose meaning the transaction has changed. */
  remade?: Remade | null;
  mode: 'read' | 'write';
  /** The login that the session's current backend runs as, for "$user". */
  login: string;
  /** Whose text it is, for principals have turns at the parser. It decides nothing. */
  principal?: string;
  /**
   * Types that the client's Parse declares for `$1`, `$2`, …, as object ids, 0 where it leaves one open. Must be given where
   * any was declared: what is left open, and stands in one place only, is resolved as PostgreSQL resolves a literal there.
   */
  parameterTypes?: readonly number[];
}

/** SQL text → facts. May answer at once (cached or cheap) or later (worker, catalogue refresh). Never throws for bad input. */
export interface Analyser {
  analyse(sql: Uint8Array | string, context: AnalysisContext): Analysis | Promise<Analysis>;
  /** The analyser's own version: recorded beside each decision's revision. */
  readonly version: string;
}
