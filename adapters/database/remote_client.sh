# shellcheck shell=sh
# A postgres, from inside of its container. $1 verb, $2 host, $3 user, $4 database, each empty where the container's own
# environment says it; then what the verb takes. No password leaves the container. Definitions only, but for the last line.

asks() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }

login() {
  set -eu
  verb=$1
  export PGHOST="$2" PGUSER="${3:-${POSTGRES_USER:-postgres}}" PGCONNECT_TIMEOUT=5
  name=${4:-${POSTGRES_DB:-$PGUSER}}
  PGPASSWORD=${POSTGRES_PASSWORD-}
  [ -z "${POSTGRES_PASSWORD_FILE-}" ] || PGPASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
  export PGPASSWORD
  left=60
  until refused=$(asks -d postgres -c 'SELECT 1' 2>&1 >/dev/null); do
    left=$((left - 1))
    [ "$left" -gt 0 ] || { printf '%s\n' "$refused" >&2; exit 1; }
    sleep 1
  done
  shift 4
  "$verb" "$@"
}

dump() { pg_dump -Fc -d "$name"; }

# database|comment of the one that is there, and of the one that is being restored; then name|NAME
marks() {
  asks -d postgres -v name="$name" <<'SQL'
SELECT datname, coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database
WHERE datname IN (:'name', :'name' || '_restoring') ORDER BY datname;
SQL
  printf 'name|%s\n' "$name"
}

mark_of() { asks -d postgres -c "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '$1'"; }
has() { [ -n "$(asks -d postgres -c "SELECT 1 FROM pg_database WHERE datname = '$1'")" ]; }

# restore MARK RUN dump|sql, the backup on standard input. It is loaded beside the database that is there, and takes the
# name over in one transaction. pg_restore sees that its input was cut off; psql does not, and would commit what came: so
# the mark is the last statement of that stream (see `feed`), and without it nothing is taken over.
restore() {
  mark=$1 run=$2 new=${name}_restoring
  asks -d postgres -c "DROP DATABASE IF EXISTS \"$new\" WITH (FORCE)"
  asks -d postgres -c "CREATE DATABASE \"$new\" TEMPLATE template0"
  if [ "$3" = dump ]; then
    pg_restore --exit-on-error -d "$new"
    asks -d postgres -c "COMMENT ON DATABASE \"$new\" IS '$mark'"
  else
    asks -1 -v titan_flow_new="$new" -v titan_flow_mark="$mark" -d "$new" >/dev/null
  fi
  [ "$(mark_of "$new")" = "$mark" ] || { echo "the backup did not come whole" >&2; exit 1; }
  before=${name}_before_$run aside=
  ! has "$before" || before=${before}_$(date +%s)
  ! has "$name" || aside="ALTER DATABASE \"$name\" RENAME TO \"$before\";"
  asks -d postgres <<SQL >/dev/null
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN ('$name', '$new') AND pid <> pg_backend_pid();
BEGIN;
$aside
ALTER DATABASE "$new" RENAME TO "$name";
COMMIT;
SQL
}

# schema.table COUNT
rows() {
  asks -F ' ' -d "$name" <<'SQL'
SELECT format('SELECT %L, count(*) FROM %I.%I', schemaname || '.' || tablename, schemaname, tablename)
FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1 \gexec
SQL
}
