#!/bin/sh
# A postgres as its official image begins: makes the cluster in an empty volume, then runs as its own user.
#   POSTGRES_USER  POSTGRES_PASSWORD  POSTGRES_DB
set -eu
export PGDATA=/var/lib/postgresql/data
as_postgres() { su -s /bin/sh postgres -c "$1"; }
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    mkdir -p "$PGDATA"
    printf '%s\n' "$POSTGRES_PASSWORD" >/tmp/password
    chown postgres "$PGDATA" /tmp/password
    chmod 700 "$PGDATA"
    as_postgres "initdb --no-sync --no-locale -E UTF8 -U $POSTGRES_USER --pwfile /tmp/password \
        --auth-local=trust --auth-host=password >/tmp/initdb.log" || { cat /tmp/initdb.log; exit 1; }
    echo 'host all all all password' >>"$PGDATA/pg_hba.conf"
    echo "CREATE DATABASE $POSTGRES_DB" >/tmp/create.sql
    as_postgres "postgres --single -j postgres </tmp/create.sql >/dev/null"
    rm /tmp/password
fi
exec su -s /bin/sh postgres -c "exec postgres -c listen_addresses=* -c unix_socket_directories=/tmp -c fsync=off \
    -c shared_buffers=16MB -c max_connections=40 -c log_min_messages=fatal"
