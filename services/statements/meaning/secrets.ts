// What a catalogue holds that nobody reads through the gateway: password hashes, connection strings, and copies of
// tables' contents (statistics, large objects) that no table's privileges guard.

const WHOLE = new Set(
  `pg_authid pg_shadow pg_hba_file_rules pg_file_settings pg_ident_file_mappings pg_largeobject pg_statistic
  pg_statistic_ext_data`.split(/\s+/),
);

const COLUMNS: Readonly<Record<string, string>> = {
  pg_user_mapping: 'umoptions',
  pg_user_mappings: 'umoptions',
  pg_subscription: 'subconninfo',
};

/** `true`: all of it; a name: that column; `false`: nothing. */
export function secretOf(relation: { schema: string; name: string }): boolean | string {
  if (relation.schema === 'information_schema') {
    if (relation.name === '_pg_user_mappings') return 'umoptions';
    return relation.name === 'user_mapping_options' ? 'option_value' : false;
  }
  if (relation.schema !== 'pg_catalog') return false;
  if (WHOLE.has(relation.name)) return true;
  return Object.hasOwn(COLUMNS, relation.name) ? (COLUMNS[relation.name] ?? false) : false;
}
