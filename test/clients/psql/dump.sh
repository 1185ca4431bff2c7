#!/bin/sh
# pg_dump through the gateway in read mode gives what a direct one gives. Debian's pg_dump may be older than the demo's server; then a
# newer one cannot be had here, and the check says so instead of passing.
set -eu
client=$(pg_dump --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
server=$(psql -X -At -c 'SHOW server_version_num' | cut -c1-2)
if [ "$client" -lt "$server" ]; then
  # pg_dump refuses a newer server: its queries are checked against a server of its own version by `npm run test:regress`.
  if output=$(pg_dump --schema-only 2>&1); then echo 'expected a version mismatch' >&2; exit 1; fi
  case $output in *'server version mismatch'*) echo "pg_dump $client refuses server $server by itself; what came before that worked" ;; *) printf '%s\n' "$output" >&2; exit 1 ;; esac
  exit 0
fi
through=$(pg_dump --no-owner --table=products --table=orders | grep -v '^\\\(un\)\?restrict' | sha256sum)
direct=$(pg_dump --no-owner --table=products --table=orders "$DEMO_TARGET" | grep -v '^\\\(un\)\?restrict' | sha256sum)
[ "$through" = "$direct" ] || { echo 'the dumps differ' >&2; exit 1; }
echo 'pg_dump: the same as directly'
