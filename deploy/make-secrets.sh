#!/bin/sh
# Makes the secrets that docker-compose.yml mounts, each a file in deploy/secrets (or the directory given). Those that exist stay.
set -eu
directory=${1:-"$(dirname "$0")/secrets"}
mkdir -p "$directory"
chmod 700 "$directory"

random() { head -c 24 /dev/urandom | base64 | tr -d '\n'; }

make() {
  file=$directory/$1
  [ -s "$file" ] && return
  # The directory keeps others out; in the containers, users without rights must be able to read the file.
  printf '%s' "$2" >"$file"
  chmod 644 "$file"
  echo "made $file"
}

for name in ledger_owner ledger_gateway ledger_auditor target_admin target_reader target_writer target_control metrics_token; do
  make "$name" "$(random | tr '+/' '-_')"
done
make webhook "whsec_$(random)"
