/** What applications have in `public`; their operators and overloaded names must not make honest reads ambiguous. */
export const EXTENSIONS =
  `citext hstore ltree pg_trgm intarray cube seg isn unaccent uuid-ossp pgcrypto btree_gist btree_gin tablefunc
  fuzzystrmatch earthdistance`.split(/\s+/);
