# What networks and volumes are like, one JSON object a line; what is not there is left out.
# $1, $2: format of a network and of a volume; $3: how many networks; then their names, then those of volumes.
# shellcheck shell=sh
network=$1 volume=$2 count=$3
shift 3
names=
while [ "$count" -gt 0 ]; do
  names="$names $1"
  shift
  count=$((count - 1))
done
# shellcheck disable=SC2086 # names have no spaces
[ -z "$names" ] || docker network inspect --format "$network" -- $names 2>/dev/null || missing=yes
for name; do
  found=$(docker volume inspect --format "$volume" -- "$name" 2>/dev/null) || { missing=yes; continue; }
  printf '%s\n' "$found"
  # What compose left no hash on is compared by its options: they may hold a password, so they are hashed here.
  case $found in *'"hash":""'*)
    printf 'options %s ' "$name"
    docker volume inspect --format '{{range $k, $v := .Options}}{{json $k}}: {{json $v}}{{println}}{{end}}' -- "$name" |
      sed '/^$/d' | sha256sum
    ;;
  esac
done
# Not there, or docker not to be asked?
[ -z "${missing:-}" ] || exec docker version --format '{{.Server.Version}}' >/dev/null
