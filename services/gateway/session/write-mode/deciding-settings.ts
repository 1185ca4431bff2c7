// The settings that decide what a statement means, as a backend has them, and in which of them two backends differ. Two logins
// may differ by ALTER ROLE … SET alone, and "$user" in a search_path is another schema to each.
import { fold } from '../../../statements/sql-characters.ts';
import { LONGEST_PATH, schemasOf } from '../../../statements/meaning/names.ts';

export interface Setting {
  /** As SHOW would print it without its unit; null where it is not set at all. */
  readonly now: string | null;
  /** What RESET returns to. */
  readonly reset: string | null;
  /** As pg_settings says it; `custom`: a setting that no library declares, of which only the roles that set it tell. */
  readonly source: string;
  /** Anybody may set it. */
  readonly settable: boolean;
}

/** By folded name. */
export type Settings = Map<string, Setting>;

/** The rows of QUESTIONS.settings. */
export function settingsOf(rows: readonly (readonly (string | null)[])[]): Settings {
  const found: Settings = new Map();
  for (const [name, now = null, reset = null, source, context] of rows) {
    if (!name || !source) continue;
    // What a library declares is told by it, whatever a role's own settings call it.
    if (source === 'custom' && found.has(fold(name))) continue;
    found.set(fold(name), { now, reset, source, settable: context === 'user' });
  }
  return found;
}

/** Who runs it, how it is planned, what it may cost, what is logged of it: in all of these a login may be another. */
const MAY_DIFFER = new RegExp(
  `^(${[
    'transaction_.*|default_transaction_read_only|application_name|session_authorization|role|is_superuser',
    '.*_timeout|tcp_.*|client_connection_check_interval|client_min_messages|escape_string_warning|md5_password_warnings',
    'enable_.*|.*_cost|geqo.*|jit.*|plan_cache_mode|constraint_exclusion|cursor_tuple_fraction|.*_collapse_limit|recursive_worktable_factor',
    '.*work_mem|hash_mem_multiplier|temp_buffers|max_parallel_.*|min_parallel_.*|parallel_.*|force_parallel_mode|debug_.*|effective_.*',
    'default_statistics_target|stats_fetch_consistency|backend_flush_after|commit_siblings|io_.*|maintenance_io_concurrency|file_copy_method',
    'vacuum_.*|gin_pending_list_limit|synchronous_commit|wal_.*|log_.*|trace_.*|local_preload_libraries|exit_on_error',
    '(pgaudit|auto_explain|pg_stat_[a-z_]*|pg_hint_plan)[.].*',
  ].join('|')})$`,
);

/** Of those that only a superuser sets. */
const MIGHTY = new Set([
  'session_replication_role',
  'event_triggers',
  'lo_compat_privileges',
  'plpgsql.variable_conflict',
]);

function decides(name: string, ...settings: (Setting | undefined)[]): boolean {
  if (settings.some((each) => each && !each.settable)) return MIGHTY.has(name);
  return !MAY_DIFFER.test(name);
}

export interface Difference {
  readonly name: string;
  readonly reader: string | null;
  readonly writer: string | null;
  /** Whether the writer can be given the reader's. */
  readonly crosses: boolean;
}

/** In what two backends would take the same words for something else: now, or after a RESET. */
export function differences(reader: Settings, writer: Settings, when: 'now' | 'reset'): Difference[] {
  const found: Difference[] = [];
  for (const name of new Set([...reader.keys(), ...writer.keys()])) {
    const [ofReader, ofWriter] = [reader.get(name), writer.get(name)];
    if (!decides(name, ofReader, ofWriter)) continue;
    // Shown by that one alone which has loaded its library.
    if (!(ofReader && ofWriter) && (ofReader ?? ofWriter)?.source === 'default') continue;
    const [one, other] = [ofReader?.[when] ?? null, ofWriter?.[when] ?? null];
    if (one === other) continue;
    const settable = (ofReader?.settable ?? true) && (ofWriter?.settable ?? true);
    found.push({ name, reader: one, writer: other, crosses: settable && one !== null });
  }
  return found;
}

/** Schemas of the names that were asked for: whether each lets this login look into it. */
export type Schemas = ReadonlyMap<string, boolean>;

export interface Login {
  readonly name: string;
  readonly schemas: Schemas;
}

/** What a path names to the reader, for asking of these schemas; null where that cannot be said. */
export const schemasNamed = (path: string | null, login: string): string[] | null =>
  path === null || path.length > LONGEST_PATH ? null : schemasOf(path, login);

/**
 * `path`, in such words that the writer looks names up where the reader does: the reader's schema for "$user", where one of them has
 * a schema of its name, and none that is closed to the reader alone. Null where the writer may not look into what the reader does.
 */
export function pathForWriter(path: string, reader: Login, writer: Login): string | null {
  const named = schemasNamed(path, reader.name);
  if (named === null || named.some((each) => reader.schemas.get(each) && !writer.schemas.get(each))) return null;
  const user = path.includes('$user') && (reader.schemas.has(reader.name) || reader.schemas.has(writer.name));
  const open = named.filter((each) => reader.schemas.get(each) !== false || !writer.schemas.get(each));
  if (!user && open.length === named.length) return path;
  // It is looked through first where it is not named.
  const worded = path.includes('pg_catalog') ? open : open.filter((each) => each !== 'pg_catalog');
  return worded.map((schema) => `"${schema.replaceAll('"', '""')}"`).join(', ');
}
