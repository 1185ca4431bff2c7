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

# Every describing command, alone, with system objects, with more columns and with patterns, must say no other error in read
# mode than directly: an older psql asks a newer server for columns that are gone. All in one session each, not hundreds.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for letters in d da dA dAc dAf dAo dAp db dc dC dd dD ddp dE dEms des det deu dew df dfa dfn dfp dft dfw dF dFd dFp dFt dg di dl dL dm dn do dO \
  dp dP dPt dPi dPtn drds drg dRp dRs ds dt dT du dv dx dX dy l z; do
  # These two, with more columns, show connection secrets.
  case $letters in deu | dRs) echo "\\$letters" && continue ;; esac
  for more in '' S + S+ '+ *' ' s*' ' pg_catalog.pg_t*' ' "Odd Name".*'; do printf '%s\n' "\\$letters$more"; done
done >"$work/commands"
printf '%s\n' '\d customers' '\d+ orders' '\d+ suppliers' '\d+ deliveries' '\d+ happy_suppliers' '\d suppliers_lower' '\d ticket' '\dd+' '\conninfo' \
  '\encoding' '\sf pg_catalog.now()' '\sf+ touch' '\sv+ happy_suppliers' '\gdesc' >>"$work/commands"
# `\ef` and `\ev` open what they show.
printf '%s\n' '\ef touch' '\r' '\ev happy_suppliers' '\r' 'SELECT 1 AS a, now() AS b \gdesc' >>"$work/commands"
# Each name once, so that a letter this psql does not have yet is the same on both sides.
errors() { PSQL_EDITOR=true psql -X -f "$work/commands" "$@" 2>&1 >/dev/null | sed 's/^[^ ]*: *//' | sort; }
works() { printf 'works: %s\n' "$1"; }
errors "$DEMO_ONLOOKER" >"$work/directly"
errors >"$work/through"
diff "$work/directly" "$work/through" || fail 'describing commands say other errors than directly'
for command in '\deu+' '\dRs+'; do
  contains "$(psql -X -c "$command" 2>&1)" 'secret_relation' "psql $command"
done
# And they say something: the same tables, columns, indexes, constraints.
for command in '\d+ suppliers' '\d+ deliveries' '\dt public.*' '\df public.*' '\dT+ public.*' '\dC' '\do public.*' '\dx' '\sv happy_suppliers'; do
  [ "$(psql -X -c "$command" 2>&1)" = "$(psql -X -c "$command" "$DEMO_ONLOOKER" 2>&1)" ] || fail "psql $command" "$(psql -X -c "$command" 2>&1)"
done
works 'every describing command, with the answers and errors of a direct connection'

if output=$(run -c "UPDATE customers SET name = 'x' WHERE id = 1"); then fail 'a write in read mode was not refused' "$output"; fi
contains "$output" "ERROR: .*read" 'the refusal'
contains "$output" "SELECT sudo\\('" 'the hint of the refusal'

verbose=$(printf '%s\n' "UPDATE customers SET name = 'x' WHERE id = 1;" '\errverbose' | psql -X -At 2>&1 || true)
contains "$verbose" 'write_needs_elevation' 'the stable code in \errverbose'

position=$(run -c 'SELECT * FORM customers' || true)
contains "$position" 'LINE 1' 'the position of a syntax error'
works 'a refused write shows message, hint, and in \errverbose the stable code; errors have their position'

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
atconnect=$(PGOPTIONS='-c sudoql.reason=psql\ check' run -c "SHOW sudoql.mode" || true)
contains "$atconnect" '^write$' 'elevation at connect'
works 'sudo in a script, savepoints, \copy; sudo at connect by PGOPTIONS'

# Ctrl-C: a statement that is cancelled by its client ends, and the session goes on.
cancelled=$( (timeout -s INT 1 psql -X -At -c 'SELECT pg_sleep(30)' || true) 2>&1)
contains "$cancelled" 'cancel' 'cancelling'
works 'Ctrl-C cancels, and the session goes on'
echo 'psql: all as expected'
