# shellcheck shell=sh
# Backups, on the host. CLIENT is the text of database_client.sh. Definitions only; the last line of a script starts one.

# kept_as FOLDER FILE COMMAND…: what the command writes, whole or not at all, its hash beside it.
kept_as() {
  set -eu
  umask 077
  file=$1/$2 folder=$1
  shift 2
  mkdir -p "$folder"
  "$@" >"$file.new"
  whole "$file.new"
  sum=$(sha256sum <"$file.new")
  sync "$file.new"
  mv "$file.new" "$file"
  printf '%s\n' "${sum%% *}" >"$file.sha256.new"
  sync "$file.sha256.new"
  mv "$file.sha256.new" "$file.sha256"
  sync "$folder"
}

# dump_by_command FOLDER FILE COMMAND…
dump_by_command() {
  whole() { [ -s "$1" ]; }
  kept_as "$@"
}

# dump_postgres FOLDER FILE SERVICE HOST USER NAME COMPOSE…: its container as it is, started where it does not run; where
# there is none, that service alone, pulling nothing.
dump_postgres() {
  set -eu
  folder=$1 file=$2 service=$3 host=$4 user=$5 name=$6
  shift 6
  container=$("$@" ps -aq --no-trunc "$service")
  if [ -z "$container" ]; then
    "$@" up -d --no-deps --pull never "$service" >&2
    container=$("$@" ps -aq --no-trunc "$service")
  fi
  docker start "$container" >/dev/null
  whole() { docker exec -i "$container" pg_restore --list <"$1" >/dev/null; }
  kept_as "$folder" "$file" client "$container" dump "$host" "$user" "$name"
}

# client CONTAINER VERB HOST USER NAME …
client() {
  into=$1
  shift
  docker exec -i "$into" sh -c "$CLIENT
login \"\$@\"" sh "$@"
}

# kept PATH: hash and size. 3: not there; 4: not whole.
kept() {
  [ -f "$1" ] || exit 3
  [ -s "$1.sha256" ] || exit 4
  sum=$(sha256sum <"$1")
  [ "${sum%% *}" = "$(cat "$1.sha256")" ] || exit 4
  printf '%s %s\n' "${sum%% *}" "$(stat -c %s -- "$1")"
}

# hashed PATH. 3: not there.
hashed() {
  [ -f "$1" ] || exit 3
  sha256sum <"$1"
}

# backups FOLDER: the host's time, then size, time and name of each.
backups() {
  if ! cd -- "$1"; then
    [ -e "$1" ] && exit 1
    exit 0
  fi 2>/dev/null
  date +%s
  for file in *; do
    case $file in *.sha256 | *.new) continue ;; esac
    [ ! -f "$file" ] || stat -c '%s %Y %n' -- "$file"
  done
}

unpacked() {
  case $1 in *.gz) gzip -dc -- "$1" ;; *) cat -- "$1" ;; esac
}

same() { # PATH HASH: it is what it was when it was looked at
  found=$(sha256sum <"$1")
  [ "${found%% *}" = "$2" ] || { echo "$1 is not what it was when it was looked at" >&2; exit 65; }
}

# restore_postgres PATH HASH CONTAINER HOST USER NAME MARK RUN
restore_postgres() {
  set -eu
  same "$1" "$2"
  case $1 in
    *.dump) kind=dump ;;
    *)
      kind=sql
      case $1 in *.gz) gzip -t -- "$1" || exit 65 ;; esac
      if unpacked "$1" | grep -q -E '^(.connect |CREATE DATABASE )'; then
        echo "$1 says itself which database it is for; restore it by a command of yours (database: restore)" >&2
        exit 65
      fi
      ;;
  esac
  feed "$1" | client "$3" restore "$4" "$5" "$6" "$7" "$8" "$kind"
}

feed() {
  unpacked "$1" || return
  [ "$kind" = dump ] || printf '\nCOMMENT ON DATABASE :"titan_flow_new" IS :%s;\n' "'titan_flow_mark'"
}

# restore_by_command STATE PATH HASH COMMAND…: what it has done only it knows; hence begun, and done.
restore_by_command() {
  set -eu
  umask 077
  state=$1 path=$2 sum=$3
  shift 3
  same "$path" "$sum"
  printf '%s begun\n' "$sum" >"$state"
  sync "$state"
  "$@" <"$path"
  printf '%s done\n' "$sum" >"$state"
  sync "$state"
}

# state PATH
state() { [ ! -f "$1" ] || cat -- "$1"; }

# rows CONTAINER HOST USER NAME
rows() {
  container=$1
  shift
  client "$container" rows "$@" </dev/null
}

# rows_in PATH CONTAINER: the same, of a backup.
rows_in() {
  case $1 in
    *.dump) docker exec -i "$2" pg_restore --data-only -f - <"$1" ;;
    *) unpacked "$1" ;;
  esac | awk '/^COPY / { table = $2; gsub(/"/, "", table); rows[table] += 0; inside = 1; next }
    /^\\\.$/ { inside = 0 }
    inside { rows[table]++ }
    END { for (table in rows) print table, rows[table] }'
}

# marks CONTAINER HOST USER NAME
marks() {
  container=$1
  shift
  client "$container" marks "$@" </dev/null
}
