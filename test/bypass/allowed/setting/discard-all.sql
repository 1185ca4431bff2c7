-- What pgbouncer sends.
DISCARD ALL
