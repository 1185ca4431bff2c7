#!/bin/sh
# psql as tools use it: what a refusal says in its first line, sudo as it is wrapped, one transaction, startup values, bulk inserts.
set -eu
export PSQLRC=/dev/null

fail() { echo "FAILED: $1" >&2; shift; printf '%s\n' "$@" >&2; exit 1; }
# contains TEXT PATTERN WHAT
contains() { printf '%s' "$1" | grep -Eq -- "$2" || fail "$3: expected $2" "$1"; }
lacks() { if printf '%s' "$1" | grep -Eq -- "$2"; then fail "$3: not expected $2" "$1"; fi; }
works() { printf 'works: %s\n' "$1"; }
run() { psql -X -At "$@" 2>&1 || true; }
terse() { psql -X -At -v VERBOSITY=terse "$@" 2>&1 || true; }

# The first line suffices, and says the whole truth.
contains "$(terse -c "UPDATE customers SET name = 'x' WHERE id = 1")" "to write, say why: SELECT sudo\\('why'\\)$" 'the first line'
ddl=$(run -c 'CREATE TABLE x (a int)')
contains "$ddl" 'write mode would not permit it either: this changes the schema' 'what write mode refuses too'
lacks "$ddl" 'sudo\(|use a migration' 'what is of no use'
contains "$(run -c 'SELECT txid_current()')" 'pg_snapshot_xmax' 'what reads instead'
contains "$(run -c 'SELECT * FROM customers FOR UPDATE LIMIT 1')" 'Without the lock it is a read' 'a lock'
works 'the first line of a refusal says all that is needed, and whether write mode would help'

# As tools write it.
for call in "SELECT sudo('psql tools') AS sudo_1" "/* tool */ SELECT * FROM sudo('psql tools', '00:05:00') LIMIT 501" \
  "SELECT * FROM (SELECT sudo(reason => 'psql tools', duration => 'PT5M')) AS q LIMIT 2000"; do
  contains "$(run -c "$call" -c 'SHOW sudoql.mode')" '^write$' "$call"
done
contains "$(printf '%s\n' '\set FETCH_COUNT 10' "SELECT sudo('x');" | psql -X -At 2>&1 || true)" 'FETCH_COUNT|write mode until' 'FETCH_COUNT'
works 'sudo with an alias, a LIMIT, a comment, named arguments, an interval, wrapped in SELECT * FROM'

# One transaction, and then read mode.
once=$(run <<'SQL'
SELECT sudo('psql tools: once', 'transaction');
BEGIN;
UPDATE orders SET status = 'paid' WHERE id = 4212;
COMMIT;
SHOW sudoql.mode;
UPDATE orders SET status = 'pending' WHERE id = 4212;
SQL
)
contains "$once" '^UPDATE 1$' 'the transaction'
contains "$once" '^read$' 'read mode behind it'
contains "$once" 'ERROR:.*read mode' 'the next write'
works 'write mode for one transaction'

# In the server's own words.
contains "$(PGOPTIONS='-c TimeZone=Nowhere' run -c 'SELECT 1')" 'invalid value for parameter "TimeZone": "Nowhere"' 'a bad value'
contains "$(PGOPTIONS='-c idle_session_timeout=54321' run -c 'SHOW idle_session_timeout')" '^54321ms$' 'a limit'
both=$(PGOPTIONS="-c default_transaction_read_only=on -c sudoql.reason=psql\\ tools" run -c "UPDATE orders SET status = 'x' WHERE id = 4212")
contains "$both" 'read-only transaction' 'read-only beside a reason'
works "startup settings in the server's words"
echo 'psql as tools use it: all as expected'
