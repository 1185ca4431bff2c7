// How the servers' own functions are sorted: the first rule whose pattern matches the name decides.
//
// What no rule names is a plain read when the server calls it immutable or stable, takes and gives no `internal` or
// `cstring`, and is dangerous (`dynamic`) otherwise. Volatility labels are wrong both ways, hence the rules.

/**
 * What calling it amounts to. read: vetted; write, lock, admin, remote: that effect; dynamic: cannot be judged;
 * setting: set_config, judged by its arguments; the others are floor codes.
 */
export const VERDICTS = [
  'read',
  'write',
  'lock',
  'admin',
  'remote',
  'dynamic',
  'setting',
  'sql_in_string',
  'server_file',
  'replication',
  'signal_backend',
  'secret_relation',
] as const;
export type VerdictName = (typeof VERDICTS)[number];

/** Pattern over the whole name, or name and argument types; verdict, reason. */
type Rule = readonly [pattern: string, verdict: VerdictName, reason: string];

export const RULES: readonly Rule[] = [
  ['set_config', 'setting', 'a SET inside a SELECT; up to 15 it leaves READ ONLY when given NULL'],

  [
    '(query|table|schema|database)_to_xml.*',
    'sql_in_string',
    'runs a statement, or reads relations, named in a string',
  ],
  ['cursor_to_xml.*', 'sql_in_string', 'fetches from a cursor named in a string'],
  ['ts_stat', 'sql_in_string', 'runs a statement given as text'],
  ['ts_rewrite\\(tsquery, tsquery, tsquery\\)', 'read', 'this form replaces what it is given'],
  ['ts_rewrite', 'sql_in_string', 'the other form runs a statement given as text'],
  [
    'pg_input_(is_valid|error_info)',
    'dynamic',
    'runs the input function, or domain checks, of a type named in a string',
  ],
  ['domain_(in|recv)', 'dynamic', "runs a domain's checks, named by number"],

  ['lo_(import|export)', 'server_file', "reads or writes the server's files"],
  ['lo_get', 'read', 'reads a large object'],
  ['(lo_.*|loread|lowrite)', 'write', 'large objects can be made and changed in a READ ONLY transaction up to 15'],
  [
    'pg_(read_file|read_binary_file|read_file_old|stat_file|ls_.*dir|current_logfile)',
    'server_file',
    "reads the server's files",
  ],
  [
    'pg_(hba_file_rules|ident_file_mappings|show_all_file_settings)',
    'secret_relation',
    "shows the server's configuration files",
  ],

  ['pg_(terminate|cancel)_backend', 'signal_backend', 'ends what other sessions of the same login run'],
  ['pg_log_backend_memory_contexts', 'signal_backend', 'signals another backend'],
  [
    'pg_(reload_conf|rotate_logfile.*|promote|switch_wal|create_restore_point|backup_.*|wal_replay_(pause|resume))',
    'admin',
    'runs the server',
  ],
  ['pg_(log_standby_snapshot|export_snapshot|sync_replication_slots)', 'admin', 'leaves something on the server'],
  ['pg_stat_reset.*', 'admin', 'throws statistics away'],
  ['pg_(clear|restore)_(attribute|relation)_stats', 'write', 'changes what the planner knows'],
  [
    'pg_(nextoid|extension_config_dump|import_system_collations|stop_making_pinned_objects)',
    'write',
    'changes the catalogue',
  ],
  ['binary_upgrade_.*', 'write', 'changes the catalogue'],
  ['brin_(summarize|desummarize)_.*|gin_clean_pending_list', 'write', 'changes an index'],
  ['currtid2|pg_isolation_test_session_is_blocked', 'dynamic', 'not for sessions'],

  ['pg_(create|drop|copy)_.*replication_slot|pg_replication_slot_advance', 'replication', 'slots keep WAL for ever'],
  ['pg_logical_slot_.*', 'replication', 'reads or consumes a slot'],
  ['pg_logical_emit_message', 'replication', 'writes WAL that ROLLBACK does not undo'],
  ['pg_replication_origin_(oid|progress|session_is_setup|session_progress)', 'read', 'shows replication state'],
  ['pg_replication_origin_.*', 'replication', 'changes replication origins'],

  ['nextval|setval', 'write', 'advances a sequence; ROLLBACK does not undo it'],
  ['currval|lastval|pg_sequence_last_value|pg_get_sequence_data|pg_sequence_parameters', 'read', 'looks at a sequence'],
  ['txid_current|pg_current_xact_id', 'write', 'assigns a transaction id, though it is called stable'],
  ['pg_notify', 'write', 'tells other sessions, at commit'],
  ['pg_advisory_unlock.*', 'read', 'gives up what this session holds; pools send it'],
  ['pg_(try_)?advisory_.*', 'lock', 'locks for others, and outlives the transaction'],

  [
    '(clock_timestamp|timeofday|random|random_normal|setseed|gen_random_uuid|uuidv[47]|array_(sample|shuffle))',
    'read',
    'new each time, changes nothing that lasts',
  ],
  ['pg_sleep.*', 'read', 'time is limited by timeouts'],
  ['current_query|amvalidate', 'read', 'looks only'],
  [
    'pg_(blocking_pids|safe_snapshot_blocking_pids|lock_status|prepared_xact|notification_queue_usage)',
    'read',
    'looks at other sessions',
  ],
  ['pg_control_(checkpoint|init|recovery|system)', 'read', "looks at the cluster's identity"],
  [
    'pg_(current_wal|last_wal|last_xact|last_committed)_.*|pg_is_(in_recovery|wal_replay_paused)|pg_get_wal_.*',
    'read',
    'looks at WAL positions',
  ],
  ['pg_(available_wal_summaries|wal_summary_contents|get_multixact_members)', 'read', 'looks at WAL positions'],
  ['pg_(xact_commit_timestamp.*|xact_status)|txid_status', 'read', 'looks at a transaction'],
  ['pg_(database|indexes|relation|table|tablespace|total_relation)_size', 'read', 'called volatile, looks only'],
  ['pg_partition_(ancestors|tree)', 'read', 'called volatile, looks only'],
  ['pg_(collation|database_collation)_actual_version|pg_jit_available', 'read', 'looks only'],
  ['pg_get_(backend_memory_contexts|shmem_allocations.*|wait_events|aios|loaded_modules)', 'read', 'looks only'],
  ['pg_show_replication_origin_status', 'read', 'looks only'],
  [
    'pg_stat_(get_.*|have_stats|clear_snapshot|force_next_flush)',
    'read',
    'looks at statistics, or has the session count its own sooner',
  ],
  ['fmgr_.*_validator|plpgsql_.*|dsnowball_.*', 'dynamic', 'meant for the server itself'],
];

/** Extensions whose functions are judged here; those of any other are dynamic. Patterns as above, without schemas; default as above. */
export const EXTENSION_RULES: Readonly<Record<string, readonly Rule[]>> = {
  btree_gin: [],
  btree_gist: [],
  citext: [],
  cube: [],
  dict_int: [],
  dict_xsyn: [],
  earthdistance: [],
  fuzzystrmatch: [],
  hstore: [],
  intarray: [],
  isn: [['isn_weak', 'read', "this session's own switch"]],
  ltree: [],
  pg_trgm: [['(set|show)_limit', 'read', "this session's own threshold"]],
  pgcrypto: [['gen_.*|crypt|pgp_.*|armor|dearmor|digest|hmac|encrypt.*|decrypt.*', 'read', 'computes only']],
  pg_stat_statements: [
    ['pg_stat_statements|pg_stat_statements_info', 'read', 'looks at statistics'],
    ['.*', 'admin', 'throws statistics away'],
  ],
  seg: [],
  tablefunc: [
    ['(crosstab.*|connectby.*)', 'sql_in_string', 'runs a statement given as text'],
    ['normal_rand', 'read', 'computes only'],
  ],
  unaccent: [],
  'uuid-ossp': [['uuid_.*', 'read', 'computes only']],
  dblink: [['.*', 'remote', 'speaks to another server, with SQL as text']],
  postgres_fdw: [['.*', 'remote', 'speaks to another server']],
  file_fdw: [['.*', 'server_file', "reads the server's files or runs a program"]],
  vector: [],
  postgis: [
    ['st_fromflatgeobuftotable', 'write', 'makes a table, though it is called immutable'],
    [
      '(add|drop|update|populate)_?geometry.*|postgis_extensions_upgrade.*|postgis_cache_bbox',
      'write',
      'changes tables, columns or the extension',
    ],
    [
      '(un)?lockrows?|addauth|checkauth.*|(en|dis)ablelongtransactions|longtransactionsenabled|gettransactionid',
      'write',
      'keeps locks in a table, or assigns a transaction id',
    ],
    ['st_findextent|find_extent', 'sql_in_string', 'puts names that it is given into a statement'],
    [
      'st_estimatedextent|_postgis_(stats|selectivity|join_selectivity|index_extent)',
      'dynamic',
      "shows a relation's statistics, named in a string; most ask for no privilege",
    ],
    [
      'st_transform\\(geometry, text.*|postgis_transform_geometry|.*pipeline.*',
      'server_file',
      'a projection as text can name files of the server',
    ],
    ['st_(symmetricdifference|generatepoints|clusterkmeans)', 'read', 'called volatile, computes only'],
  ],
  postgis_raster: [
    ['raster_(in|out)', 'read', 'as text: opens no file'],
    [
      '(st_(width|height|srid|numbands|scale[xy]|skew[xy]|upperleft[xy]|geotransform|metadata|pixel(width|height)|isempty|convexhull|envelope)|box3d|geometry)\\(raster\\)',
      'read',
      'looks at the header only',
    ],
    ['.*', 'dynamic', 'a band can name a file of the server; expressions and functions given by name are run'],
  ],
};
