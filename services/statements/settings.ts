// Which settings a client may change: a short list in read mode, and those that are the gateway's in every mode.
import { isOn } from './options.ts';
import { BLANKS, fold } from './sql-characters.ts';

/** Client display, name lookup, the planner's switches (for EXPLAIN), how far pgvector searches, and limits, which the gateway bounds itself. */
const HARMLESS_IN_READ = new Set([
  'application_name',
  'bytea_output',
  'client_encoding',
  'client_min_messages',
  'datestyle',
  'default_text_search_config',
  'default_transaction_deferrable',
  'default_transaction_isolation',
  'extra_float_digits',
  'force_parallel_mode',
  'geqo',
  'hnsw.ef_search',
  'hnsw.iterative_scan',
  'hnsw.max_scan_tuples',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'intervalstyle',
  'ivfflat.iterative_scan',
  'ivfflat.max_probes',
  'ivfflat.probes',
  'jit',
  'lc_monetary',
  'lc_numeric',
  'lc_time',
  'lock_timeout',
  'plan_cache_mode',
  'quote_all_identifiers',
  'row_security',
  'search_path',
  'standard_conforming_strings',
  'statement_timeout',
  'synchronize_seqscans',
  'timezone',
  'transaction_deferrable',
  'transaction_isolation',
  'transaction_timeout',
  'xmlbinary',
  'xmloption',
]);

/** The gateway sets these at startup; changing them would undo a layer. */
const GATEWAYS_OWN = new Set([
  'allow_system_table_mods',
  'backslash_quote',
  'client_connection_check_interval',
  'default_transaction_read_only',
  'dynamic_library_path',
  'local_preload_libraries',
  'session_preload_libraries',
  'shared_preload_libraries',
  'tcp_keepalives_count',
  'tcp_keepalives_idle',
  'tcp_keepalives_interval',
  'tcp_user_timeout',
  'transaction_read_only',
]);

const OWN_FLOOR_CODE: Record<string, string> = {
  role: 'set_role',
  session_authorization: 'session_authorization',
  session_replication_role: 'replication_role',
};

/** The values that a setting may take, where another would change what the gateway judged. */
const FIXED: Record<string, (value: string) => boolean> = {
  client_encoding: isUtf8,
  standard_conforming_strings: isOn,
};

/** UTF-8 by any name that PostgreSQL takes: it leaves out what is no letter or digit. */
export function isUtf8(encoding: string): boolean {
  return /^(utf8|unicode)$/i.test(encoding.replace(/[^a-z0-9]/gi, ''));
}

/** pg_dump's guard against views that act on those who read them: a reader may have it whole, not half of it instead of the other. */
const RESTRICTS_READS = new RegExp(
  `^[${BLANKS}]*(view[${BLANKS}]*,[${BLANKS}]*foreign-table|foreign-table[${BLANKS}]*,[${BLANKS}]*view)[${BLANKS}]*$`,
  'i',
);

/** A reader may say once more that it only reads. RESET of the transaction's own would not: up to 15 it leaves READ ONLY. */
export const READ_ONLY: ReadonlySet<string> = new Set(['default_transaction_read_only', 'transaction_read_only']);

function readsOnly(setting: string, value: string | null | undefined): boolean {
  // The reader's startup packet says what RESET returns to.
  return value === null ? setting === 'default_transaction_read_only' : READ_ONLY.has(setting) && isOn(value);
}

export type SettingVerdict =
  | { allowed: true }
  /** A floor code of facts.ts. */
  | { allowed: false; floor: string };

/** A setting that no library declares: `app.tenant` is of the prefix `app`. */
const prefixOf = (setting: string): string | null => /^([a-z_][a-z0-9_$]*)\../.exec(setting)?.[1] ?? null;

/** Whether it is one of those that the security team lets reads set, by their prefixes. */
export function isOwnSetting(name: string, own: readonly string[]): boolean {
  const prefix = prefixOf(fold(name));
  return prefix !== null && own.includes(prefix);
}

/**
 * `value`: the constant it is set to; null for DEFAULT or RESET; undefined when only known at run time. `own`: prefixes of the
 * target's own settings that reads may set.
 */
export function judgeSetting(
  name: string,
  value: string | null | undefined,
  mode: 'read' | 'write',
  own: readonly string[] = [],
): SettingVerdict {
  const setting = fold(name);
  if (mode === 'read' && readsOnly(setting, value)) return { allowed: true };
  if (setting === 'restrict_nonsystem_relation_kind' && value && RESTRICTS_READS.test(value)) return { allowed: true };
  // RESET returns to the gateway's; how SET is let through is in set-statements.ts.
  if (setting === 'application_name' && value !== null) return { allowed: false, floor: 'application_name' };
  const floor = Object.hasOwn(OWN_FLOOR_CODE, setting) ? OWN_FLOOR_CODE[setting] : undefined;
  if (floor !== undefined) return { allowed: false, floor };
  if (GATEWAYS_OWN.has(setting) || setting.startsWith('sudoql.') || setting.startsWith('log_')) {
    return { allowed: false, floor: 'gateway_setting' };
  }
  const fixed = Object.hasOwn(FIXED, setting) ? FIXED[setting] : undefined;
  if (fixed && value !== null && (value === undefined || !fixed(value)))
    return { allowed: false, floor: 'gateway_setting' };
  if (
    mode === 'read' &&
    !HARMLESS_IN_READ.has(setting) &&
    !setting.startsWith('enable_') &&
    !isOwnSetting(setting, own)
  ) {
    return { allowed: false, floor: 'setting_in_read' };
  }
  return { allowed: true };
}
