// The queries that make a snapshot, and those that fetch a relation's details.
//
// Stored expressions are read as pg_node_tree text: it holds the object ids that PostgreSQL itself resolved, so nothing
// is parsed again. The session's search_path must be pg_catalog, for type names to be printed qualified.
import { FIRST_OWN_OID } from './catalogue-rows.ts';

/** What permissions are asked for: in a list of its own from 16 on, before in each entry of the range table (of a sample it is not found). */
const PERMISSIONS =
  ':relid (\\d+)(?: :relkind \\w :rellockmode \\d+ :tablesample <> :lateral \\w+)? :inh \\w+(?: :inFromCl \\w+)? :requiredPerms \\d+ :checkAsUser \\d+ :selectedCols \\(b([ \\d]*)\\)';

/**
 * Object ids in a stored expression: functions, operators, relations, own types; lists of operators and of columns' types; relations with
 * the columns that are read.
 */
const TOKENS =
  ':(funcid|opfuncid|aggfnoid|winfnoid|tsmhandler|startInRangeFunc|endInRangeFunc|opno|eqop|sortop|cycle_mark_neop|relid|typid|\\w*type(?:id)?) (\\d+)|:(opnos|coltypes|funccoltypes) \\(o ([\\d ]+)\\)|:(hasForUpdate) true';

/** Of each of `from`: its `key`, and what its `tree` was resolved to, one a row. */
export const reached = (key: string, tree: string, from: string) =>
  `SELECT DISTINCT ${key}::int8, coalesce(m[1], m[3], m[5], 'selectedCols'), coalesce(m[2], m[4], m[6] || ' ' || m[7], '0') FROM ${from},
    regexp_matches(${tree}::text, '${TOKENS}|${PERMISSIONS}', 'g') m WHERE m[1] IS NULL OR m[1] !~ 'typ' OR m[2]::int8 >= ${FIRST_OWN_OID}`;

/** 16 hex digits over all that decides what a function does; `p` is pg_proc, `l` its language. */
const BODY = `left(encode(sha256(convert_to(concat_ws('|', l.lanname, p.prosecdef, p.probin, p.proconfig::text,
  CASE WHEN p.prosqlbody IS NULL THEN p.prosrc ELSE pg_get_function_sqlbody(p.oid) END), 'UTF8')), 'hex'), 16)`;

export const SNAPSHOT = {
  server: `SELECT current_setting('server_version_num')::int / 10000, (SELECT oid::int8 FROM pg_database WHERE datname = current_database()),
    has_database_privilege(current_database(), 'TEMPORARY')`,
  /** Whether this login may use each: a search_path goes past those that it may not. */
  schemas: `SELECT nspname, has_schema_privilege(oid, 'USAGE') FROM pg_namespace`,
  relations: `SELECT c.oid::int8, n.nspname, c.relname, c.relkind, c.relrowsecurity, c.relhassubclass, c.reltype::int8
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r','v','m','f','p','S','c')`,
  /** What a partition or child is part of, and whether its parent has rows of its own beside it (plain inheritance). */
  parents: `SELECT i.inhrelid::int8, i.inhparent::int8, p.relkind <> 'p' FROM pg_inherits i
    JOIN pg_class p ON p.oid = i.inhparent WHERE p.relkind IN ('r', 'p', 'f') ORDER BY 1, i.inhseqno`,
  /** Foreign keys: what they point to, and where they stand. */
  references: `SELECT DISTINCT confrelid::int8, conrelid::int8 FROM pg_constraint WHERE contype = 'f' AND conrelid <> confrelid ORDER BY 1, 2`,
  /**
   * By the relation that they point to: foreign keys that delete or change rows by themselves; those that point to a child count for its
   * parents. A partition's own copies of its table's are left out. A generated column changes with others.
   */
  cascades: `WITH RECURSIVE up(pointed_to, relation, deletes, updates, key, columns) AS (
        SELECT c.confrelid, c.conrelid, c.confdeltype, c.confupdtype,
          (SELECT CASE WHEN bool_and(attgenerated = '') THEN array_agg(attname::text ORDER BY attnum) END FROM pg_attribute
            WHERE attrelid = c.confrelid AND attnum = ANY(c.confkey)),
          (SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute WHERE attrelid = c.conrelid AND attnum = ANY(c.conkey))
        FROM pg_constraint c WHERE contype = 'f' AND conparentid = 0
          AND (confupdtype IN ('c', 'n', 'd') OR confdeltype IN ('c', 'n', 'd'))
        UNION SELECT i.inhparent, up.relation, up.deletes, up.updates, up.key, up.columns FROM up JOIN pg_inherits i ON i.inhrelid = up.pointed_to)
    SELECT pointed_to::int8, relation::int8, CASE deletes WHEN 'c' THEN 'delete' WHEN 'n' THEN 'update' WHEN 'd' THEN 'update' END,
      CASE WHEN updates IN ('c', 'n', 'd') THEN 'update' END, key, columns FROM up ORDER BY 1, 2`,
  functions: `SELECT p.oid::int8, n.nspname, p.proname, oidvectortypes(p.proargtypes),
      CASE WHEN p.pronargs > 0 THEN string_to_array(p.proargtypes::text, ' ')::int8[] END, p.provariadic::int8,
      p.pronargdefaults, p.prorettype::int8, p.proretset, p.prokind, p.provolatile, ${BODY}, x.extension, l.lanname,
      CASE WHEN p.proargmodes IS NOT NULL THEN p.proargmodes::text[] END, p.proallargtypes::int8[], p.proargnames,
      CASE WHEN l.lanname = 'internal' AND p.oid >= ${FIRST_OWN_OID} THEN p.prosrc END,
      CASE WHEN l.lanname NOT IN ('internal', 'c') AND p.oid >= ${FIRST_OWN_OID} AND p.prosqlbody IS NULL THEN p.prosrc END,
      (SELECT substr(setting, 13) FROM unnest(p.proconfig) setting WHERE starts_with(setting, 'search_path=')),
      CASE WHEN p.prosecdef AND p.oid >= ${FIRST_OWN_OID} THEN pg_get_userbyid(p.proowner) END
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
    LEFT JOIN (SELECT d.objid, e.extname || ' ' || e.extversion AS extension FROM pg_depend d
      JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
      WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e') x ON x.objid = p.oid`,
  operators: `SELECT o.oid::int8, n.nspname, o.oprname, o.oprleft::int8, o.oprright::int8, o.oprresult::int8, o.oprcode::oid::int8
    FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace`,
  casts: `SELECT castsource::int8, casttarget::int8, castfunc::int8, castcontext = 'i' FROM pg_cast`,
  types: `SELECT t.oid::int8, n.nspname, t.typname, t.typtype,
      CASE WHEN t.typelem <> 0 AND t.typsubscript::oid = 6179 THEN t.typelem ELSE 0 END::int8, t.typarray::int8,
      t.typbasetype::int8, t.typrelid::int8,
      ARRAY[t.typinput::oid, t.typoutput::oid, t.typreceive::oid, t.typsend::oid, t.typmodin::oid, t.typmodout::oid]::int8[],
      t.typcategory, t.typispreferred
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
    LEFT JOIN pg_class c ON c.oid = t.typrelid AND c.relkind <> 'c' AND c.oid >= ${FIRST_OWN_OID}
    LEFT JOIN pg_class r ON r.oid = e.typrelid AND r.relkind <> 'c' AND r.oid >= ${FIRST_OWN_OID}
    WHERE c.oid IS NULL AND r.oid IS NULL`,
  ranges: `SELECT rngtypid::int8, rngmultitypid::int8, rngsubtype::int8,
      ARRAY[rngcanonical::oid, rngsubdiff::oid]::int8[] || ARRAY(SELECT DISTINCT p.amproc::oid::int8 FROM pg_opclass o
        JOIN pg_amproc p ON p.amprocfamily = o.opcfamily WHERE o.oid = rngsubopc AND p.amproc::oid >= ${FIRST_OWN_OID})
    FROM pg_range`,
  aggregates: `SELECT aggfnoid::oid::int8, ARRAY[aggtransfn::oid, aggfinalfn::oid, aggcombinefn::oid, aggserialfn::oid, aggdeserialfn::oid,
      aggmtransfn::oid, aggminvtransfn::oid, aggmfinalfn::oid]::int8[], aggsortop::int8 FROM pg_aggregate
    WHERE aggfnoid::oid >= ${FIRST_OWN_OID}`,
  /** Functions of default operator classes that are not the server's: sorting and comparing rows run them. */
  comparisons: `SELECT o.opcintype::int8, p.amproc::oid::int8 FROM pg_opclass o JOIN pg_amproc p ON p.amprocfamily = o.opcfamily
      AND o.opcintype IN (p.amproclefttype, p.amprocrighttype) WHERE o.opcdefault AND o.oid >= ${FIRST_OWN_OID}
      AND o.opcmethod IN (SELECT oid FROM pg_am WHERE amname IN ('btree', 'hash'))
    UNION SELECT o.opcintype::int8, r.oprcode::oid::int8 FROM pg_opclass o JOIN pg_amop a ON a.amopfamily = o.opcfamily
      AND o.opcintype IN (a.amoplefttype, a.amoprighttype) JOIN pg_operator r ON r.oid = a.amopopr
      WHERE o.opcdefault AND o.oid >= ${FIRST_OWN_OID} AND o.opcmethod IN (SELECT oid FROM pg_am WHERE amname IN ('btree', 'hash'))`,
  /**
   * Functions of the users' and extensions' own that run with an own operator: those of its classes and families (sorting,
   * hashing, joins), its negator's and its commutator's. One of the server's has a class of the server's for that.
   */
  operatorSupport: `SELECT DISTINCT a.amopopr::int8, p.amproc::oid::int8 FROM pg_amproc p JOIN pg_amop a ON a.amopfamily = p.amprocfamily
      AND p.amproclefttype IN (a.amoplefttype, a.amoprighttype) AND p.amprocrighttype IN (a.amoplefttype, a.amoprighttype)
      WHERE a.amopopr >= ${FIRST_OWN_OID} AND p.amproc::oid >= ${FIRST_OWN_OID}
    UNION SELECT o.oid::int8, c.oprcode::oid::int8 FROM pg_operator o JOIN pg_operator c ON c.oid IN (o.oprnegate, o.oprcom)
      WHERE o.oid >= ${FIRST_OWN_OID} AND c.oprcode::oid >= ${FIRST_OWN_OID}
    UNION SELECT a.amopopr::int8, o.oprcode::oid::int8 FROM pg_amop a JOIN pg_amop b ON b.amopfamily = a.amopfamily
      AND b.amopopr <> a.amopopr AND b.amoplefttype IN (a.amoplefttype, a.amoprighttype)
      AND b.amoprighttype IN (a.amoplefttype, a.amoprighttype) JOIN pg_operator o ON o.oid = b.amopopr
      WHERE a.amopopr >= ${FIRST_OWN_OID} AND o.oprcode::oid >= ${FIRST_OWN_OID}`,
  /**
   * By relation: those of its partition key's operator classes, which opening it runs, and of its indexes', which searching it
   * runs (those in C are the work of who runs the server); of its partitions' and children's too.
   */
  searchSupport: `WITH RECURSIVE up(relation, fn) AS (SELECT partrelid, p.amproc::oid FROM pg_partitioned_table
        JOIN pg_opclass o ON o.oid = ANY(partclass) JOIN pg_amproc p ON p.amprocfamily = o.opcfamily
        WHERE p.amproc::oid >= ${FIRST_OWN_OID}
      UNION SELECT indrelid, f.oid FROM pg_opclass o JOIN pg_amproc p ON p.amprocfamily = o.opcfamily
        JOIN pg_proc f ON f.oid = p.amproc::oid JOIN pg_language l ON l.oid = f.prolang JOIN pg_index ON o.oid = ANY(indclass)
        WHERE o.oid >= ${FIRST_OWN_OID} AND f.oid >= ${FIRST_OWN_OID} AND l.lanname NOT IN ('c', 'internal')
      UNION SELECT i.inhparent, up.fn FROM up JOIN pg_inherits i ON i.inhrelid = up.relation)
    SELECT relation::int8, fn::int8 FROM up`,
  /**
   * By relation: functions of the users' own that a change of its rows runs though no statement names them: of triggers, defaults,
   * generated columns, checks, domains, indexes, keys and foreign keys; 0 for a rule, and for a foreign table. What a change of another
   * relation reaches through inheritance, or a foreign key that cascades, counts for that one too. What came with the server is pinned or
   * below the first own oid, and named nowhere here.
   */
  writeSupport: `WITH RECURSIVE uses(classid, objid, fn) AS (
        SELECT classid, objid, refobjid FROM pg_depend WHERE refclassid = 'pg_proc'::regclass AND refobjid >= ${FIRST_OWN_OID}
        UNION ALL SELECT d.classid, d.objid, o.oprcode::oid FROM pg_depend d JOIN pg_operator o ON o.oid = d.refobjid
          WHERE d.refclassid = 'pg_operator'::regclass AND d.refobjid >= ${FIRST_OWN_OID}
        UNION ALL SELECT d.classid, d.objid, s.fn FROM pg_depend d JOIN pg_opclass o ON o.oid = d.refobjid
          JOIN (SELECT amprocfamily AS family, amproc::oid AS fn FROM pg_amproc
            UNION ALL SELECT amopfamily, oprcode::oid FROM pg_amop JOIN pg_operator ON pg_operator.oid = amopopr) s ON s.family = o.opcfamily
          WHERE d.refclassid = 'pg_opclass'::regclass AND d.refobjid >= ${FIRST_OWN_OID} AND s.fn >= ${FIRST_OWN_OID}),
      domains(type, fn) AS (
        SELECT objid, fn FROM uses WHERE classid = 'pg_type'::regclass
        UNION SELECT c.contypid, u.fn FROM uses u JOIN pg_constraint c ON c.oid = u.objid
          WHERE u.classid = 'pg_constraint'::regclass AND c.contypid <> 0
        UNION SELECT t.oid, d.fn FROM domains d JOIN pg_type t ON t.typbasetype = d.type AND t.typtype = 'd'),
      up(relation, fn) AS (
        SELECT * FROM (
          SELECT tgrelid, tgfoid FROM pg_trigger WHERE NOT tgisinternal
          UNION SELECT t.tgrelid, u.fn FROM uses u JOIN pg_trigger t ON u.classid = 'pg_trigger'::regclass AND t.oid = u.objid
          UNION SELECT ev_class, 0::oid FROM pg_rewrite WHERE ev_type <> '1'
          UNION SELECT oid, 0::oid FROM pg_class WHERE relkind = 'f'
          UNION SELECT a.adrelid, u.fn FROM uses u JOIN pg_attrdef a ON u.classid = 'pg_attrdef'::regclass AND a.oid = u.objid
          UNION SELECT r.relation, u.fn FROM uses u JOIN pg_constraint c ON u.classid = 'pg_constraint'::regclass AND c.oid = u.objid
            CROSS JOIN LATERAL (VALUES (c.conrelid), (c.confrelid)) AS r(relation) WHERE r.relation <> 0
          UNION SELECT coalesce(i.indrelid, u.objid), u.fn FROM uses u LEFT JOIN pg_index i ON i.indexrelid = u.objid
            WHERE u.classid = 'pg_class'::regclass
          UNION SELECT t.relid, u.fn FROM uses u JOIN pg_class p ON u.classid = 'pg_class'::regclass AND p.oid = u.objid AND p.relkind = 'p',
            pg_partition_tree(p.oid) t
          UNION SELECT c.conrelid, u.fn FROM uses u JOIN pg_constraint c ON u.classid = 'pg_class'::regclass AND c.conindid = u.objid
            WHERE c.contype = 'f'
          UNION SELECT a.attrelid, d.fn FROM domains d JOIN pg_attribute a ON a.atttypid = d.type AND a.attnum > 0 AND NOT a.attisdropped
        ) own(relation, fn)
        UNION SELECT above.relation, up.fn FROM up JOIN (
            SELECT inhrelid AS below, inhparent AS relation FROM pg_inherits
            UNION ALL SELECT conrelid, confrelid FROM pg_constraint
              WHERE contype = 'f' AND (confupdtype IN ('c', 'n', 'd') OR confdeltype IN ('c', 'n', 'd'))
          ) above ON above.below = up.relation)
    SELECT relation::int8, fn::int8 FROM up`,
  /**
   * Relations of which a change of rows may change further ones, that no command tag counts: by a trigger, a rule, or a foreign key that
   * cascades to others; a parent's for its children.
   */
  changesFurther: `WITH RECURSIVE up(relation) AS (
        SELECT * FROM (
          SELECT tgrelid FROM pg_trigger WHERE NOT tgisinternal
          UNION SELECT ev_class FROM pg_rewrite WHERE ev_type <> '1'
          UNION SELECT confrelid FROM pg_constraint
            WHERE contype = 'f' AND (confupdtype IN ('c', 'n', 'd') OR confdeltype IN ('c', 'n', 'd'))) own(relation)
        UNION SELECT i.inhparent FROM up JOIN pg_inherits i ON i.inhrelid = up.relation)
    SELECT relation::int8 FROM up`,
  /**
   * Whether triggers or rules may change rows that the server does not count for the transaction that they stand in: at its COMMIT, on another server,
   * by a connection of a function's own, by one that may switch the counting off, or that empties a table.
   */
  countsLess: `SELECT EXISTS (SELECT FROM pg_trigger WHERE tgdeferrable AND NOT tgisinternal)
    OR EXISTS (SELECT FROM pg_class WHERE relkind = 'f') OR EXISTS (SELECT FROM pg_extension WHERE extname IN ('dblink', 'pg_background', 'plproxy'))
    OR EXISTS (SELECT FROM pg_language WHERE NOT lanpltrusted AND oid >= ${FIRST_OWN_OID})
    OR EXISTS (SELECT FROM pg_proc WHERE oid >= ${FIRST_OWN_OID} AND concat(prosrc, proconfig) ~* '\\mtruncate\\M|track_counts')`,
  /** By relation: expressions that planning it looks at, its children's too, where they hold a function or operator of the users' own. */
  planned: `WITH RECURSIVE stored(relation, tree) AS (
        SELECT indrelid, concat(indexprs::text, indpred::text) FROM pg_index WHERE indexprs IS NOT NULL OR indpred IS NOT NULL
        UNION SELECT stxrelid, stxexprs::text FROM pg_statistic_ext WHERE stxexprs IS NOT NULL
        UNION SELECT partrelid, partexprs::text FROM pg_partitioned_table WHERE partexprs IS NOT NULL
        UNION SELECT conrelid, conbin::text FROM pg_constraint
          WHERE contype = 'c' AND EXISTS (SELECT FROM pg_inherits WHERE inhrelid = conrelid)),
      up(relation, tree) AS (SELECT * FROM stored WHERE tree ~ ':(funcid|opno) [0-9]{5}'
        UNION SELECT i.inhparent, up.tree FROM up JOIN pg_inherits i ON i.inhrelid = up.relation)
    SELECT relation::int8, tree FROM up`,
  /** What arguments that a call leaves out are: not part of a function's body. */
  defaults: reached(
    'oid',
    'proargdefaults',
    `(SELECT * FROM pg_proc WHERE proargdefaults IS NOT NULL AND oid >= ${FIRST_OWN_OID}) s`,
  ),
  /** What a body that was resolved when it was made (BEGIN ATOMIC, RETURN) was resolved to. */
  bodies: reached(
    'oid',
    'prosqlbody',
    `(SELECT * FROM pg_proc WHERE prosqlbody IS NOT NULL AND oid >= ${FIRST_OWN_OID}) s`,
  ),
  /** Types of the users' own that columns have. */
  ownColumnTypes: `SELECT DISTINCT a.attrelid::int8, a.atttypid::int8 FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE a.atttypid >= ${FIRST_OWN_OID} AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r','v','m','f','p')`,
  domains: reached('contypid', 'conbin', '(SELECT * FROM pg_constraint WHERE contypid <> 0 AND conbin IS NOT NULL) s'),
} as const;

/** Parameter: the oids of the relations. */
export const DETAILS = {
  columns: `SELECT attrelid::int8, attname, atttypid::int8, attnum FROM pg_attribute WHERE attrelid = ANY($1::oid[]) AND attnum > 0 AND NOT attisdropped ORDER BY 1, attnum`,
  rules: reached(
    'ev_class',
    'ev_action',
    `(SELECT * FROM pg_rewrite WHERE ev_type = '1' AND ev_class = ANY($1::oid[])) s`,
  ),
  /** What a view that can be written is written through to: the one relation of its FROM, which is the first that its rule names. */
  writesThrough: `SELECT ev_class::int8, (SELECT m[1]::int8 FROM regexp_matches(ev_action::text, ':relid (\\d+)', 'g') WITH ORDINALITY r(m, n)
      WHERE m[1]::oid NOT IN (0, ev_class) ORDER BY n LIMIT 1)
    FROM pg_rewrite WHERE ev_type = '1' AND ev_class = ANY($1::oid[]) AND pg_relation_is_updatable(ev_class, false) <> 0`,
  policies: reached(
    'polrelid',
    `concat(polqual::text, polwithcheck::text)`,
    `(SELECT * FROM pg_policy WHERE polrelid = ANY($1::oid[])) s`,
  ),
  foreign: `WITH RECURSIVE tree(root, oid) AS (SELECT inhparent, inhrelid FROM pg_inherits WHERE inhparent = ANY($1::oid[])
      UNION SELECT tree.root, i.inhrelid FROM tree JOIN pg_inherits i ON i.inhparent = tree.oid)
    SELECT root::int8, tree.oid::int8 FROM tree JOIN pg_class c ON c.oid = tree.oid WHERE c.relkind = 'f'`,
} as const;

/** What changes when a relation's columns do: oid, text. Parameter: the oids of the relations. */
export const STAMPS = `SELECT attrelid::int8, md5(string_agg(concat(attnum, ' ', xmin), ',' ORDER BY attnum))
  FROM pg_attribute WHERE attrelid = ANY($1::oid[]) GROUP BY 1`;

/** The users' own functions and those of extensions: what somebody could vet. */
export const OWN_FUNCTIONS = `SELECT n.nspname || '.' || p.proname || '(' || oidvectortypes(p.proargtypes) || ')', ${BODY},
    p.provolatile, p.prokind, l.lanname, p.prosecdef, pg_get_userbyid(p.proowner), x.extension,
    CASE WHEN p.prokind = 'a' THEN (SELECT array_agg(DISTINCT part::regprocedure::text) FROM pg_aggregate g,
      unnest(ARRAY[g.aggtransfn, g.aggfinalfn, g.aggcombinefn, g.aggserialfn, g.aggdeserialfn, g.aggmtransfn,
      g.aggminvtransfn, g.aggmfinalfn]::oid[]) part WHERE g.aggfnoid = p.oid AND part <> 0) END
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
  LEFT JOIN (SELECT d.objid, e.extname || ' ' || e.extversion AS extension FROM pg_depend d
    JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
    WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e') x ON x.objid = p.oid
  WHERE p.oid >= ${FIRST_OWN_OID} AND p.prorettype <> ALL ('{2279,3838}'::oid[]) ORDER BY 1`;

/** Changes when anything that a snapshot holds changed (oids and row versions of the catalogue's rows). */
export const FINGERPRINT = `SELECT md5(concat_ws(' ', has_database_privilege(current_database(), 'TEMPORARY'),
  (SELECT concat(count(*), ' ', sum(oid::int8 * 31 + xmin::text::int8)) FROM pg_class WHERE relkind IN ('r','v','m','f','p','S','c')),
  (SELECT concat(count(*), ' ', sum(oid::int8 * 31 + xmin::text::int8)) FROM pg_proc),
  (SELECT concat(count(*), ' ', sum(oid::int8 * 31 + xmin::text::int8)) FROM pg_operator),
  (SELECT concat(count(*), ' ', sum(oid::int8 * 31 + xmin::text::int8)) FROM pg_type),
  (SELECT concat(count(*), ' ', sum(oid::int8 * 31 + xmin::text::int8)) FROM pg_cast),
  (SELECT concat(count(*), ' ', sum(oid::int8 * 31 + xmin::text::int8)) FROM pg_namespace),
  (SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_namespace WHERE NOT has_schema_privilege(oid, 'USAGE')),
  (SELECT concat(count(*), ' ', sum(oid::int8 * 31 + xmin::text::int8)) FROM pg_constraint),
  (SELECT concat(count(*), ' ', sum(oid::int8 * 31 + xmin::text::int8)) FROM pg_trigger WHERE NOT tgisinternal),
  (SELECT concat(count(*), ' ', sum(oid::int8 * 31 + xmin::text::int8)) FROM pg_attrdef),
  (SELECT concat(count(*), ' ', sum(indexrelid::int8 * 31 + xmin::text::int8)) FROM pg_index WHERE indexrelid >= ${FIRST_OWN_OID}),
  (SELECT concat(count(*), ' ', sum(oid::int8 * 31 + xmin::text::int8)) FROM pg_statistic_ext),
  (SELECT concat(count(*), ' ', sum(partrelid::int8 * 31 + xmin::text::int8)) FROM pg_partitioned_table),
  (SELECT concat(count(*), ' ', sum(oid::int8 * 31 + xmin::text::int8)) FROM pg_opclass),
  (SELECT concat(count(*), ' ', sum(oid::int8 * 31 + xmin::text::int8)) FROM pg_amop),
  (SELECT concat(count(*), ' ', sum(oid::int8 * 31 + xmin::text::int8)) FROM pg_amproc),
  (SELECT concat(count(*), ' ', sum(oid::int8 * 31 + xmin::text::int8)) FROM pg_rewrite),
  (SELECT concat(count(*), ' ', sum(oid::int8 * 31 + xmin::text::int8)) FROM pg_policy),
  (SELECT concat(count(*), ' ', sum(inhrelid::int8 * 31 + xmin::text::int8)) FROM pg_inherits),
  (SELECT concat(count(*), ' ', sum(oid::int8 * 31 + xmin::text::int8)) FROM pg_extension)))`;
