#!/bin/sh
# psql against the gateway: reading, every \d command, a refusal, elevation, a write, the end of it.
set -eu
export PSQLRC=/dev/null

fail() { echo "FAILED: $1" >&2; shift; printf '%s\n' "$@" >&2; exit 1; }
# contains TEXT PATTERN WHAT
contains() { printf '%s' "$1" | grep -Eq -- "$2" || fail "$3: expected $2" "$1"; }
run() { psql -X -v ON_ERROR_STOP=1 -At "$@" 2>&1; }

contains "$(run -c 'SELECT count(*) > 1000 FROM customers')" '^t$' 'a read'
contains "$(run -c 'SHOW sudoql.mode')" '^read$' 'the mode'

# Every describing command must work in read mode as on a direct connection; what an older psql cannot do on a newer server, it cannot here.
for command in '\d' '\d+' '\d customers' '\d+ orders' '\da' '\dA' '\db' '\dc' '\dC' '\dd' '\dD' '\ddp' '\dE' '\des' '\det' '\deu' '\dew' \
  '\df' '\dF' '\dFd' '\dFp' '\dFt' '\dg' '\di' '\dl' '\dL' '\dm' '\dn' '\dn+' '\do' '\dO' '\dp' '\dP' '\drds' '\dRp' '\dRs' '\ds' '\dt' \
  '\dt+' '\dT' '\dT+' '\du' '\dv' '\dx' '\dy' '\l' '\l+' '\z' '\conninfo' '\encoding' '\sf pg_catalog.now()'; do
  direct=$(psql -X -c "$command" "$DEMO_TARGET" 2>&1 || true)
  case $direct in *ERROR*) continue ;; esac
  output=$(psql -X -c "$command" 2>&1) || fail "psql $command" "$output"
  case $output in *ERROR*) fail "psql $command" "$output" ;; esac
done

if output=$(run -c "UPDATE customers SET name = 'x' WHERE id = 1"); then fail 'a write in read mode was not refused' "$output"; fi
contains "$output" "ERROR: .*read" 'the refusal'
contains "$output" "SELECT sudo\\('" 'the hint of the refusal'

verbose=$(printf '%s\n' "UPDATE customers SET name = 'x' WHERE id = 1;" '\errverbose' | psql -X -At 2>&1 || true)
contains "$verbose" 'write_needs_elevation' 'the stable code in \errverbose'

position=$(run -c 'SELECT * FORM customers' || true)
contains "$position" 'LINE 1' 'the position of a syntax error'

elevated=$(psql -X -At -v ON_ERROR_STOP=1 2>&1 <<'SQL'
SELECT sudo('psql check: fix order 4211', '5 min');
SHOW sudoql.mode;
BEGIN;
UPDATE orders SET status = 'paid' WHERE id = 4211;
SAVEPOINT a;
UPDATE orders SET status = 'pending' WHERE id = 4211;
ROLLBACK TO a;
COMMIT;
SELECT 'status ' || status FROM orders WHERE id = 4211;
\copy (SELECT id FROM orders ORDER BY id LIMIT 2) TO STDOUT
SELECT unsudo();
SHOW sudoql.mode;
SQL
) || fail 'the elevated script' "$elevated"
contains "$elevated" '^write$' 'write mode'
contains "$elevated" '^status paid$' 'the write'
contains "$elevated" '^read$' 'read mode again'

# A script that is not changed at all: the reason travels in the startup packet, for tokens that may.
atconnect=$(PGOPTIONS="-c sudoql.reason='psql\\ check'" run -c "SHOW sudoql.mode" || true)
contains "$atconnect" '^write$' 'elevation at connect'

# Ctrl-C: a statement that is cancelled by its client ends, and the session goes on.
cancelled=$( (timeout -s INT 1 psql -X -At -c 'SELECT pg_sleep(30)' || true) 2>&1)
contains "$cancelled" 'cancel' 'cancelling'
echo 'psql: all as expected'
