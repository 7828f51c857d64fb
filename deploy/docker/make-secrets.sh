#!/bin/sh
# Makes the secrets that deploy/compose.yaml asks for, unless they are there: a password for Grafana's admin.
# They stay in deploy/docker/secrets, which git ignores and the image build does not see.
set -eu
[ $# -eq 0 ] || { sed -n '2,3s/^# //p' "$0"; [ "$1" = --help ] && exit 0; exit 2; }

secrets=$(cd "$(dirname "$0")" && pwd)/secrets
password=$secrets/grafana_admin_password

# Nobody else gets into the folder. The file itself is readable, for Grafana reads it as a user of its own.
mkdir -p "$secrets"
chmod 0700 "$secrets"
if [ -s "$password" ]; then
    echo "kept: $password"
    exit 0
fi
umask 077
head -c 24 /dev/urandom | base64 | tr -d '\n' >"$password.new"
chmod 0444 "$password.new"
mv "$password.new" "$password"
echo "made: $password (user: admin)"
