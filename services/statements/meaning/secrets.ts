// What a catalogue holds that nobody reads through the gateway: password hashes, connection strings, and copies of
// tables' contents (statistics, large objects) that no table's privileges guard.

const WHOLE = new Set(
  `pg_authid pg_shadow pg_hba_file_rules pg_file_settings pg_ident_file_mappings pg_largeobject pg_statistic
  pg_statistic_ext_data`.split(/\s+/),
);

const list = (names: string): ReadonlySet<string> => new Set(names.split(/\s+/));
/** What a sample of a table's rows holds, of tables that are protected or secret too. */
const SAMPLES = list('most_common_vals most_common_elems histogram_bounds range_bounds_histogram');

const COLUMNS: Readonly<Record<string, ReadonlySet<string>>> = {
  'pg_catalog.pg_user_mapping': list('umoptions'),
  'pg_catalog.pg_user_mappings': list('umoptions'),
  'pg_catalog.pg_subscription': list('subconninfo'),
  'pg_catalog.pg_stats': SAMPLES,
  'pg_catalog.pg_stats_ext': SAMPLES,
  'pg_catalog.pg_stats_ext_exprs': SAMPLES,
  'information_schema.user_mapping_options': list('option_value'),
  'information_schema._pg_user_mappings': list('umoptions'),
};

/** `true`: all of it; names: those columns; `false`: nothing. */
export function secretOf({ schema, name }: { schema: string; name: string }): boolean | ReadonlySet<string> {
  if (schema === 'pg_catalog' && WHOLE.has(name)) return true;
  const relation = `${schema}.${name}`;
  return Object.hasOwn(COLUMNS, relation) ? (COLUMNS[relation] ?? false) : false;
}
