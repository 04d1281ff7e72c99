#!/bin/sh
# Writes .env beside compose.yaml, with passwords that nobody has to remember. Keeps one that is there.
set -eu
cd "$(dirname "$0")"
if [ -e .env ]; then
    echo ".env is there already and is kept; remove it, and the volumes that were made with it, to begin anew."
    exit 0
fi
umask 077
for name in DATABASE_PASSWORD DATABASE_ROOT_PASSWORD BROKER_PASSWORD REDIS_PASSWORD STORE_PASSWORD; do
    printf '%s=%s\n' "$name" "$(head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n')"
done >.env
echo "Wrote .env; only you can read it."
